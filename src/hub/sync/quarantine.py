"""Rows that fail a rule: kept sealed, with the reason, until their provider has mended them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.write import PlainRow, ProvenanceLine, delete, load, new_id, seal_rows, write_provenance

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from hub.sync.batch import QuarantineEntry
    from hub.sync.source_table import SourceTable
    from hub.write import Transaction, WritableEntity

ENTITY: Final = "QuarantinedRow"


async def keep(
    tx: Transaction, table: SourceTable, entries: Collection[QuarantineEntry], owner: WritableEntity, run: UUID
) -> None:
    """Write the rows that go to quarantine; one that is there already, for the same reason, stays as it is."""
    if not entries:
        return
    known = await tx.connection.fetch(
        "SELECT p.key_token, p.row_id, q.rule, q.reason FROM provenance p JOIN quarantined_row q ON q.id = p.row_id"
        " WHERE p.key_token = ANY($1) AND p.entity = 'QuarantinedRow'",
        [entry.token for entry in entries],
    )
    before = {row[0]: (row[1], row[2], row[3]) for row in known}
    rows: list[PlainRow] = []
    lines: list[ProvenanceLine] = []
    for token, rule, reason, text in entries:
        row_id, *said = before.get(token, (None,))
        if said == [rule, reason]:
            continue
        values = {
            "run": run, "source": table.source, "source_table": table.ref.name, "rule": rule,
            "reason": reason, "row": text, "seen_at": tx.at,
        }  # fmt: skip
        rows.append(PlainRow(row_id or new_id(), values, "insert" if row_id is None else "update"))
        lines.append(ProvenanceLine(token, ENTITY, rows[-1].id, token))
    await load(tx, seal_rows(owner, rows))
    await write_provenance(tx, table.source, table.ref.name, run, known=lines)


async def release_mended(tx: Transaction, table: SourceTable, owner: WritableEntity, seconds: int) -> None:
    """Take out of quarantine what this run has not met again. ``seconds``: how long the comparison may take."""
    rows = await tx.connection.fetch(
        "DELETE FROM provenance p WHERE p.source = $1 AND p.source_table = $2 AND p.entity = 'QuarantinedRow'"
        " AND NOT EXISTS (SELECT FROM sync_seen s WHERE s.token = p.key_token AND s.bad) RETURNING p.row_id",
        table.source, table.ref.name, timeout=seconds,
    )  # fmt: skip
    await delete(tx, owner, [row[0] for row in rows])
