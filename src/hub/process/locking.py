"""A row under lock, and what the rules want to know of it: read for the step alone, never shown to anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import false, func, literal_column, select

from hub.catalog import OnDays, Scalar
from hub.process.clocks import Running
from hub.query.statement.conditions import DIALECT, Conditions, Parameters
from hub.store.tables import ORIGINS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

    from hub.catalog import Catalogue, Entity, Field
    from hub.catalog.predicate import Predicate
    from hub.crypto import Vault
    from hub.write import Transaction, WritableEntity

    ReadValue = Callable[[bytes, Any], Any]
    RowReader = Callable[[bytes, Record], dict[str, Any]]
    """From a row's id and its columns to its fields in plain."""


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A row in plain. ``permitted``: whether the step may be taken with it. ``id``: None for one that begins.

    ``begun_by``: the partner with whose step it began; None for the hub itself.
    """

    id: Any
    version: int
    values: Mapping[str, Any]
    permitted: bool
    begun_by: str | None = None


@dataclass(frozen=True, slots=True)
class LastStep:
    """The newest line of a row's history."""

    step: str
    partner: str | None
    taken_at: datetime

    @property
    def who(self) -> str:
        """In words."""
        return "the hub" if self.partner is None else self.partner


def locking_sql(
    owner: WritableEntity, history: WritableEntity, visible: Predicate, where: Predicate, catalogue: Catalogue
) -> str:
    """The statement that locks the row with the id ``$1`` if it is ``visible``.

    It gives its fields, whether ``where`` holds, and by the row's history who began it.
    """
    entity, table = owner.entity, owner.table.alias("r")
    conditions = Conditions(catalogue, "r", Parameters())
    columns = [table.c[name] for name in _columns(entity)]
    permitted = func.coalesce(conditions.of(where, table, entity), false()).label("permitted")
    # Not by version 1: without statistics PostgreSQL would look through every row's first step for it.
    first = f"(SELECT h.partner FROM {history.table.name} h WHERE h.row_id = r.id AND h.from_state IS NULL)"
    wanted = select(*columns, permitted, literal_column(first).label("begun_by")).where(
        table.c.id == literal_column("$1"), conditions.of(visible, table, entity)
    )
    return str(wanted.with_for_update(of=table).compile(dialect=DIALECT))


def linked_sql(owner: WritableEntity, visible: Predicate, catalogue: Catalogue) -> str:
    """The statement that reads the row with the id ``$1`` if it is ``visible``, and keeps it from being deleted."""
    entity, table = owner.entity, owner.table.alias("r")
    conditions = Conditions(catalogue, "r", Parameters())
    wanted = select(*(table.c[name] for name in _columns(entity))).where(
        table.c.id == literal_column("$1"), conditions.of(visible, table, entity)
    )
    return str(wanted.with_for_update(of=table, read=True, key_share=True).compile(dialect=DIALECT))


async def look(tx: Transaction, sql: str, read_row: RowReader, row_id: UUID) -> Mapping[str, Any] | None:
    """Read a row by ``linked_sql``, with its id; None where none exists for the viewer."""
    found = await tx.connection.fetchrow(sql, row_id)
    return None if found is None else {"id": row_id, **read_row(row_id.bytes, found)}


async def lock(tx: Transaction, sql: str, read_row: RowReader, row_id: UUID) -> LockedRow | None:
    """Lock a row until the transaction ends, by ``locking_sql``; None where none exists for the viewer."""
    found = await tx.connection.fetchrow(sql, row_id)
    if found is None:
        return None
    values = read_row(row_id.bytes, found)
    return LockedRow(row_id, values["version"], values, permitted=bool(found["permitted"]), begun_by=found["begun_by"])


def row_reader(owner: WritableEntity, vault: Vault) -> RowReader:
    """Return the function from a row's id and its columns to its fields in plain, with the source of each."""
    readers = {field.name: (field.column, _reader(owner, field, vault)) for field in _fields(owner.entity)}
    readers |= {link.name: (link.column, _as_it_is) for link in owner.entity.stored_links.values()}
    if owner.entity.sourced:
        readers[ORIGINS] = (ORIGINS, lambda _row, value: orjson.loads(value))

    def read(row_id: bytes, found: Record) -> dict[str, Any]:
        return {
            name: None if (value := found[column]) is None else reader(row_id, value)
            for name, (column, reader) in readers.items()
        }

    return read


def _reader(owner: WritableEntity, field: Field, vault: Vault) -> ReadValue:
    if field.sealed:
        assert field.group is not None  # noqa: S101 - a sealed field names its group, or the hub does not start
        opened = vault.opener(owner.table.name, field.column, field.group).open
        parse = field.type.parse if isinstance(field.type, Scalar) else str
        return lambda row, value: parse(opened(row, value))
    if isinstance(field.type, Scalar) and field.type.storage == "jsonb":
        return lambda _row, value: orjson.loads(value)
    return _as_it_is


def _as_it_is(_row: bytes, value: Any) -> Any:
    return value


def _fields(entity: Entity) -> list[Field]:
    """What rules see of a row: not what holds on certain days or is counted, which follows from other rows."""
    return [
        field
        for field in entity.fields.values()
        if field.name != "id" and field.type is not OnDays and field.alike is None
    ]


def _columns(entity: Entity) -> list[str]:
    return [
        *(field.column for field in _fields(entity)),
        *(link.column for link in entity.stored_links.values()),
        *([ORIGINS] if entity.sourced else ()),
    ]


async def last_step(tx: Transaction, history: WritableEntity, row_id: UUID) -> LastStep:
    """The step that brought the row to where it is."""
    row = await tx.connection.fetchrow(
        f"SELECT step, partner, taken_at FROM {history.table.name} WHERE row_id = $1 ORDER BY version DESC LIMIT 1",
        row_id,
    )
    assert row is not None  # noqa: S101 - no row is without the step that began it
    return LastStep(row["step"], row["partner"], row["taken_at"])


async def was_taken(tx: Transaction, history: WritableEntity, row_id: UUID, step: str) -> bool:
    """Whether the step was taken with the row before."""
    return bool(
        await tx.connection.fetchval(
            f"SELECT EXISTS (SELECT FROM {history.table.name} WHERE row_id = $1 AND step = $2)", row_id, step
        )
    )


CLOCK_COLUMNS = tuple(Running.__slots__)
"""The columns of a clock, in the order of ``Running``."""


async def clocks_of(tx: Transaction, clocks: WritableEntity, row_id: UUID) -> Sequence[Running]:
    """The clocks of a locked row that have not ended."""
    rows = await tx.connection.fetch(
        f"SELECT {', '.join(CLOCK_COLUMNS)} FROM {clocks.table.name} WHERE row_id = $1 AND ended_at IS NULL FOR UPDATE",
        row_id,
    )
    return [Running(*row) for row in rows]
