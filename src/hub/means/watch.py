"""The standing watch: what a synchronisation brought, held against what households declared, as the rules say.

Streamed, and written only where something changed. What is reported and was not declared is looked into by a home
visit; nothing is decided by it, and authorisations last.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

from hub import write
from hub.catalog import Group
from hub.domain import CATALOGUE
from hub.domain.codes import AlertOrigin, FindingKind
from hub.means.gathering import TWO_HOUSEHOLDS
from hub.means.rules import Case, Declared, Fact, Member, decide
from hub.means.steps import VISIT, visit_rules
from hub.process.calendar import day_of
from hub.process.many import begin_many
from hub.process.plan import StepPlan, StepTools, plan_own_step
from hub.write import NewEvent, PlainRow, ProvenanceLine

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from hub.crypto import Vault
    from hub.means.rules import Result, Rules
    from hub.store.pool import Pool
    from hub.write import Transaction, WritableEntity

    Token = Callable[[str], bytes]

BATCH: Final = 500
"""Households looked at together."""
SOURCE, TABLE, ENTITY = "hub", "means_check", "MeansCheck"
"""Where the hub's own checks stand in provenance: one line per household."""
MADE: Final = "means_check.made"
"""Event of a check that is new or was made anew."""
ITEMS: Final = {
    FindingKind.VEHICLE.name: "vehicle", FindingKind.PENSION.name: "pension", FindingKind.INSURED_WAGE.name: "wage",
    FindingKind.REAL_ESTATE.name: "real_estate",
}  # fmt: skip
"""What departments' files report, as the rules call it."""
_LOCK: Final = 0x68756204
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

# An empty run says nothing of anybody: it is as if nobody had been asked.
_READ: Final = """
SELECT source, max(started_at) FROM sync_run
WHERE status = 'SUCCEEDED' AND rows_read > 0 AND source = ANY($1) GROUP BY source
"""
# What a household is held against. A person in several households is reported to the check of the one that
# authorised first only, but counts in all of them.
_HOUSEHOLDS: Final = """
SELECT h.id, h.region, h.declared_monthly_income, h.declared_vehicles, h.declared_homes FROM household h
WHERE h.id > $1 AND h.check_authorised @> $3::date AND h.declared_monthly_income IS NOT NULL
  AND h.declared_vehicles IS NOT NULL AND h.declared_homes IS NOT NULL AND h.region IS NOT NULL
ORDER BY h.id LIMIT $2
"""
# Joined for a batch as a whole: a plan that was made while there was no provenance looks through all of it once for
# each batch, and not once for each household.
_SINCE: Final = """
SELECT o.household_id, max(p.observed_at) FROM (
  SELECT h.id AS household_id, h.id AS row_id FROM unnest($1::uuid[]) h(id)
  UNION ALL SELECT m.household_id, m.id FROM household_member m WHERE m.household_id = ANY($1)) o
JOIN provenance p ON p.row_id = o.row_id AND p.entity IN ('Household', 'HouseholdMember') GROUP BY 1
UNION ALL
SELECT c.household_id, max(c.state_since) FROM consent c
WHERE c.household_id = ANY($1) AND c.purpose = 'MEANS_CHECK' AND c.state = 'IN_FORCE' GROUP BY 1
"""
_MEMBERS: Final = """
SELECT m.household_id, m.person_id, EXISTS (
  SELECT FROM household_member x WHERE x.person_id = m.person_id AND x.household_id <> m.household_id) AS elsewhere
FROM household_member m WHERE m.household_id = ANY($1) GROUP BY m.household_id, m.person_id ORDER BY 1, 2
"""
_FINDINGS: Final = """
SELECT m.household_id, f.id, f.person_id, f.department, f.kind, f.amount, f.observed_on, f.means_check_id,
  m.household_id = (
    SELECT x.household_id FROM household_member x JOIN household y ON y.id = x.household_id
    WHERE x.person_id = m.person_id AND y.check_authorised @> $2::date
    ORDER BY lower(y.check_authorised), x.household_id LIMIT 1)
FROM (SELECT DISTINCT household_id, person_id FROM household_member WHERE household_id = ANY($1)) m
JOIN finding f ON f.person_id = m.person_id
ORDER BY m.household_id, f.id
"""
_VISITS: Final = """
SELECT household_id, person_id, department, item FROM home_visit
WHERE household_id = ANY($1) AND origin IN ('REPORT', 'WATCH') AND state = 'DUE'
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a round came to. ``written``: outcomes that are new or were made anew. ``visits``: that were ordered.

    ``missing``: the checking departments that have not been read since some household came or changed; those
    households are ``undecided``.
    """

    checked: int = 0
    written: int = 0
    unchanged: int = 0
    inconsistent: int = 0
    undecided: int = 0
    visits: int = 0
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class _Household:
    id: UUID
    region: str
    declared: Declared
    missing: tuple[str, ...] = ()
    members: list[Member] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    mine: list[tuple[UUID, UUID | None]] = field(default_factory=list)
    elsewhere: bool = False

    @classmethod
    def of(cls, row: Any, missing: tuple[str, ...] = ()) -> Self:
        """Its id, division and what it declared, from a row that begins with them."""
        return cls(row[0], row[1], Declared(Decimal(row[2]), row[3], row[4]), missing)


