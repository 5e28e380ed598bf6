"""The rules of proposals. No text sets them; what binds is consent (民发〔2023〕46号, PIPL 13 to 15).

What is refused before acceptance says nothing of other needs or other charities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from hub import write
from hub.catalog import Budget, working_days
from hub.domain import CATALOGUE
from hub.process.calendar import day_of
from hub.process.errors import RuleRefuses
from hub.process.rules import Asked, Rules
from hub.proposals import contacts, holds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from uuid import UUID

    from hub.proposals.contacts import Contacts
    from hub.write import Transaction

    WhyNot = Callable[[Transaction, Mapping[str, Any]], Awaitable[str | None]]

ENTITY: Final = "Proposal"
LEAST: Final = 8
"""Characters that reasons and references have at least."""
COUNTY: Final = 6
"""Digits of a county's code (GB/T 2260)."""
URGENT: Final = ("HIGH", "URGENT")
_CONSENTED: Final = "SELECT status = 'OPEN' AND consented @> $2::date FROM need WHERE id = $1"
_PERSON: Final = "SELECT FROM person WHERE id = $1 FOR SHARE"
_WHOSE: Final = "SELECT FROM person WHERE id = (SELECT person_id FROM proposal WHERE id = $1) FOR SHARE"
_ALIKE: Final = CATALOGUE["Need"].fields["among_others"].alike
assert _ALIKE is not None  # noqa: S101 - it is declared so
_AMONG_OTHERS: Final = f"""
SELECT EXISTS (SELECT FROM need o WHERE {" AND ".join(f"o.{name} = n.{name}" for name in _ALIKE.fields)}
  AND o.created_on BETWEEN $2 AND $2::date + 6 OFFSET {_ALIKE.least - 1})
FROM need n WHERE n.id = $1
"""
"""Whether enough such needs were registered in the week: the week of fewer would tell whose it is."""
_GIVING: Final = """
SELECT p.regions FROM partner p JOIN charity_organisation o ON o.partner = p.name
JOIN charity_resource r ON r.organisation_id = o.id
WHERE r.id = $1 AND p.name = $2 AND p.state = 'active' AND 'charity' = ANY(p.roles)
  AND 'charity-matching' = ANY(p.purposes)
"""


def monday(day: date | None) -> date | None:
    """The first day of a day's week."""
    return None if day is None else day - timedelta(days=day.weekday())


def _days_from(registered: date | None, day: date) -> int | None:
    """Days that a need has waited on a day; one that is said to be registered later has not waited."""
    return None if registered is None else max(0, (day - registered).days)


def _helped(asked: Asked) -> Mapping[str, Any]:
    """The time to help. Where the need is kept no longer, nobody knows; what it had waited by then stays."""
    days = _days_from(asked.linked.get("need", {}).get("created_on"), asked.value("delivered_on"))
    return {} if days is None else {"days_waited": days}


def _begun(asked: Asked) -> Mapping[str, Any]:
    """What a charity may see of the need before it accepts, and nothing finer."""
    need, resource = asked.linked.get("need"), asked.linked.get("resource")
    if need is None or resource is None:
        raise RuleRefuses("Say which need, and which resource.", field="need" if need is None else "resource")
    return {
        "person": need["person"],
        "kind": need["kind"],
        "county": None if need["region"] is None else need["region"][:COUNTY],
        "region": need["region"],
        "urgent": need["urgency"] in URGENT,
        "registered_week": monday(need["created_on"]),
        "days_waited": _days_from(need["created_on"], asked.today),
        "period_from": resource["valid_from"],
        "contact_open": [],
    }


def _of_the_kind(asked: Asked) -> None:
    need, resource = asked.linked["need"], asked.linked["resource"]
    if need["kind"] != resource["kind"]:
        raise RuleRefuses(f"The resource is {resource['kind']}; that is not what is needed.", field="resource")


def _fits(asked: Asked) -> None:
    """The resource is of the kind that is needed, and given there."""
    _of_the_kind(asked)
    if not (asked.linked["need"]["region"] or "").startswith(asked.linked["resource"]["area"] or ""):
        raise RuleRefuses("The resource is not given in the division of this need.", field="resource")


def _offered(asked: Asked) -> None:
    """As far as a charity knows where the need is: by smaller areas, one after the other, it would find the village.

    The officer who agrees is told the rest (``WhyNot``).
    """
    _of_the_kind(asked)
    if not (asked.linked["need"]["region"] or "").startswith((asked.linked["resource"]["area"] or "")[:COUNTY]):
        raise RuleRefuses("The resource is not given in the county of this need.", field="resource")


def _placed(asked: Asked) -> None:
    _fits(asked)
    _stated(asked, "override_reason", "Say why it is placed otherwise")


def _delivered(asked: Asked) -> None:
    if asked.value("delivered_on") > asked.today:
        raise RuleRefuses("That day is still to come: say it once it was delivered.", field="delivered_on")
    if asked.value("delivered_on") < day_of(asked.row["state_since"]):
        raise RuleRefuses("That was before it was accepted.", field="delivered_on")
    if asked.value("amount") < 1:
        raise RuleRefuses("Nothing was delivered: decline it, with the reason.", field="amount")
    _stated(asked, "evidence", "Say where the evidence is kept")


