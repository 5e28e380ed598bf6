"""People, households and needs by hand, and consents to them by their steps over HTTP: for tests of consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from hub import write
from hub.domain.codes import NeedKind
from hub.process.calendar import day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acting_hub import Acting

ADULT, OTHER, GUARDIAN = "230502198001010016", "230502198001010024", "11010519491231002X"
TODAY = day_of(datetime.now(UTC))
DISTRICT = "230502001001"
STEP = """mutation($input: %sInput!) { done: %s(input: $input) {
  consent { id state version %s }
  errors { __typename ... on UserError { code message path } %s ... on StepRefused { article } } } }"""
CONFLICTS = "... on StateConflict { state version by steps } ... on VersionConflict { version by }"


def day(days: int) -> str:
    """A day so many days from today."""
    return (TODAY + timedelta(days=days)).isoformat()


def numbered(born: str, serial: int = 1) -> str:
    """A citizen identity number of somebody born on a day, YYYYMMDD."""
    body = f"230502{born}{serial:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def child_number() -> str:
    """The number of a child of ten."""
    return numbered(f"{TODAY.year - 10}0101", 7)


@dataclass(frozen=True, slots=True)
class Home:
    """A household of these people, by their numbers, each with one open need."""

    household: UUID
    people: Mapping[str, UUID]
    needs: Mapping[str, UUID]

    def person(self, number: str) -> str:
        """The id of a person, as GraphQL has it."""
        return f"Person:{self.people[number]}"

    def need(self, number: str) -> str:
        """The id of a person's need."""
        return f"Need:{self.needs[number]}"

    @property
    def id(self) -> str:
        """The id of the household."""
        return f"Household:{self.household}"


async def settle(acting: Acting, *numbers: str, region: str = DISTRICT) -> Home:
    """Have people with these numbers live together, each in need of food."""
    household, people, needs = uuid4(), {number: uuid4() for number in numbers}, {number: uuid4() for number in numbers}
    rows: dict[str, list[write.PlainRow]] = {
        "Household": [
            write.PlainRow(
                household,
                {"region": region, "declared_monthly_income": 0, "declared_vehicles": 0, "declared_homes": 0},
                "insert",
            )
        ],
        "Person": [
            write.PlainRow(row, {"id_number": number, "name": "测试", "region": region}, "insert")
            for number, row in people.items()
        ],
        "HouseholdMember": [
            write.PlainRow(uuid4(), {"household": household, "person": row, "region": region}, "insert")
            for row in people.values()
        ],
        "Need": [
            write.PlainRow(
                row,
                {"person": people[number], "household": household, "kind": "FOOD", "region": region, "status": "OPEN"},
                "insert",
            )
            for number, row in needs.items()
        ],
    }
    entities = write.writable(acting.runtime.vault)
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        await write.load(tx, [some for name, made in rows.items() for some in write.seal_rows(entities[name], made)])
    return Home(household, people, needs)


OTHERS = frozenset(f"Need:{uuid5(NAMESPACE_OID, f'another need {place}')}" for place in range(5))
"""Needs of somebody else: what fewer than five have in common is shown to no charity."""


async def others_in_need(acting: Acting, kind: str = "FOOD") -> None:
    """Have somebody in the county need help of this kind five times, with consent for ever."""
    home = await settle(acting, numbered("19300101", 900 + list(NeedKind.__members__).index(kind)))
    [person] = home.people.values()
    for need in OTHERS:
        await acting.runtime.pool.execute(
            "INSERT INTO need (id, person_id, kind, region, status, consented)"
            " VALUES ($1, $2, $3, $4, 'OPEN', '{(,)}') ON CONFLICT DO NOTHING",
            UUID(need[5:]) if kind == "FOOD" else uuid4(), person, kind, DISTRICT,
        )  # fmt: skip


async def step(
    acting: Acting,
    name: str,
    given: Mapping[str, Any],
    select: str = "",
    *,
    partner: str = "civil-affairs",
    purpose: str = "assistance-review",
) -> dict[str, Any]:
    """Take a step with a consent; return its payload."""
    mutation = f"{name}Consent"
    document = STEP % (mutation[0].upper() + mutation[1:], mutation, select, CONFLICTS if "id" in given else "")
    answer = await acting.ask(partner, document, {"input": dict(given)}, purpose=purpose)
    payload: dict[str, Any] = answer["done"]
    return payload


async def taken(acting: Acting, name: str, given: Mapping[str, Any], select: str = "") -> dict[str, Any]:
    """Take a step that must succeed; return the consent."""
    payload = await step(acting, name, given, select)
    assert payload["errors"] == [], payload
    row: dict[str, Any] = payload["consent"]
    return row


def for_charities(home: Home, number: str, **changes: Any) -> dict[str, Any]:
    """What is given to draw up a consent to showing a need to charities."""
    return {
        "person": home.person(number), "purpose": "CHARITY_MATCHING", "scope": "NEED", "signedBy": "SELF", **changes
    }  # fmt: skip


def for_a_check(home: Home, number: str, **changes: Any) -> dict[str, Any]:
    """What is given to draw up a person's authorisation of a means check."""
    return {
        "person": home.person(number), "household": home.id, "purpose": "MEANS_CHECK", "scope": "MEANS",
        "signedBy": "SELF", **changes,
    }  # fmt: skip


async def in_force(acting: Acting, given: Mapping[str, Any], **signing: Any) -> str:
    """Have a consent drawn up and signed; return its id."""
    row: str = (await taken(acting, "draft", given))["id"]
    await taken(acting, "sign", {"id": row, "signedOn": day(0), "evidence": "同意书 2026-0193", **signing})
    return row
