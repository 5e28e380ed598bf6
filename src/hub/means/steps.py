"""The rules of checks and of home visits (dibao measures, DB 11 to 20; PIPL: Personal Information Protection Law).

Without the authorisation of every member nobody is asked. A check ends with what it was for: authorisation that is over
ends it, and what comes later is dropped unread.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from hub.domain.codes import AlertOrigin, AnswerState, CheckOutcome
from hub.means import questions
from hub.process.calendar import day_of
from hub.process.errors import RuleRefuses
from hub.process.rules import Asked, Rules

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from uuid import UUID

    from hub.means.questions import Answering
    from hub.process.rules import WithStep
    from hub.write import Transaction, WritableEntity

CHECK: Final = "HouseholdCheck"
VISIT: Final = "HomeVisit"
RECHECK: Final = "DeathRecheck"
LEAST: Final = 8
"""Characters that reasons and evidence have at least: a dash says nothing."""
PAIR: Final = 2
"""People who make a home visit, at least (DB 16)."""
OBLIGATORY: Final = (AlertOrigin.STAFF_RELATIVE.name, AlertOrigin.COMPLAINT.name)
_UNDER_WAY: Final = """
SELECT EXISTS (SELECT FROM household_check WHERE household_id = $1 AND id <> $2
  AND state IN ('REQUESTED', 'RUNNING', 'REPORTED', 'RECHECK'))
"""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 13))"
_AUTHORISED: Final = "SELECT check_authorised @> $2::date FROM household WHERE id = $1 FOR SHARE"
_UNSIGNED: Final = """
SELECT count(DISTINCT m.person_id) FILTER (WHERE NOT EXISTS (SELECT FROM consent c WHERE c.household_id = $1
  AND c.person_id = m.person_id AND c.purpose = 'MEANS_CHECK' AND c.state = 'IN_FORCE' AND c.starts_on <= $2
  AND coalesce(c.ends_on >= $2, true))), count(DISTINCT m.person_id)
FROM household_member m WHERE m.household_id = $1
"""
# Whoever withdraws an authorisation has locked it before the check that it ends: so does what may end both.
_CONSENTS: Final = """
SELECT c.id FROM consent c WHERE c.purpose = 'MEANS_CHECK' AND c.state IN ('DRAFT', 'IN_FORCE') AND c.household_id = (
  SELECT h.household_id FROM household_check h WHERE h.id = $1) ORDER BY c.id FOR UPDATE
