"""Many rows at once: sealed without a connection, then loaded in a few statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

from hub.store.tables import ORIGINS
from hub.write import statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from hub.write.transaction import Transaction
    from hub.write.writable import WritableEntity


Mode = Literal["insert", "upsert", "update"]
"""How a row is written. insert: no row has its id. upsert: one may have. update: one has, and keeps the rest."""


@dataclass(slots=True)
class PlainRow:
    """A row to write, in plain.

    ``values``: by name of field or link; codes by their names. ``origins``: the source of those fields whose value is
    not of the source that the row comes from.
    """

    id: UUID
    values: dict[str, Any]
    mode: Mode
    origins: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Rows of one entity with the same columns, ready to be loaded; ``columns`` has the values of each of ``names``."""

    owner: WritableEntity
    mode: Mode
    names: tuple[str, ...]
    columns: tuple[Sequence[Any], ...]


def seal_rows(owner: WritableEntity, rows: Iterable[PlainRow], source: str | None = None) -> list[SealedRows]:
    """Return what stands in the store of ``rows``, those with the same columns together.

    ``source``: where the rows come from, for entities that keep the origin of every field.
    """
    alike: dict[tuple[Mode, tuple[str, ...]], list[PlainRow]] = defaultdict(list)
    for row in rows:
        if row.values:
            alike[row.mode, tuple(row.values)].append(row)
    return [_seal(owner, mode, fields, some, source) for (mode, fields), some in alike.items()]


def _seal(
    owner: WritableEntity, mode: Mode, fields: tuple[str, ...], rows: Sequence[PlainRow], source: str | None
) -> SealedRows:
    ids = [row.id.bytes for row in rows]
    names: list[str] = ["id"]
    columns: list[Sequence[Any]] = [[row.id for row in rows]]
    for field in fields:
        made = owner.columns[field]
        names += made.names
        columns += made.fill(ids, [row.values[field] for row in rows])
    if source is not None:
        usual = dict.fromkeys(fields, source)
        text = _json(usual)
        names.append(ORIGINS)
        columns.append([_json(usual | dict(row.origins)) if row.origins else text for row in rows])
    if owner.entity.versioned and mode != "update":
        names.append(statements.VERSION)
        columns.append([1] * len(rows))
    return SealedRows(owner, mode, tuple(names), tuple(columns))


def _json(origins: Mapping[str, str]) -> str:
    return orjson.dumps(origins, option=orjson.OPT_SORT_KEYS).decode()


async def load(tx: Transaction, sealed: Iterable[SealedRows]) -> None:
    """Write rows, those first that others refer to. It tells no event: one for all of them is the caller's to tell."""
    for rows in sorted(sealed, key=lambda item: item.owner.rank):
        table = rows.owner.table
        if rows.mode == "insert" and len(rows.columns[0]) == 1:
            # COPY is made ready anew each time: one row takes half as long without.
            one = (column[0] for column in rows.columns)
            await tx.connection.execute(statements.insert_one(table, rows.names), *one)
        elif rows.mode == "insert":
            await tx.connection.copy_records_to_table(
                table.name, records=zip(*rows.columns, strict=True), columns=rows.names
            )
        else:
            write = statements.upsert if rows.mode == "upsert" else statements.update
            await tx.connection.execute(write(table, rows.names), *rows.columns)


async def delete(tx: Transaction, owner: WritableEntity, ids: Collection[UUID]) -> None:
    """Delete rows by their ids. It tells no event."""
    if ids:
        await tx.connection.execute(f"DELETE FROM {owner.table.name} WHERE id = ANY($1)", list(ids))
