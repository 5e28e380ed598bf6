"""Checking a policy's own expressions when it is loaded.

Three things that Cedar's validator lets pass are refused here: a condition on the row that has no exact row
predicate; an operator that can fail on valid values (arithmetic overflows, and a forbid that fails is
skipped); and a misspelt name or code, which would make a permit dead or, worse, a forbid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.catalog import RegionCode, Sensitivity
from hub.policy.errors import PolicyError
from hub.policy.expression import (
    GROUP_TYPE,
    Untranslatable,
    attribute,
    belongs,
    constants,
    groups,
    is_resource,
    only,
    ordered,
)
from hub.policy.grants import STANDINGS
from hub.policy.schema import STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Catalogue, Entity
    from hub.policy.expression import CedarJson
    from hub.policy.terms import Terms

_CONSTANT: Final = frozenset(
    {".", "has", "==", "!=", "&&", "||", "!", "if-then-else", "contains", "containsAll", "containsAny", "isEmpty",
     "Set", "Value", "Var", "like", "in", "is"}
)  # fmt: skip
"""Operators for what does not depend on the row: Cedar evaluates them, and none can fail once validated."""
_EXTENDED: Final = frozenset({"datetime", "decimal"})
"""Constants that are written as text."""
_DIVISION: Final = "Division"
"""The Cedar type of the only attributes of rows that are entities (``hub.policy.schema``)."""


def check(policy: CedarJson, where: str, catalogue: Catalogue, terms: Terms) -> None:
    """Check scope and conditions; ``PolicyError`` starts with ``where`` and says what is wrong."""
    try:
        _check_scope(policy)
        reached = [entity for entity in catalogue if _in_scope(policy["resource"], entity)]
        words = _words(reached, terms)
        for condition in policy["conditions"]:
            _check_test(condition["body"])
            _check_words(condition["body"], reached, words)
    except Untranslatable as refused:
        raise PolicyError(f"{where}: uses {refused}; this cannot become an exact row filter.") from None
    except _Misspelt as refused:
        raise PolicyError(f"{where}: {refused}") from None


class _Misspelt(Exception):
    pass


def _check_scope(policy: CedarJson) -> None:
    principal, resource = policy["principal"], policy["resource"]
    if principal["op"] not in ("All", "is", "in"):
        raise Untranslatable(f"principal {principal['op']}: policies speak of roles, not of one partner")
    of_groups = resource["op"] == "in" and resource["entity"]["type"] == GROUP_TYPE
    if "in" in resource or not (of_groups or resource["op"] in ("All", "is")):
        raise Untranslatable(f"resource {resource['op']} in its head: policies speak of kinds of rows, not of one row")


def _in_scope(resource: CedarJson, entity: Entity) -> bool:
    """Tell whether the head of a policy that has passed ``_check_scope`` speaks of the entity."""
    match resource["op"]:
        case "is":
            return bool(resource["entity_type"] == entity.name)
        case "in":
            return belongs(entity, frozenset({resource["entity"]["id"]}))
        case _:
            return True


def _check_test(expression: CedarJson) -> None:
    """Check an expression that is true or false, as ``translate`` will take it apart."""
    if not _mentions_row(expression):
        _check_constant(expression)
        return
    operator, operands = only(expression)
    match operator:
        case "&&" | "||":
            _check_test(operands["left"])
            _check_test(operands["right"])
        case "!":
            _check_test(operands["arg"])
        case "if-then-else":
            for part in ("if", "then", "else"):
                _check_test(operands[part])
        case "is" if is_resource(operands["left"]) and "in" not in operands:
            pass
        case "has" | "." if is_resource(operands["left"]):
            pass
        case "in" if is_resource(operands["left"]) and groups(operands["right"]):
            pass
        case "==" | "!=" if _one_attribute(operands):
            pass
        case "in" if attribute(operands["left"]) is not None and not _mentions_row(operands["right"]):
            _check_constant(operands["right"])
            _check_comparable(operands["right"])
        case "contains" if attribute(operands["right"]) is not None and not _mentions_row(operands["left"]):
            _check_constant(operands["left"])
        case _ if (compared := ordered(operator, operands)) is not None and _one_attribute(
            {"left": compared[1], "right": compared[2]}
        ):
            pass
        case _:
            raise Untranslatable(f"the operator {operator} on the row")


def _one_attribute(operands: CedarJson) -> bool:
    for one, other in (("left", "right"), ("right", "left")):
        if attribute(operands[one]) is not None and not _mentions_row(operands[other]):
            _check_constant(operands[other])
            _check_comparable(operands[other])
            return True
    return False


def _check_comparable(expression: CedarJson) -> None:
    """Refuse what no attribute of a row is or lies in, and Cedar lets pass: the partner, the action, a role."""
    operator, operands = only(expression)
    match operator:
        case "Var":
            raise Untranslatable(f"a comparison of an attribute of the row with {operands}")
        case "Value" if isinstance(operands, dict) and operands["__entity"]["type"] != _DIVISION:
            raise Untranslatable(f"a comparison of an attribute of the row with a {operands['__entity']['type']}")
        case "Set":
            for item in operands:
                _check_comparable(item)
        case "if-then-else":
            _check_comparable(operands["then"])
            _check_comparable(operands["else"])
        case _:
            pass


def _check_constant(expression: CedarJson) -> None:
    for operator, operands in _operators(expression):
        if operator in _EXTENDED:
            constants({operator: operands})
        elif operator not in _CONSTANT:
            raise Untranslatable(f"the operator {operator}")
        if operator == "in" and operands["left"] not in ({"Var": "principal"}, {"Var": "action"}):
            raise Untranslatable("the operator in on anything but principal, action or an attribute of the row")


def _operators(expression: CedarJson) -> Iterator[tuple[str, CedarJson]]:
    """Walk an expression: every operator in it with its operands."""
    operator, operands = only(expression)
    yield operator, operands
    if operator in ("Value", "Var"):
        return
    if isinstance(operands, list):
        parts = operands
    elif operator == "Record":
        parts = list(operands.values())
    else:
        parts = [part for name, part in operands.items() if name in ("left", "right", "arg", "if", "then", "else")]
    for part in parts:
        yield from _operators(part)


def _mentions_row(expression: CedarJson) -> bool:
    return any(operator == "Var" and operands == "resource" for operator, operands in _operators(expression))


def _words(reached: list[Entity], terms: Terms) -> dict[str, frozenset[str]]:
    """Return the words that each part of the context can have."""
    # Links that are read off a field have the rights of the field: a policy that names one would mean nothing.
    items = (name for entity in reached for part in (entity.fields, entity.stored_links, entity.many) for name in part)
    steps = (name for entity in reached if entity.process is not None for name in entity.process.steps)
    return {
        "purpose": frozenset(terms.purposes),
        "field": frozenset((*items, *steps)),
        "class": frozenset(item.name.lower() for item in Sensitivity),
        "kind": frozenset({"field", "link", STEP}),
        "agreement": STANDINGS,
    }


def _check_words(expression: CedarJson, reached: list[Entity], words: dict[str, frozenset[str]]) -> None:
    for operator, operands in _operators(expression):
        match operator:
            case "has" if is_resource(operands["left"]):
                _known_attribute(operands["attr"], reached)
            case "==" | "!=" | "contains" | "containsAny" | "containsAll" | "in":
                for one, other in (("left", "right"), ("right", "left")):
                    _check_pair(operands[one], operands[other], reached, words)
            case _:
                pass


def _check_pair(
    subject: CedarJson, literal: CedarJson, reached: list[Entity], words: dict[str, frozenset[str]]
) -> None:
    """Check literals that stand beside a part of the context or an attribute of the row."""
    operator, operands = only(subject)
    if operator != ".":
        return
    try:
        found = constants(literal)
    except Untranslatable:
        return
    values = found if isinstance(found, tuple) else (found,)
    name = operands["attr"]
    if operands["left"] == {"Var": "context"} and name in words:
        for value in values:
            if value not in words[name]:
                raise _Misspelt(f"context.{name} is never {value!r}; known are {', '.join(sorted(words[name]))}.")
    elif is_resource(operands["left"]):
        for value in values:
            _known_value(name, value, reached)


def _known_attribute(name: str, reached: list[Entity]) -> None:
    if not any(field.name == name for entity in reached for field in entity.policy_fields):
        raise _Misspelt(f"no row that the policy speaks of has the attribute {name}.")


def _known_value(name: str, value: Any, reached: list[Entity]) -> None:
    fields = [field for entity in reached for field in entity.policy_fields if field.name == name]
    for field in fields:
        if field.codes is None:
            if field.type is not RegionCode or _is_region(value):
                return
        elif value in field.codes.__members__:
            return
    if fields:
        raise _Misspelt(f"resource.{name} is never {value!r}.")


def _is_region(value: Any) -> bool:
    try:
        RegionCode.parse(value)
    except ValueError:
        return False
    return True
