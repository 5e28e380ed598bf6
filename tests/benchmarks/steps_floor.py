"""Steps by hand: the same rows written by a handler that knows nothing of processes, policies or GraphQL.

One transaction for each: the request for data, its history, its clock, the event under the lock of the numbers, and an
audit record without a chain. Values that do not differ from step to step are those of a step that the hub took.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from inside import by_hand, open_place

from hub.catalog import Group

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from inside import Handlers

    from hub.crypto import Vault

CONNECTIONS = 8
LOCK = 1
COPIES = ("sharing_request", "sharing_request_step", "sharing_request_clock", "event", "audit_record")
SEALED = {"sharing_request": ("basis", "scenario"), "sharing_request_step": ("given",)}
ACCEPT = """UPDATE floor_sharing_request SET state = 'AGREED', state_since = $2, version = version + 1
    WHERE id = $1 AND state = 'SUBMITTED' AND version = $3 RETURNING version"""
END_CLOCK = (
    "UPDATE floor_sharing_request_clock SET ended_at = $2, next_at = NULL WHERE row_id = $1 AND ended_at IS NULL"
)


async def copy_tables(url: str) -> None:
    """Make empty copies of the tables that steps write."""
    connection = await asyncpg.connect(url)
    try:
        for name in COPIES:
            await connection.execute(f"CREATE TABLE floor_{name} (LIKE {name} INCLUDING ALL)")
        for name in ("event", "audit_record"):
            await connection.execute(
                f"ALTER TABLE floor_{name} ALTER seq DROP IDENTITY IF EXISTS; CREATE SEQUENCE floor_{name}_seq;"
                f"ALTER TABLE floor_{name} ALTER seq SET DEFAULT nextval('floor_{name}_seq')"
            )
    finally:
        await connection.close()


class Row:
    """How a row of a table is inserted: as one that the hub wrote, but for what is given."""

    def __init__(self, table: str, sample: asyncpg.Record, given: tuple[str, ...]) -> None:
        names = [name for name in sample.keys() if name != "seq"]  # noqa: SIM118 - a record is not a mapping
        values = ", ".join(f"${number}" for number in range(1, len(names) + 1))
        self.text = f"INSERT INTO floor_{table} ({', '.join(names)}) VALUES ({values})"
        self.values = [sample[name] for name in names]
        self.places = [names.index(name) for name in given]

    def __call__(self, *given: Any) -> list[Any]:
        values = self.values.copy()
        for place, value in zip(self.places, given, strict=True):
            values[place] = value
        return values


class Steps:
    """The two handlers."""

    def __init__(self, vault: Vault, connections: list[asyncpg.Connection]) -> None:
        self.free: asyncio.LifoQueue[asyncpg.Connection] = asyncio.LifoQueue()
        for each in connections:
            self.free.put_nowait(each)
        self.connections = connections
        self.seal = {
            (table, column): vault.sealer(table, column, Group.RECORD).seal
            for table, columns in SEALED.items()
            for column in columns
        }

    async def prepare(self) -> None:
        """Learn from the steps that the hub took."""
        one = self.connections[0].fetchrow
        accepted = await one("SELECT * FROM sharing_request_step WHERE step = 'accept' LIMIT 1")
        submitted = await one("SELECT * FROM sharing_request_step WHERE step = 'submit' LIMIT 1")
        row = await one("SELECT * FROM sharing_request WHERE state = 'SUBMITTED' LIMIT 1")
        clock = await one("SELECT * FROM sharing_request_clock WHERE ended_at IS NULL LIMIT 1")
        following = await one("SELECT * FROM sharing_request_clock WHERE clock = 'delivery' LIMIT 1")
        event = await one("SELECT * FROM event WHERE kind = 'SharingRequest.submit' LIMIT 1")
        agreed = await one("SELECT * FROM event WHERE kind = 'SharingRequest.accept' LIMIT 1")
        audit = await one("SELECT * FROM audit_record WHERE outcome = 'taken' LIMIT 1")
        assert row is not None
        self.begun = Row("sharing_request", row, ("id", "basis", "scenario", "state_since"))
        self.submitted = Row("sharing_request_step", submitted, ("id", "row_id", "taken_at", "given"))
        self.accepted = Row("sharing_request_step", accepted, ("id", "row_id", "taken_at"))
        self.clock = Row("sharing_request_clock", clock, ("id", "row_id"))
        self.next_clock = Row("sharing_request_clock", following, ("id", "row_id"))
        self.told = Row("event", event, ("id", "row_id", "at"))
        self.told_accepted = Row("event", agreed, ("id", "row_id", "at"))
        self.audit = Row("audit_record", audit, ("at",))

    async def submit(self, body: dict[str, Any]) -> dict[str, Any]:
        row_id, line, at = uuid4(), uuid4(), datetime.now(UTC)
        begun = self.begun(
            row_id, self.seal["sharing_request", "basis"](row_id.bytes, body["basis"]),
            self.seal["sharing_request", "scenario"](row_id.bytes, body["scenario"]), at,
        )  # fmt: skip
        given = self.seal["sharing_request_step", "given"](line.bytes, orjson.dumps(body).decode())
        connection = await self.free.get()
        try:
            async with connection.transaction():
                await connection.execute(self.begun.text, *begun)
                await connection.execute(self.submitted.text, *self.submitted(line, row_id, at, given))
                await connection.execute(self.clock.text, *self.clock(uuid4(), row_id))
                await self.account(connection, self.told, row_id, at)
        finally:
            self.free.put_nowait(connection)
        return {"submitSharingRequest": {"sharingRequest": {"id": str(row_id), "version": 1}, "errors": []}}

    async def accept(self, body: dict[str, Any]) -> dict[str, Any]:
        row_id, at = UUID(body["id"]), datetime.now(UTC)
        connection = await self.free.get()
        try:
            async with connection.transaction():
                version = await connection.fetchval(ACCEPT, row_id, at, body["expectedVersion"])
                assert version is not None
                await connection.execute(self.accepted.text, *self.accepted(uuid4(), row_id, at))
                await connection.execute(END_CLOCK, row_id, at)
                await connection.execute(self.next_clock.text, *self.next_clock(uuid4(), row_id))
                await self.account(connection, self.told_accepted, row_id, at)
        finally:
            self.free.put_nowait(connection)
        return {"acceptSharingRequest": {"sharingRequest": {"id": str(row_id), "version": version}, "errors": []}}

    async def account(self, connection: asyncpg.Connection, told: Row, row_id: UUID, at: datetime) -> None:
        await connection.execute(self.audit.text, *self.audit(at))
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(told.text, *told(uuid4(), row_id, at))
        await connection.execute("SELECT pg_notify('floor_event', '')")


def app() -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The ASGI application: ``/submit`` and ``/accept``."""

    async def opened() -> tuple[Handlers, list[asyncpg.Connection]]:
        url, vault = await open_place()
        steps = Steps(vault, [await asyncpg.connect(url) for _ in range(CONNECTIONS)])
        await steps.prepare()
        return {"/submit": steps.submit, "/accept": steps.accept}, steps.connections

    return by_hand(opened)
