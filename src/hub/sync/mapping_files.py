"""Reading the mapping files, and refusing what does not fit the declarations, with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from hub.sync import yaml_lines
from hub.sync.errors import MappingRefused
from hub.sync.mapping import SourceMapping
from hub.sync.misfits import misfits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.catalog import Catalogue
    from hub.sync.yaml_lines import YamlPath


@dataclass(frozen=True, slots=True)
class LoadedMapping:
    """A mapping, and the lines of its file for messages."""

    mapping: SourceMapping
    file: str
    lines: Mapping[YamlPath, int]
    columns: tuple[tuple[YamlPath, str], ...] = ()

    def column_path(self, table: str, column: str) -> YamlPath:
        """Return the place in the file that first names a column of a table."""
        inside: YamlPath = ("tables", table)
        return next((path for path, text in self.columns if text == column and path[:2] == inside), inside)

    def refuse(self, path: YamlPath, why: str) -> MappingRefused:
        """Make the error that names the line of ``path``, or of the nearest thing around it."""
        return _refused(self.file, self.lines, path, why)


@dataclass(frozen=True, slots=True)
class Mappings:
    """All sources, in the order in which they run.

    ``ranks``: field to source to authority, for the fields of people that more than one source states. Rows of other
    entities have one source each.
    """

    loaded: tuple[LoadedMapping, ...]
    ranks: Mapping[str, Mapping[str, int]]

    def __getitem__(self, source: str) -> LoadedMapping:
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


def parse_mapping(text: str, file: str, catalogue: Catalogue) -> LoadedMapping:
    """Parse one mapping. Raises ``MappingRefused`` with file and line."""
    raw, lines = yaml_lines.read(text, file)
    try:
        mapping = SourceMapping.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _refused(file, lines, first["loc"], first["msg"][:1].lower() + first["msg"][1:]) from None
    found = LoadedMapping(mapping, file, lines, tuple(yaml_lines.texts(raw, ())))
    for path, why in misfits(mapping, catalogue):
        raise found.refuse(path, why)
    return found


def _load(path: Path, catalogue: Catalogue) -> LoadedMapping:
    return parse_mapping(path.read_text(encoding="utf-8"), path.name, catalogue)


def _refused(file: str, lines: Mapping[YamlPath, int], path: YamlPath, why: str) -> MappingRefused:
    near = path
    while near and near not in lines:
        near = near[:-1]
    where = " → ".join(str(part) for part in path if part != "function-before")
    return MappingRefused(f"{file}, line {lines.get(near, 1)}: {where}: {why}.")


def _ranks(loaded: list[LoadedMapping]) -> dict[str, dict[str, int]]:
    """Return the authority of each source where several state a field of people; refuse a tie between sources."""
    ranks: dict[str, dict[str, int]] = {}
    for item in loaded:
        source = item.mapping.source
        for name, table in item.mapping.tables.items():
            for field, spec in (table.person.fields if table.person else {}).items():
                known = ranks.setdefault(field, {})
                tie = [other for other, rank in known.items() if rank == spec.authority and other != source]
                if tie:
                    raise item.refuse(
                        ("tables", name, "person", "fields", field),
                        f"{tie[0]} states it with the same authority; say which of the two stands",
                    )
                known[source] = min(spec.authority, known.get(source, spec.authority))
    return {field: by_source for field, by_source in ranks.items() if len(by_source) > 1}
