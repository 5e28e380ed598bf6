"""Loading the list of administrative divisions."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from hub.write import UNSEALED, PlainRow, load, new_id, seal_rows, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from hub.domain.divisions import Division
    from hub.write import DatabaseConnection, Transaction

BATCH = 5000

_LOCK: Final = 0x68756206
"""Advisory lock: two hubs that load the same new division would both insert it."""


async def load_regions(connection: DatabaseConnection, divisions: Iterable[Division]) -> int:
    """Insert or update divisions, parents first; return how many were new or changed. One transaction.

    A division that is there keeps its id; one that is no longer in the list stays, because rows refer to it.
    """
    changed = 0
    stream = iter(divisions)
    async with transaction(connection) as tx:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        while batch := list(islice(stream, BATCH)):
            changed += await _load(tx, batch)
    return changed


async def _load(tx: Transaction, batch: list[Division]) -> int:
    codes = {item.code for item in batch} | {item.parent for item in batch if item.parent is not None}
    stored = {
        row[1]: row
        for row in await tx.connection.fetch(
            "SELECT id, code, name, level, parent_id FROM region WHERE code = ANY($1)", list(codes)
        )
    }
    # Parents may be in this very batch: ids first, then links.
    ids: dict[str, UUID] = {code: row[0] for code, row in stored.items()}
    for item in batch:
        ids.setdefault(item.code, new_id())
    rows: dict[str, PlainRow] = {}
    for item in batch:
        parent = None if item.parent is None else ids.get(item.parent)
        values = {"code": item.code, "name": item.name, "level": item.level, "parent": parent}
        known = stored.get(item.code)
        if known is None or (known[2], known[3], known[4]) != (item.name, item.level, parent):
            rows[item.code] = PlainRow(ids[item.code], values, "insert" if known is None else "update")
    await load(tx, seal_rows(UNSEALED["Region"], rows.values()))
    return len(rows)
