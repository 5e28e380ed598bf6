"""What a complete run has not met: source rows that are gone, and bad rows that are bad no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.catalog import Integer
from hub.consents import watched
from hub.corrections import corrected
from hub.sync import quarantine
from hub.write import PlainRow, delete, load, seal_rows, transaction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.consents import ConsentSteps
    from hub.corrections import CorrectionSteps
    from hub.sync.source_table import SourceTable
    from hub.write import DatabaseConnection, Transaction, WritableEntity

LONGEST: Final = 3600
"""Seconds that the comparison of a whole table may take."""


async def settle(
    lookup: DatabaseConnection,
    tables: Sequence[SourceTable],
    entities: Mapping[str, WritableEntity],
    consents: ConsentSteps,
    corrections: CorrectionSteps,
) -> int:
    """Deal with the rows that are gone, as each table's mapping says; return how many. One transaction.

    ``lookup``: the connection that remembers what the run has met. Call it only after every table of the source was
    read to its end.
    """
    await lookup.execute("ANALYZE sync_seen", timeout=LONGEST)
    gone = 0
    async with transaction(lookup) as tx:
        # These go through every row of the source at once, unlike everything else that the hub asks.
        await lookup.execute(f"SET LOCAL statement_timeout = '{LONGEST}s'")
        for table in tables:
            gone += await _gone(tx, table, entities, consents, corrections)
            await quarantine.release_mended(tx, table, entities[quarantine.ENTITY], LONGEST)
    return gone


async def _gone(
    tx: Transaction,
    table: SourceTable,
    entities: Mapping[str, WritableEntity],
    consents: ConsentSteps,
    corrections: CorrectionSteps,
) -> int:
    marked = await tx.connection.fetch(
        "UPDATE provenance p SET missing_since = $3 WHERE p.source = $1 AND p.source_table = $2"
        " AND p.missing_since IS NULL AND p.entity <> 'QuarantinedRow' AND NOT EXISTS"
        " (SELECT FROM sync_seen s WHERE s.token = p.key_token AND NOT s.bad)"
        " RETURNING p.key_token, p.entity, p.row_id",
        table.source, table.ref.name, tx.at, timeout=LONGEST,
    )  # fmt: skip
    if table.entity is not None and table.vanished != "keep":
        owner = entities[table.entity.name]
        rows = [row[2] for row in marked if row[1] == table.entity.name]
        async with (
            watched(tx, consents, table.entity.name, {row: {} for row in rows}),
            corrected(tx, corrections, table.source, {table.entity.name: rows}),
        ):
            if table.vanished == "delete":
                await delete(tx, owner, rows)
                # Other source rows that had a part in these must be written anew, should the rows come back.
                await tx.connection.execute(
                    "UPDATE provenance SET missing_since = $3 WHERE entity = $1 AND row_id = ANY($2)"
                    " AND missing_since IS NULL AND entity <> 'QuarantinedRow'",
                    table.entity.name, rows, tx.at,
                )  # fmt: skip
            elif isinstance(table.vanished, dict):
                left = {
                    name: int(value) if table.entity.fields[name].type is Integer else value
                    for name, value in table.vanished.items()
                }
                changes = [PlainRow(row_id, left, "update") for row_id in rows]
                await load(tx, seal_rows(owner, changes, table.source))
    return len({row[0] for row in marked})
