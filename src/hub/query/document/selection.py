"""Selections, collected as the GraphQL specification says: fragments inlined, equal keys merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import BooleanValueNode, FieldNode, FragmentSpreadNode, InlineFragmentNode, VariableNode

from hub.query.errors import VariableRefused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from graphql import DirectiveNode, FragmentDefinitionNode, SelectionSetNode, ValueNode

NODE = "Node"


def collect(
    type_name: str,
    sets: Iterable[SelectionSetNode | None],
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
    also: Collection[str] = (),
) -> dict[str, list[FieldNode]]:
    """Return the fields selected on a type by response key, in order of first appearance.

    ``also``: the interfaces and unions that the type belongs to, besides ``Node``.
    """
    conditions = {type_name, NODE, *also}
    found: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()

    def walk(selections: SelectionSetNode) -> None:
        for node in selections.selections:
            if not _included(node.directives or (), variables):
                continue
            match node:
                case FieldNode():
                    key = node.alias.value if node.alias else node.name.value
                    found.setdefault(key, []).append(node)
                case InlineFragmentNode():
                    condition = node.type_condition
                    if condition is None or condition.name.value in conditions:
                        walk(node.selection_set)
                case FragmentSpreadNode():
                    name = node.name.value
                    if name not in seen:
                        seen.add(name)
                        fragment = fragments[name]
                        if fragment.type_condition.name.value in conditions:
                            walk(fragment.selection_set)
                case _:  # pragma: no cover - graphql-core has no other selections
                    pass

    for selections in sets:
        if selections is not None:
            walk(selections)
    return found


def _included(directives: Iterable[DirectiveNode], variables: Mapping[str, Any]) -> bool:
    for directive in directives:
        for argument in directive.arguments or ():
            holds = _holds(argument.value, variables)
            if directive.name.value == "skip" and holds:
                return False
            if directive.name.value == "include" and not holds:
                return False
    return True


def _holds(value: ValueNode, variables: Mapping[str, Any]) -> bool:
    if isinstance(value, VariableNode):
        name = value.name.value
        if variables.get(name) is None:  # allowed by its type, which may be nullable if it has a default
            raise VariableRefused(f"Variable '${name}' must not be null here: a value of type Boolean! is needed.")
        return bool(variables[name])
    return isinstance(value, BooleanValueNode) and value.value
