"""Golden cases: the whole list of what one viewer may do, read by people and held against the policies.

A file states every right and every cutting forbid of one viewer; whatever it does not name must be denied
without any policy. So a policy that opens something more makes the file wrong. An action in a case counts
where the declaration provides for it: a filter on a field that nobody can filter by is no case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.policy.decide import member_of, provides
from hub.policy.errors import PolicyError
from hub.policy.grants import ALL_GRANTED
from hub.policy.principal import Principal
from hub.policy.schema import ACTIONS, STEP
from hub.policy.text import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Catalogue, Entity
    from hub.policy.decide import Decision, Policies

CaseAction = Literal["read", "readMasked", "lookup", "filter", "sort", "aggregate", "step"]
Some = Annotated[tuple[str, ...], Field(min_length=1)]
Expected = tuple[str, frozenset[str]]

NEVER: Expected = ("no row", frozenset())


class Case(BaseModel):
    """The decision on each of these actions on each of these fields and links."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actions: Annotated[tuple[CaseAction, ...], Field(min_length=1)]
    items: Some
    where: Annotated[
        str, Field(description="The rows, in the words of hub.policy.describe: every row, no row, or a test")
    ]
    by: Annotated[Some, Field(description="Ids of the policies that made the decision, in any order")]
    draft: Annotated[
        bool, Field(description="Derived, and not yet read by a person: take the line away once the case is right")
    ] = False


class CaseViewer(BaseModel):
    """Whom the decisions are for; the purpose stands above the cases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    department: str
    roles: frozenset[str]
    regions: frozenset[str]
    granted: Annotated[
        tuple[Literal["*"], ...],
        Field(description="What policy permits where agreements cover everything"),
    ]

    def principal(self, purpose: str) -> Principal:
        """Return the viewer with this purpose."""
        return Principal(
            name="viewer", department=self.department, roles=self.roles, regions=self.regions, purpose=purpose,
            granted=ALL_GRANTED if self.granted else frozenset(),
        )  # fmt: skip


class PurposeRights(BaseModel):
    """All rights for these purposes, by entity; ``never`` for an entity that does not exist for the viewer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purposes: Some
    entities: dict[str, tuple[Case, ...] | Literal["never"]]


class Cases(BaseModel):
    """All rights of one viewer; a purpose that is not named gives none."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Golden cases of the policies")

    viewer: CaseViewer
    rights: Annotated[tuple[PurposeRights, ...], Field(min_length=1)]


def read_cases(text: str, file: str) -> Cases:
    """Read a file of golden cases. Raises ``PolicyError`` with file and place."""
    try:
        return Cases.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as wrong:
        raise PolicyError(f"{file}: not YAML: {wrong}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise PolicyError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def differences(cases: Cases, policies: Policies, catalogue: Catalogue) -> Iterator[str]:
    """Yield, in words, each decision that the cases and the policies disagree about, and each gap in the cases."""
    named = {purpose: rights.entities for rights in cases.rights for purpose in rights.purposes}
    for purpose in sorted(named.keys() - policies.purposes()):
        yield f"{purpose} is not a purpose"
    for purpose in sorted(policies.purposes()):
        entities = named.get(purpose)
        for name in sorted((entities or {}).keys() - catalogue.entities.keys()):
            yield f"{purpose}: {name} is not an entity"
        for entity in catalogue:
            listed = "never" if entities is None else entities.get(entity.name)
            if listed is None:
                yield f"{purpose}: {entity.name} has no case"
                continue
            expected: dict[tuple[str, str], Expected] = {}
            yield from collected(() if listed == "never" else listed, entity, purpose, expected)
            if entities is not None:
                yield from _compare(policies, cases.viewer.principal(purpose), entity, expected)
            else:
                yield from _open(policies, cases.viewer.principal(purpose), entity)


def _compare(
    policies: Policies, principal: Principal, entity: Entity, expected: dict[tuple[str, str], Expected]
) -> Iterator[str]:
    for action, item in provided(entity):
        found, wanted = decided(policies.decide(principal, action, entity, item)), expected.get((action, item), NEVER)
        if found != wanted:
            what = f"{principal.purpose}: {action} of {entity.name}.{item}"
            yield f"{what}: expected {_say(wanted)}, found {_say(found)}"


def _open(policies: Policies, principal: Principal, entity: Entity) -> Iterator[str]:
    """Yield what is open for a purpose that the cases do not name; a forbid may be what closes the rest."""
    for action, item in provided(entity):
        found = decided(policies.decide(principal, action, entity, item))
        if found[0] != NEVER[0]:
            yield f"{principal.purpose}: {action} of {entity.name}.{item}: expected no right, found {_say(found)}"


def provided(entity: Entity) -> Iterator[tuple[str, str]]:
    """Yield each action with each item that the declaration provides it for."""
    for item in (*entity.fields, *entity.links, *entity.many):
        member = member_of(entity, item)
        yield from ((action, item) for action in ACTIONS if provides(action, member))
    if entity.process is not None:
        yield from ((STEP, step.name) for step in entity.process.steps.values() if not step.automatic)


def collected(
    listed: tuple[Case, ...], entity: Entity, purpose: str, expected: dict[tuple[str, str], Expected]
) -> Iterator[str]:
    """Fill ``expected`` with what the cases say; yield what is wrong with them by themselves."""
    steps = () if entity.process is None else entity.process.steps
    known = {*entity.fields, *entity.links, *entity.many, *steps}
    for case in listed:
        if case.draft:
            yield f"{purpose}: a case of {entity.name}.{case.items[0]} is a draft: read it, then take the mark away"
        for item in case.items:
            if item not in known:
                yield f"{purpose}: {entity.name}.{item} is neither field nor link"
            for action in case.actions:
                if (action, item) in expected:
                    yield f"{purpose}: {action} of {entity.name}.{item} stands in two cases"
                expected[action, item] = (case.where, frozenset(case.by))


def decided(decision: Decision) -> Expected:
    """Return a decision as a case says it."""
    return describe(decision.where), frozenset(decision.policies)


def _say(expected: Expected) -> str:
    where, policies = expected
    return f"{where} ({', '.join(sorted(policies)) or 'no policy'})"
