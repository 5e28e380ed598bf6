"""Reading the mapping files, and refusing what does not fit the declarations, with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from hub.catalog import parse_code
from hub.sync.convert import CONVERTERS, by_type
from hub.sync.errors import MappingRefused
from hub.sync.mapping import PLACEHOLDER, Mapping
from hub.sync.rules import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Dict
    from pathlib import Path

    from hub.catalog import Catalogue, Entity
    from hub.sync.mapping import FieldMap, TableMap

Path_ = tuple[str | int, ...]
Finding = tuple[Path_, str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A mapping, and the lines of its file for messages."""

    mapping: Mapping
    file: str
    lines: Dict[Path_, int]
    columns: tuple[tuple[Path_, str], ...] = ()

    def column_path(self, table: str, column: str) -> Path_:
        """Return the place in the file that first names a column of a table."""
        inside: Path_ = ("tables", table)
        return next((path for path, text in self.columns if text == column and path[:2] == inside), inside)

    def refuse(self, path: Path_, why: str) -> MappingRefused:
        """Make the error that names the line of ``path``, or of the nearest thing around it."""
        return _refused(self.file, self.lines, path, why)


@dataclass(frozen=True, slots=True)
class Mappings:
    """All sources, in the order in which they run.

    ``ranks``: (entity, field) to source to authority, for the fields that more than one source states.
    """

    loaded: tuple[Loaded, ...]
    ranks: Dict[tuple[str, str], Dict[str, int]]

    def __getitem__(self, source: str) -> Loaded:
        for item in self.loaded:
            if item.mapping.source == source:
                return item
        known = ", ".join(self.names)
        raise MappingRefused(f"There is no source {source!r}. The mapping files name: {known}.")

    @property
    def names(self) -> tuple[str, ...]:
        """The sources' names."""
        return tuple(item.mapping.source for item in self.loaded)

    @property
    def checking(self) -> dict[str, frozenset[str]]:
        """The sources that report findings for means checks, each with the departments that it reports as."""
        found: dict[str, frozenset[str]] = {}
        for mapping in (item.mapping for item in self.loaded):
            fields = [table.fields.get("department") for table in mapping.tables.values() if table.entity == "Finding"]
            if fields:
                stated = frozenset[str]().union(*(field.codes_stated() for field in fields if field is not None))
                found[mapping.source] = stated or frozenset({mapping.source})
        return found


def load_mappings(directory: Path, catalogue: Catalogue) -> Mappings:
    """Read every ``*.yaml`` of the directory. Raises ``MappingRefused`` with file and line."""
    loaded = [_load(path, catalogue) for path in sorted(directory.glob("*.yaml"))]
    if not loaded:
        raise MappingRefused(f"There are no mapping files (*.yaml) in {directory}.")
    loaded.sort(key=lambda item: item.mapping.order)
    seen: dict[str, str] = {}
    for item in loaded:
        other = seen.setdefault(item.mapping.source, item.file)
        if other != item.file:
            raise item.refuse(("source",), f"the source {item.mapping.source} is described in {other} too")
    return Mappings(tuple(loaded), _ranks(loaded))


def parse_mapping(text: str, file: str, catalogue: Catalogue) -> Loaded:
    """Parse one mapping. Raises ``MappingRefused`` with file and line."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MappingRefused(f"{file}, line {line}: not readable as YAML ({error.problem}).") from None
    lines: dict[Path_, int] = {}
    raw = _plain(node, (), lines, file)
    try:
        mapping = Mapping.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _refused(file, lines, first["loc"], first["msg"][:1].lower() + first["msg"][1:]) from None
    found = Loaded(mapping, file, lines, tuple(_texts(raw, ())))
    for path, why in _misfits(mapping, catalogue):
        raise found.refuse(path, why)
    return found


def _texts(raw: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    """Yield every text in the file with its place; columns of a template one by one."""
    match raw:
        case dict():
            for key, value in raw.items():
                if path and path[-1] == "when":
                    yield (*path, key), str(key)
                yield from _texts(value, (*path, key))
        case list():
            for index, value in enumerate(raw):
                yield from _texts(value, (*path, index))
        case str():
            yield path, raw
            yield from ((path, column) for column in PLACEHOLDER.findall(raw))


def _load(path: Path, catalogue: Catalogue) -> Loaded:
    return parse_mapping(path.read_text(encoding="utf-8"), path.name, catalogue)


def _refused(file: str, lines: Dict[Path_, int], path: Path_, why: str) -> MappingRefused:
    near = path
    while near and near not in lines:
        near = near[:-1]
    where = " → ".join(str(part) for part in path if part != "function-before")
    return MappingRefused(f"{file}, line {lines.get(near, 1)}: {where}: {why}.")


def _plain(node: yaml.Node | None, path: Path_, lines: dict[Path_, int], file: str) -> Any:
    """Return the plain value of a YAML node, and note the line of everything in it."""
    if node is None:
        return None
    lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case yaml.MappingNode():
            result: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                key = _scalar(key_node, file)
                if key in result:
                    raise MappingRefused(f"{file}, line {key_node.start_mark.line + 1}: {key} stands here twice.")
                lines[*path, key] = key_node.start_mark.line + 1
                result[key] = _plain(value_node, (*path, key), lines, file)
            return result
        case yaml.SequenceNode():
            return [_plain(item, (*path, index), lines, file) for index, item in enumerate(node.value)]
        case _:
            return _scalar(node, file, text_keys=False)


def _scalar(node: yaml.Node, file: str, *, text_keys: bool = True) -> Any:
    """Return a scalar; keys are always text, so that a code 1 or a word "no" stays what it is."""
    if not isinstance(node, yaml.ScalarNode):
        raise MappingRefused(f"{file}, line {node.start_mark.line + 1}: a key must be a plain word.")
    if text_keys:
        return node.value
    # YAML 1.1 takes a column named "no" for false and one named "2026-05" for a date; only these four are meant.
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:int" and node.value.isdecimal():
        return int(node.value)
    literal = node.tag == "tag:yaml.org,2002:bool" and node.value in {"true", "false"}
    return node.value == "true" if literal else node.value


def _misfits(mapping: Mapping, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield what the mapping asks of the declarations and they do not have."""
    for name, table in mapping.tables.items():
        at: Path_ = ("tables", name)
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
        if table.entity == "Person":
            yield (*at, "entity"), "people are described under person"
            continue
        yield from _about(table, catalogue, at)
        yield from _entity(mapping, table, catalogue, at)


