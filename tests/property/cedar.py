"""Cedar itself as the oracle: every row is judged by ``is_authorized``, once all of it is known.

Nothing here goes through what it is held against: the policies are Cedar's own text, the row has all its attributes,
and what an action is about is said from the declarations. The hub decides before a row is known, and translates.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import cedarpy

from hub.catalog import Field, Link, RegionCode, Share
from hub.catalog.predicate import NEVER
from hub.domain import CATALOGUE
from hub.policy import ALL_GRANTED, derive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from hub.catalog import Entity, Links
    from hub.policy import Grant, Policies, Principal
    from hub.policy.terms import Terms
    from property.reference import Row, Store

LENGTHS = (12, 9, 6, 4, 2)
"""Digits of divisions' codes, finest first (GB/T 2260 and GB/T 10114)."""
VIEWER = {"type": "Partner", "id": "viewer"}


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


def viewer(principal: Principal, terms: Terms) -> dict[str, Any]:
    """The partner who asks."""
    known = sorted(principal.roles & terms.roles.keys())
    return {
        "uid": VIEWER,
        "attrs": {
            "name": principal.name,
            "department": principal.department,
            "purposes": sorted({purpose for role in known for purpose in terms.roles[role].purposes}),
            "regions": [division(code) for code in sorted(principal.regions)],
            "prefectures": [division(code) for code in sorted({code[:4] for code in principal.regions})],
        },
        "parents": [{"type": "Role", "id": role} for role in known],
    }


def attribute(value: Any) -> Any:
    """A value of a row as Cedar's JSON has it: a day is its first moment in UTC."""
    match value:
        case date():
            return {"__extn": {"fn": "datetime", "arg": value.isoformat()}}
        case Decimal():
            return {"__extn": {"fn": "decimal", "arg": f"{value:.4f}"}}
        case _:
            return value


