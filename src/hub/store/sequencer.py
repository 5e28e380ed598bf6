"""The one writer of the audit: answers wait here until their records are durable."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from hub.errors import HubError
from hub.store.agreements import EPOCH
from hub.store.audit import COLUMNS, following, head, values_of
from hub.store.installations import INSTALLATION
from hub.store.pool import lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg.pool import PoolConnectionProxy

    from hub.store.audit import AuditRecord, Connection, Head, Mac

logger = logging.getLogger(__name__)


class AuditUnavailable(HubError):
    """The record of an answer could not be written, so the answer does not leave."""

    code = "HUB-510"
    status = 503

    def __init__(self) -> None:
        super().__init__("This answer could not be accounted for, so it is not given. Try again in a moment.")


_CHAIN_LOCK = 0x68756202
# Every statement takes the lock, so that a process which has read the head under it cannot be overtaken.
_INSERT = (
    f"INSERT INTO audit_record (seq, {', '.join(COLUMNS)}, previous, mac) "
    "SELECT $1::bigint, $2::timestamptz, $3::text, $4::uuid, $5::text, $6::text, $7::bytea, $8::text::jsonb, "
    "$9::bytea, $10::bytea, $11::integer, $12::bytea, $13::text, $14::bytea, $15::bytea, $16::bytea "
    f"FROM pg_advisory_xact_lock({_CHAIN_LOCK}) RETURNING ({EPOCH}), ({INSTALLATION})"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record that is durable, with what counted when it was written.

    ``epoch``: of agreements. ``policies``: the number of their installation.
    """

    seq: int
    epoch: int
    policies: int = 0


class Sequencer:
    """Appends records, whatever is queued together in one transaction. One per process and event loop.

    It holds one connection of the pool, so that an answer which waits with a connection of its own in hand
    cannot starve it; ``close`` gives it back.
    """

    LARGEST_BATCH = 500
    MOST_WAITING = 10_000
    SECONDS = 10.0
    """How long a batch may take before its answers are refused."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], mac: Mac) -> None:
        self._pool = pool
        self._mac = mac
        self._waiting: deque[tuple[AuditRecord, asyncio.Future[Recorded]]] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None
        self._head: Head | None = None
        self._closed = False

    async def append(self, record: AuditRecord) -> Recorded:
        """Return the record's number and epoch once it is durable; ``AuditUnavailable`` if it cannot be written.

        After ``AuditUnavailable`` the record may or may not be there: the audit can say too much, never too
        little.
        """
        if self._closed or len(self._waiting) >= self.MOST_WAITING:
            raise AuditUnavailable
        durable: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._waiting.append((record, durable))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await durable

    async def close(self) -> None:
        """Write what is queued, then give the connection back."""
        self._closed = True
        if self._writer is not None:
            await self._writer
        await self._let_go()

    async def _write(self) -> None:
        while self._waiting:
            size = min(len(self._waiting), self.LARGEST_BATCH)
            batch = [self._waiting.popleft() for _ in range(size)]
            try:
                async with asyncio.timeout(self.SECONDS):
                    done = await self._commit([record for record, _ in batch])
            except Exception as error:  # noqa: BLE001 - whatever it was, no answer of this batch leaves
                _refuse(batch, error)
                await self._let_go()
            except BaseException as error:  # the hub is ending: nobody will write what still waits
                _refuse([*batch, *self._waiting], error)
                self._waiting.clear()
                raise
            else:
                for recorded, (_, durable) in zip(done, batch, strict=True):
                    if not durable.done():
                        durable.set_result(recorded)

    async def _commit(self, records: Sequence[AuditRecord]) -> list[Recorded]:
        """Append the records in one transaction."""
        connection = await self._connected()
        if self._head is not None:
            # Optimistic: one round trip while no other process writes. Its number would be taken already.
            with contextlib.suppress(asyncpg.UniqueViolationError):
                return await self._insert(connection, self._head, records)
            self._head = None
        async with connection.transaction(isolation="read_committed"):
            await connection.execute(f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})")
            return await self._insert(connection, await head(connection), records)

    async def _insert(self, connection: Connection, after: Head, records: Sequence[AuditRecord]) -> list[Recorded]:
        rows = []
        last = after
        for record in records:
            values = values_of(record)
            previous, last = last, following(self._mac, last, values)
            rows.append((last.seq, *values, previous.mac, last.mac))
        found = await connection.fetchmany(_INSERT, rows)
        self._head = last
        return [Recorded(row[0], int(epoch), int(policies)) for row, (epoch, policies) in zip(rows, found, strict=True)]

    async def _connected(self) -> PoolConnectionProxy[asyncpg.Record]:
        if self._connection is not None and lost(self._connection):
            await self._let_go()
        if self._connection is None:
            self._connection = await self._pool.acquire()
            # Whatever the server's default: "committed" has to mean "on disk" here.
            await self._connection.execute("SET synchronous_commit = on")
        return self._connection

    async def _let_go(self) -> None:
        """Forget connection and head: after an error nobody knows what was committed."""
        connection, self._connection, self._head = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(Exception):
                if not self._closed:
                    connection.terminate()
                await self._pool.release(connection)


def _refuse(batch: Sequence[tuple[AuditRecord, asyncio.Future[Recorded]]], error: BaseException) -> None:
    """Let no answer of the batch leave. Only the kind of error is logged: its text may quote a record."""
    for _, durable in batch:
        if not durable.done():
            durable.set_exception(AuditUnavailable())
    logger.error("%d audit records were not written: %s", len(batch), type(error).__name__)
