"""What a batch of source rows comes to: the rows to write, those to set aside, and the counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from uuid_utils.compat import uuid7

from hub.sources import Broken
from hub.sync import check
from hub.sync.check import Linked
from hub.sync.identify import Known
from hub.sync.rules import Unfit
from hub.sync.tokens import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from hub.sources import Row
    from hub.sync.check import Admitted
    from hub.sync.identify import Found
    from hub.sync.section import FieldReader, Section, Values
    from hub.sync.tokens import Tokens


@dataclass(slots=True)
class Counts:
    """What became of the rows read; ``vanished`` are rows of earlier runs that are gone."""

    read: int = 0
    loaded: int = 0
    unchanged: int = 0
    quarantined: int = 0
    not_concerned: int = 0
    vanished: int = 0


@dataclass(slots=True)
class Draft:
    """A row to write, in plain. ``whole``: every field that the row needs is there, so it can be inserted.

    ``known``: the person as stored, for a row of a person that is.
    """

    entity: str
    id: UUID
    values: dict[str, Any]
    whole: bool
    known: Known | None = None


class Trail(NamedTuple):
    """A line of provenance to write."""

    key: bytes
    entity: str
    row_id: UUID
    fingerprint: bytes


class Aside(NamedTuple):
    """A row for quarantine: its content's token, the rule, the reason, and the row as JSON."""

    token: bytes
    unfit: Unfit
    text: str


@dataclass(slots=True)
class Batch:
    """Everything that one transaction writes. ``seen``: token and whether of a bad row, to fingerprint."""

    drafts: dict[tuple[str, UUID], Draft] = field(default_factory=dict)
    trails: dict[tuple[bytes, str], Trail] = field(default_factory=dict)
    aside: dict[bytes, Aside] = field(default_factory=dict)
    seen: dict[tuple[bytes, bool], bytes | None] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)


Mapped = tuple["Admitted", Known | None, dict[str, Linked], dict[str, Any], dict[str, Any]]
"""A row that concerns the hub: person, linked rows, the fields of the person, the fields of the entity."""


def admit_all(section: Section, rows: Sequence[Row | Broken], tokens: Tokens, batch: Batch) -> list[Admitted]:
    """Return the rows that say whose they are; the others are set aside or counted."""
    admitted = []
    batch.counts.read += len(rows)
    for row in rows:
        if isinstance(row, Broken):
            set_aside(section, batch, tokens, Unfit("ROW_MALFORMED", row.place), line=row.text)
            continue
        try:
            found = check.admit(section, row.values, tokens)
        except Unfit as unfit:
            set_aside(section, batch, tokens, unfit, values=row.values)
            continue
        if found is None:
            batch.counts.not_concerned += 1
        else:
            admitted.append(found)
    return admitted


def map_all(
    section: Section,
    rows: Sequence[Admitted],
    found: Found,
    index: Callable[[str], bytes],
    tokens: Tokens,
    batch: Batch,
) -> tuple[list[Mapped], list[tuple[int, FieldReader, str]]]:
    """Return what the rows that concern the hub hold, and the division codes in them, by position."""
    mapped: list[Mapped] = []
    regions: list[tuple[int, FieldReader, str]] = []
    for row in rows:
        person = None if row.id_number is None else found.people.get(index(row.id_number))
        if section.who is not None and not section.creates and not concerned(section, person):
            batch.counts.not_concerned += 1
            continue
        try:
            linked = _links(section, row, found)
            if linked is None:
                batch.counts.not_concerned += 1
                continue
            about, codes = check.contents(section.person_fields, row.values, linked)
            if person is not None and not section.creates:
                linked["person"] = Linked(person.id, person.copied)
            values, more = check.contents(section.fields, row.values, linked)
        except Unfit as unfit:
            set_aside(section, batch, tokens, unfit, values=row.values, key=row.key)
            continue
        regions += [(len(mapped), reader, code) for reader, code in (*codes, *more)]
        mapped.append((row, person, linked, about, values))
    return mapped, regions


def concerned(section: Section, person: Known | None) -> bool:
    """Tell whether a row about this person may be kept: a household's member, authorised if it is a finding.

    No authorisation, no check: this is for no mapping to decide.
    """
    if person is None or not person.member:
        return False
    return section.entity is None or section.entity.name != "Finding" or person.authorised


def _links(section: Section, row: Admitted, found: Found) -> dict[str, Linked] | None:
    """Return link name to row; None where a missing row means that this one does not concern the hub."""
    linked: dict[str, Linked] = {}
    for link in (*section.links, *([section.part_of] if section.part_of else [])):
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