def resource(entity: Entity, row_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row with every attribute that policies may use; ``values``: by column."""
    attributes = {}
    for item in entity.policy_fields:
        value = values.get(item.column)
        if value is not None:
            attributes[item.name] = division(value) if item.type is RegionCode else attribute(value)
    return {
        "uid": {"type": entity.name, "id": row_id},
        "attrs": attributes,
        "parents": [{"type": "EntityGroup", "id": group.name} for group in entity.groups],
    }


def codes_of(entity: Entity, values: Mapping[str, Any]) -> list[str]:
    """The divisions that a row names for policies."""
    found = [values.get(item.column) for item in entity.policy_fields if item.type is RegionCode]
    return [code for code in found if code is not None]


def decided_as(entity: Entity, item: str) -> Field | Link | Links:
    """What a right is asked about: a link that is read off a field tells what the field tells."""
    found: Any = entity.fields.get(item) or entity.links.get(item) or entity.many.get(item)
    if isinstance(found, Link) and found.by is not None:
        found = entity.fields[found.by]
    member: Field | Link | Links = found
    return member


def declared(action: str, member: Field | Link | Links) -> bool:
    """Whether the declaration has the action at all: what it has not is denied whatever policies say."""
    if not isinstance(member, Field):
        return action in {"read", "filter"}
    match action:
        case "read":
            return True
        case "readMasked":
            return member.mask is not None
        case "lookup":
            return member.lookup
        case "filter":
            return member.filter
        case "sort":
            return member.sort
        case "aggregate":
            return member.aggregate
    raise AssertionError(action)


def contexts(principal: Principal, entity: Entity, item: str) -> list[dict[str, Any]]:
    """What an action is about. Of several contexts, any is enough."""
    member = decided_as(entity, item)
    about = {
        "field": member.name,
        "kind": "field" if isinstance(member, Field) else "link",
        "class": member.sensitivity.name.lower(),
        "purpose": principal.purpose,
    }
    return [{**about, **agreement} for agreement in agreements(principal, entity, member)]


def agreements(principal: Principal, entity: Entity, member: Field | Link | Links) -> list[dict[str, Any]]:
    """What agreements say of an item, as ``schema/policies/README.md`` says that they are put together.

    Where rows name the department that provides them, each department's agreements count by themselves, those for the
    same divisions together, and its own rows need none; elsewhere all agreements in force count together.
    """
    nothing = {"granted": False, "agreement": "none", "grantedBy": [], "grantedRegions": []}
    providers = {department.name for department in entity.departments}
    share = entity.share_of(member)
    if share is Share.UNCONDITIONAL or (not providers and share is entity.share) or principal.granted == ALL_GRANTED:
        return [{**nothing, "granted": True, "agreement": "unneeded"}]
    by_row = any(item.name == "department" for item in entity.policy_fields)
    own = {**nothing, "granted": True, "agreement": "own", "grantedBy": [principal.department]}
    owns = [own] if principal.department in providers else []
    names = {member.graphql, *(link.graphql for link in entity.links.values() if link.by == member.name)}
    found = [grant for grant in principal.granted if grant.provider in providers and _on(grant, entity, names)]
    regions: dict[str, set[str]] = {}
    for grant in found:
        if grant.standing == "active":
            regions.setdefault(grant.provider, set()).update(grant.regions)
    if owns and (not by_row or not regions):
        return owns
    if not regions:
        standings = {grant.standing for grant in found}
        worst = next((each for each in ("suspended", "ended") if each in standings), "none")
        return [{**nothing, "agreement": worst}]
    alike: dict[frozenset[str], list[str]] = {}
    for provider, codes in regions.items():
        together = frozenset(codes) if by_row else frozenset().union(*regions.values())
        alike.setdefault(together, []).append(provider)
    active = [
        {
            "granted": True,
            "agreement": "active",
            "grantedBy": departments,
            "grantedRegions": [division(code) for code in codes],
        }
        for codes, departments in alike.items()
    ]
    return [*owns, *active]


def _on(grant: Grant, entity: Entity, names: set[str]) -> bool:
    """Whether an agreement is on the item; one on anything of a row is on its id."""
    items = {item.partition(".")[2] for item in grant.items if item.startswith(f"{entity.name}.")}
    return bool(items if "id" in names else items & names)


@dataclass(frozen=True, slots=True)
class Oracle:
    """Policies as Cedar reads their text, and the schema that rows are written by.

    ``policies``: by entity, without those whose head names another kind of row: they could say nothing of it, and
    would take most of the time.
    """

    policies: Mapping[str, cedarpy.PolicySet]
    schema: cedarpy.Schema
    terms: Terms

    @classmethod
    def of(cls, text: str, terms: Terms) -> Oracle:
        parsed = json.loads(cedarpy.policies_to_json_str(text))
        found = {}
        for entity in CATALOGUE:
            about = {
                name: policy
                for name, policy in parsed["staticPolicies"].items()
                if policy["resource"]["op"] != "is" or policy["resource"]["entity_type"] == entity.name
            }
            found[entity.name] = cedarpy.PolicySet.from_json_str(json.dumps({**parsed, "staticPolicies": about}))
        return cls(found, cedarpy.Schema.from_str(derive(CATALOGUE, terms)), terms)

    def known(self, principal: Principal, rows: Iterable[tuple[Entity, str, Mapping[str, Any]]]) -> cedarpy.Entities:
        """The viewer, rows, and the divisions of these."""
        found = list(rows)
        codes = {code for entity, _, values in found for code in codes_of(entity, values)}
        entities = [
            viewer(principal, self.terms),
            *hierarchy(codes),
            *(resource(entity, row_id, values) for entity, row_id, values in found),
        ]
        return cedarpy.Entities.from_json_str(json.dumps(entities), self.schema)

    def permits(
        self,
        known: cedarpy.Entities,
        action: str,
        entity: Entity,
        asked: Iterable[Mapping[str, Any]],
        rows: Iterable[str],
    ) -> list[bool]:
        """Whether one of the contexts permits it, row by row. An error in a decision is one of the test."""
        per_row = [json.dumps(context) for context in asked]
        requests = [
            {
                "principal": VIEWER,
                "action": {"type": "Action", "id": action},
                "resource": {"type": entity.name, "id": row_id},
                "context": context,
            }
            for row_id in rows
            for context in per_row
        ]
        answers = cedarpy.is_authorized_batch(requests, self.policies[entity.name], known)
        wrong = [error for answer in answers for error in answer.diagnostics.errors]
        assert not wrong, wrong[0]
        said = [answer.allowed for answer in answers]
        size = len(per_row)
        return [any(said[at : at + size]) for at in range(0, len(said), size)]


Decided = Counter[str]
"""How many rows were judged: under ``asked``, those that a comparison asked about."""


@dataclass(slots=True)
class Rights:
    """What one viewer may, row by row, as Cedar says. ``decided``: counts the rows that were asked about."""

    oracle: Oracle
    policies: Policies
    principal: Principal
    store: Store
    decided: Decided = field(default_factory=Counter)
    _known: dict[str, cedarpy.Entities] = field(default_factory=dict)
    _said: dict[tuple[str, str, str], dict[UUID, bool]] = field(default_factory=dict)
    _asked: set[tuple[str, str, str, UUID]] = field(default_factory=set)
    _held: dict[tuple[str, str], dict[Any, list[Row]]] = field(default_factory=dict)

    def may(self, action: str, row: Row, item: str) -> bool:
        """Whether Cedar permits the action on the item of the row."""
        entity = row.entity
        permitted = self._of(action, entity, item)[row.id]
        key = (action, entity.name, item, row.id)
        if key not in self._asked:
            self._asked.add(key)
            self.decided["asked"] += 1
            self.decided[f"{action} {'permitted' if permitted else 'denied'}"] += 1
        return permitted

    def _of(self, action: str, entity: Entity, item: str) -> dict[UUID, bool]:
        """All rows of the entity at once: a call costs more than a decision."""
        key = (action, entity.name, item)
        known = self._said.get(key)
        if known is None:
            rows = self.store[entity.name]
            if declared(action, decided_as(entity, item)):
                asked = contexts(self.principal, entity, item)
                said = self.oracle.permits(self._rows(entity), action, entity, asked, map(str, rows))
                self.decided["evaluated"] += len(said) * len(asked)
            else:
                said = [False] * len(rows)
            known = self._said[key] = dict(zip(rows, said, strict=True))
        return known

    def _rows(self, entity: Entity) -> cedarpy.Entities:
        known = self._known.get(entity.name)
        if known is None:
            rows = self.store[entity.name].values()
            known = self._known[entity.name] = self.oracle.known(
                self.principal, ((entity, str(row.id), row.values) for row in rows)
            )
        return known

    def ever(self, action: str, entity: Entity, item: str) -> bool:
        """Whether the viewer may in some row: by what the hub says before it knows rows, or by these rows.

        Where the hub says never, no row may say otherwise; where it does not, each row is asked anyway.
        """
        decided = self.policies.decide(self.principal, action, entity, item).where
        return decided != NEVER or any(self._of(action, entity, item).values())

    def exists(self, entity: Entity) -> bool:
        """Whether some row of the entity may be visible; as ``ever``."""
        return self.policies.rows(self.principal, entity).where != NEVER or any(
            self.sees(row) for row in self.store[entity.name].values()
        )

    def counts(self, entity: Entity) -> bool:
        """Whether some row of the entity may be counted; as ``ever``."""
        return self.policies.counted(self.principal, entity).where != NEVER or any(
            self.counted(row) for row in self.store[entity.name].values()
        )

    def counted(self, row: Row) -> bool:
        """Whether the row is counted: as it is seen; where none may ever be seen, as something of it is counted."""
        if self.exists(row.entity) or row.entity.exists_with:
            return self.sees(row)
        return any(self.may("aggregate", row, item.name) for item in row.entity.fields.values() if item.aggregate)

    def sees(self, row: Row) -> bool:
        """Whether the row exists for the viewer: its id may be read, and what it exists with is seen."""
        return self.may("read", row, "id") and self._exists(row)

    def _exists(self, row: Row) -> bool:
        links = [row.entity.links[name] for name in row.entity.exists_with]
        above = [self.store[link.target].get(row.values[link.column]) for link in links]
        return not links or any(found is not None and self.sees(found) for found in above)

    def held(self, holder: Entity, column: str, key: UUID) -> list[Row]:
        """The rows that have a row's id in a column, whether or not they are seen."""
        known = self._held.get((holder.name, column))
        if known is None:
            known = self._held[holder.name, column] = {}
            for row in self.store[holder.name].values():
                known.setdefault(row.values[column], []).append(row)
        return known.get(key, [])
