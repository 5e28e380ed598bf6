"""Step 2 of a query: a document becomes an ``Operation``, parsed, validated and within limits."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
    parse,
    validate,
)

from hub.query.errors import LimitExceeded, OperationUnknown, SyntaxRefused, ValidationRefused, VariableRefused
from hub.query.wording import without_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import DocumentNode, GraphQLSchema, SelectionSetNode


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a document, checked before it is validated. All are linear in its length."""

    characters: int = 32_000
    tokens: int = 4_000
    depth: int = 16
    fields: int = 1_000
    page: int = 1_000
    default_page: int = 20
    rows: int = 200_000


@dataclass(frozen=True, slots=True)
class Operation:
    """A document that may be planned: parsed, valid against the schema, within limits.

    ``hash``: SHA-256 of the document and the operation's name, in hex; what the audit record names it by.
    """

    document: DocumentNode
    definition: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    hash: str
    name: str | None


@dataclass(slots=True)
class Documents:
    """Turns documents into operations, and remembers the ones seen lately."""

    schema: GraphQLSchema
    limits: Limits = field(default_factory=Limits)
    capacity: int = 512
    _known: OrderedDict[tuple[str, str | None], Operation] = field(default_factory=OrderedDict)

    def operation(self, document: str, name: str | None) -> Operation:
        """Return the operation of the document; raise a ``RequestError`` where it has none to execute."""
        key = (document, name)
        if known := self._known.get(key):
            self._known.move_to_end(key)
            return known
        made = _operation(self.schema, self.limits, document, name)
        self._known[key] = made
        if len(self._known) > self.capacity:
            self._known.popitem(last=False)
        return made

    def variables(self, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the operation's variables, coerced; ``VariableRefused`` names the one that does not fit."""
        coerced = get_variable_values(self.schema, operation.definition.variable_definitions or (), dict(given))
        if isinstance(coerced, list):
            raise VariableRefused(_plain(coerced[0]), locations=_places(coerced[0]))
        return _values(coerced)


def _values(coerced: Any) -> dict[str, Any]:
    return dict(getattr(coerced, "coerced", coerced))


def _operation(schema: GraphQLSchema, limits: Limits, text: str, name: str | None) -> Operation:
    if len(text) > limits.characters:
        raise LimitExceeded(f"The document has {len(text)} characters; the limit is {limits.characters}.")
    try:
        document = parse(text, max_tokens=limits.tokens)
    except GraphQLError as error:
        if "token" in error.message and str(limits.tokens) in error.message:
            raise LimitExceeded(f"The document has more than {limits.tokens} tokens, which is the limit.") from None
        raise SyntaxRefused(_plain(error), locations=_places(error)) from None
    except RecursionError:
        raise LimitExceeded(f"The document is nested deeper than {limits.depth} levels, which is the limit.") from None
    _within_limits(document, limits)
    errors = validate(schema, document, max_errors=1)
    if errors:
        raise ValidationRefused(_plain(errors[0]), locations=_places(errors[0]))
    definition = _chosen(document, name)
    if definition.operation is not OperationType.QUERY:
        raise OperationUnknown(f"The hub has no {definition.operation.value}s yet, only queries.")
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    digest = hashlib.sha256(f"{name or ''}\n{text}".encode()).hexdigest()
    return Operation(document, definition, fragments, digest, definition.name.value if definition.name else None)


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) != 1:
            raise OperationUnknown(
                f"The document has {len(operations)} operations; say which one to execute in operationName."
            )
        return operations[0]
    for node in operations:
        if node.name and node.name.value == name:
            return node
    raise OperationUnknown(f"The document has no operation named {name!r}.")


def _within_limits(document: DocumentNode, limits: Limits) -> None:
    """Count depth and fields with every fragment measured once, so that the cost is linear in the document.

    Validation compares fields pairwise within and across fragments, so this has to come before it.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measured: dict[str, tuple[int, int]] = {}
    under_way: set[str] = set()

    def measure(selections: SelectionSetNode | None, level: int) -> tuple[int, int]:
        if level > limits.depth * 4:
            raise LimitExceeded(f"The document is nested deeper than {limits.depth} levels, which is the limit.")
        depth = fields = 0
        for node in selections.selections if selections else ():
            match node:
                case FieldNode():
                    below, count = measure(node.selection_set, level + 1)
                    below, count = below + 1, count + 1
                case InlineFragmentNode():
                    below, count = measure(node.selection_set, level + 1)
                case FragmentSpreadNode():
                    below, count = spread(node.name.value, level + 1)
                case _:  # pragma: no cover - graphql-core has no other selections
                    below, count = 0, 0
            depth, fields = max(depth, below), fields + count
        return depth, fields

    def spread(name: str, level: int) -> tuple[int, int]:
        if name not in fragments or name in under_way:
            return 0, 0  # validation says what is wrong with it
        if name not in measured:
            under_way.add(name)
            measured[name] = measure(fragments[name].selection_set, level)
            under_way.discard(name)
        return measured[name]

    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            depth, fields = measure(node.selection_set, 0)
            if depth > limits.depth:
                raise LimitExceeded(f"The document is {depth} levels deep; the limit is {limits.depth}.")
            if fields > limits.fields:
                raise LimitExceeded(f"The document selects {fields} fields; the limit is {limits.fields}.")


def _places(error: GraphQLError) -> list[tuple[int, int]]:
    return [(place.line, place.column) for place in error.locations or ()]


def _plain(error: GraphQLError) -> str:
    return without_values(error.message)
