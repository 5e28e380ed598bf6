"""A source's table with its mapping, made ready: which place of a row holds what, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from hub.sources import TableRef
from hub.sync import convert
from hub.sync.mapping import PERSON, PLACEHOLDER
from hub.sync.rules import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.catalog import Catalogue, Entity, Field
    from hub.sync.mapping import FieldMap, SourceMapping, TableMap, UnknownReference

SourceValues = tuple[Any, ...]
"""A row's values of the columns asked for, as the source's driver gives them."""


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads one field from a row's values. ``read`` raises ``Unfit``.

    ``copied``: the link it is taken from instead. ``spare``: a bad value leaves the field empty. ``region``: the value
    must be in the list of divisions.
    """

    field: Field
    read: Callable[[SourceValues], Any]
    copied: str | None
    spare: bool
    region: bool


@dataclass(frozen=True, slots=True)
class LinkReader:
    """Reads the key of another row. ``name`` is the link, empty for ``part_of``."""

    name: str
    target: str
    table: str
    index: int
    column: str
    nullable: bool
    unknown: UnknownReference
    copied: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of one source, ready to be read.

    ``who``: the place that names the person, None where a row is about nobody, and ``subject``: the link that leads
    there. ``creates``: a person that is not known becomes known. ``regions``: the readers of division codes. ``digest``
    changes with the mapping, so that every row is looked at anew after a change of it.
    """

    source: str
    ref: TableRef
    columns: tuple[str, ...]
    nulls: frozenset[str]
    key: tuple[int, ...]
    when: tuple[tuple[int, frozenset[str]], ...]
    who: int | None
    who_column: str
    read_who: Callable[[Any], Any]
    subject: str
    creates: bool
    person_fields: tuple[FieldReader, ...]
    entity: Entity | None
    fields: tuple[FieldReader, ...]
    links: tuple[LinkReader, ...]
    part_of: LinkReader | None
    vanished: str | dict[str, str]
    digest: str

    @property
    def references(self) -> tuple[LinkReader, ...]:
        """What reads the keys of other rows."""
        return self.links if self.part_of is None else (*self.links, self.part_of)

    @property
    def person_copied(self) -> tuple[str, ...]:
        """The fields that rows take over from the person they are about."""
        return tuple(item.field.name for item in self.fields if item.copied == self.subject)

    @property
    def regions(self) -> tuple[FieldReader, ...]:
        """What reads division codes, which must be in the list."""
        return tuple(item for item in (*self.person_fields, *self.fields) if item.region)

    @property
    def writes_people(self) -> bool:
        """Whether its rows make people, or say something about them."""
        return self.creates or bool(self.person_fields)


def missing(value: Any, nulls: frozenset[str]) -> bool:
    """Tell whether a source value stands for none."""
    return value is None or (isinstance(value, str) and value.strip() in nulls)


def source_tables(mapping: SourceMapping, catalogue: Catalogue) -> tuple[SourceTable, ...]:
    """Make every table of a checked mapping ready, in the order of the file."""
    return tuple(_source_table(mapping, name, table, catalogue) for name, table in mapping.tables.items())


def _source_table(mapping: SourceMapping, name: str, table: TableMap, catalogue: Catalogue) -> SourceTable:
    columns = table.columns()
    at = {column: index for index, column in enumerate(columns)}
    nulls = frozenset(("", *mapping.nulls))
    person = catalogue.identified
    entity = None if table.entity is None else catalogue[table.entity]
    subject = PERSON if entity is None or entity.subject is None else entity.subject
    every = [*table.fields.items(), *(table.person.fields.items() if table.person else ())]
    links = tuple(
        LinkReader(
            name=link,
            target=catalogue[entity.links[link].target].name,
            table=reference.table,
            index=at[reference.column],
            column=reference.column,
            nullable=entity.links[link].nullable,
            unknown=reference.unknown,
            copied=tuple(dict.fromkeys(field for field, spec in every if spec.from_ == link)),
        )
        for link, reference in table.links.items()
        if entity is not None
    )
    part_of = (
        None
        if table.part_of is None or entity is None
        else LinkReader(
            "", entity.name, table.part_of.table, at[table.part_of.column], table.part_of.column,
            nullable=False, unknown=table.part_of.unknown, copied=(),
        )
    )  # fmt: skip
    return SourceTable(
        source=mapping.source,
        ref=TableRef(name, table.files, table.encoding, frozenset(table.ignore), tuple(table.sheets)),
        columns=columns,
        nulls=nulls,
        key=tuple(at[column] for column in table.key),
        when=tuple((at[column], frozenset(values)) for column, values in table.when.items()),
        who=None if table.person is None else at[table.person.column],
        who_column="" if table.person is None else table.person.column,
        read_who=convert.by_type(person.fields[person.identified_by or ""].type),
        subject=subject,
        creates=table.person is not None and table.person.mode == "create",
        person_fields=()
        if table.person is None
        else tuple(
            _reader(person.fields[field], spec, at, nulls, subject) for field, spec in table.person.fields.items()
        ),
        entity=entity,
        fields=()
        if entity is None
        else tuple(_reader(entity.fields[field], spec, at, nulls, subject) for field, spec in table.fields.items()),
        links=links,
        part_of=part_of,
        vanished=table.vanished,
        digest=sha256(f"{table.model_dump_json()}{sorted(nulls)}".encode()).hexdigest(),
    )


def _reader(field: Field, spec: FieldMap, at: Mapping[str, int], nulls: frozenset[str], subject: str) -> FieldReader:
    read = _read(field, spec, at, nulls)
    spare = spec.on_error is None and field.nullable
    region = field.codes is None and field.scalar.storage == "code" and spec.column is not None
    return FieldReader(field, read, subject if spec.from_ == PERSON else spec.from_, spare, region)


def _read(field: Field, spec: FieldMap, at: Mapping[str, int], nulls: frozenset[str]) -> Callable[[SourceValues], Any]:
    to_value = convert.by_type(field.type)
    if spec.codes is not None:
        to_value = convert.by_codes(spec.codes)
    if spec.convert is not None:
        to_value = convert.CONVERTERS[spec.convert]
    if spec.value is not None:
        constant = to_value(spec.value)
        return lambda _values: constant
    if spec.text is not None:
        return _template(spec.text, at, nulls)
    if spec.column is None:
        return lambda _values: None
    column, index = spec.column, at[spec.column]
    asks_missing = spec.convert == "present"

    def read(values: SourceValues) -> Any:
        value = values[index]
        if missing(value, nulls):
            return to_value(None) if asks_missing else None
        try:
            return to_value(value)
        except Unfit as unfit:
            raise Unfit(unfit.rule, column) from None

    return read


def _template(text: str, at: Mapping[str, int], nulls: frozenset[str]) -> Callable[[SourceValues], Any]:
    # Odd parts are columns: "a{b}c" splits into "a", "b", "c".
    parts = PLACEHOLDER.split(text)
    places = [at[column] for column in parts[1::2]]

    def read(values: SourceValues) -> str | None:
        found = ["" if missing(values[index], nulls) else convert.text_of(values[index]) for index in places]
        if not any(found):
            return None
        filled = "".join(piece for pair in zip(parts[::2], [*found, ""], strict=True) for piece in pair)
        return filled.strip().replace("\x00", "")

    return read
