"""From values in plain to the columns of an entity's table: sealed where protected, indexed where looked up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from asyncpg import Range

from hub.catalog import Scalar
from hub.domain import CATALOGUE
from hub.store.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Table

    from hub.catalog import Catalogue, Entity, Field
    from hub.crypto import Vault

ColumnFiller = Callable[[Sequence[bytes], Sequence[Any]], tuple[Sequence[Any], ...]]
"""Row ids (16 bytes each) and a field's values in plain → what stands in each of its columns."""


@dataclass(frozen=True, slots=True, eq=False)
class WritableColumns:
    """The columns of a field or link, and what fills them."""

    names: tuple[str, ...]
    fill: ColumnFiller


@dataclass(frozen=True, slots=True, eq=False)
class WritableEntity:
    """An entity, bound to its table and to the keys of one vault.

    ``columns``: by name of field or link. ``indexes``: by name of field, its blind index, normalised text to bytes.
    ``rank``: its place among the entities, those first that others refer to.
    """

    entity: Entity
    table: Table
    columns: Mapping[str, WritableColumns]
    indexes: Mapping[str, Callable[[str], bytes]]
    rank: int


def writable(
    vault: Vault | None, catalogue: Catalogue = CATALOGUE, tables: Mapping[str, Table] = TABLES
) -> dict[str, WritableEntity]:
    """Bind every entity, by name. Without a vault: those that have nothing to seal."""
    rank = {name: place for place, name in enumerate(catalogue.filling_order)}
    return {
        owner.name: _bind(owner, vault, tables[owner.name], rank[owner.name])
        for owner in catalogue
        if vault is not None or not any(field.sealed for field in owner.fields.values())
    }


def _bind(owner: Entity, vault: Vault | None, table: Table, rank: int) -> WritableEntity:
    columns = {link.name: WritableColumns((link.column,), _as_it_is) for link in owner.stored_links.values()}
    indexes: dict[str, Callable[[str], bytes]] = {}
    for field in owner.fields.values():
        if field.name == "id" or not field.written:
            continue
        if vault is None or not field.sealed or field.group is None:
            storage = field.type.storage if isinstance(field.type, Scalar) else "code"
            columns[field.name] = WritableColumns((field.column,), _BY_STORAGE.get(storage, _as_it_is))
            continue
        seal = vault.sealer(owner.table, field.column, field.group).seal
        if field.lookup:
            index = indexes[field.name] = vault.blind(owner.table, field.column, field.index_bits)
            columns[field.name] = WritableColumns((field.column, field.index_column), _indexed(field, seal, index))
        else:
            columns[field.name] = WritableColumns((field.column,), _sealed(field, seal))
    return WritableEntity(owner, table, columns, indexes, rank)


def _as_it_is(_ids: Sequence[bytes], values: Sequence[Any]) -> tuple[Sequence[Any], ...]:
    return (values,)


def _as_json(_ids: Sequence[bytes], values: Sequence[Any]) -> tuple[Sequence[Any], ...]:
    return ([None if value is None else orjson.dumps(value).decode() for value in values],)


def _as_days(_ids: Sequence[bytes], values: Sequence[Any]) -> tuple[Sequence[Any], ...]:
    """Of each row a list of periods: first and last day, None where it has none."""
    return ([[Range(first, last, upper_inc=last is not None) for first, last in value] for value in values],)


_BY_STORAGE: Final[Mapping[str, ColumnFiller]] = {"jsonb": _as_json, "days": _as_days}


def _sealed(field: Field, seal: Callable[[bytes, str], bytes]) -> ColumnFiller:
    text = field.type.to_text if isinstance(field.type, Scalar) else str

    def fill(ids: Sequence[bytes], values: Sequence[Any]) -> tuple[Sequence[Any], ...]:
        return ([None if value is None else seal(row, text(value)) for row, value in zip(ids, values, strict=True)],)

    return fill


def _indexed(field: Field, seal: Callable[[bytes, str], bytes], index: Callable[[str], bytes]) -> ColumnFiller:
    text, key = field.scalar.to_text, field.scalar.key

    def fill(ids: Sequence[bytes], values: Sequence[Any]) -> tuple[Sequence[Any], ...]:
        texts = [None if value is None else text(value) for value in values]
        return (
            [None if plain is None else seal(row, plain) for row, plain in zip(ids, texts, strict=True)],
            [None if plain is None else index(key(plain)) for plain in texts],
        )

    return fill


UNSEALED = writable(None)
"""The entities that have nothing to seal."""