@dataclass(frozen=True, slots=True)
class _Tools:
    """How rows are read and written."""

    rules: Rules
    entities: Mapping[str, WritableEntity]
    open_amount: Callable[[bytes, bytes], str]
    token: Token
    order: StepPlan

    @classmethod
    def of(cls, vault: Vault, rules: Rules) -> Self:
        entities, visit = write.writable(vault), CATALOGUE[VISIT]
        assert visit.process is not None  # noqa: S101 - it is declared so
        tools = StepTools(CATALOGUE, None, vault, {VISIT: visit_rules()}, entities)
        opener = vault.opener("finding", CATALOGUE["Finding"].fields["amount"].column, Group.FINANCE)
        order = plan_own_step(visit, visit.process.steps["order"], tools)
        return cls(rules, entities, opener.open, vault.token("means check"), order)


async def watch(
    pool: Pool,
    vault: Vault,
    rules: Rules,
    checking: Mapping[str, Collection[str]],
    *,
    progress: Callable[[int], None] | None = None,
) -> Watched:
    """Look at every household of which every member's authorisation is in force and that declared its means.

    ``checking``: source to the departments that report through it. The outcome of a household is UNDECIDED until each
    of them was read to its end in a run that began after the household, its authorisation and its members were known:
    what departments report about others is not kept, so an earlier run has not asked about it.
    Each household has one outcome by the hub, written anew only when what it follows from changed. Where the
    authorisation is withdrawn, the last one stays as the record that it was; what was reported goes with the next run
    of its source. ``progress`` is called with the number of households done. Returns the counts.
    """
    last, tools = UUID(int=0), _Tools.of(vault, rules)
    async with pool.acquire() as connection:
        read: dict[str, datetime] = dict(map(tuple, await connection.fetch(_READ, list(checking))))
        unread = {department for source in checking.keys() - read for department in checking[source]}
        done = Watched(missing=tuple(sorted(unread)))
        while True:
            async with write.transaction(connection) as tx:
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                rows = await connection.fetch(_HOUSEHOLDS, last, BATCH, day_of(tx.at))
                if not rows:
                    return done
                since = await _since(tx, [row[0] for row in rows])
                households = {
                    row[0]: _Household.of(row, _missing(checking, read, since.get(row[0]))) for row in rows
                }  # fmt: skip
                await _read(tx, tools, households, day_of(tx.at))
                done = await _batch(tx, tools, households, done)
            last = rows[-1][0]
            if progress is not None:
                progress(done.checked)


async def _since(tx: Transaction, households: list[UUID]) -> dict[UUID, datetime]:
    """Since when each household, its members and its authorisation are known as they are now."""
    found: dict[UUID, datetime] = {}
    for household, at in await tx.connection.fetch(_SINCE, households):
        found[household] = max(at, found.get(household, at))
    return found


def _missing(
    checking: Mapping[str, Collection[str]], read: Mapping[str, datetime], since: datetime | None
) -> tuple[str, ...]:
    """The departments that were not asked about a household which is as it is ``since`` then, by code."""
    unread = {source for source in checking if since is None or read.get(source, _NEVER) < since}
    return tuple(sorted({department for source in unread for department in checking[source]}))


