"""Whether fields of one response key can be merged (GraphQL specification, 5.3.2), in linear time.

graphql-core compares all fields of one key in pairs: a thousand of them cost it seconds. Fields that must be
equal are equal to the first of them, so each is held against the first only: level by level, first by the shape of
what they return, then, where both could apply to the same object, by name and arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    InlineFragmentNode,
    get_named_type,
    is_composite_type,
    print_ast,
)
from graphql.utilities.sort_value_node import sort_value_node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode, SelectionSetNode


@dataclass(frozen=True, slots=True)
class Selected:
    """A field where it is selected: on which type, and what it returns (None for what the schema lacks)."""

    parent: Any
    node: FieldNode
    kind: Any

    @property
    def key(self) -> str:
        """Its response key."""
        return self.node.alias.value if self.node.alias else self.node.name.value


FieldGroup = list[Selected]


@dataclass(slots=True)
class Merging:
    """Looks for a conflict in one operation, which is valid in every other respect.

    ``visited``: fields looked at so far; at most twice (by shape, by name) those that limits let through.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    visited: int = 0

    def conflict(self, operation: OperationDefinitionNode) -> GraphQLError | None:
        """Return the first conflict as an error with both places; None where all fields can be merged."""
        root = self.schema.get_root_type(operation.operation)
        level = self._collect([(root, operation.selection_set)])
        return self._walk([level], _shapes, lambda group: [group]) or self._walk([level], _identities, _apart)

    def _walk(
        self, levels: list[FieldGroup], of: Callable[[Selected], Any], split: Callable[[FieldGroup], list[FieldGroup]]
    ) -> GraphQLError | None:
        while levels:
            by_key: dict[str, FieldGroup] = {}
            for item in levels.pop():
                self.visited += 1
                by_key.setdefault(item.key, []).append(item)
            for key, fields in by_key.items():
                for group in split(fields):
                    if len(group) > 1 and (found := _differing(key, group, of)):
                        return found
                    below = [(item.kind, item.node.selection_set) for item in group if item.node.selection_set]
                    if below:
                        levels.append(self._collect([(get_named_type(kind), chosen) for kind, chosen in below]))
        return None

    def _collect(self, sets: Iterable[tuple[Any, SelectionSetNode]]) -> FieldGroup:
        """Return the fields of these selection sets in order, fragments in place, each fragment once."""
        found: FieldGroup = []
        seen: set[str] = set()

        def walk(parent: Any, chosen: SelectionSetNode) -> None:
            for node in chosen.selections:
                match node:
                    case FieldNode():
                        field = self.schema.get_field(parent, node.name.value) if parent is not None else None
                        found.append(Selected(parent, node, field.type if field else None))
                    case InlineFragmentNode(type_condition=condition):
                        on = parent if condition is None else self.schema.get_type(condition.name.value)
                        walk(on, node.selection_set)
                    case FragmentSpreadNode() if node.name.value not in seen:
                        seen.add(node.name.value)
                        fragment = self.fragments[node.name.value]
                        walk(self.schema.get_type(fragment.type_condition.name.value), fragment.selection_set)
                    case _:
                        pass

        for parent, chosen in sets:
            walk(parent, chosen)
        return found


def _apart(group: FieldGroup) -> list[FieldGroup]:
    """Split by the object types that the fields are on; a field on an interface may meet each of them."""
    common = [item for item in group if isinstance(item.parent, GraphQLInterfaceType)]
    by_parent: dict[str, FieldGroup] = {}
    for item in group:
        if not isinstance(item.parent, GraphQLInterfaceType):
            by_parent.setdefault(item.parent.name if item.parent else "", []).append(item)
    return [[*common, *own] for own in by_parent.values()] or [common]


def _differing(key: str, group: FieldGroup, of: Callable[[Selected], Any]) -> GraphQLError | None:
    first = of(group[0])
    for item in group[1:]:
        if (other := of(item)) != first:
            nodes = [group[0].node, item.node]
            return GraphQLError(
                f"Fields {key!r} conflict because {_why(first, other)}. "
                "Use different aliases on the fields to fetch both if this was intentional.",
                nodes,
            )
    return None


def _why(first: Any, other: Any) -> str:
    if isinstance(first, str):
        return f"they return conflicting types {first} and {other}"
    if first[0] != other[0]:
        return f"{first[0]!r} and {other[0]!r} are different fields"
    return "they have differing arguments"


def _shapes(item: Selected) -> str:
    """What is returned, as far as shapes matter: all objects are alike until their fields are compared."""
    return _shape(item.kind)


def _shape(kind: Any) -> str:
    if isinstance(kind, GraphQLNonNull):
        return f"{_shape(kind.of_type)}!"
    if isinstance(kind, GraphQLList):
        return f"[{_shape(kind.of_type)}]"
    return "an object" if is_composite_type(kind) else str(kind)


def _identities(item: Selected) -> tuple[str, frozenset[tuple[str, str]]]:
    arguments = item.node.arguments or ()
    return item.node.name.value, frozenset(
        (argument.name.value, print_ast(sort_value_node(argument.value))) for argument in arguments
    )
