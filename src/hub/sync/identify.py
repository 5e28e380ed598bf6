"""Which person, household or other row a batch of source rows is about: a few queries per batch, none per row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.store.tables import ORIGINS, TABLES
from hub.sync.check import Linked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from asyncpg import Connection, Record
    from asyncpg.pool import PoolConnectionProxy

    from hub.sync.check import Admitted
    from hub.sync.section import LinkReader, Section

    Session = Connection[Record] | PoolConnectionProxy[Record]

MOST_REGIONS = 100_000
"""Division codes remembered between batches."""


@dataclass(slots=True)
class Known:
    """A person. ``member``: of some household. ``authorised``: some household of theirs may be checked.

    ``stored``: the fields that several sources state, as they stand, sealed ones sealed.
    """

    id: UUID
    member: bool
    authorised: bool
    copied: Mapping[str, Any]
    origins: str
    stored: Mapping[str, Any]


class Trace(NamedTuple):
    """What an earlier run made of a source row."""

    row_id: UUID
    fingerprint: bytes
    missing: bool


@dataclass(slots=True)
class Found:
    """Everything known about a batch. ``links``: link name to token to row. ``seen``: key to fingerprint, this run."""

    people: dict[bytes, Known] = field(default_factory=dict)
    traces: dict[tuple[bytes, str], Trace] = field(default_factory=dict)
    links: dict[str, dict[bytes, Linked]] = field(default_factory=dict)
    seen: dict[bytes, bytes] = field(default_factory=dict)


async def identify(
    session: Session,
    section: Section,
    rows: Sequence[Admitted],
    index: Callable[[str], bytes],
    contested: Sequence[str],
) -> Found:
    """Look up people by blind index, linked rows and earlier runs by key token.

    ``index``: the blind index of Person.id_number. ``contested``: fields of people that several sources state.
    """
    found = Found()
    if not rows:
        return found
    if section.who is not None:
        wanted = {index(row.id_number) for row in rows if row.id_number is not None}
        found.people = await _people(session, wanted, section.person_copied, contested)
    for link in (*section.links, *([section.part_of] if section.part_of else [])):
        tokens = {token for row in rows if (token := row.references[link.name]) is not None}
        found.links[link.name] = await _linked(session, link, tokens)
    keys = [row.key for row in rows]
    traces = await session.fetch(
        "SELECT key_token, entity, row_id, fingerprint, missing_since IS NOT NULL FROM provenance"
        " WHERE key_token = ANY($1) AND entity <> 'QuarantinedRow'",
        keys,
    )
    found.traces = {(row[0], row[1]): Trace(row[2], row[3], row[4]) for row in traces}
    seen = await session.fetch(
        "SELECT token, fingerprint FROM sync_seen WHERE token = ANY($1) AND fingerprint IS NOT NULL",
        keys,
    )
    found.seen = {row[0]: row[1] for row in seen}
    return found


async def _people(
    session: Session, wanted: Iterable[bytes], copied: Sequence[str], contested: Sequence[str]
) -> dict[bytes, Known]:
    columns = "".join(f', p."{name}"' for name in (*copied, *contested))
    rows = await session.fetch(
        f"SELECT p.id_number_index, p.id, p.{ORIGINS}, h.person_id IS NOT NULL, coalesce(h.authorised, false){columns}"
        " FROM person p LEFT JOIN LATERAL ("
        "   SELECT m.person_id, bool_or(h.check_authorised_on IS NOT NULL) AS authorised"
        "   FROM household_member m JOIN household h ON h.id = m.household_id"
        "   WHERE m.person_id = p.id GROUP BY m.person_id) h ON true"
        " WHERE p.id_number_index = ANY($1)",
        list(wanted),
    )
    middle = 5 + len(copied)
    return {
        row[0]: Known(
            row[1], row[3], row[4], dict(zip(copied, row[5:middle], strict=True)), row[2],
            dict(zip(contested, row[middle:], strict=True)),
        )
        for row in rows
    }  # fmt: skip


async def _linked(session: Session, link: LinkReader, tokens: Iterable[bytes]) -> dict[bytes, Linked]:
    table = TABLES[link.target].name
    columns = "".join(f', t."{name}"' for name in link.copied)
    rows = await session.fetch(
        f"SELECT p.key_token, p.row_id{columns} FROM provenance p JOIN {table} t ON t.id = p.row_id"
        " WHERE p.key_token = ANY($1) AND p.entity = $2",
        list(tokens),
        link.target,
    )
    return {row[0]: Linked(row[1], dict(zip(link.copied, row[2:], strict=True))) for row in rows}


class Regions:
    """Which division codes are in the list; asked once for each, not once for each row."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    async def unknown(self, session: Session, codes: Iterable[str]) -> set[str]:
        """Return those of ``codes`` that are not in the list."""
        wanted = set(codes)
        new = [code for code in wanted if code not in self._known]
        if new:
            if len(self._known) + len(new) > MOST_REGIONS:
                self._known.clear()
                new = list(wanted)
            rows = await session.fetch("SELECT code FROM region WHERE code = ANY($1)", new)
            listed = {row[0] for row in rows}
            self._known.update({code: code in listed for code in new})
        return {code for code in wanted if not self._known[code]}
