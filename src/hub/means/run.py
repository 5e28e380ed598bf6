"""Checking every household that may be checked: streamed, and written only where something changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from hub.catalog import Group
from hub.consents import ConsentSteps, consent_rules, end_of_households
from hub.domain import CATALOGUE
from hub.domain.codes import FindingKind
from hub.means.check import Declaration, Report, check
from hub.process.calendar import day_of
from hub.write import (
    NewEvent,
    PlainRow,
    ProvenanceLine,
    load,
    new_id,
    seal_rows,
    transaction,
    writable,
    write_provenance,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hub.crypto import Vault
    from hub.store.pool import Pool
    from hub.write import Transaction, WritableEntity

    Token = Callable[[str], bytes]

BATCH = 500
"""Households checked together."""

SOURCE, TABLE, ENTITY = "hub", "means_check", "MeansCheck"
"""Where the hub's own checks stand in provenance: one line per household."""

# An empty run says nothing of anybody: it is as if nobody had been asked.
_READ = """
SELECT source, max(started_at) FROM sync_run
WHERE status = 'SUCCEEDED' AND rows_read > 0 AND source = ANY($1) GROUP BY source
"""
MADE = "means_check.made"
"""NewEvent of a check that is new or was made anew."""

_LOCK = 0x68756204
_NEVER = datetime.min.replace(tzinfo=UTC)

# What a household is held against. A person in several households is reported to the check of the one that
# authorised first only, but counts in all of them.
_HOUSEHOLDS = """
SELECT h.id, h.region, h.declared_monthly_income, h.declared_vehicles, h.declared_homes, greatest((
    SELECT max(p.observed_at) FROM provenance p WHERE p.entity IN ('Household', 'HouseholdMember') AND p.row_id IN (
        SELECT h.id UNION ALL SELECT m.id FROM household_member m WHERE m.household_id = h.id)), (
    SELECT max(c.state_since) FROM consent c WHERE c.household_id = h.id AND c.purpose = 'MEANS_CHECK'
        AND c.state = 'IN_FORCE'))
FROM household h
WHERE h.id > $1 AND h.check_authorised @> $3::date AND h.declared_monthly_income IS NOT NULL
  AND h.declared_vehicles IS NOT NULL AND h.declared_homes IS NOT NULL
ORDER BY h.id LIMIT $2
"""
_FINDINGS = """
SELECT m.household_id, f.id, f.person_id, f.kind, f.amount, f.observed_on, f.means_check_id, m.household_id = (
    SELECT x.household_id FROM household_member x JOIN household y ON y.id = x.household_id
    WHERE x.person_id = m.person_id AND y.check_authorised @> $2::date
    ORDER BY lower(y.check_authorised), x.household_id LIMIT 1)
FROM (SELECT DISTINCT household_id, person_id FROM household_member WHERE household_id = ANY($1)) m
JOIN finding f ON f.person_id = m.person_id
ORDER BY m.household_id, f.id
"""


@dataclass(frozen=True, slots=True)
class MeansReport:
    """What a round of checks did. ``written``: outcomes that are new or were made anew.

    ``missing``: the checking departments that have not been read since some household came or changed; those
    households are ``undecided``.
    """

    checked: int = 0
    written: int = 0
    unchanged: int = 0
    inconsistent: int = 0
    undecided: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Household:
    id: UUID
    region: str | None
    declared: Declaration
    missing: tuple[str, ...]


async def run(
    pool: Pool,
    vault: Vault,
    checking: Mapping[str, Collection[str]],
    *,
    progress: Callable[[int], None] | None = None,
) -> MeansReport:
    """Check every household of which every member's authorisation is in force and that declared its means.

    ``checking``: source to the departments that report through it. A household is decided about only if each of them
    was read to its end in a run that began after the household, its authorisation and its members were known: what
    departments report about others is not kept, so an earlier run has not asked about it.
    Each household has one check made by the hub. It is written anew only when the findings, the
    declaration or the outcome changed. A check that finds more than was declared ends the authorisations; it stays, and
    what was found with it. Where the authorisation is withdrawn, the last check stays as the record that it was; its
    findings go with the next run of their sources. ``progress`` is called with the number of households done.
    Returns the counts.
    """
    last = UUID(int=0)
    token = vault.token("means check")
    opener = vault.opener("finding", CATALOGUE["Finding"].fields["amount"].column, Group.FINANCE)
    entities, consents = writable(vault), ConsentSteps.of(vault, consent_rules)
    async with pool.acquire() as connection:
        read: dict[str, datetime] = dict(map(tuple, await connection.fetch(_READ, list(checking))))
        unread = {department for source in checking.keys() - read for department in checking[source]}
        report = MeansReport(missing=tuple(sorted(unread)))
        while True:
            async with transaction(connection) as tx:
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                rows = await connection.fetch(_HOUSEHOLDS, last, BATCH, day_of(tx.at))
                if not rows:
                    return report
                households = [
                    _Household(
                        row[0], row[1], Declaration(Decimal(row[2]), row[3], row[4]), _missing(checking, read, row[5])
                    )
                    for row in rows
                ]
                report = await _batch(tx, entities, consents, households, opener.open, token, report)
            last = rows[-1][0]
            if progress is not None:
                progress(report.checked)


