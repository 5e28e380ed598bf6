"""Which policies can apply at all to an entity, an action and a partner's roles.

Only to save time: a decision costs by the policy, and most policies speak of other entities or other roles.
Whatever is not surely out of reach is left in and decided by Cedar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.policy.expression import GROUP_TYPE, belongs, groups, is_resource, only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.catalog import Entity
    from hub.policy.expression import CedarJson


def can_apply(policy: Mapping[str, CedarJson], entity: Entity, action: str, roles: frozenset[str]) -> bool:
    """Tell whether the policy may apply to some row of the entity, for a partner in these roles."""
    return (
        _resource_reaches(policy["resource"], entity)
        and _action_reaches(policy["action"], action)
        and _role_reaches(policy["principal"], roles)
        and all(_known(part["body"], entity) is not (part["kind"] != "when") for part in policy["conditions"])
    )


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
