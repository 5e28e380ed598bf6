"""Loading a bundle: parse, validate, check that every condition can become SQL, and freeze."""

from __future__ import annotations

import hashlib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import cedarpy

from hub.policy.check import check
from hub.policy.decide import Policies
from hub.policy.errors import PolicyError
from hub.policy.schema import ACTIONS, derive
from hub.policy.terms import read_terms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.catalog import Catalogue

Json = Any

TERMS = "purposes.yaml"


def load(directory: Path, catalogue: Catalogue) -> Policies:
    """Load ``*.cedar`` and ``purposes.yaml`` of the directory against the catalogue.

    Raises ``PolicyError`` with file and policy id for a bundle that does not parse, does not validate against
    the derived schema, or has a condition that cannot become an exact row predicate.
    """
    paths = sorted(directory.glob("*.cedar"))
    if not paths:
        raise PolicyError(f"{directory}: there are no policies (*.cedar) here.")
    if not (directory / TERMS).is_file():
        raise PolicyError(f"{directory / TERMS}: the list of purposes and roles is missing.")
    terms_text = (directory / TERMS).read_text(encoding="utf-8")
    terms = read_terms(terms_text, TERMS)
    schema_text = derive(catalogue, terms)
    schema = cedarpy.Schema.from_str(schema_text)
    digest = hashlib.sha256()
    policies: dict[str, Json] = {}
    for path in paths:
        text = path.read_text(encoding="utf-8")
        digest.update(f"{path.name}\0{len(text)}\0{text}".encode())
        for name, policy in _parse(text, path.name, schema).items():
            if name in policies:
                raise PolicyError(f"{path.name}: policy {name}: another policy has this id.")
            check(policy, f"{path.name}: policy {name}", catalogue, terms)
            policies[name] = policy
    digest.update(f"{terms_text}\0{schema_text}".encode())
    sets = {
        (entity.name, action): _reaching(policies, entity.name, action) for entity in catalogue for action in ACTIONS
    }
    reasons = {
        name: policy["annotations"]["reason"] for name, policy in policies.items() if policy["effect"] == "forbid"
    }
    return Policies(
        digest=digest.hexdigest(),
        terms=terms,
        reasons=MappingProxyType(reasons),
        schema=schema,
        sets=MappingProxyType(sets),
    )


def _parse(text: str, file: str, schema: cedarpy.Schema) -> dict[str, Json]:
    """Return the file's policies by their ``@id``."""
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as wrong:
        raise PolicyError(f"{file}: does not parse: {wrong}") from None
    if parsed["templates"] or parsed["templateLinks"]:
        raise PolicyError(f"{file}: has a template (?principal, ?resource); write the policy out.")
    found: dict[str, Json] = {}
    for policy in parsed["staticPolicies"].values():
        annotations: Mapping[str, str | None] = policy.get("annotations", {})
        name = annotations.get("id")
        if not name:
            raise PolicyError(f'{file}: a policy has no @id("…"); every decision names the policies that made it.')
        if policy["effect"] == "forbid" and not annotations.get("reason"):
            raise PolicyError(f'{file}: policy {name}: a forbid says why, as @reason("…").')
        if name in found:
            raise PolicyError(f"{file}: policy {name}: another policy has this id.")
        found[name] = policy
    result = cedarpy.validate_policies(text, schema)
    if not result.validation_passed:
        first = result.errors[0]
        name = result.id_annotations_by_policy_id.get(first.policy_id, first.policy_id)
        raise PolicyError(f"{file}: policy {name}: does not fit the schema: {first.error}")
    return found


def _reaching(policies: Mapping[str, Json], entity: str, action: str) -> cedarpy.PolicySet:
    """Return the policies whose scope can match; the others could only cost time."""
    reaching = {
        name: policy
        for name, policy in policies.items()
        if _action_reaches(policy["action"], action) and policy["resource"].get("entity_type", entity) == entity
    }
    document = {"staticPolicies": reaching, "templates": {}, "templateLinks": []}
    return cedarpy.PolicySet.from_json_str(json.dumps(document))


def _action_reaches(scope: Json, action: str) -> bool:
    match scope:
        case {"op": "All"}:
            return True
        case {"op": "==", "entity": {"id": name}}:
            return bool(name == action)
        case {"entities": names}:
            return any(item["id"] == action for item in names)
        case _:
            return True
