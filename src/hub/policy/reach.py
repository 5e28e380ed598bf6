"""Which policies can apply at all to an entity, an action and a partner's roles; and for which purposes by name.

Only to save time: a decision costs by the policy, and most policies speak of other entities or other roles.
Whatever is not surely out of reach is left in and decided by Cedar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.policy.expression import GROUP_TYPE, Untranslatable, belongs, constants, groups, is_resource, only

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.catalog import Entity
    from hub.policy.expression import CedarJson

_NAME: Final = {".": {"left": {"Var": "principal"}, "attr": "name"}}
_PURPOSE: Final = {".": {"left": {"Var": "context"}, "attr": "purpose"}}


def can_apply(policy: Mapping[str, CedarJson], entity: Entity, action: str, roles: frozenset[str]) -> bool:
    """Tell whether the policy may apply to some row of the entity, for a partner in these roles."""
    return (
        _resource_reaches(policy["resource"], entity)
        and _action_reaches(policy["action"], action)
        and _role_reaches(policy["principal"], roles)
        and all(_known(part["body"], entity) is not (part["kind"] != "when") for part in policy["conditions"])
    )


def impersonal(policies: Iterable[CedarJson], purposes: Iterable[str]) -> frozenset[str]:
    """Return the purposes for which no policy speaks of a partner by its name."""
    naming = [policy for policy in policies if _names_partner(policy)]
    return frozenset(purpose for purpose in purposes if not any(_serves(policy, purpose) for policy in naming))


def _names_partner(part: CedarJson) -> bool:
    if isinstance(part, dict):
        return part == _NAME or any(_names_partner(each) for each in part.values())
    return isinstance(part, list) and any(_names_partner(each) for each in part)


def _serves(policy: CedarJson, purpose: str) -> bool:
    return all(part["kind"] != "when" or _admits_purpose(part["body"], purpose) for part in policy["conditions"])


def _admits_purpose(condition: CedarJson, purpose: str) -> bool:
    """Tell whether the condition can hold for the purpose; any that is about more than purposes can."""
    operator, operands = only(condition)
    try:
        if operator == "==" and operands["left"] == _PURPOSE:
            return constants(operands["right"]) == purpose
        if operator == "contains" and operands["right"] == _PURPOSE:
            listed = constants(operands["left"])
            return not isinstance(listed, tuple) or purpose in listed
    except Untranslatable:
        return True
    return True


def _resource_reaches(scope: CedarJson, entity: Entity) -> bool:
    match scope:
        case {"op": "is", "entity_type": name}:
            return bool(name == entity.name)
        case {"op": "in", "entity": {"type": kind, "id": group}} if kind == GROUP_TYPE:
            return belongs(entity, frozenset({group}))
        case _:
            return True


def _action_reaches(scope: CedarJson, action: str) -> bool:
    match scope:
        case {"op": "==", "entity": {"id": name}}:
            return bool(name == action)
        case {"op": "in", "entities": names}:
            return any(item["id"] == action for item in names)
        case _:
            return True


def _role_reaches(scope: CedarJson, roles: frozenset[str]) -> bool:
    match scope:
        case {"op": "in", "entity": {"type": "Role", "id": role}} | {"in": {"entity": {"type": "Role", "id": role}}}:
            return role in roles
        case _:
            return True


def _known(expression: CedarJson, entity: Entity) -> bool | None:
    """Return what the expression is for every row of the entity, whoever asks; None if that depends."""
    operator, operands = only(expression)
    match operator:
        case "Value" if isinstance(operands, bool):
            return operands
        case "is" if is_resource(operands["left"]) and "in" not in operands:
            return bool(operands["entity_type"] == entity.name)
        case "in" if is_resource(operands["left"]) and (named := groups(operands["right"])):
            return belongs(entity, named)
        case "!":
            inner = _known(operands["arg"], entity)
            return None if inner is None else not inner
        case "&&":
            found = (_known(operands["left"], entity), _known(operands["right"], entity))
            return False if False in found else None if None in found else True
        case "||":
            found = (_known(operands["left"], entity), _known(operands["right"], entity))
            return True if True in found else None if None in found else False
        case _:
            return None
