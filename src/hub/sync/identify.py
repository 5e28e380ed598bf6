"""Which person, household or other row a batch of source rows is about: a few queries per batch, none per row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.domain import CATALOGUE
from hub.store.tables import ORIGINS, TABLES
from hub.sync import seen
from hub.sync.check import LinkedRow, region_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from hub.sync.check import AdmittedRow
    from hub.sync.source_table import LinkReader, SourceTable
    from hub.write import DatabaseConnection

# The last that became of the household's authorisations.
_CHECK_FAILED = """(
    SELECT c.end_reason FROM consent c WHERE c.household_id = h.id AND c.purpose = 'MEANS_CHECK'
    ORDER BY c.state_since DESC LIMIT 1) = 'CHECK_FAILED'"""
MOST_REGIONS = 100_000
"""Division codes remembered between batches."""


@dataclass(slots=True)
class KnownPerson:
    """A person. ``member``: of some household. ``authorised``: some household of theirs may be checked.

    ``found``: a check of some household of theirs failed, and ended the authorisation: nothing new is kept, but what
    was found stays with the check. ``stored``: the fields that several sources state, as they stand, sealed ones
    sealed.
    """

    id: UUID
    member: bool
    authorised: bool
    found: bool
    copied: Mapping[str, Any]
    origins: str
    stored: Mapping[str, Any]


class EarlierLoad(NamedTuple):
    """What an earlier run made of a source row."""

    row_id: UUID
    fingerprint: bytes
    missing: bool


@dataclass(slots=True)
class Identified:
    """Everything known about a batch.

    ``people``: by blind index. ``earlier``: by key and entity. ``links``: link name to token to row. ``seen``: key to
    fingerprint, of this run. ``regions``: listed codes.
    """

    people: dict[bytes, KnownPerson] = field(default_factory=dict)
    earlier: dict[tuple[bytes, str], EarlierLoad] = field(default_factory=dict)
    links: dict[str, dict[bytes, LinkedRow]] = field(default_factory=dict)
    seen: dict[bytes, bytes] = field(default_factory=dict)
    regions: frozenset[str] = frozenset()


def concerned(table: SourceTable, person: KnownPerson | None) -> bool:
    """Tell whether a row may be kept: about nobody, or a household's member, authorised where its entity needs that."""
    if table.who is None or table.creates:
        return True
    if person is None or not person.member:
        return False
    return table.entity is None or table.entity.authorised_by is None or person.authorised


async def identify(
    lookup: DatabaseConnection,
    table: SourceTable,
    rows: Sequence[AdmittedRow],
    contested: Sequence[str],
    regions: ListedRegions,
) -> Identified:
    """Look up people by blind index, linked rows and earlier runs by key token, division codes in their list.

    ``contested``: fields of people that this table and another source state.
    """
    found = Identified()
    if not rows:
        return found
    if table.who is not None:
        wanted = {row.person for row in rows if row.person is not None}
        found.people = await _people(lookup, table, wanted, contested)
    for link in table.references:
        tokens = {token for row in rows if (token := row.references[link.name]) is not None}
        found.links[link.name] = await _linked(lookup, link, tokens)
    keys = [row.key for row in rows]
    earlier = await lookup.fetch(
        "SELECT key_token, entity, row_id, fingerprint, missing_since IS NOT NULL FROM provenance"
        " WHERE key_token = ANY($1) AND entity <> 'QuarantinedRow'",
        keys,
    )
    found.earlier = {(row[0], row[1]): EarlierLoad(row[2], row[3], row[4]) for row in earlier}
    found.seen = await seen.fingerprints(lookup, keys)
    if table.regions:
        stated = (row for row in rows if concerned(table, found.people.get(row.person or b"")))
        found.regions = await regions.among(lookup, {code for row in stated for code in region_codes(table, row)})
    return found


async def _people(
    lookup: DatabaseConnection, table: SourceTable, wanted: Iterable[bytes], contested: Sequence[str]
) -> dict[bytes, KnownPerson]:
    person = CATALOGUE.identified
    index = person.fields[person.identified_by or ""].index_column
    columns = "".join(f', p."{name}"' for name in (*table.person_copied, *contested))
    rows = await lookup.fetch(
        f"SELECT p.{index}, p.id, p.{ORIGINS}, {_belonging(table)}{columns} FROM {person.table} p"
        f" WHERE p.{index} = ANY($1)",
        list(wanted),
    )
    middle = 6 + len(table.person_copied)
    return {
        row[0]: KnownPerson(
            row[1], row[3], row[4], row[5], dict(zip(table.person_copied, row[6:middle], strict=True)), row[2],
            dict(zip(contested, row[middle:], strict=True)),
        )
        for row in rows
    }  # fmt: skip


def _belonging(table: SourceTable) -> str:
    """Return three columns in SQL, on the households of person ``p``.

    Whether there is one; one that every member has authorised to be checked; one whose check failed.
    """
    if table.creates:
        return "false, false, false"  # nothing is asked of whom the table itself brings in
    person = CATALOGUE.identified
    links = person.many[person.belongs_to or ""]
    joining = CATALOGUE[links.through or ""]
    here, there = joining.links[links.by].column, joining.links[links.to or ""].column
    member = f"EXISTS (SELECT FROM {joining.table} m WHERE m.{here} = p.id)"
    if table.entity is None or table.entity.authorised_by is None:
        return f"{member}, false, false"
    field = CATALOGUE[links.target].fields[table.entity.authorised_by].column
    household = f"EXISTS (SELECT FROM {joining.table} m JOIN {CATALOGUE[links.target].table} h ON h.id = m.{there}"
    return (
        f"{member}, {household} WHERE m.{here} = p.id AND h.{field} @> (now() AT TIME ZONE 'Asia/Shanghai')::date),"
        f" {household} WHERE m.{here} = p.id AND {_CHECK_FAILED})"
    )


async def _linked(lookup: DatabaseConnection, link: LinkReader, tokens: Iterable[bytes]) -> dict[bytes, LinkedRow]:
    table = TABLES[link.target].name
    columns = "".join(f', t."{name}"' for name in link.copied)
    rows = await lookup.fetch(
        f"SELECT p.key_token, p.row_id{columns} FROM provenance p JOIN {table} t ON t.id = p.row_id"
        " WHERE p.key_token = ANY($1) AND p.entity = $2",
        list(tokens),
        link.target,
    )
    return {row[0]: LinkedRow(row[1], dict(zip(link.copied, row[2:], strict=True))) for row in rows}


class ListedRegions:
    """Which division codes are in the list; asked once for each, not once for each row."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    async def among(self, lookup: DatabaseConnection, codes: set[str]) -> frozenset[str]:
        """Return those of ``codes`` that are in the list."""
        new = [code for code in codes if code not in self._known]
        if new:
            if len(self._known) + len(new) > MOST_REGIONS:
                self._known.clear()
                new = list(codes)
            rows = await lookup.fetch("SELECT code FROM region WHERE code = ANY($1)", new)
            listed = {row[0] for row in rows}
            self._known.update({code: code in listed for code in new})
        return frozenset(code for code in codes if self._known[code])
