"""Drafting the rows of the hub that a batch of source rows makes, and setting aside those that make none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.domain import CATALOGUE
from hub.sources import Broken
from hub.sync import check
from hub.sync.batch import set_aside
from hub.sync.check import LinkedRow
from hub.sync.identify import KnownPerson, concerned
from hub.sync.rules import Unfit
from hub.sync.seen import SeenRow
from hub.sync.tokens import SEPARATOR
from hub.write import PlainRow, ProvenanceLine, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from hub.sources import Row
    from hub.sync.batch import Batch
    from hub.sync.check import AdmittedRow
    from hub.sync.identify import EarlierLoad, Identified
    from hub.sync.source_table import SourceTable
    from hub.sync.tokens import SourceTokens
    from hub.write import Mode


_PERSON: Final = CATALOGUE.identified


@dataclass(slots=True)
class MappedRow:
    """A row that concerns the hub. ``about``: the fields of the person; ``values``: those of the table's entity."""

    row: AdmittedRow
    person: KnownPerson | None
    linked: dict[str, LinkedRow]
    about: dict[str, Any]
    values: dict[str, Any]


def admit_all(
    table: SourceTable,
    rows: Sequence[Row | Broken],
    tokens: SourceTokens,
    index: Callable[[str], bytes],
    batch: Batch,
) -> list[AdmittedRow]:
    """Return the rows that say whose they are; the others are set aside or counted. ``index``: of people."""
    admitted = []
    batch.counts.read += len(rows)
    for row in rows:
        if isinstance(row, Broken):
            set_aside(table, batch, tokens, Unfit("ROW_MALFORMED", row.place), line=row.text)
            continue
        try:
            found = check.admit(table, row.values, tokens, index)
        except Unfit as unfit:
            set_aside(table, batch, tokens, unfit, values=row.values)
            continue
        if found is None:
            batch.counts.not_concerned += 1
        else:
            admitted.append(found)
    return admitted


def draft_all(
    table: SourceTable, rows: Sequence[AdmittedRow], found: Identified, tokens: SourceTokens, batch: Batch
) -> None:
    """Add to the batch what the rows make, where that differs from what earlier runs made of them."""
    for row in rows:
        try:
            mapped = _map(table, row, found)
        except Unfit as unfit:
            set_aside(table, batch, tokens, unfit, values=row.values, key=row.key)
            continue
        if mapped is None and _stays(table, row, found):
            batch.seen[SeenRow(row.key, bad=False)] = None
            batch.counts.unchanged += 1
        elif mapped is None:
            batch.counts.not_concerned += 1
        else:
            _draft(table, mapped, found, tokens, batch)


def _stays(table: SourceTable, row: AdmittedRow, found: Identified) -> bool:
    """Whether what an earlier run made of the row stays as it is, unread: it was found by a check that failed."""
    person = None if row.person is None else found.people.get(row.person)
    if table.entity is None or person is None or not person.found:
        return False
    earlier = found.earlier.get((row.key, table.entity.name))
    return earlier is not None and not earlier.missing


def _map(table: SourceTable, row: AdmittedRow, found: Identified) -> MappedRow | None:
    """Return what a row holds, None where it does not concern the hub. Raises ``Unfit``."""
    person = None if row.person is None else found.people.get(row.person)
    if not concerned(table, person):
        return None
    linked = _links(table, row, found)
    if linked is None:
        return None
    about = check.contents(table.person_fields, row.values, linked, found.regions)
    if person is not None and not table.creates:
        linked[table.subject] = LinkedRow(person.id, person.copied)
    return MappedRow(row, person, linked, about, check.contents(table.fields, row.values, linked, found.regions))


def _links(table: SourceTable, row: AdmittedRow, found: Identified) -> dict[str, LinkedRow] | None:
    """Return link name to row; None where a missing row means that this one does not concern the hub."""
    linked: dict[str, LinkedRow] = {}
    for link in table.references:
        token = row.references[link.name]
        if token is None:
            if link.nullable:
                continue
            raise Unfit("FIELD_MISSING", link.column)
        target = found.links[link.name].get(token)
        if target is None:
            if link.unknown == "not_concerned":
                return None
            raise Unfit("REFERENCE_UNKNOWN", link.column)
        linked[link.name] = target
    return linked


