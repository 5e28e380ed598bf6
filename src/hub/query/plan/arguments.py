"""Arguments as trees whose leaves are slots, so that one plan serves every value of the same shape.

A plan depends on the *shape* of its arguments (which filters, how nested, null or not, which enum) but
not on their values. ``shape`` is that part of the variables; the plan cache is keyed by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
)
from graphql.utilities import value_from_ast

from hub.query.errors import VariableRefused
from hub.query.nodeid import named_entity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from graphql import FieldNode, GraphQLField, GraphQLInputField, GraphQLInputType


@dataclass(frozen=True, slots=True)
class Const:
    """A value that stands in the document."""

    value: Any

    def get(self, _variables: Mapping[str, Any]) -> Any:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that the variables bring; ``path`` leads to it, the variable's name first."""

    path: tuple[str | int, ...]

    def get(self, variables: Mapping[str, Any]) -> Any:
        """Return the value for this execution."""
        value: Any = variables
        for step in self.path:
            value = value[step]
        return value


@dataclass(frozen=True, slots=True)
class Several:
    """A list in the document with variables among its items."""

    items: tuple[Const | Slot, ...]

    def get(self, variables: Mapping[str, Any]) -> list[Any]:
        """Return the list for this execution."""
        return [item.get(variables) for item in self.items]


ValueSource = Const | Slot | Several


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar, or a list of scalars: where it comes from, and what it is at planning."""

    source: ValueSource
    value: Any


Tree = dict[str, Any] | list[Any] | Leaf | None


def arguments(definition: GraphQLField, node: FieldNode, variables: Mapping[str, Any]) -> dict[str, Tree]:
    """Return the arguments given to a field (not those left out), as trees.

    Raises ``VariableRefused`` for a null where there must be a value.
    """
    found: dict[str, Tree] = {}
    for argument in node.arguments or ():
        name = argument.name.value
        tree = _tree(definition.args[name].type, argument.value, variables)
        if tree is not Undefined:
            found[name] = tree
    return found


def _tree(kind: GraphQLInputType, node: ValueNode, variables: Mapping[str, Any], *, defaulted: bool = False) -> Any:
    if isinstance(node, VariableNode):
        name = node.name.value
        if variables.get(name) is None and isinstance(kind, GraphQLNonNull) and (name in variables or not defaulted):
            # A nullable variable may stand here if it has a default; only its value tells whether it fits.
            raise VariableRefused(f"Variable '${name}' must not be null here: a value of type {kind} is needed.")
        return _wrap(variables[name], (name,)) if name in variables else Undefined
    if isinstance(node, NullValueNode):
        return None
    if isinstance(kind, GraphQLNonNull):
        return _tree(kind.of_type, node, variables)
    named: Any = get_named_type(kind)
    if isinstance(kind, GraphQLList):
        items = node.values if isinstance(node, ListValueNode) else (node,)
        trees = [_tree(kind.of_type, item, variables) for item in items]
        if isinstance(named, GraphQLInputObjectType):
            return [tree for tree in trees if tree is not Undefined]
        leaves = [tree for tree in trees if isinstance(tree, Leaf)]
        if all(isinstance(leaf.source, Const) for leaf in leaves):
            values = [leaf.value for leaf in leaves]
            return Leaf(Const(values), values)
        return Leaf(
            Several(tuple(leaf.source for leaf in leaves if not isinstance(leaf.source, Several))),
            [leaf.value for leaf in leaves],
        )
    if isinstance(named, GraphQLInputObjectType):
        if not isinstance(node, ObjectValueNode):  # pragma: no cover - validation refuses it
            return None
        given = {item.name.value: _member(named.fields[item.name.value], item.value, variables) for item in node.fields}
        defaults = {
            name: Leaf(Const(item.default_value), item.default_value)
            for name, item in named.fields.items()
            if item.default_value is not Undefined and given.get(name, Undefined) is Undefined
        }
        return {name: tree for name, tree in {**given, **defaults}.items() if tree is not Undefined}
    value = value_from_ast(node, named)
    return Leaf(Const(value), value)


def _member(member: GraphQLInputField, node: ValueNode, variables: Mapping[str, Any]) -> Any:
    return _tree(member.type, node, variables, defaulted=member.default_value is not Undefined)


def _wrap(value: Any, path: tuple[str | int, ...]) -> Tree:
    if value is None:
        return None
    if isinstance(value, dict):
        return {key: _wrap(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [_wrap(item, (*path, at)) for at, item in enumerate(value)]
    return Leaf(Slot(path), value)


def shape(value: Any, kinds: Collection[str]) -> Any:
    """The part of variables that a plan depends on. ``kinds``: the types that a node id may name."""
    kind = type(value)
    if kind is str:
        named = named_entity(value)
        return f"{named}:" if named in kinds else "."
    if kind is int:
        return magnitude(value)
    if kind is dict:
        return tuple([(key, shape(value[key], kinds)) for key in sorted(value)])
    if kind is list:
        if any(isinstance(item, dict) for item in value):
            return ("[]", *(shape(item, kinds) for item in value))
        return ("[", *sorted({str(shape(item, kinds)) for item in value}))
    if value is None or kind is bool:
        return value
    return value.name if isinstance(value, Enum) else "."


def magnitude(number: int) -> int:
    """The largest number of as many bits: a page of 100 rows is best read as one of 127, not as one of 1,000."""
    return int((1 << number.bit_length()) - 1)


def enum_name(item: object) -> str:
    """The GraphQL name of an enum value, or of a leaf that has one."""
    value = item.value if isinstance(item, Leaf) else item
    return value.name if isinstance(value, Enum) else str(value)
