"""What a complete run has not met: source rows that are gone, and bad rows that are bad no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.store.tables import ORIGINS, TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hub.sync.identify import Session
    from hub.sync.section import Section

LONGEST = 3600
"""Seconds that the comparison of a whole table may take."""


async def settle(session: Session, sections: Sequence[Section], now: datetime) -> int:
    """Deal with the rows that are gone, as each table's mapping says; return how many. One transaction.

    Call it only after every table of the source was read to its end.
    """
    await session.execute("ANALYZE sync_seen", timeout=LONGEST)
    gone = 0
    async with session.transaction():
        # These go through every row of the source at once, unlike everything else that the hub asks.
        await session.execute(f"SET LOCAL statement_timeout = '{LONGEST}s'")
        for section in sections:
            gone += await _gone(session, section, now)
            await _mended(session, section)
    return gone


async def _gone(session: Session, section: Section, now: datetime) -> int:
    marked = await session.fetch(
        "UPDATE provenance p SET missing_since = $3 WHERE p.source = $1 AND p.source_table = $2"
        " AND p.missing_since IS NULL AND p.entity <> 'QuarantinedRow' AND NOT EXISTS"
        " (SELECT FROM sync_seen s WHERE s.token = p.key_token AND NOT s.bad)"
        " RETURNING p.key_token, p.entity, p.row_id",
        section.source, section.table.name, now, timeout=LONGEST,
    )  # fmt: skip
    if section.entity is not None and section.vanished != "keep":
        rows = [row[2] for row in marked if row[1] == section.entity.name]
        table = TABLES[section.entity.name].name
        if section.vanished == "delete":
            await session.execute(f"DELETE FROM {table} WHERE id = ANY($1)", rows)
            # Other source rows that had a part in these must be written anew, should the rows come back.
            await session.execute(
                "UPDATE provenance SET missing_since = $3 WHERE entity = $1 AND row_id = ANY($2)"
                " AND missing_since IS NULL AND entity <> 'QuarantinedRow'",
                section.entity.name, rows, now,
            )  # fmt: skip
        elif isinstance(section.vanished, dict):
            for name, value in section.vanished.items():
                await session.execute(
                    f'UPDATE {table} SET "{name}" = $2, {ORIGINS} = {ORIGINS} || jsonb_build_object($3::text, $4::text)'
                    " WHERE id = ANY($1)",
                    rows, value, name, section.source,
                )  # fmt: skip
    return len({row[0] for row in marked})


async def _mended(session: Session, section: Section) -> None:
    await session.execute(
        "WITH mended AS (DELETE FROM provenance p WHERE p.source = $1 AND p.source_table = $2"
        " AND p.entity = 'QuarantinedRow' AND NOT EXISTS"
        " (SELECT FROM sync_seen s WHERE s.token = p.key_token AND s.bad)"
        " RETURNING p.row_id) DELETE FROM quarantined_row q USING mended WHERE q.id = mended.row_id",
        section.source, section.table.name, timeout=LONGEST,
    )  # fmt: skip
