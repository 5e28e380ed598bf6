"""One row of the hub's own, with its event: added, or changed if it is still at the version that was decided on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, update

from hub.write.events import NewEvent
from hub.write.ids import new_id
from hub.write.rows import PlainRow, load, seal_rows
from hub.write.statements import DIALECT, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from asyncpg import Record
    from sqlalchemy import ColumnElement, Select, Update

    from hub.write.transaction import Transaction
    from hub.write.writable import WritableEntity


class VersionConflict(NamedTuple):
    """Why a row was not changed. ``current``: its version now, None if there is no such row.

    Where ``current`` is the expected version, the extra condition did not hold.
    """

    current: int | None


async def add(tx: Transaction, owner: WritableEntity, values: Mapping[str, Any], *, event: str) -> UUID:
    """Add a row and tell the event; return the row's new id."""
    row = PlainRow(new_id(), dict(values), "insert")
    await load(tx, seal_rows(owner, [row]))
    tx.tell(NewEvent(event, owner.entity.name, row.id, 1 if owner.entity.versioned else None))
    return row.id


async def change(
    tx: Transaction,
    owner: WritableEntity,
    row_id: UUID,
    values: Mapping[str, Any],
    *,
    expected: int,
    event: str,
    only_if: ColumnElement[bool] | None = None,
) -> int | VersionConflict:
    """Change a row of a versioned entity and tell the event; return its new version.

    Nothing is changed or told, and the conflict returned, where the row is not at the version ``expected`` or
    ``only_if``, a condition on its columns, does not hold. Who waits for another's change of the same row finds the
    conflict when that one is committed.
    """
    if not owner.entity.versioned:
        raise ValueError(f"{owner.entity.name} is not declared as versioned")
    table, ids = owner.table, [row_id.bytes]
    columns: dict[str, Any] = {}
    for name, value in values.items():
        made = owner.columns[name]
        columns |= {column: filled[0] for column, filled in zip(made.names, made.fill(ids, [value]), strict=True)}
    written = update(table).where(table.c.id == row_id, table.c[VERSION] == expected)
    if only_if is not None:
        written = written.where(only_if)
    done = await _run(tx, written.values(columns | {VERSION: expected + 1}).returning(table.c[VERSION]))
    if done is not None:
        tx.tell(NewEvent(event, owner.entity.name, row_id, done[0]))
        return int(done[0])
    # A statement of its own: the one before saw the row as it was before it waited for another's change.
    now = await _run(tx, select(table.c[VERSION]).where(table.c.id == row_id))
    return VersionConflict(None if now is None else now[0])


async def _run(tx: Transaction, statement: Update | Select[Any]) -> Record | None:
    compiled = statement.compile(dialect=DIALECT)
    return await tx.connection.fetchrow(str(compiled), *(compiled.params[name] for name in compiled.positiontup or ()))
