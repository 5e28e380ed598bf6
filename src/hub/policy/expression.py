"""Cedar's JSON of an expression, taken apart: one operator with its operands, at every level."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hub.catalog import Entity
    from hub.catalog.predicate import Comparison

CedarJson = Any
"""A policy or an expression in Cedar's own JSON."""
GROUP_TYPE: Final = "EntityGroup"
"""The Cedar type of declared groups of entities (``hub.policy.schema``)."""

Constant = str | bool | int | date | Decimal | tuple[Any, ...]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SIGNS: Final[dict[str, Comparison]] = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_METHODS: Final[dict[str, Comparison]] = {
    "lessThan": "lt", "lessThanOrEqual": "lte", "greaterThan": "gt", "greaterThanOrEqual": "gte",
}  # fmt: skip


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


def constants(expression: CedarJson) -> Constant:
    """Return what a constant expression stands for; an entity stands for its id."""
    operator, operands = only(expression)
    match operator:
        case "Set":
            return tuple(constants(item) for item in operands)
        case "Value":
            return _plain(operands)
        case "datetime" | "decimal":
            return _extended(operator, operands)
        case _:
            raise Untranslatable(f"the operator {operator} where a constant is needed")


def _plain(value: CedarJson) -> Constant:
    match value:
        case str() | bool() | int():
            return value
        case {"__entity": {"type": "Division", "id": str(code)}}:
            return code
        case {"__extn": {"fn": str(kind), "arg": str(written)}}:
            return _extended(kind, [{"Value": written}])
        case list():
            return tuple(_plain(item) for item in value)
        case _:
            raise Untranslatable("a constant that is not text, a truth value, a number, a day or a division")


def _extended(kind: str, arguments: CedarJson) -> date | Decimal:
    """A day, which Cedar has as its first moment in UTC, or a decimal number."""
    match kind, arguments:
        case "datetime", [{"Value": str(written)}] if _DAY.fullmatch(written):
            try:
                return date.fromisoformat(written)
            except ValueError:
                raise Untranslatable(f'datetime("{written}"), which is no day of the years 1 to 9999') from None
        case "decimal", [{"Value": str(written)}]:
            return Decimal(written)
        case "datetime", _:
            raise Untranslatable('a moment where rows have a day, which is written as datetime("2026-01-31")')
        case _:
            raise Untranslatable(f"the constant {kind}")


def ordered(operator: str, operands: CedarJson) -> tuple[Comparison, CedarJson, CedarJson] | None:
    """Return a comparison's sign and both its sides; None for any other operator.

    Numbers and days compare by operators, decimal numbers by functions.
    """
    if operator in _SIGNS:
        return _SIGNS[operator], operands["left"], operands["right"]
    if operator in _METHODS and len(operands) == len(("left", "right")):
        return _METHODS[operator], operands[0], operands[1]
    return None


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
