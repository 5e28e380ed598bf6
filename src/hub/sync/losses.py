"""A run that would lose too much stops: an emptied, cut or wrong file must not pass for the news that all is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.sources import Broken
from hub.sync import check, seen
from hub.sync.errors import TooMuchLost
from hub.sync.rules import Unfit
from hub.sync.seen import SeenRow
from hub.sync.vanished import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hub.sources import Row, Source
    from hub.sync.batch import Counts
    from hub.sync.source_table import SourceTable
    from hub.sync.tokens import SourceTokens
    from hub.write import DatabaseConnection

FEW: Final = 20
"""So many rows of a table may always go: a share says nothing about a tiny table."""

# One source row can make rows of two entities; it is counted once.
_LOST = """
SELECT p.source_table, count(DISTINCT p.key_token), count(DISTINCT p.key_token) FILTER (WHERE NOT EXISTS
  (SELECT FROM sync_seen s WHERE s.token = p.key_token AND NOT s.bad))
FROM provenance p WHERE p.source = $1 AND p.missing_since IS NULL AND p.entity <> 'QuarantinedRow'
GROUP BY p.source_table ORDER BY p.source_table
"""


@dataclass(slots=True)
class Fitness:
    """How many rows of a table were read, and of them unfit; of those that concern the hub, how many are unfit."""

    read: int = 0
    unreadable: int = 0
    concerned: int = 0
    unfit: int = 0

    def add(self, admission: Counts, whole: Counts) -> None:
        """Count a batch in: what stood of it after it was admitted, and at its end."""
        self.read += whole.read
        self.unreadable += admission.quarantined
        self.concerned += whole.read - admission.quarantined - whole.not_concerned
        self.unfit += whole.quarantined - admission.quarantined


async def refuse_missing_keys(
    lookup: DatabaseConnection,
    tables: Sequence[SourceTable],
    opened: Source,
    tokens: SourceTokens,
    index: Callable[[str], bytes],
    limit: float,
) -> None:
    """Read the keys of tables that the hub knows, before anything is written; refuse if too many are not there.

    A renumbered table would otherwise stand beside its old rows. ``index``: the blind index of people. Raises
    ``TooMuchLost``.
    """
    known = {row[0] for row in await lookup.fetch(_LOST, tables[0].source, timeout=LONGEST) if row[1] > FEW}
    compared = [table for table in tables if table.ref.name in known]
    for table in compared:
        async for rows in opened.rows(table.ref, table.columns):
            await seen.remember(lookup, {SeenRow(key, bad=False): None for key in _keys(table, rows, tokens, index)})
    await _refuse(lookup, compared, limit, "Nothing was")
    await seen.end(lookup)


def _keys(
    table: SourceTable, rows: Sequence[Row | Broken], tokens: SourceTokens, index: Callable[[str], bytes]
) -> Iterator[bytes]:
    for row in rows:
        if isinstance(row, Broken):
            continue
        try:
            found = check.admit(table, row.values, tokens, index)
        except Unfit:
            continue
        if found is not None:
            yield found.key


async def refuse_vanishing(lookup: DatabaseConnection, tables: Sequence[SourceTable], limit: float) -> None:
    """Refuse to take away too much of a table, once every row was read. Raises ``TooMuchLost``."""
    await _refuse(lookup, tables, limit, "What was read is written, nothing was")


async def _refuse(lookup: DatabaseConnection, tables: Sequence[SourceTable], limit: float, nothing: str) -> None:
    await lookup.execute("ANALYZE sync_seen", timeout=LONGEST)
    names = {table.ref.name for table in tables}
    for name, known, lost in await lookup.fetch(_LOST, tables[0].source, timeout=LONGEST) if names else ():
        if name in names and _too_many(lost, known, limit):
            raise TooMuchLost(
                f"{name}: {lost:,} of the {known:,} rows that the hub has from it are no longer there. {nothing} taken"
                f" away. If they are rightly gone: hub sync {tables[0].source} --accept"
            )


def refuse_unfit(table: SourceTable, found: Fitness, limit: float) -> None:
    """Refuse to go on after a table whose rows mostly fail: it is another file, or in another form.

    Otherwise the run would count as a complete one. Raises ``TooMuchLost``.
    """
    for unfit, all_ in ((found.unreadable, found.read), (found.unfit, found.concerned)):
        if _too_many(unfit, all_, limit):
            raise TooMuchLost(
                f"{table.ref.name}: {unfit:,} of {all_:,} rows failed a check and were set aside;"
                " quarantinedRows has the reasons. Nothing was taken away. If that is as good as it gets:"
                f" hub sync {table.source} --accept"
            )


def _too_many(lost: int, all_: int, limit: float) -> bool:
    return lost > FEW and lost > all_ * limit