def _draft(table: SourceTable, mapped: MappedRow, found: Identified, tokens: SourceTokens, batch: Batch) -> None:
    row = mapped.row
    fingerprint = tokens.content(_canonical(table.digest, mapped))
    before = found.seen.get(row.key)
    if before is not None:
        if before == fingerprint:
            batch.counts.unchanged += 1
        else:
            set_aside(table, batch, tokens, Unfit("DUPLICATE_ROW"), values=row.values, key=row.key)
        return
    found.seen[row.key] = batch.seen[SeenRow(row.key, bad=False)] = fingerprint
    person_id, changed = None, False
    if row.number is not None and row.person is not None:
        # A row before this one in the batch may have made the person.
        known = found.people.get(row.person)
        person_id = new_id() if known is None else known.id
        earlier = found.earlier.get((row.key, _PERSON.name))
        if table.writes_people and (earlier is None or _differs(earlier, fingerprint) or earlier.row_id != person_id):
            changed = True
            _trace(batch, earlier, ProvenanceLine(row.key, _PERSON.name, person_id, fingerprint))
            _draft_person(mapped, person_id, known, found, batch)
    if table.entity is not None:
        name = table.entity.name
        earlier = found.earlier.get((row.key, name))
        if _differs(earlier, fingerprint):
            changed = True
            part = mapped.linked.get("")
            row_id = part.id if part is not None else new_id() if earlier is None else earlier.row_id
            _trace(batch, earlier, ProvenanceLine(row.key, name, row_id, fingerprint))
            links = {
                link.name: mapped.linked[link.name].id if link.name in mapped.linked else None for link in table.links
            }
            if person_id is not None:
                links[table.subject] = person_id
            mode: Mode = "update" if part is not None else "insert" if earlier is None else "upsert"
            _add(batch, name, PlainRow(row_id, links | mapped.values, mode))
    if changed:
        batch.counts.loaded += 1
    else:
        batch.counts.unchanged += 1


def _differs(earlier: EarlierLoad | None, fingerprint: bytes) -> bool:
    return earlier is None or earlier.missing or earlier.fingerprint != fingerprint


def _trace(batch: Batch, earlier: EarlierLoad | None, line: ProvenanceLine) -> None:
    (batch.new_lines if earlier is None else batch.known_lines).append(line)


def _draft_person(
    mapped: MappedRow, person_id: UUID, known: KnownPerson | None, found: Identified, batch: Batch
) -> None:
    if known is not None:
        batch.people[person_id] = known
        _add(batch, _PERSON.name, PlainRow(person_id, dict(mapped.about), "update"))
        return
    # Whether the person belongs to a household, nobody asks before the row that says so is written.
    made = KnownPerson(
        person_id, member=False, authorised=False, found=False, copied={}, origins="{}", stored={}
    )  # fmt: skip
    found.people[mapped.row.person or b""] = made
    values = {_PERSON.identified_by or "": mapped.row.number, **mapped.about}
    _add(batch, _PERSON.name, PlainRow(person_id, values, "insert"))


def _add(batch: Batch, entity: str, row: PlainRow) -> None:
    """Add a row; of two drafts of one row, the later one's fields stand."""
    earlier = batch.rows.setdefault((entity, row.id), row)
    if earlier is not row:
        earlier.values |= row.values
        if earlier.mode == "update":
            earlier.mode = row.mode


def _canonical(digest: str, mapped: MappedRow) -> str:
    parts = [digest, mapped.row.number or ""]
    parts += [f"{name}={value}" for name, value in mapped.about.items()]
    parts += [f"{name}={value}" for name, value in mapped.values.items()]
    parts += [f"{name}={target.id}" for name, target in mapped.linked.items()]
    return SEPARATOR.join(parts)