"""
_VISIT_DUE: Final = """
SELECT EXISTS (SELECT FROM home_visit WHERE household_id = $1 AND state = 'DUE' AND origin = ANY($2))
"""


class Reporting(Protocol):
    """Makes a version of the report of a check whose row is locked, and orders the home visits that follow."""

    async def __call__(self, tx: Transaction, check: Mapping[str, Any], *, changed: bool) -> None:
        """Make it. ``changed``: refuse one that would say what the last one says."""
        ...


class Ordering(Protocol):
    """Orders a home visit."""

    async def __call__(self, tx: Transaction, given: Mapping[str, Any]) -> None:
        """``given``: what the step takes, by field."""
        ...


@dataclass(frozen=True, slots=True)
class CheckWork:
    """What steps of a check do besides its row. ``sources``: those that answer questions.

    ``authorisation_over``: ends the authorisations of a household whose check failed. ``unusable``: why there
    are no rules to report by.
    """

    questions: WritableEntity
    sources: Collection[Answering]
    report: Reporting
    order: Ordering
    authorisation_over: Callable[[Transaction, UUID], Awaitable[None]]
    unusable: str | None = None

    async def requested(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """One check of a household at a time."""
        await tx.connection.execute(_LOCK, f"household {row['household']}")
        if await tx.connection.fetchval(_UNDER_WAY, row["household"], row["id"]):
            raise RuleRefuses(
                "This household is being checked already; finish or cancel that check first.", field="household"
            )

    async def opened(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """Both at once: a batch asks for it and starts it."""
        await self.requested(tx, row)
        await self.started(tx, row)

    async def started(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """Ask every department about every member, if all of them authorised it."""
        today = day_of(tx.at)
        # Whoever withdraws an authorisation changes the household: one of both comes first.
        if not await tx.connection.fetchval(_AUTHORISED, row["household"], today):
            counts = await tx.connection.fetchrow(_UNSIGNED, row["household"], today)
            unsigned, members = counts or (0, 0)
            raise RuleRefuses(
                f"{unsigned} of {members} members have not authorised the check, or not for today: without "
                "the authorisation of every member nobody is asked.", article="DB 17; PIPL 13",
            )  # fmt: skip
        if self.unusable is not None:
            raise RuleRefuses(self.unusable)
        if not self.sources:
            raise RuleRefuses("No source is declared to answer questions: see schema/mappings/README.md.")
        if not await questions.begin(tx, self.questions, row, self.sources):
            raise RuleRefuses("The household has no members: there is nobody to ask about.")
        if row.get("staff_relative"):
            await self.order(tx, {
                "household": row["household"], "household_check": row["id"], "origin": AlertOrigin.STAFF_RELATIVE.name,
            })  # fmt: skip

    async def reported(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """Report by what is there, and say who has not answered."""
        await questions.end(tx, self.questions, row["id"], AnswerState.LATE, "reported without it")
        await self.report(tx, row, changed=False)

    async def renewed(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """An answer came late."""
        await self.report(tx, row, changed=True)

    async def asked_again(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """One department is asked once more about everybody."""
        if not await questions.ask_again(tx, self.questions, row["id"], row["ask_department"], self.sources):
            raise RuleRefuses("This department was not asked in this check.", field="ask_department")

    async def confirmed(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """The last report stands."""
        await questions.end(tx, self.questions, row["id"], AnswerState.LATE, "decided without it")
        await self._over(tx, row, row["outcome"])

    async def amended(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """Another version, that says something else."""
        await questions.end(tx, self.questions, row["id"], AnswerState.LATE, "decided without it")
        await self.report(tx, row, changed=True)
        outcome = await tx.connection.fetchval("SELECT outcome FROM household_check WHERE id = $1", row["id"])
        await self._over(tx, row, outcome)

    async def finished(self, tx: Transaction, row: Mapping[str, Any]) -> None:
        """Nobody objected."""
        await questions.end(tx, self.questions, row["id"], AnswerState.LATE, "finished without it")
        await self._over(tx, row, row["outcome"])

    async def _over(self, tx: Transaction, row: Mapping[str, Any], outcome: str | None) -> None:
        if row["household"] is None:
            return
        if await obligatory_visit_due(tx, row["household"]):
            raise RuleRefuses(
                "A home visit is obligatory, and was not made yet: note it first (homeVisits).", article="DB 20"
            )
        # Whoever applies anew authorises anew.
        if outcome == CheckOutcome.INCONSISTENT.name:
            await self.authorisation_over(tx, row["household"])


async def lock_consents(tx: Transaction, check: UUID) -> None:
    """Lock the authorisations that a check rests on."""
    await tx.connection.execute(_CONSENTS, check)


async def obligatory_visit_due(tx: Transaction, household: UUID) -> bool:
    """Whether a home visit that the measures oblige to is still to be made (DB 11, 20)."""
    return bool(await tx.connection.fetchval(_VISIT_DUE, household, list(OBLIGATORY)))


async def ended(owner: WritableEntity, tx: Transaction, row: Mapping[str, Any]) -> None:
    """Whoever was asked is not waited for; what comes is dropped unread. ``owner``: of questions."""
    await questions.cancel(tx, owner, row["id"])


def _region(asked: Asked) -> Mapping[str, Any]:
    household = asked.linked.get("household")
    return {} if household is None else {"region": household["region"]}


def _begun(asked: Asked) -> Mapping[str, Any]:
    return {**_region(asked), "reports_made": 0}


def _named(asked: Asked) -> None:
    if asked.linked.get("household") is None:
        raise RuleRefuses("Say which household.", field="household")


def _reasoned(name: str, what: str) -> Callable[[Asked], None]:
    def guard(asked: Asked) -> None:
        if len((asked.value(name) or "").strip()) < LEAST:
            raise RuleRefuses(f"{what}: at least {LEAST} characters.", field=name)

    return guard


def check_rules(work: CheckWork | None = None) -> Rules:
    """The file of rules of ``HouseholdCheck``. ``work``: None where the rules are only looked at."""
    steps: dict[str, WithStep] = {}
    if work is not None:
        end = partial(ended, work.questions)
        steps = {
            "request": work.requested, "open": work.opened, "start": work.started, "cancel": end, "lapse": end,
            "report": work.reported, "close": work.reported, "time_out": work.reported, "renew": work.renewed,
            "ask_again": work.asked_again, "confirm": work.confirmed, "amend": work.amended, "finish": work.finished,
        }  # fmt: skip
    return Rules(
        CHECK,
        guards={
            "request": _named,
            "open": _named,
            "cancel": _reasoned("closed_with", "Say why it is given up"),
            "object_to": _reasoned("objection", "Say what the family objects to, and the evidence"),
            "confirm": _reasoned("recheck_reason", "Say why the report stands"),
            "amend": _reasoned("recheck_reason", "Say what was found on looking again"),
        },
        sets={"request": _begun, "open": _begun},
        with_steps=steps,
        looks_at=("household",),
        locks_first=dict.fromkeys(("confirm", "amend", "finish"), lock_consents),
    )


def _visited(asked: Asked) -> None:
    if asked.value("visited_on") > asked.today:
        raise RuleRefuses("That day is still to come: note the visit once it was made.", field="visited_on")
    if asked.value("visitors") < PAIR:
        raise RuleRefuses("At least two people make a home visit.", field="visitors", article="DB 16")
    _reasoned("note", "Say what the visit showed, and where the evidence is")(asked)


def _complained(asked: Asked) -> None:
    _named(asked)
    _reasoned("complaint", "Say what the complaint says")(asked)


def _complaint(asked: Asked) -> Mapping[str, Any]:
    return {**_region(asked), "origin": AlertOrigin.COMPLAINT.name}


def visit_rules() -> Rules:
    """The file of rules of ``HomeVisit``."""
    return Rules(
        VISIT,
        guards={"complain": _complained, "confirm": _visited, "explain": _visited, "refute": _visited},
        sets={"order": _region, "complain": _complaint},
        looks_at=("household",),
    )


def recheck_rules() -> Rules:
    """The file of rules of ``DeathRecheck``."""
    return Rules(
        RECHECK,
        guards={"settle": _reasoned("note", "Say how it was settled, and why without a check")},
        sets={"order": _region},
        looks_at=("household",),
    )
