"""The shipped policies, and Cedar itself as the oracle that decisions are held against."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cedarpy
import pytest

from granting import agreed
from hub.catalog import RegionCode, Share
from hub.domain import CATALOGUE
from hub.policy import ALL_GRANTED, Policies, Principal, derive, load
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
                attrs[field.name] = division(value) if field.type is RegionCode else cedar_value(value)
        divisions = [field.name for field in entity.policy_fields if field.type is RegionCode]
        codes = [attrs[name]["__entity"]["id"] for name in divisions if name in attrs]
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


def cedar_value(value: Any) -> Any:
    """A value of a row as Cedar's JSON: a day is its first moment in UTC."""
    match value:
        case date():
            return {"__extn": {"fn": "datetime", "arg": value.isoformat()}}
        case Decimal():
            return {"__extn": {"fn": "decimal", "arg": f"{value:.4f}"}}
        case _:
            return value


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
def contexts_of() -> Callable[[Principal, Entity, str], list[dict[str, Any]]]:
    """Say what the action is about, from the declaration and not through the code under test: once for each agreement
    that could permit it."""

    def contexts(principal: Principal, entity: Entity, item: str) -> list[dict[str, Any]]:
        link = entity.links.get(item)
        name = item if link is None or link.by is None else link.by
        about = {
            "field": name,
            "kind": "field" if name in entity.fields else "link",
            "class": member_of(entity, item).sensitivity.name.lower(),
            "purpose": principal.purpose,
        }
        return [{**about, **agreement} for agreement in agreements(principal, entity, name)]

    return contexts


def agreements(principal: Principal, entity: Entity, name: str) -> list[dict[str, Any]]:
    """What each agreement that counts says of an item, by itself."""
    providers = [department.name for department in entity.departments]
    nothing = {"granted": False, "agreement": "none", "grantedBy": [], "grantedRegions": []}
    share = entity.share_of(member_of(entity, name))
    free = share is Share.UNCONDITIONAL or (not providers and share is entity.share)
    if free or principal.granted == ALL_GRANTED:
        return [{**nothing, "granted": True, "agreement": "unneeded"}]
    names = {member_of(entity, name).graphql, *(link.graphql for link in entity.links.values() if link.by == name)}
    found = []
    for grant in principal.granted:
        items = {item.partition(".")[2] for item in grant.items if item.startswith(f"{entity.name}.")}
        if grant.provider in providers and (items if name == "id" else items & names):
            regions = [division(code) for code in grant.regions]
            found.append({"agreement": grant.standing, "grantedBy": [grant.provider], "grantedRegions": regions})
    counting = [{**each, "granted": True} for each in found if each["agreement"] == "active"]
    if principal.department in providers:
        counting.append({**nothing, "granted": True, "agreement": "own", "grantedBy": [principal.department]})
    standings = {each["agreement"] for each in found}
    worst = next((each for each in ("suspended", "ended") if each in standings), "none")
    return counting or [{**nothing, "agreement": worst}]


@pytest.fixture(scope="session")
def viewer() -> Callable[..., Principal]:
    """Make a viewer with one role, agreements on everything and one district."""

    def make(
        role: str, purpose: str, *regions: str, granted: Iterable[str] = ("*",), roles: Iterable[str] = ()
    ) -> Principal:
        return Principal(
            name=role, department=role, roles=frozenset((role, *roles)), regions=frozenset(regions or ("230502",)),
            purpose=purpose, granted=agreed(*granted),
        )  # fmt: skip

    return make
