"""From a source row to what the hub would hold of it, or to the rule that it fails.

In two steps: ``admit`` reads only what says whose row it is; ``contents`` reads the rest, and is asked only about
rows that concern the hub. So the values of people outside it are not even looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.sync import convert
from hub.sync.rules import Unfit
from hub.sync.section import missing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from hub.sync.section import FieldReader, LinkReader, Section, Values
    from hub.sync.tokens import Tokens


@dataclass(slots=True)
class Admitted:
    """A row that says whose it is. ``references``: token of the row that each link leads to, None for no link."""

    values: Values
    key: bytes
    id_number: str | None
    references: dict[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Linked:
    """A row that a link leads to: its id, and the values that are copied from it."""

    id: UUID
    copied: Mapping[str, Any]


def admit(section: Section, values: Values, tokens: Tokens) -> Admitted | None:
    """Return key, person and links of a row, or None where the mapping's ``when`` leaves it out.

    Raises ``Unfit``.
    """
    for index, wanted in section.when:
        if convert.text_of(values[index] if values[index] is not None else "") not in wanted:
            return None
    parts = [values[index] for index in section.key]
    if any(missing(part, section.nulls) for part in parts):
        raise Unfit("KEY_MISSING")
    id_number = None if section.who is None else _who(section, values[section.who])
    references = {link.name: _reference(section, link, values, tokens) for link in section.links}
    if section.part_of is not None:
        references[""] = _reference(section, section.part_of, values, tokens)
    key = tokens.source_key(section.source, section.table.name, *map(convert.text_of, parts))
    return Admitted(values, key, id_number, references)


def _who(section: Section, value: Any) -> str:
    if missing(value, section.nulls):
        raise Unfit("ID_MISSING", section.who_column)
    try:
        return str(convert.id_number(value))
    except Unfit as unfit:
        raise Unfit(unfit.rule, section.who_column) from None


def _reference(section: Section, link: LinkReader, values: Values, tokens: Tokens) -> bytes | None:
    value = values[link.index]
    if missing(value, section.nulls):
        return None
    return tokens.source_key(section.source, link.table, convert.text_of(value))


def contents(
    readers: tuple[FieldReader, ...], values: Values, linked: Mapping[str, Linked]
) -> tuple[dict[str, Any], list[tuple[FieldReader, str]]]:
    """Return field to value, and the division codes that must be in the list. Raises ``Unfit``."""
    found: dict[str, Any] = {}
    regions: list[tuple[FieldReader, str]] = []
    for reader in readers:
        field = reader.field
        if reader.copied is not None:
            origin = linked.get(reader.copied)
            value = None if origin is None else origin.copied[field.name]
        else:
            try:
                value = reader.read(values)
            except Unfit:
                if not reader.spare:
                    raise
                value = None
        if value is None and not field.nullable:
            raise Unfit("FIELD_MISSING", field.name)
        if reader.region and value is not None:
            regions.append((reader, value))
        found[field.name] = value
    return found, regions
