"""What Cedar leaves undecided of a policy, as a row predicate.

A residual is Cedar's JSON of an expression in which only the row is unknown. The result is true and false
exactly where the expression is: the validator demands that an optional attribute is asked for before it is
used, so no test on an absent value is ever reached unguarded. Whatever has no exact counterpart raises
``Untranslatable``; ``hub.policy.check`` has refused such policies when they were loaded.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hub.catalog import Scalar
from hub.catalog.predicate import ALWAYS, NEVER, Compare, IsNull, Not, OneOf, Within, conj, disj, negate, outermost
from hub.policy.expression import Untranslatable, attribute, belongs, constants, groups, is_resource, only, ordered
from hub.policy.simplify import either

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.catalog import Entity, Field
    from hub.catalog.predicate import Comparison, Predicate
    from hub.policy.expression import CedarJson, Constant

_OPPOSITES: Final[dict[Comparison, Comparison]] = {"lt": "gte", "lte": "gt", "gt": "lte", "gte": "lt"}
_MIRRORED: Final[dict[Comparison, Comparison]] = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
_TYPES: Final = {"boolean": bool, "days": bool, "integer": int, "bigint": int, "numeric": Decimal, "date": date}
"""What a constant is, by the storage of the field that it is held against; text otherwise."""


def conditions(policy: Mapping[str, CedarJson], entity: Entity) -> Predicate:
    """Return the rows of ``entity`` that fulfil all conditions of the residual policy."""
    parts = []
    for condition in policy["conditions"]:
        part = translate(condition["body"], entity)
        parts.append(part if condition["kind"] == "when" else negate(part))
    return conj(parts)


def translate(expression: CedarJson, entity: Entity) -> Predicate:
    """Return the rows of ``entity`` for which the expression is true. Raises ``Untranslatable``."""
    operator, operands = only(expression)
    match operator:
        case "Value" if isinstance(operands, bool):
            return ALWAYS if operands else NEVER
        case "&&":
            left = translate(operands["left"], entity)
            if left == NEVER:
                return NEVER
            right = translate(operands["right"], entity)
            # Most of a residual is what Cedar has settled: a chain of trues.
            return right if left == ALWAYS else conj((left, right))
        case "||":
            left = translate(operands["left"], entity)
            if left == ALWAYS:
                return ALWAYS
            right = translate(operands["right"], entity)
            return right if left == NEVER else either((left, right))
        case "!":
            return _opposite(translate(operands["arg"], entity))
        case "if-then-else":
            return _choice(operands, entity)
        case "is" if is_resource(operands["left"]) and "in" not in operands:
            return ALWAYS if operands["entity_type"] == entity.name else NEVER
        case "has" if is_resource(operands["left"]):
            return _has(operands["attr"], entity)
        case "." if is_resource(operands["left"]):
            return Compare(_field(operands["attr"], entity).name, "eq", value=True)
        case "==" | "!=":
            same = _equal(operands, entity)
            return same if operator == "==" else negate(same)
        case "in" if is_resource(operands["left"]) and (named := groups(operands["right"])):
            return ALWAYS if belongs(entity, named) else NEVER
        case "in":
            return _one_of(Within, attribute(operands["left"]), operands["right"], entity)
        case "contains":
            return _one_of(OneOf, attribute(operands["right"]), operands["left"], entity)
        case _ if (compared := ordered(operator, operands)) is not None:
            return _ordered(*compared, entity)
        case _:
            raise Untranslatable(f"the operator {operator}")


def _opposite(part: Predicate) -> Predicate:
    """Not the part. Cedar has ``>`` as the opposite of ``<=``, and for an absent value both are unknown."""
    if isinstance(part, Compare) and part.op in _OPPOSITES:
        return Compare(part.field, _OPPOSITES[part.op], part.value)
    return negate(part)


def _choice(operands: CedarJson, entity: Entity) -> Predicate:
    test = translate(operands["if"], entity)
    if test == ALWAYS:
        return translate(operands["then"], entity)
    if test == NEVER:
        return translate(operands["else"], entity)
    then, otherwise = translate(operands["then"], entity), translate(operands["else"], entity)
    return either((conj((test, then)), conj((negate(test), otherwise))))


def _has(name: str, entity: Entity) -> Predicate:
    field = entity.fields.get(name)
    if field is None or not field.policy:
        return NEVER
    return Not(IsNull(field.name)) if field.nullable else ALWAYS


def _equal(operands: CedarJson, entity: Entity) -> Predicate:
    name, value = _sides(operands["left"], operands["right"])
    return _compare(_field(name, entity), "eq", value)


def _ordered(op: Comparison, left: CedarJson, right: CedarJson, entity: Entity) -> Predicate:
    name, value = _sides(left, right)
    if isinstance(value, str | bool):
        raise Untranslatable("an order of anything but numbers and days")
    return _compare(_field(name, entity), op if attribute(left) is not None else _MIRRORED[op], value)


def _sides(left: CedarJson, right: CedarJson) -> tuple[str, Constant]:
    mine, theirs = attribute(left), attribute(right)
    if mine is not None and theirs is None:
        return mine, constants(right)
    if theirs is not None and mine is None:
        return theirs, constants(left)
    raise Untranslatable("a comparison of anything but one attribute of the row with a constant")


def _compare(field: Field, op: Comparison, value: Constant) -> Predicate:
    """Compare a field with a value of its own type; any other comparison could fail in the database."""
    if isinstance(value, tuple) or type(value) is not _TYPES.get(storage_of(field), str):
        raise Untranslatable("a comparison with anything but a number, a day, text, a division or a truth value")
    return Compare(field.name, op, value)


def _one_of(kind: type[Within | OneOf], name: str | None, expression: CedarJson, entity: Entity) -> Predicate:
    values = constants(expression)
    wanted = values if isinstance(values, tuple) else (values,)
    if name is None:
        raise Untranslatable("membership of anything but an attribute of the row in constants")
    field = _field(name, entity)
    if kind is OneOf and storage_of(field) in _TYPES:
        # The database would not know the type of a list of days or numbers.
        return disj(_compare(field, "eq", value) for value in sorted(set(wanted)))
    if not all(isinstance(value, str) for value in wanted):
        raise Untranslatable("membership of anything but an attribute of the row in constants")
    codes = outermost(wanted) if kind is Within else tuple(sorted(set(wanted)))
    return kind(field.name, codes) if codes else NEVER


def _field(name: str | None, entity: Entity) -> Field:
    field = entity.fields.get(name or "")
    if field is None or not field.policy:
        raise Untranslatable(f"{entity.name}.{name}, which its declaration does not open to policies")
    return field


def storage_of(field: Field) -> str:
    """The kind of column that the field has; a code is text."""
    return field.type.storage if isinstance(field.type, Scalar) else "text"