def draft_all(
    section: Section,
    rows: Sequence[Mapped | None],
    found: Found,
    index: Callable[[str], bytes],
    tokens: Tokens,
    batch: Batch,
) -> None:
    """Add to the batch what differs from what earlier runs made of the same rows."""
    for item in rows:
        if item is not None:
            _draft(section, item, found, index, tokens, batch)


def _draft(
    section: Section, item: Mapped, found: Found, index: Callable[[str], bytes], tokens: Tokens, batch: Batch
) -> None:
    row, person, linked, about, values = item
    number = row.id_number
    if number is not None and person is None:
        # A row before this one in the batch may have made the person.
        person = found.people.get(index(number))
    person_id = uuid7() if person is None else person.id
    print_ = tokens.content(_canonical(section.digest, number, about, values, linked))
    before = found.seen.get(row.key)
    if before is not None:
        if before == print_:
            batch.counts.unchanged += 1
        else:
            set_aside(section, batch, tokens, Unfit("DUPLICATE_ROW"), values=row.values, key=row.key)
        return
    found.seen[row.key] = print_
    batch.seen[row.key, False] = print_
    changed = False
    if number is not None and (section.creates or section.person_fields):
        trace = found.traces.get((row.key, "Person"))
        if trace is None or trace.missing or trace.fingerprint != print_ or trace.row_id != person_id:
            changed = True
            batch.trails[row.key, "Person"] = Trail(row.key, "Person", person_id, print_)
            _person(batch, found, index, person, person_id, number, about)
    if section.entity is not None:
        name = section.entity.name
        trace = found.traces.get((row.key, name))
        if trace is None or trace.missing or trace.fingerprint != print_:
            changed = True
            part = linked.get("")
            row_id = part.id if part is not None else uuid7() if trace is None else trace.row_id
            batch.trails[row.key, name] = Trail(row.key, name, row_id, print_)
            columns = {link: linked[link].id if link in linked else None for link in _names(section)}
            if section.who is not None:
                columns["person"] = person_id
            _add(batch, Draft(name, row_id, columns | values, whole=part is None))
    if changed:
        batch.counts.loaded += 1
    else:
        batch.counts.unchanged += 1


def _names(section: Section) -> list[str]:
    return [link.name for link in section.links]


def _person(
    batch: Batch,
    found: Found,
    index: Callable[[str], bytes],
    person: Known | None,
    person_id: UUID,
    number: str,
    about: dict[str, Any],
) -> None:
    if person is None:
        # The household's own row makes the membership; until it is written, nobody asks for it.
        found.people[index(number)] = Known(
            person_id, member=False, authorised=False, copied={}, origins="{}", stored={}
        )
        _add(batch, Draft("Person", person_id, {"id_number": number, **about}, whole=True))
    else:
        _add(batch, Draft("Person", person_id, dict(about), whole=False, known=person))


def _add(batch: Batch, draft: Draft) -> None:
    """Add a draft; of two about one row, the later one's fields stand."""
    earlier = batch.drafts.get((draft.entity, draft.id))
    if earlier is None:
        batch.drafts[draft.entity, draft.id] = draft
    else:
        earlier.values |= draft.values
        earlier.whole = earlier.whole or draft.whole


def _canonical(
    digest: str, number: str | None, about: dict[str, Any], values: dict[str, Any], linked: dict[str, Linked]
) -> str:
    parts = [digest, number or ""]
    parts += [f"{name}={value}" for name, value in about.items()]
    parts += [f"{name}={value}" for name, value in values.items()]
    parts += [f"{name}={target.id}" for name, target in linked.items()]
    return SEPARATOR.join(parts)


def set_aside(
    section: Section,
    batch: Batch,
    tokens: Tokens,
    unfit: Unfit,
    *,
    values: Values | None = None,
    line: str | None = None,
    key: bytes | None = None,
) -> None:
    """Put a row into quarantine. It is known by its content, so that an unchanged bad row stays the same entry."""
    content: Any = {"line": line} if values is None else dict(zip(section.columns, values, strict=True))
    text = orjson.dumps(content, default=str).decode()
    token = tokens.content(SEPARATOR.join((section.source, section.table.name, text)))
    batch.counts.quarantined += 1
    batch.aside[token] = Aside(token, unfit, text)
    batch.seen[token, True] = None
    if key is not None:
        # The row is there, if bad: what an earlier run made of it has not vanished.
        batch.seen.setdefault((key, False), None)
