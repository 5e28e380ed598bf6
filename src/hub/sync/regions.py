"""Loading the list of administrative divisions."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.domain.divisions import Division
    from hub.sync.identify import Session

BATCH = 5000


async def load_regions(session: Session, divisions: Iterable[Division]) -> int:
    """Insert or update divisions, parents first; return how many were new or changed. One transaction.

    A division that is there keeps its id; one that is no longer in the list stays, because rows refer to it.
    """
    changed = 0
    stream = iter(divisions)
    async with session.transaction():
        while batch := list(islice(stream, BATCH)):
            changed += await _load(session, batch)
    return changed


async def _load(session: Session, batch: list[Division]) -> int:
    # Parents may be in this very batch: ids first, then links.
    columns = (
        [uuid7() for _ in batch], [item.code for item in batch], [item.name for item in batch],
        [item.level for item in batch],
    )  # fmt: skip
    written = await session.fetch(
        "INSERT INTO region AS r (id, code, name, level) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[],"
        " $4::text[]) ON CONFLICT (code) DO UPDATE SET name = excluded.name, level = excluded.level"
        " WHERE (r.name, r.level) IS DISTINCT FROM (excluded.name, excluded.level) RETURNING r.code",
        *columns,
    )
    linked = await session.fetch(
        "UPDATE region r SET parent_id = p.id FROM unnest($1::text[], $2::text[]) AS u(code, parent)"
        " JOIN region p ON p.code = u.parent WHERE r.code = u.code AND r.parent_id IS DISTINCT FROM p.id"
        " RETURNING r.code",
        columns[1], [item.parent for item in batch],
    )  # fmt: skip
    return len({row[0] for row in (*written, *linked)})
