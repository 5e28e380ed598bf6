"""Cedar's JSON of an expression, taken apart: one operator with its operands, at every level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hub.catalog import Entity

CedarJson = Any
"""A policy or an expression in Cedar's own JSON."""
GROUP_TYPE: Final = "EntityGroup"
"""The Cedar type of declared groups of entities (``hub.policy.schema``)."""


class Untranslatable(Exception):
    """This expression has no exact row predicate."""


def only(expression: CedarJson) -> tuple[str, CedarJson]:
    """Split an expression into its one operator and the operands."""
    if not isinstance(expression, dict) or len(expression) != 1:
        raise Untranslatable("an expression that is not one operator with its operands")
    return next(iter(expression.items()))


def is_resource(expression: CedarJson) -> bool:
    """Tell whether the expression is the row itself."""
    return expression in ({"unknown": [{"Value": "resource"}]}, {"Var": "resource"})


def attribute(expression: CedarJson) -> str | None:
    """Return the name of the attribute if the expression is an attribute of the row."""
    operator, operands = only(expression)
    return str(operands["attr"]) if operator == "." and is_resource(operands["left"]) else None


def constants(expression: CedarJson) -> str | bool | int | tuple[Any, ...]:
    """Return what a constant expression stands for; an entity stands for its id."""
    operator, operands = only(expression)
    if operator == "Set":
        return tuple(constants(item) for item in operands)
    if operator == "Value":
        return _plain(operands)
    raise Untranslatable(f"the operator {operator} where a constant is needed")


def _plain(value: CedarJson) -> str | bool | int | tuple[Any, ...]:
    match value:
        case str() | bool() | int():
            return value
        case {"__entity": {"type": "Division", "id": str(code)}}:
            return code
        case list():
            return tuple(_plain(item) for item in value)
        case _:
            raise Untranslatable("a constant that is not text, a truth value or a division")


def groups(expression: CedarJson) -> frozenset[str]:
    """Return the names of the groups of entities that the expression lists; empty if it lists anything else."""
    operator, operands = only(expression)
    if operator == "Set":
        listed = [groups(item) for item in operands]
        return frozenset().union(*listed) if all(listed) else frozenset()
    match operands:
        case {"__entity": {"type": kind, "id": str(name)}} if operator == "Value" and kind == GROUP_TYPE:
            return frozenset({name})
        case _:
            return frozenset()


def belongs(entity: Entity, names: frozenset[str]) -> bool:
    """Tell whether the entity is declared to be in one of the groups."""
    return any(group.name in names for group in entity.groups)
