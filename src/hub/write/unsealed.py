"""Values that an earlier version of the hub kept in plain, sealed at the first start of one that seals them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.catalog import Group
from hub.write.provenance import ClaimChanges, claim_row, write_claims
from hub.write.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.crypto import Vault
    from hub.write.connection import DatabaseConnection
    from hub.write.writable import WritableEntity

BATCH: Final = 5_000


async def seal_waiting(connection: DatabaseConnection, owners: Mapping[str, WritableEntity]) -> int:
    """Seal what a migration left in ``unsealed_value``, and return how many values that were.

    All of them or none. Of two hubs that start at once, the second finds nothing. The rows keep their version: nobody
    changed what they say.
    """
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM unsealed_value)"):
        return 0
    async with connection.transaction():
        await connection.execute("LOCK TABLE unsealed_value IN ACCESS EXCLUSIVE MODE")
        waiting = await connection.fetch("SELECT entity, field, row_id, value FROM unsealed_value ORDER BY 1, 2, 3")
        places = sorted({(row["entity"], row["field"]) for row in waiting})
        for entity, field in places:
            owner = owners[entity]
            columns = owner.columns[field]
            found = [row for row in waiting if (row["entity"], row["field"]) == (entity, field)]
            for start in range(0, len(found), BATCH):
                some = found[start : start + BATCH]
                ids = [row["row_id"] for row in some]
                filled = columns.fill([each.bytes for each in ids], [row["value"] for row in some])
                names = ", ".join(f'"{name}"' for name in columns.names)
                sets = ", ".join(f'"{name}" = u."{name}"' for name in columns.names)
                arrays = ", ".join(f"${place}::bytea[]" for place in range(2, 2 + len(columns.names)))
                await connection.execute(
                    f"UPDATE {owner.table.name} r SET {sets} FROM unnest($1::uuid[], {arrays}) AS u(id, {names})"
                    " WHERE r.id = u.id",
                    ids, *filled,
                )  # fmt: skip
        # The file of the table goes with it; a deleted row would stand in it until it is vacuumed.
        await connection.execute("TRUNCATE unsealed_value")
    return len(waiting)


async def seal_claims(connection: DatabaseConnection, vault: Vault, owners: Mapping[str, WritableEntity]) -> int:
    """Seal claims anew that an earlier version kept, and return how many that were; all of them or none."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM claim_waiting)"):
        return 0
    async with transaction(connection) as tx:
        await connection.execute("LOCK TABLE claim_waiting IN ACCESS EXCLUSIVE MODE")
        waiting = await connection.fetch("SELECT row_id, entity, field, source, value, observed_at FROM claim_waiting")
        rows = []
        for person, entity, field, source, value, observed_at in waiting:
            said = owners[entity].entity.fields[field]
            sealed = vault.opener("claim", f"{entity}.{field}.{source}", said.group or Group.RECORD)
            text = sealed.open(person.bytes, value)
            rows.append(claim_row(person, f"{entity}.{said.graphql}", said, source, text, observed_at))
        await write_claims(tx, owners["Claim"], ClaimChanges(rows, people={row.values["person"] for row in rows}))
        await connection.execute("TRUNCATE claim_waiting")
    return len(waiting)