def _about(table: TableMap, catalogue: Catalogue, at: Path_) -> Iterator[Finding]:
    if table.person is not None:
        fields, place = table.person.fields, (*at, "person", "fields")
        yield from _fields(catalogue["Person"], fields, place, _sources(table, catalogue), creates=True)


def _entity(mapping: Mapping, table: TableMap, catalogue: Catalogue, at: Path_) -> Iterator[Finding]:
    owner = catalogue[table.entity or ""]
    creates = table.person is not None and table.person.mode == "create"
    for link, reference in table.links.items():
        if link not in owner.stored_links or link == "person":
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
        given = set(table.fields) | set(table.links) | ({"person"} if table.person else set())
        needed = [item.name for item in owner.fields.values() if not item.nullable]
        needed += [item.name for item in owner.links.values() if not item.nullable]
        missing = [item for item in needed if item not in given and item != "id"]
        if missing:
            yield at, f"{owner.name} needs {', '.join(missing)}"
    if table.vanished == "delete" and any(
        link.target == owner.name for item in catalogue for link in item.links.values()
    ):
        yield (*at, "vanished"), f"other rows refer to {owner.name} rows, so they are not deleted"
    if isinstance(table.vanished, dict):
        for field, value in table.vanished.items():
            codes = owner.fields[field].codes if field in owner.fields else None
            if codes is None or value not in codes.__members__:
                yield (*at, "vanished", field), f"{owner.name} has no {field} with the code {value}"


def _sources(table: TableMap, catalogue: Catalogue) -> dict[str, Entity]:
    """Return the linked rows that a field can be taken from."""
    known = {} if table.person is None else {"person": catalogue["Person"]}
    owner = catalogue.entities.get(table.entity or "")
    for link in table.links:
        if owner is not None and link in owner.links:
            known[link] = catalogue[owner.links[link].target]
    return known


def _fields(
    owner: Entity, fields: Dict[str, FieldMap], at: Path_, linked: Dict[str, Entity], *, creates: bool
) -> Iterator[Finding]:
    for name, item in fields.items():
        place = (*at, name)
        field = owner.fields.get(name)
        if field is None or name == "id":
            yield place, f"{owner.name} has no field {name}"
            continue
        if owner.name == "Person" and name == "id_number":
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
            if item.from_ == "person" and creates:
                yield (*place, "from"), "a table that creates people has nothing to take from them yet"
            if origin is None or name not in origin.fields:
                yield (*place, "from"), f"there is no linked {item.from_} with a field {name}"
            elif origin.fields[name].sealed:
                yield (*place, "from"), f"{name} of {item.from_} is sealed, and is not copied"


def _ranks(loaded: list[Loaded]) -> dict[tuple[str, str], dict[str, int]]:
    """Return the authority of each source where several state a field; refuse a tie between sources."""
    ranks: dict[tuple[str, str], dict[str, int]] = {}
    for item in loaded:
        for name, table in item.mapping.tables.items():
            stated = [("Person", field, spec) for field, spec in (table.person.fields if table.person else {}).items()]
            stated += [(table.entity or "", field, spec) for field, spec in table.fields.items()]
            for entity, field, spec in stated:
                known = ranks.setdefault((entity, field), {})
                # Rows of other entities have one source each; only people are described by several.
                tie = [other for other, rank in known.items() if rank == spec.authority]
                if entity == "Person" and tie and tie[0] != item.mapping.source:
                    raise item.refuse(
                        ("tables", name, "person", "fields", field),
                        f"{tie[0]} states it with the same authority; say which of the two stands",
                    )
                known[item.mapping.source] = min(spec.authority, known.get(item.mapping.source, spec.authority))
    return {key: value for key, value in ranks.items() if key[0] == "Person" and len(value) > 1}
