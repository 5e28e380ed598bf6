"""The shipped policies, and Cedar itself as the oracle that decisions are held against."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cedarpy
import pytest

from hub.catalog import RegionCode
from hub.domain import CATALOGUE
from hub.policy import Policies, Principal, derive, load
from hub.policy.decide import member_of
from hub.policy.terms import read_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hub.catalog import Entity

DIRECTORY = Path(__file__).parents[3] / "schema" / "policies"
LENGTHS = (12, 9, 6, 4, 2)


@dataclass(frozen=True)
class Oracle:
    """Asks Cedar about one known row, with all policies as text and none of the hub's own shortcuts."""

    policies: cedarpy.PolicySet
    schema: cedarpy.Schema

    def permits(
        self, viewer: str, action: str, entity: Entity, context: Mapping[str, Any], row: Mapping[str, Any]
    ) -> bool:
        attrs: dict[str, Any] = {}
        for field in entity.policy_fields:
            value = row.get(field.name)
            if value is not None:
                attrs[field.name] = division(value) if field.type is RegionCode else value
        codes = [value["__entity"]["id"] for value in attrs.values() if isinstance(value, dict)]
        entities = [
            *json.loads(viewer),
            {
                "uid": {"type": entity.name, "id": "row"},
                "attrs": attrs,
                "parents": [{"type": "EntityGroup", "id": group.name} for group in entity.groups],
            },
            *hierarchy(codes),
        ]
        known = cedarpy.Entities.from_json_str(json.dumps(entities), self.schema)
        request = {
            "principal": 'Partner::"viewer"',
            "action": f'Action::"{action}"',
            "resource": f'{entity.name}::"row"',
            "context": dict(context),
        }
        answer = cedarpy.is_authorized(request, self.policies, known, self.schema)
        assert answer.diagnostics.errors == []
        return bool(answer.allowed)


def division(code: str) -> dict[str, Any]:
    return {"__entity": {"type": "Division", "id": code}}


def hierarchy(codes: Iterable[str]) -> list[dict[str, Any]]:
    """Each division with the ones above it as parents, one level after the other."""
    every = {code[:length] for code in codes for length in LENGTHS if length <= len(code)}
    made = []
    for code in sorted(every):
        above = next((code[:length] for length in LENGTHS if length < len(code)), None)
        parents = [{"type": "Division", "id": above}] if above else []
        made.append({"uid": {"type": "Division", "id": code}, "attrs": {}, "parents": parents})
    return made


@pytest.fixture(scope="session")
def directory() -> Path:
    return DIRECTORY


@pytest.fixture(scope="session")
def policies() -> Policies:
    return load(DIRECTORY, CATALOGUE)


@pytest.fixture(scope="session")
def terms_text() -> str:
    return (DIRECTORY / "purposes.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def oracle_of(terms_text: str) -> Callable[[str], Oracle]:
    """Make the oracle for policies given as text."""
    schema = cedarpy.Schema.from_str(derive(CATALOGUE, read_terms(terms_text, "purposes.yaml")))
    return lambda text: Oracle(cedarpy.PolicySet.from_str(text), schema)


@pytest.fixture(scope="session")
def context_of() -> Callable[[Principal, Entity, str], dict[str, Any]]:
    """Say what the action is about, from the declaration and not through the code under test."""

    def context(principal: Principal, entity: Entity, item: str) -> dict[str, Any]:
        link = entity.links.get(item)
        name = item if link is None or link.by is None else link.by
        return {
            "field": name,
            "kind": "field" if name in entity.fields else "link",
            "class": member_of(entity, item).sensitivity.name.lower(),
            "purpose": principal.purpose,
            "granted": principal.grants(entity, name),
        }

    return context


@pytest.fixture(scope="session")
def viewer() -> Callable[..., Principal]:
    """Make a viewer with one role, agreements on everything and one district."""

    def make(
        role: str, purpose: str, *regions: str, granted: Iterable[str] = ("*",), roles: Iterable[str] = ()
    ) -> Principal:
        return Principal(
            name=role, department=role, roles=frozenset((role, *roles)), regions=frozenset(regions or ("230502",)),
            purpose=purpose, granted=frozenset(granted),
        )  # fmt: skip

    return make
