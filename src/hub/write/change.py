"""One row of the hub's own, with its event: added, or changed if it is still at the version that was decided on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hub.write.events import NewEvent
from hub.write.ids import new_id
from hub.write.rows import PlainRow, load, seal_rows
from hub.write.statements import change_one, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from hub.write.transaction import Transaction
    from hub.write.writable import WritableEntity


class VersionConflict(NamedTuple):
    """Why a row was not changed. ``current``: its version now, None if there is no such row."""

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
) -> int | VersionConflict:
    """Change a row of a versioned entity and tell the event; return its new version.

    Nothing is changed or told, and the conflict returned, where the row is not at the version ``expected``. Who waits
    for another's change of the same row finds the conflict when that one is committed.
    """
    if not owner.entity.versioned:
        raise ValueError(f"{owner.entity.name} is not declared as versioned")
    table, columns = owner.table, _columns(owner, row_id, values)
    version: int | None = await tx.connection.fetchval(
        change_one(table, tuple(columns)), row_id, expected, *columns.values()
    )
    if version is not None:
        tx.tell(NewEvent(event, owner.entity.name, row_id, version))
        return version
    # A statement of its own: the one before saw the row as it was before it waited for another's change.
    return VersionConflict(await tx.connection.fetchval(version_of(table), row_id))


async def complete(tx: Transaction, owner: WritableEntity, row_id: UUID, values: Mapping[str, Any]) -> None:
    """Write further fields of a row that a step of this transaction has changed; version and event are the step's."""
    columns = _columns(owner, row_id, values)
    sets = ", ".join(f'"{column}" = ${place}' for place, column in enumerate(columns, start=2))
    await tx.connection.execute(f"UPDATE {owner.table.name} SET {sets} WHERE id = $1", row_id, *columns.values())


def _columns(owner: WritableEntity, row_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the store of values in plain, by column."""
    ids, columns = [row_id.bytes], dict[str, Any]()
    for name, value in values.items():
        made = owner.columns[name]
        columns |= {column: filled[0] for column, filled in zip(made.names, made.fill(ids, [value]), strict=True)}
    return columns
