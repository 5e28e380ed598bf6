"""A run that would lose too much stops: an emptied, cut or wrong file must not pass for the news that all is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.sources import Broken
from hub.sync import check
from hub.sync.errors import TooMuchLost
from hub.sync.rules import Unfit
from hub.sync.vanished import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hub.sources import Row, Source
    from hub.sync.identify import Session
    from hub.sync.section import Section
    from hub.sync.tokens import Tokens

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


async def refuse_missing_keys(
    session: Session, sections: Sequence[Section], opened: Source, tokens: Tokens, limit: float
) -> None:
    """Read the keys of tables that the hub knows, before anything is written; refuse if too many are not there.

    A renumbered table would otherwise stand beside its old rows. Raises ``TooMuchLost``.
    """
    known = {row[0] for row in await session.fetch(_LOST, sections[0].source, timeout=LONGEST) if row[1] > FEW}
    for section in (section for section in sections if section.table.name in known):
        async for rows in opened.rows(section.table, section.columns):
            await session.execute(
                "INSERT INTO sync_seen (token, bad) SELECT DISTINCT u.token, false FROM unnest($1::bytea[]) AS u(token)"
                " ON CONFLICT DO NOTHING",
                list(_keys(section, rows, tokens)),
            )
    await _refuse(session, [section for section in sections if section.table.name in known], limit, "Nothing was")
    await session.execute("TRUNCATE sync_seen")


def _keys(section: Section, rows: Sequence[Row | Broken], tokens: Tokens) -> Iterator[bytes]:
    for row in rows:
        if isinstance(row, Broken):
            continue
        try:
            found = check.admit(section, row.values, tokens)
        except Unfit:
            continue
        if found is not None:
            yield found.key


async def refuse_vanishing(session: Session, sections: Sequence[Section], limit: float) -> None:
    """Refuse to take away too much of a table, once every row was read. Raises ``TooMuchLost``."""
    await _refuse(session, sections, limit, "What was read is written, nothing was")


async def _refuse(session: Session, sections: Sequence[Section], limit: float, nothing: str) -> None:
    await session.execute("ANALYZE sync_seen", timeout=LONGEST)
    names = {section.table.name for section in sections}
    for table, known, lost in await session.fetch(_LOST, sections[0].source, timeout=LONGEST) if names else ():
        if table in names and _too_many(lost, known, limit):
            raise TooMuchLost(
                f"{table}: {lost:,} of the {known:,} rows that the hub has from it are no longer there. {nothing} taken"
                f" away. If they are rightly gone: hub sync {sections[0].source} --accept"
            )


def refuse_unfit(section: Section, found: Fitness, limit: float) -> None:
    """Refuse to go on after a table whose rows mostly fail: it is another file, or in another form.

    Otherwise the run would count as a complete one. Raises ``TooMuchLost``.
    """
    for unfit, all_ in ((found.unreadable, found.read), (found.unfit, found.concerned)):
        if _too_many(unfit, all_, limit):
            raise TooMuchLost(
                f"{section.table.name}: {unfit:,} of {all_:,} rows failed a check and were set aside;"
                " quarantinedRows has the reasons. Nothing was taken away. If that is as good as it gets:"
                f" hub sync {section.source} --accept"
            )


def _too_many(lost: int, all_: int, limit: float) -> bool:
    return lost > FEW and lost > all_ * limit
