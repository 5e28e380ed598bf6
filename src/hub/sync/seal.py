"""From drafts in plain to the columns of the store: protected values sealed, looked-up ones indexed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from hub.catalog import Group
from hub.store.tables import ORIGINS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from hub.catalog import Catalogue, Entity
    from hub.crypto import Vault
    from hub.sync.batch import Draft

    Columns = dict[str, Any]
    Put = Callable[[bytes, Any, Columns], None]


@dataclass(frozen=True, slots=True)
class Sealing:
    """The sealers and blind indexes of every entity, by field or link."""

    puts: Mapping[str, Mapping[str, Put]]
    quarantined: Callable[[bytes, str], bytes]
    person_index: Callable[[str], bytes]


def prepare(vault: Vault, catalogue: Catalogue) -> Sealing:
    """Bind every column once."""
    puts = {owner.name: _puts(vault, owner) for owner in catalogue if owner.sourced}
    field = catalogue["Person"].fields["id_number"]
    return Sealing(
        puts,
        vault.sealer("quarantined_row", "row", Group.RECORD).seal,
        vault.blind("person", field.column, field.index_bits),
    )


def _puts(vault: Vault, owner: Entity) -> dict[str, Put]:
    puts: dict[str, Put] = {link.name: _plain(link.column) for link in owner.links.values()}
    for field in owner.fields.values():
        if not field.sealed or field.group is None:
            puts[field.name] = _plain(field.column)
            continue
        seal = vault.sealer(owner.table, field.column, field.group).seal
        text = field.scalar.to_text
        if field.lookup:
            index = vault.blind(owner.table, field.column, field.index_bits)
            puts[field.name] = _indexed(field.column, field.index_column, seal, text, index, field.scalar.key)
        else:
            puts[field.name] = _sealed(field.column, seal, text)
    return puts


def _plain(column: str) -> Put:
    def put(_row: bytes, value: Any, columns: Columns) -> None:
        columns[column] = value

    return put


def _sealed(column: str, seal: Callable[[bytes, str], bytes], text: Callable[[Any], str]) -> Put:
    def put(row: bytes, value: Any, columns: Columns) -> None:
        columns[column] = None if value is None else seal(row, text(value))

    return put


def _indexed(
    column: str,
    index_column: str,
    seal: Callable[[bytes, str], bytes],
    text: Callable[[Any], str],
    index: Callable[[str], bytes],
    key: Callable[[str], str],
) -> Put:
    def put(row: bytes, value: Any, columns: Columns) -> None:
        if value is None:
            columns[column] = columns[index_column] = None
        else:
            plain = text(value)
            columns[column] = seal(row, plain)
            columns[index_column] = index(key(plain))

    return put


Group_ = tuple[str, bool, tuple[str, ...]]
"""Entity, whether its rows are whole, and the columns that are written."""


def seal_all(
    sealing: Sealing, drafts: Iterable[Draft], source: str, origins: Mapping[UUID, Mapping[str, str]]
) -> dict[Group_, list[tuple[Any, ...]]]:
    """Return the rows to write, those with the same columns together: id, columns, origins of the fields."""
    groups: dict[Group_, list[tuple[Any, ...]]] = defaultdict(list)
    usual: dict[tuple[str, ...], str] = {}
    for draft in drafts:
        if not draft.values:
            continue
        puts, row = sealing.puts[draft.entity], draft.id.bytes
        columns: dict[str, Any] = {}
        for name, value in draft.values.items():
            puts[name](row, value, columns)
        names = tuple(draft.values)
        other = origins.get(draft.id)
        if other:
            stated = dict.fromkeys(names, source) | dict(other)
            text = orjson.dumps(stated, option=orjson.OPT_SORT_KEYS).decode()
        else:
            text = usual.get(names) or usual.setdefault(names, _origins(names, source))
        groups[draft.entity, draft.whole, (*columns, ORIGINS)].append((draft.id, *columns.values(), text))
    return groups


def _origins(names: tuple[str, ...], source: str) -> str:
    return orjson.dumps(dict.fromkeys(names, source), option=orjson.OPT_SORT_KEYS).decode()