async def _read(tx: Transaction, tools: _Tools, households: Mapping[UUID, _Household], day: date) -> None:
    """Who belongs to each household, and what is reported of them."""
    ids = list(households)
    for home, person, elsewhere in await tx.connection.fetch(_MEMBERS, ids):
        households[home].members.append(Member(person.hex))
        households[home].elsewhere |= elsewhere
    found = await tx.connection.fetch(_FINDINGS, ids, day)
    for home, finding, person, department, kind, amount, observed_on, linked, first in found:
        household = households[home]
        money = None if amount is None else Decimal(tools.open_amount(finding.bytes, amount))
        household.facts.append(
            Fact(finding.hex, person.hex, ITEMS[kind], department, amount=money, on=observed_on)
        )  # fmt: skip
        household.parts.append(f"{finding} {kind} {money} {observed_on}")
        if first:
            household.mine.append((finding, linked))


async def _batch(tx: Transaction, tools: _Tools, households: Mapping[UUID, _Household], done: Watched) -> Watched:
    today = day_of(tx.at)
    keys = {household: tools.token(str(household)) for household in households}
    known = await tx.connection.fetch(
        "SELECT key_token, row_id, fingerprint FROM provenance WHERE key_token = ANY($1) AND entity = $2",
        list(keys.values()),
        ENTITY,
    )
    before = {row[0]: (row[1], row[2]) for row in known}
    written: list[PlainRow] = []
    lines: list[ProvenanceLine] = []
    links: list[PlainRow] = []
    results: dict[UUID, Result] = {}
    for household in households.values():
        doubts = (TWO_HOUSEHOLDS,) if household.elsewhere else ()
        case = Case(
            household.region, tuple(household.members), household.declared, tuple(household.facts), household.missing,
            doubts,
        )  # fmt: skip
        result = decide(tools.rules.at(household.region, today), case)
        content = [
            result.outcome, household.region, str(household.declared), *doubts, *household.missing, *household.parts
        ]  # fmt: skip
        fingerprint = tools.token("\x1f".join(content))
        row_id, old = before.get(keys[household.id], (None, None))
        done = replace(
            done,
            checked=done.checked + 1,
            inconsistent=done.inconsistent + (result.outcome == "INCONSISTENT"),
            undecided=done.undecided + (result.outcome == "UNDECIDED"),
            unchanged=done.unchanged + (old == fingerprint),
            written=done.written + (old != fingerprint),
            missing=tuple(sorted({*done.missing, *household.missing})),
        )
        check_id = row_id or write.new_id()
        if old != fingerprint:
            results[household.id] = result
            values = {
                "household": household.id, "outcome": result.outcome, "checked_at": tx.at, "region": household.region,
                "missing_departments": ", ".join(household.missing) or None,
            }  # fmt: skip
            written.append(PlainRow(check_id, values, "insert" if row_id is None else "update"))
            lines.append(ProvenanceLine(keys[household.id], ENTITY, check_id, fingerprint))
        links += [
            PlainRow(finding, {"means_check": check_id}, "update")
            for finding, linked in household.mine
            if linked != check_id
        ]
    rows = [
        *write.seal_rows(tools.entities[ENTITY], written, SOURCE),
        *write.seal_rows(tools.entities["Finding"], links),
    ]
    await write.load(tx, rows)
    if lines:
        await write.write_provenance(tx, SOURCE, TABLE, write.new_id(), known=lines)
    for line in lines:
        tx.tell(NewEvent(MADE, ENTITY, line.row_id))
    return replace(done, visits=done.visits + await _order(tx, tools, households, results))


async def _order(
    tx: Transaction, tools: _Tools, households: Mapping[UUID, _Household], results: Mapping[UUID, Result]
) -> int:
    """Order a visit for each thing that was reported and not declared, unless one is due about it.

    ``results``: of the households of which something is new; what a visit has settled comes up again with that alone.
    """
    warned = [household for household, result in results.items() if result.warnings]
    if not warned:
        return 0
    known = {tuple(row) for row in await tx.connection.fetch(_VISITS, warned)}
    wanted = dict.fromkeys(
        (household, UUID(each.person), each.department, each.item.upper())
        for household in warned
        for each in results[household].warnings
    )
    rows: Sequence[dict[str, Any]] = [
        {
            "household": household, "person": person, "department": department, "item": item,
            "origin": AlertOrigin.WATCH.name, "region": households[household].region,
        }
        for household, person, department, item in wanted
        if (household, person, department, item) not in known
    ]  # fmt: skip
    for made in await begin_many(tx, tools.order, rows):
        tx.tell(NewEvent(f"{VISIT}.{tools.order.step.name}", VISIT, made, 1))
    return len(rows)