def _missing(
    checking: Mapping[str, Collection[str]], read: Mapping[str, datetime], since: datetime | None
) -> tuple[str, ...]:
    """The departments that were not asked about a household which is as it is ``since`` then, by code."""
    unread = {source for source in checking if since is None or read.get(source, _NEVER) < since}
    return tuple(sorted({department for source in unread for department in checking[source]}))


async def _batch(
    tx: Transaction,
    entities: Mapping[str, WritableEntity],
    consents: ConsentSteps,
    households: Sequence[_Household],
    open_amount: Callable[[bytes, bytes], str],
    token: Token,
    report: MeansReport,
) -> MeansReport:
    ids = [household.id for household in households]
    reports: dict[UUID, list[Report]] = {household.id: [] for household in households}
    parts: dict[UUID, list[str]] = {household.id: [] for household in households}
    mine: dict[UUID, list[tuple[UUID, UUID | None]]] = {household.id: [] for household in households}
    found = await tx.connection.fetch(_FINDINGS, ids, day_of(tx.at))
    for household, finding, person, kind, amount, observed_on, linked, first in found:
        money = None if amount is None else Decimal(open_amount(finding.bytes, amount))
        reports[household].append(Report(person, FindingKind[kind], money, observed_on))
        parts[household].append(f"{finding} {kind} {money} {observed_on}")
        if first:
            mine[household].append((finding, linked))
    keys = {household.id: token(str(household.id)) for household in households}
    known = await tx.connection.fetch(
        "SELECT key_token, row_id, fingerprint FROM provenance WHERE key_token = ANY($1) AND entity = $2",
        list(keys.values()),
        ENTITY,
    )
    before = {row[0]: (row[1], row[2]) for row in known}
    written: list[PlainRow] = []
    lines: list[ProvenanceLine] = []
    links: list[PlainRow] = []
    failed: list[UUID] = []
    for household in households:
        missing = household.missing
        outcome = check(household.declared, reports[household.id], missing).name
        content = [outcome, household.region or "", str(household.declared), *missing, *parts[household.id]]
        fingerprint = token("\x1f".join(content))
        row_id, old = before.get(keys[household.id], (None, None))
        report = replace(
            report,
            checked=report.checked + 1,
            inconsistent=report.inconsistent + (outcome == "INCONSISTENT"),
            undecided=report.undecided + (outcome == "UNDECIDED"),
            unchanged=report.unchanged + (old == fingerprint),
            written=report.written + (old != fingerprint),
            missing=tuple(sorted({*report.missing, *missing})),
        )
        if outcome == "INCONSISTENT":
            failed.append(household.id)
        check_id = row_id or new_id()
        if old != fingerprint:
            values = {
                "household": household.id, "outcome": outcome, "checked_at": tx.at, "region": household.region,
                "missing_departments": ", ".join(missing) or None,
            }  # fmt: skip
            written.append(PlainRow(check_id, values, "insert" if row_id is None else "update"))
            lines.append(ProvenanceLine(keys[household.id], ENTITY, check_id, fingerprint))
        links += [
            PlainRow(finding, {"means_check": check_id}, "update")
            for finding, linked in mine[household.id]
            if linked != check_id
        ]
    await load(tx, [*seal_rows(entities[ENTITY], written, SOURCE), *seal_rows(entities["Finding"], links)])
    if lines:
        await write_provenance(tx, SOURCE, TABLE, new_id(), known=lines)
    for line in lines:
        tx.tell(NewEvent(MADE, ENTITY, line.row_id))
    # Whoever applies anew authorises anew.
    await end_of_households(tx, consents, failed, "CHECK_FAILED")
    return report
