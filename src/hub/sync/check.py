"""From a source row to what the hub would hold of it, or to the rule that it fails.

In two steps: ``admit`` reads only what says whose row it is; ``contents`` reads the rest, and is asked only about
rows that concern the hub. So the values of people outside it are not even looked at.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.sync import convert
from hub.sync.rules import Unfit
from hub.sync.source_table import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping
    from uuid import UUID

    from hub.sync.source_table import FieldReader, LinkReader, SourceTable, SourceValues
    from hub.sync.tokens import SourceTokens


@dataclass(slots=True)
class AdmittedRow:
    """A row that says whose it is.

    ``key``: token of its key. ``number``: who it is about, and ``person``: the blind index of that. ``references``:
    token of the row that each link leads to, None for no link.
    """

    values: SourceValues
    key: bytes
    number: str | None
    person: bytes | None
    references: dict[str, bytes | None]


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """A row that a link leads to: its id, and the values that are copied from it."""

    id: UUID
    copied: Mapping[str, Any]


def admit(
    table: SourceTable, values: SourceValues, tokens: SourceTokens, index: Callable[[str], bytes]
) -> AdmittedRow | None:
    """Return key, person and links of a row, or None where the mapping's ``when`` leaves it out.

    ``index``: the blind index of people. Raises ``Unfit``.
    """
    for place, wanted in table.when:
        if convert.text_of(values[place] if values[place] is not None else "") not in wanted:
            return None
    parts = [values[place] for place in table.key]
    for part in parts:
        if missing(part, table.nulls):
            raise Unfit("KEY_MISSING")
    number = None if table.who is None else _who(table, values[table.who])
    references = {link.name: _reference(table, link, values, tokens) for link in table.references}
    key = tokens.source_key(table.source, table.ref.name, *map(convert.text_of, parts))
    return AdmittedRow(values, key, number, None if number is None else index(number), references)


def _who(table: SourceTable, value: Any) -> str:
    if missing(value, table.nulls):
        raise Unfit("ID_MISSING", table.who_column)
    try:
        return str(table.read_who(value))
    except Unfit as unfit:
        raise Unfit(unfit.rule, table.who_column) from None


def _reference(table: SourceTable, link: LinkReader, values: SourceValues, tokens: SourceTokens) -> bytes | None:
    value = values[link.index]
    if missing(value, table.nulls):
        return None
    return tokens.source_key(table.source, link.table, convert.text_of(value))


def region_codes(table: SourceTable, row: AdmittedRow) -> Iterator[str]:
    """Yield the division codes that a row states, as far as they can be read."""
    for reader in table.regions:
        with suppress(Unfit):
            code = reader.read(row.values)
            if code is not None:
                yield code


def contents(
    readers: tuple[FieldReader, ...], values: SourceValues, linked: Mapping[str, LinkedRow], regions: Container[str]
) -> dict[str, Any]:
    """Return field to value. ``regions``: the division codes that are in the list. Raises ``Unfit``."""
    found: dict[str, Any] = {}
    for reader in readers:
        field = reader.field
        if reader.copied is not None:
            origin = linked.get(reader.copied)
            value = None if origin is None else origin.copied[field.name]
        else:
            try:
                value = reader.read(values)
                if reader.region:
                    _require_listed(field.name, value, regions)
            except Unfit:
                if not reader.spare:
                    raise
                value = None
        if value is None and not field.nullable:
            raise Unfit("FIELD_MISSING", field.name)
        found[field.name] = value
    return found


def _require_listed(name: str, code: str | None, regions: Container[str]) -> None:
    if code is not None and code not in regions:
        raise Unfit("REGION_UNKNOWN", name)
