"""Checking every household that may be checked: streamed, and written only where something changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from uuid_utils.compat import uuid7

from hub.catalog import Group
from hub.domain import CATALOGUE
from hub.domain.codes import FindingKind
from hub.means.check import Declaration, Report, check

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from asyncpg import Connection, Record
    from asyncpg.pool import PoolConnectionProxy

    from hub.crypto import Vault
    from hub.store.pool import Pool

    Session = Connection[Record] | PoolConnectionProxy[Record]
    Token = Callable[[str], bytes]

BATCH = 500
"""Households checked together."""

SOURCE, TABLE, ENTITY = "hub", "means_check", "MeansCheck"
"""Where the hub's own checks stand in provenance: one line per household."""

_ORIGINS = '{"checked_at": "hub", "missing_departments": "hub", "outcome": "hub", "region": "hub"}'
_READ = "SELECT DISTINCT source FROM sync_run WHERE status = 'SUCCEEDED' AND source = ANY($1)"
_LOCK = 0x68756204

# What a household is held against. A person in several households is reported to the first one's check only,
# but counts in all of them.
_HOUSEHOLDS = """
SELECT h.id, h.region, h.declared_monthly_income, h.declared_vehicles, h.declared_homes
FROM household h
WHERE h.id > $1 AND h.check_authorised_on IS NOT NULL AND h.declared_monthly_income IS NOT NULL
  AND h.declared_vehicles IS NOT NULL AND h.declared_homes IS NOT NULL
ORDER BY h.id LIMIT $2
"""
_FINDINGS = """
SELECT m.household_id, f.id, f.person_id, f.kind, f.amount, f.observed_on, f.means_check_id, m.household_id = (
    SELECT x.household_id FROM household_member x JOIN household y ON y.id = x.household_id
    WHERE x.person_id = m.person_id AND y.check_authorised_on IS NOT NULL ORDER BY x.household_id LIMIT 1)
FROM (SELECT DISTINCT household_id, person_id FROM household_member WHERE household_id = ANY($1)) m
JOIN finding f ON f.person_id = m.person_id
ORDER BY m.household_id, f.id
"""


@dataclass(frozen=True, slots=True)
class MeansReport:
    """What a round of checks did. ``written``: outcomes that are new or were made anew.

    ``missing``: the checking departments that have not been read yet; as long as there are any, all are ``undecided``.
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


async def run(
    pool: Pool,
    vault: Vault,
    checking: Mapping[str, Collection[str]],
    *,
    progress: Callable[[int], None] | None = None,
) -> MeansReport:
    """Check every household that authorised it and declared its means; return the counts.

    ``checking``: source to the departments that report through it. As long as one of the sources was never read to its
    end, nothing is decided.
    Each household has one check made by the hub. It is written anew only when the findings, the
    declaration or the outcome changed. Where the authorisation is withdrawn, the last check stays as the
    record that it was; its findings go with the next run of their sources. ``progress`` is called with the
    number of households done.
    """
    last = UUID(int=0)
    token = vault.token("means check")
    opener = vault.opener("finding", CATALOGUE["Finding"].fields["amount"].column, Group.FINANCE)
    async with pool.acquire() as session:
        read = {row[0] for row in await session.fetch(_READ, list(checking))}
        missing = {department for source in checking.keys() - read for department in checking[source]}
        report = MeansReport(missing=tuple(sorted(missing)))
        while True:
            async with session.transaction():
                await session.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                rows = await session.fetch(_HOUSEHOLDS, last, BATCH)
                if not rows:
                    return report
                households = [_Household(row[0], row[1], Declaration(Decimal(row[2]), row[3], row[4])) for row in rows]
                report = await _batch(session, households, opener.open, token, report)
            last = rows[-1][0]
            if progress is not None:
                progress(report.checked)


async def _batch(
    session: Session,
    households: Sequence[_Household],
    open_amount: Callable[[bytes, bytes], str],
    token: Token,
    report: MeansReport,
) -> MeansReport:
    ids = [household.id for household in households]
    reports: dict[UUID, list[Report]] = {household.id: [] for household in households}
    parts: dict[UUID, list[str]] = {household.id: [] for household in households}
    mine: dict[UUID, list[tuple[UUID, UUID | None]]] = {household.id: [] for household in households}
    for household, finding, person, kind, amount, observed_on, linked, first in await session.fetch(_FINDINGS, ids):
        money = None if amount is None else Decimal(open_amount(finding.bytes, amount))
        reports[household].append(Report(person, FindingKind[kind], money, observed_on))
        parts[household].append(f"{finding} {kind} {money} {observed_on}")
        if first:
            mine[household].append((finding, linked))
    keys = {household.id: token(str(household.id)) for household in households}
    known = await session.fetch(
        "SELECT key_token, row_id, fingerprint FROM provenance WHERE key_token = ANY($1) AND entity = $2",
        list(keys.values()),
        ENTITY,
    )
    before = {row[0]: (row[1], row[2]) for row in known}
    written: list[tuple[Any, ...]] = []
    links: list[tuple[UUID, UUID]] = []
    for household in households:
        outcome = check(household.declared, reports[household.id], report.missing).name
        content = [outcome, household.region or "", str(household.declared), *report.missing, *parts[household.id]]
        fingerprint = token("\x1f".join(content))
        row_id, old = before.get(keys[household.id], (None, None))
        report = replace(
            report,
            checked=report.checked + 1,
            inconsistent=report.inconsistent + (outcome == "INCONSISTENT"),
            undecided=report.undecided + (outcome == "UNDECIDED"),
            unchanged=report.unchanged + (old == fingerprint),
            written=report.written + (old != fingerprint),
        )
        check_id = row_id or uuid7()
        if old != fingerprint:
            written.append((check_id, household.id, outcome, household.region, keys[household.id], fingerprint))
        links += [(finding, check_id) for finding, linked in mine[household.id] if linked != check_id]
    await _write(session, written, links, ", ".join(report.missing) or None)
    return report


async def _write(
    session: Session, written: list[tuple[Any, ...]], links: list[tuple[UUID, UUID]], missing: str | None
) -> None:
    now = datetime.now(UTC)
    if written:
        ids, households, outcomes, regions, keys, fingerprints = zip(*written, strict=True)
        await session.execute(
            "INSERT INTO means_check"
            " (checked_at, field_origins, missing_departments, id, household_id, outcome, region)"
            " SELECT $1, $2, $3, u.* FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) u"
            " ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at, outcome = excluded.outcome,"
            " missing_departments = excluded.missing_departments, region = excluded.region",
            now, _ORIGINS, missing, ids, households, outcomes, regions,
        )  # fmt: skip
        await session.execute(
            "INSERT INTO provenance (source, source_table, entity, run_id, observed_at, row_id, key_token, fingerprint)"
            " SELECT $1, $2, $3, $4, $5, u.* FROM unnest($6::uuid[], $7::bytea[], $8::bytea[]) u"
            " ON CONFLICT (key_token, entity) DO UPDATE SET fingerprint = excluded.fingerprint,"
            " run_id = excluded.run_id, observed_at = excluded.observed_at",
            SOURCE, TABLE, ENTITY, uuid7(), now, ids, keys, fingerprints,
        )  # fmt: skip
    if links:
        findings, checks = zip(*links, strict=True)
        await session.execute(
            "UPDATE finding SET means_check_id = u.means_check FROM unnest($1::uuid[], $2::uuid[])"
            " AS u(finding, means_check) WHERE finding.id = u.finding",
            findings, checks,
        )  # fmt: skip
