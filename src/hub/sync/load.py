"""Writing a batch: a few statements for all of its rows, in one transaction with its provenance."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql
from uuid_utils.compat import uuid7

from hub.store.tables import ORIGINS, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from hub.sync.batch import Batch
    from hub.sync.claims import ClaimChanges
    from hub.sync.identify import Session
    from hub.sync.seal import Group_, Sealing
    from hub.sync.section import Section

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy has not typed it
FIRST = ("Household", "Person", "CharityOrganisation")
"""Entities that rows of the same batch may refer to."""


async def load_rows(session: Session, groups: Mapping[Group_, Sequence[tuple[Any, ...]]]) -> None:
    """Insert or update the rows of the entities, those that others refer to first."""
    for (entity, whole, names), rows in sorted(groups.items(), key=lambda item: item[0][0] not in FIRST):
        await session.execute(_sql(entity, whole, names), *zip(*rows, strict=True))


@cache
def _sql(entity: str, whole: bool, names: tuple[str, ...]) -> str:  # noqa: FBT001 - part of the cache's key
    table = TABLES[entity]
    columns = ("id", *names)
    # An array's type has no collation of its own.
    types = [table.c[name].type.compile(dialect=_DIALECT).partition(" COLLATE")[0] for name in columns]
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, start=1))
    quoted = ", ".join(f'"{name}"' for name in columns)
    new = "excluded" if whole else "u"
    sets = ", ".join(f'"{name}" = {new}."{name}"' for name in names if name != ORIGINS)
    sets += f", {ORIGINS} = {table.name}.{ORIGINS} || {new}.{ORIGINS}"
    if whole:
        return (
            f"INSERT INTO {table.name} ({quoted}) SELECT * FROM unnest({arrays}) ON CONFLICT (id) DO UPDATE SET {sets}"
        )
    return f"UPDATE {table.name} SET {sets} FROM unnest({arrays}) AS u({quoted}) WHERE {table.name}.id = u.id"


async def load_trails(session: Session, section: Section, batch: Batch, run: UUID, now: datetime) -> None:
    """Write where the rows came from."""
    if batch.trails:
        trails = batch.trails.values()
        await session.execute(
            "INSERT INTO provenance (source, source_table, key_token, entity, row_id, fingerprint, run_id, observed_at)"
            " SELECT $1, $2, u.*, $3, $4 FROM unnest($5::bytea[], $6::text[], $7::uuid[], $8::bytea[]) u"
            " ON CONFLICT (key_token, entity) DO UPDATE SET row_id = excluded.row_id,"
            " fingerprint = excluded.fingerprint, run_id = excluded.run_id, observed_at = excluded.observed_at,"
            " missing_since = NULL",
            section.source, section.table.name, run, now, *zip(*trails, strict=True),
        )  # fmt: skip


async def load_aside(
    session: Session, section: Section, batch: Batch, sealing: Sealing, run: UUID, now: datetime
) -> None:
    """Write the rows that go to quarantine; one that is there already, for the same reason, stays as it is."""
    if not batch.aside:
        return
    known = await session.fetch(
        "SELECT p.key_token, p.row_id, q.rule, q.reason FROM provenance p JOIN quarantined_row q ON q.id = p.row_id"
        " WHERE p.key_token = ANY($1) AND p.entity = 'QuarantinedRow'",
        list(batch.aside),
    )
    before = {row[0]: (row[1], row[2], row[3]) for row in known}
    rows = []
    for aside in batch.aside.values():
        row_id, *said = before.get(aside.token, (None,))
        if said != [aside.unfit.rule, aside.unfit.reason]:
            row_id = row_id or uuid7()
            rows.append(
                (
                    row_id,
                    aside.unfit.rule,
                    aside.unfit.reason,
                    sealing.quarantined(row_id.bytes, aside.text),
                    aside.token,
                )
            )
    if not rows:
        return
    ids, rules, reasons, sealed, tokens = zip(*rows, strict=True)
    await session.execute(
        "INSERT INTO quarantined_row (run_id, source, source_table, seen_at, id, rule, reason, row)"
        " SELECT $1, $2, $3, $4, u.* FROM unnest($5::uuid[], $6::text[], $7::text[], $8::bytea[]) u"
        " ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, seen_at = excluded.seen_at, rule = excluded.rule,"
        " reason = excluded.reason, row = excluded.row",
        run, section.source, section.table.name, now, ids, rules, reasons, sealed,
    )  # fmt: skip
    await session.execute(
        "INSERT INTO provenance (source, source_table, entity, run_id, observed_at, key_token, row_id, fingerprint)"
        " SELECT $1, $2, 'QuarantinedRow', $3, $4, u.token, u.id, u.token FROM unnest($5::bytea[], $6::uuid[])"
        " AS u(token, id) ON CONFLICT (key_token, entity) DO UPDATE"
        " SET run_id = excluded.run_id, observed_at = excluded.observed_at",
        section.source, section.table.name, run, now, tokens, ids,
    )  # fmt: skip


async def load_seen(session: Session, batch: Batch) -> None:
    """Remember, until the run ends, which rows it has met."""
    if batch.seen:
        tokens, bad = zip(*batch.seen, strict=True)
        await session.execute(
            "INSERT INTO sync_seen (token, bad, fingerprint)"
            " SELECT * FROM unnest($1::bytea[], $2::bool[], $3::bytea[])"
            " ON CONFLICT (token, bad) DO UPDATE SET fingerprint = excluded.fingerprint"
            " WHERE sync_seen.fingerprint IS NULL AND excluded.fingerprint IS NOT NULL",
            tokens,
            bad,
            tuple(batch.seen.values()),
        )


async def load_claims(session: Session, changes: ClaimChanges, now: datetime) -> None:
    """Write the values that do not stand, and drop those that do now."""
    if changes.write:
        rows, fields, sources = zip(*changes.write, strict=True)
        await session.execute(
            "INSERT INTO claim (entity, observed_at, row_id, field, source, value)"
            " SELECT 'Person', $1, u.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bytea[]) u"
            " ON CONFLICT (row_id, field, source) DO UPDATE SET value = excluded.value,"
            " observed_at = excluded.observed_at",
            now, rows, fields, sources, tuple(changes.write.values()),
        )  # fmt: skip
    if changes.drop:
        await session.execute(
            "DELETE FROM claim c USING unnest($1::uuid[], $2::text[], $3::text[]) AS u(row_id, field, source)"
            " WHERE c.row_id = u.row_id AND c.field = u.field AND c.source = u.source",
            *zip(*changes.drop, strict=True),
        )


async def refresh_statistics(session: Session, sections: Sequence[Section]) -> None:
    """Tell the planner what the tables are like now; the first queries after a first run would else crawl."""
    names = {TABLES[section.entity.name].name for section in sections if section.entity is not None}
    if any(section.who is not None for section in sections):
        names.add("person")
    await session.execute(f"ANALYZE {', '.join(sorted(names))}")
