"""Loading a bundle: parse, validate, check that every condition can become SQL, and freeze."""

from __future__ import annotations

import hashlib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING

import cedarpy

from hub.policy.check import check
from hub.policy.decide import Policies
from hub.policy.errors import PolicyError
from hub.policy.narrowing import narrowed
from hub.policy.reach import impersonal
from hub.policy.reasons import reason_of
from hub.policy.schema import derive
from hub.policy.source import statements, without_policy
from hub.policy.terms import read_terms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.catalog import Catalogue
    from hub.policy.expression import CedarJson

TERMS = "purposes.yaml"


def load(directory: Path, catalogue: Catalogue) -> Policies:
    """Load ``*.cedar`` and ``purposes.yaml`` of the directory against the catalogue.

    Raises ``PolicyError`` as ``bundle`` does, and for a directory without policies.
    """
    paths = sorted(directory.glob("*.cedar"))
    if not paths:
        raise PolicyError(f"{directory}: there are no policies (*.cedar) here.")
    if not (directory / TERMS).is_file():
        raise PolicyError(f"{directory / TERMS}: the list of purposes and roles is missing.")
    files = {path.name: path.read_text(encoding="utf-8") for path in paths}
    return bundle(files, (directory / TERMS).read_text(encoding="utf-8"), catalogue)


def bundle(files: Mapping[str, str], terms_text: str, catalogue: Catalogue) -> Policies:
    """Make a bundle of policy files (text by file name) and the text of ``purposes.yaml``.

    Raises ``PolicyError`` with file, line and policy id for what does not parse, does not validate against the
    derived schema, or has a condition that cannot become an exact row predicate; and for a mask that leaves too few
    values (``hub.policy.narrowing``).
    """
    terms = read_terms(terms_text, TERMS)
    schema_text = derive(catalogue, terms)
    schema = cedarpy.Schema.from_str(schema_text)
    digest = hashlib.sha256()
    policies: dict[str, CedarJson] = {}
    for file, text in sorted(files.items()):
        digest.update(f"{file}\0{len(text)}\0{text}".encode())
        for name, (place, policy) in _parse(text, file, schema).items():
            if name in policies:
                raise PolicyError(f"{place}: another policy has this id.")
            check(policy, place, catalogue, terms)
            policies[name] = policy
    digest.update(f"{terms_text}\0{schema_text}".encode())
    wholes = {
        entity.name: {name: catalogue[entity.links[name].target] for name in entity.exists_with}
        for entity in catalogue
        if entity.exists_with
    }
    reasons = {name: reason_of(policy.get("annotations", {}), needed=False) for name, policy in policies.items()}
    made = Policies(
        digest=digest.hexdigest(), terms=terms, schema=schema, policies=MappingProxyType(policies),
        wholes=MappingProxyType(wholes), impersonal=impersonal(policies.values(), terms.purposes),
        reasons=MappingProxyType({name: reason for name, reason in reasons.items() if reason is not None}),
    )  # fmt: skip
    for wrong in narrowed(made, catalogue):
        raise PolicyError(wrong)
    return made


def _parse(text: str, file: str, schema: cedarpy.Schema) -> dict[str, tuple[str, CedarJson]]:
    """Return the file's policies by their ``@id``, each with its place: file, line and id."""
    found: dict[str, tuple[str, CedarJson]] = {}
    for written in statements(text):
        at = f"{file}:{written.line}"
        try:
            parsed = json.loads(cedarpy.policies_to_json_str(written.text))
        except ValueError as wrong:
            raise PolicyError(f"{at}: does not parse: {wrong}") from None
        if parsed["templates"] or parsed["templateLinks"]:
            raise PolicyError(f"{at}: has a template (?principal, ?resource); write the policy out.")
        (policy,) = parsed["staticPolicies"].values()
        annotations: Mapping[str, str | None] = policy.get("annotations", {})
        name = annotations.get("id")
        if not name:
            raise PolicyError(f'{at}: a policy has no @id("…"); every decision names the policies that made it.')
        place = f"{at}: policy {name}"
        try:
            reason_of(annotations, needed=policy["effect"] == "forbid")
        except ValueError as wrong:
            raise PolicyError(f"{place}: {wrong}") from None
        if name in found:
            raise PolicyError(f"{place}: another policy has this id.")
        found[name] = place, policy
    result = cedarpy.validate_policies(text, schema)
    if not result.validation_passed:
        first = result.errors[0]
        name = result.id_annotations_by_policy_id.get(first.policy_id, first.policy_id)
        line = next((each.line_of(first.error) for each in statements(text) if each.id == name), 1)
        raise PolicyError(f"{file}:{line}: policy {name}: does not fit the schema: {without_policy(first.error)}")
    return found