def _in_its_state(_asked: Asked) -> None:
    """What a unit and consent need is looked at once the row is locked (``with_steps``)."""


def _stated(asked: Asked, name: str, what: str) -> None:
    if len((asked.value(name) or "").strip()) < LEAST:
        raise RuleRefuses(f"{what}: at least {LEAST} characters.", field=name)


def _answer(row: Mapping[str, Any]) -> Budget:
    return working_days(1 if row["urgent"] else 5)


def _delivery(row: Mapping[str, Any]) -> Budget:
    return working_days(3 if row["urgent"] else 20)


@dataclass(frozen=True, slots=True)
class _WithSteps:
    """What is looked at, and changed, besides the row. ``contacts``: None where no step is ever taken.

    ``why_not``: why a need is not eligible for a resource, where somebody decides on that. ``assessed``: proposals that
    may wait at once for a charity that has to look first.
    """

    contacts: Contacts | None
    assessed: int
    why_not: WhyNot | None = None

    async def begun(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """One for a need, a unit that is there, consent in force, and a charity that works there."""
        # Whoever withdraws consent has the person locked: one of both comes first. Before the need and the resource, as
        # every step does, or two of them would wait for each other.
        await tx.connection.execute(_PERSON, row["person"])
        await holds.one_for_a_need(tx, row)
        await holds.take_unit(tx, row, day_of(tx.at), firm=False, assessed=self.assessed)
        await self._allowed(tx, row, "need")
        week = row["registered_week"]
        if week is not None and not await tx.connection.fetchval(_AMONG_OTHERS, row["need"], week):
            assert self.contacts is not None  # noqa: S101 - whoever takes steps has them
            await write.complete(tx, self.contacts.owner, row["id"], {"registered_week": None})

    async def accepted(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """A unit for good, consent still in force; then who it is for, if consent is to that too."""
        await holds.take_unit(tx, row, day_of(tx.at), firm=True, assessed=self.assessed)
        await self._allowed(tx, row, None)
        assert self.contacts is not None  # noqa: S101 - whoever takes steps has them
        await contacts.open_to_charity(tx, self.contacts, row)

    async def agreed(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """What a charity offers by itself is for those who are eligible, as what is proposed to it."""
        if self.why_not is not None and (said := await self.why_not(tx, row)) is not None:
            raise RuleRefuses(said)
        await self.accepted(tx, row)

    async def _allowed(self, tx: Transaction, row: Mapping[str, Any], field: str | None) -> None:
        if not await tx.connection.fetchval(_CONSENTED, row["need"], day_of(tx.at)):
            raise RuleRefuses(
                "The need is not open, or the person's consent does not cover today.", field=field, article="PIPL 13"
            )
        regions = await tx.connection.fetchval(_GIVING, row["resource"], row["charity"])
        if regions is None:
            raise RuleRefuses(
                f"{row['charity']} gives no such resource: an administrator says which partner acts for an "
                "organisation (hub resource act).", field=None if field is None else "resource",
            )  # fmt: skip
        if not any((row["region"] or "").startswith(region) for region in regions):
            raise RuleRefuses(f"{row['charity']} does not work in the division of this need.", field=field)


def _lapsed(asked: Asked) -> Mapping[str, Any]:
    return {"dispose_by": contacts.dispose_by(asked.today)}


async def _lock_person(tx: Transaction, proposal: UUID) -> None:
    """Before the proposal, as a withdrawal does: whichever comes second sees what the other has done."""
    await tx.connection.execute(_WHOSE, proposal)


async def _ended(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Who it was for is told no longer, and whoever was told is to dispose of it."""
    await contacts.close(tx, [row["id"]])


async def _closed(tx: Transaction, row: Mapping[str, Any]) -> None:
    """The same, for good: nor is it kept why."""
    await _ended(tx, row)
    await write.forget_reasons(tx, [row["id"]])


def proposal_rules(made: Contacts | None = None, assessed: int = 0, why_not: WhyNot | None = None) -> Rules:
    """The file of rules of ``Proposal``. ``made``: None where the rules are only looked at.

    ``assessed``: how many proposals may wait at once for a charity that has to look first; with none, nothing is
    proposed of a resource without a quantity. ``why_not``: says of a row why its need is not eligible for its
    resource, None where it is.
    """
    beside = _WithSteps(made, assessed, why_not)
    beginning = ("propose", "place", "offer")
    for_good = ("decline", "refuse", "expire", "lapse", "archive", "close")
    return Rules(
        ENTITY,
        guards={
            "propose": _fits, "offer": _offered, "place": _placed, "accept": _in_its_state, "agree": _in_its_state,
            "deliver": _delivered,
        },
        budgets={"answering": _answer, "agreeing": _answer, "delivering": _delivery},
        sets=dict.fromkeys(beginning, _begun) | {"lapse": _lapsed, "deliver": _helped},
        with_steps={
            **dict.fromkeys(beginning, beside.begun), "accept": beside.accepted, "agree": beside.agreed,
            **dict.fromkeys(("fail", "reopen"), _ended), **dict.fromkeys(for_good, _closed),
        },
        locks_first=dict.fromkeys(("accept", "agree", "deliver"), _lock_person),
        looks_at=("need", "resource"),
    )  # fmt: skip
