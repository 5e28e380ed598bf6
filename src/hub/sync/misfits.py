"""What a mapping asks of the declarations and they do not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.catalog import ID, VERSION, Integer, OnDays, parse_code
from hub.sync.convert import CONVERTERS, by_type
from hub.sync.mapping import PERSON
from hub.sync.rules import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.catalog import Catalogue, Entity
    from hub.sync.mapping import FieldMap, SourceMapping, TableMap
    from hub.sync.yaml_lines import YamlPath

    Misfit = tuple[YamlPath, str]

_MADE: Final = (ID.name, VERSION.name)
"""Fields that the hub itself gives a row."""


def misfits(mapping: SourceMapping, catalogue: Catalogue) -> Iterator[Misfit]:
    """Yield what the mapping asks of the declarations and they do not have."""
    for name, table in mapping.tables.items():
        at: YamlPath = ("tables", name)
        if table.entity is None and table.person is None:
            yield at, "a table needs an entity, a person, or both"
        if table.entity is None:
            if table.fields or table.links:
                yield at, "fields and links need an entity"
            yield from _about(table, catalogue, at)
            continue
        if table.entity not in catalogue.entities or not catalogue[table.entity].sourced:
            yield (*at, "entity"), f"there is no entity {table.entity} that comes from sources"
            continue
        if table.entity == catalogue.identified.name:
            yield (*at, "entity"), "people are described under person"
            continue
        yield from _about(table, catalogue, at)
        yield from _entity(mapping, table, catalogue, at)


def _about(table: TableMap, catalogue: Catalogue, at: YamlPath) -> Iterator[Misfit]:
    if table.person is not None:
        fields, place = table.person.fields, (*at, "person", "fields")
        yield from _fields(catalogue.identified, fields, place, _sources(table, catalogue), creates=True)


def _entity(mapping: SourceMapping, table: TableMap, catalogue: Catalogue, at: YamlPath) -> Iterator[Misfit]:
    owner = catalogue[table.entity or ""]
    creates = table.person is not None and table.person.mode == "create"
    for link, reference in table.links.items():
        if link not in owner.stored_links or link == owner.subject:
            yield (*at, "links", link), f"{owner.name} has no link {link} that a mapping can set"
            continue
        other = mapping.tables.get(reference.table)
        if other is None or other.entity != owner.links[link].target:
            yield (*at, "links", link, "table"), f"{reference.table} is no table of {owner.links[link].target} rows"
    if table.part_of is not None:
        other = mapping.tables.get(table.part_of.table)
        if other is None or other.entity != owner.name or other.part_of is not None:
            yield (*at, "part_of", "table"), f"{table.part_of.table} is no table that makes {owner.name} rows"
    yield from _fields(owner, table.fields, (*at, "fields"), _sources(table, catalogue), creates=creates)
    if table.part_of is None:
        given = set(table.fields) | set(table.links) | ({owner.subject} if table.person else set())
        needed = [
            item.name
            for item in owner.fields.values()
            if not item.nullable and item.type is not OnDays and item.written
        ]
        needed += [item.name for item in owner.links.values() if not item.nullable]
        missing = [item for item in needed if item not in given and item not in _MADE]
        if missing:
            yield at, f"{owner.name} needs {', '.join(missing)}"
    if table.vanished == "delete" and any(
        link.target == owner.name for item in catalogue for link in item.links.values()
    ):
        yield (*at, "vanished"), f"other rows refer to {owner.name} rows, so they are not deleted"
    if isinstance(table.vanished, dict):
        for field, value in table.vanished.items():
            found = owner.fields.get(field)
            if found is not None and found.type is Integer and value.isascii() and value.isdecimal():
                continue
            if found is None or found.codes is None or value not in found.codes.__members__:
                yield (*at, "vanished", field), f"{owner.name} has no {field} with the code or number {value}"


def _sources(table: TableMap, catalogue: Catalogue) -> dict[str, Entity]:
    """Return the linked rows that a field can be taken from."""
    known = {} if table.person is None else {PERSON: catalogue.identified}
    owner = catalogue.entities.get(table.entity or "")
    for link in table.links:
        if owner is not None and link in owner.links:
            known[link] = catalogue[owner.links[link].target]
    return known


def _fields(
    owner: Entity, fields: Mapping[str, FieldMap], at: YamlPath, linked: Mapping[str, Entity], *, creates: bool
) -> Iterator[Misfit]:
    for name, item in fields.items():
        place = (*at, name)
        field = owner.fields.get(name)
        if field is None or name in _MADE:
            yield place, f"{owner.name} has no field {name}"
            continue
        if field.type is OnDays or not field.written:
            yield place, f"{owner.name}.{name} is kept by the hub itself"
            continue
        if name == owner.identified_by:
            yield place, "the ID number is taken from person → column"
        if item.convert is not None and item.convert not in CONVERTERS:
            yield (*place, "convert"), f"there is no converter {item.convert}; there are {', '.join(CONVERTERS)}"
        codes = field.codes
        if codes is None and item.codes is not None:
            yield (*place, "codes"), f"{owner.name}.{name} has no code list"
        if codes is not None:
            stated = dict(item.codes or {}) | ({"value": str(item.value)} if item.value is not None else {})
            for word, code in stated.items():
                try:
                    parse_code(codes, code)
                except ValueError as error:
                    yield (*place, "codes", word), f"{code} {error}"
        if codes is None and item.value is not None:
            try:
                by_type(field.type)(item.value)
            except Unfit as unfit:
                yield (*place, "value"), unfit.reason
        if item.from_ is not None:
            origin = linked.get(item.from_)
            if item.from_ == PERSON and creates:
                yield (*place, "from"), "a table that creates people has nothing to take from them yet"
            if origin is None or name not in origin.fields:
                yield (*place, "from"), f"there is no linked {item.from_} with a field {name}"
            elif origin.fields[name].sealed:
                yield (*place, "from"), f"{name} of {item.from_} is sealed, and is not copied"
