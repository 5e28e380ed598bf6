"""What a document may have, counted before it is validated: every count is linear in the document's length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
)

from hub.query.errors import (
    TooDeep,
    TooManyAliases,
    TooManyDefinitions,
    TooManyDirectives,
    TooManyFields,
    TooManyRootFields,
    TooManyValues,
    ValuesTooDeep,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql import DocumentNode, SelectionSetNode


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a document, on what it may return, and on what that may cost (``hub.query.plan.cost``).

    ``fields``, ``aliases``, ``directives`` and ``root_fields`` count a fragment as often as it is used.
    ``values``: objects and lists in the variables, and ``value_depth``: how deep they, or those in the document,
    are nested. ``rows``: of one kind, by the sizes of the pages.
    ``groups``: in one table of counts; ``smallest_group``: rows that each must have to be shown.
    """

    characters: int = 32_000
    tokens: int = 1_500
    definitions: int = 50
    depth: int = 16
    fields: int = 500
    root_fields: int = 50
    aliases: int = 200
    directives: int = 200
    values: int = 1_000
    value_depth: int = 32
    page: int = 1_000
    default_page: int = 20
    rows: int = 200_000
    cost: int = 1_000_000
    groups: int = 1_000
    smallest_group: int = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What a selection has, with its fragments in place. ``width``: fields on its first level."""

    depth: int = 0
    fields: int = 0
    width: int = 0
    aliases: int = 0
    directives: int = 0


@dataclass(slots=True)
class Measuring:
    """Measures each fragment once, so that a few hundred bytes cannot stand for millions of fields.

    ``visited``: selections looked at so far, never more than the document has.
    """

    fragments: Mapping[str, FragmentDefinitionNode]
    limits: Limits
    known: dict[str, Measured]
    under_way: set[str]
    visited: int = 0

    def selections(self, chosen: SelectionSetNode | None, level: int) -> Measured:
        """Measure a selection set; ``level`` bounds the recursion, also through fragments."""
        if level > self.limits.depth * 4:
            raise _too_deep(f"more than {self.limits.depth}", self.limits)
        depth = fields = width = aliases = directives = 0
        for node in chosen.selections if chosen else ():
            self.visited += 1
            directives += len(node.directives or ())
            match node:
                case FieldNode():
                    _nested_values((item.value for item in node.arguments or ()), self.limits)
                    below = self.selections(node.selection_set, level + 1)
                    below = Measured(
                        below.depth + 1, below.fields + 1, 1, below.aliases + (node.alias is not None), below.directives
                    )
                case InlineFragmentNode():
                    below = self.selections(node.selection_set, level + 1)
                case FragmentSpreadNode():
                    below = self.spread(node.name.value, level + 1)
                case _:  # pragma: no cover - graphql-core has no other selections
                    continue
            depth = max(depth, below.depth)
            fields, width = fields + below.fields, width + below.width
            aliases, directives = aliases + below.aliases, directives + below.directives
        return Measured(depth, fields, width, aliases, directives)

    def spread(self, name: str, level: int) -> Measured:
        """Measure a fragment, or remember it. One that is unknown or contains itself is left to validation."""
        if name not in self.fragments or name in self.under_way:
            return Measured()
        if name not in self.known:
            self.under_way.add(name)
            self.known[name] = self.selections(self.fragments[name].selection_set, level)
            self.under_way.discard(name)
        return self.known[name]


def require_within_limits(document: DocumentNode, limits: Limits) -> int:
    """Raise a ``LimitExceeded`` for a document over a limit; return how many selections were looked at.

    Validation compares fields within and across fragments, so this has to come before it.
    """
    if len(document.definitions) > limits.definitions:
        raise TooManyDefinitions(
            f"The document has {len(document.definitions)} operations and fragments; the limit is {limits.definitions}."
        )
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measuring = Measuring(fragments, limits, {}, set())
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            continue
        variables = node.variable_definitions or ()
        _nested_values((item.default_value for item in variables), limits)
        found = (
            measuring.spread(node.name.value, 0)
            if isinstance(node, FragmentDefinitionNode)
            else measuring.selections(node.selection_set, 0)
        )
        directives = found.directives + sum(len(item.directives or ()) for item in (node, *variables))
        _within(found, directives, limits)
        if isinstance(node, OperationDefinitionNode) and found.width > limits.root_fields:
            raise TooManyRootFields(
                f"The document has {found.width} fields on its first level; the limit is {limits.root_fields}."
            )
    return measuring.visited


def _within(found: Measured, directives: int, limits: Limits) -> None:
    if found.depth > limits.depth:
        raise _too_deep(f"{found.depth}", limits)
    if found.fields > limits.fields:
        raise TooManyFields(f"The document selects {found.fields} fields; the limit is {limits.fields}.")
    if found.aliases > limits.aliases:
        raise TooManyAliases(f"The document has {found.aliases} aliases; the limit is {limits.aliases}.")
    if directives > limits.directives:
        raise TooManyDirectives(f"The document has {directives} directives; the limit is {limits.directives}.")


def _too_deep(levels: str, limits: Limits) -> TooDeep:
    return TooDeep(f"The document is {levels} levels deep; the limit is {limits.depth}.")


def _nested_values(values: Iterable[Any], limits: Limits) -> None:
    stack = [(value, 1) for value in values if value is not None]
    while stack:
        value, depth = stack.pop()
        if depth > limits.value_depth:
            raise ValuesTooDeep(
                f"An argument is nested more than {limits.value_depth} levels deep, which is the limit."
            )
        match value:
            case ListValueNode(values=items):
                stack += [(item, depth + 1) for item in items]
            case ObjectValueNode(fields=items):
                stack += [(item.value, depth + 1) for item in items]


def require_variables_within_limits(given: Mapping[str, Any], limits: Limits) -> None:
    """Raise a ``LimitExceeded`` for variables with too many objects and lists, or nested too deep."""
    stack: list[tuple[Any, int]] = [(value, 1) for value in given.values()]
    count = 0
    while stack:
        value, depth = stack.pop()
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        if items is None:
            continue
        count += 1
        if depth > limits.value_depth:
            raise ValuesTooDeep(f"A variable is nested more than {limits.value_depth} levels deep, which is the limit.")
        stack += [(item, depth + 1) for item in items if isinstance(item, dict | list)]
        if count + len(stack) > limits.values:
            raise TooManyValues(f"The variables have more than {limits.values} objects and lists, which is the limit.")
