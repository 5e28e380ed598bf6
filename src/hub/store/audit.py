"""The audit: what was answered to whom and for which purpose, written before the answer leaves.

One chain for all processes: each record has the next number, and a code (MAC) over itself and the code
before. The code is keyed, because whoever can rewrite the table could recompute a plain hash. The number is
the primary key, so that two processes can never continue the chain from the same place.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import orjson

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from asyncpg.pool import PoolConnectionProxy

    Mac = Callable[[bytes], bytes]
    """From a message to its authentication code of 32 bytes."""
    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

logger = logging.getLogger(__name__)


class AuditUnavailable(HubError):
    """The record of an answer could not be written, so the answer does not leave."""

    code = "HUB-510"
    status = 503

    def __init__(self) -> None:
        super().__init__("This answer could not be accounted for, so it is not given. Try again in a moment.")


_PATH = re.compile(r"(?!.*[0-9]{7})[A-Za-z_][A-Za-z0-9_.]{0,299}")
_WORD = re.compile(r"(?!.*[0-9]{7})[A-Za-z][A-Za-z0-9:_-]{0,63}")
_REQUEST = re.compile(r"[A-Za-z0-9-]{1,64}")
TOKEN_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Decisions:
    """Which fields were decided how, as canonical JSON. ``decisions`` makes it, once per plan."""

    json: bytes


def decisions(by_path: Mapping[str, str]) -> Decisions:
    """Check and freeze path → decision (``plain``, ``masked``, ``withheld`` …).

    A path has the names of the schema, never aliases: a client could hide a value in an alias, so a path
    with seven digits in a row raises ``ValueError``.
    """
    for path, decision in by_path.items():
        if not _PATH.fullmatch(path) or not _WORD.fullmatch(decision):
            raise ValueError("an audit path or decision has the form of a value")
    return Decisions(orjson.dumps(dict(by_path), option=orjson.OPT_SORT_KEYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One answer, or one refusal. It has no room for a value: texts are names, the rest is tokens.

    ``operation``: hash of the document. ``literals``: tokens of the protected values that were looked up.
    ``subjects``: tokens of the people whom the answer is about. ``rows``: how many rows it has.
    ``policy``: digest of the policies in force. ``outcome``: ``answered``, or ``refused:`` and the code.
    A purpose that was declared but does not exist is not recorded: it is a text of the client's.
    """

    at: datetime
    request_id: str
    partner_id: UUID | None
    purpose: str | None
    action: str
    operation: bytes | None
    fields: Decisions
    subjects: tuple[bytes, ...]
    rows: int
    policy: bytes | None
    outcome: str
    literals: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        words = [self.action, self.outcome] if self.purpose is None else [self.action, self.outcome, self.purpose]
        if not _REQUEST.fullmatch(self.request_id) or not all(map(_WORD.fullmatch, words)):
            raise ValueError("a text of an audit record has the form of a value")
        if any(len(token) != TOKEN_LENGTH for token in (*self.subjects, *self.literals)):
            raise ValueError("an audit record names people and values by tokens of 16 bytes")
        if self.at.tzinfo is None:
            raise ValueError("an audit record has a time with its offset")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain. Kept elsewhere, it proves later that nothing was cut off."""

    seq: int
    mac: bytes


START: Final = Head(0, bytes(32))

_CHAIN_LOCK = 0x68756202
_COLUMNS = (
    "at", "request_id", "partner_id", "purpose", "action", "operation", "fields", "literals", "subjects", "rows",
    "policy", "outcome",
)  # fmt: skip
# Every statement takes the lock, so that a process which has read the head under it cannot be overtaken.
_INSERT = (
    f"INSERT INTO audit_record (seq, {', '.join(_COLUMNS)}, previous, mac) "
    "SELECT $1::bigint, $2::timestamptz, $3::text, $4::uuid, $5::text, $6::text, $7::bytea, $8::jsonb, "
    "$9::bytea[], $10::bytea[], $11::integer, $12::bytea, $13::text, $14::bytea, $15::bytea "
    f"FROM pg_advisory_xact_lock({_CHAIN_LOCK})"
)
_HEAD = "SELECT seq, mac FROM audit_record ORDER BY seq DESC LIMIT 1"


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
        self._waiting: deque[tuple[AuditRecord, asyncio.Future[int]]] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None
        self._head: Head | None = None
        self._closed = False

    async def append(self, record: AuditRecord) -> int:
        """Return the record's number once it is durable; ``AuditUnavailable`` if it cannot be written.

        After ``AuditUnavailable`` the record may or may not be there: the audit can say too much, never too
        little.
        """
        if self._closed or len(self._waiting) >= self.MOST_WAITING:
            raise AuditUnavailable
        durable: asyncio.Future[int] = asyncio.get_running_loop().create_future()
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
                    first = await self._commit([record for record, _ in batch])
            except BaseException as error:
                # Whatever it was, no answer of this batch leaves. The text of an error may quote a row.
                for _, durable in batch:
                    if not durable.done():
                        durable.set_exception(AuditUnavailable())
                logger.error("%d audit records were not written: %s", size, type(error).__name__)  # noqa: TRY400 - the traceback would quote them
                await self._let_go()
                if not isinstance(error, Exception):
                    raise
            else:
                for seq, (_, durable) in enumerate(batch, start=first):
                    if not durable.done():
                        durable.set_result(seq)

    async def _commit(self, records: Sequence[AuditRecord]) -> int:
        """Append the records in one transaction; return the number of the first."""
        connection = await self._connected()
        if self._head is not None:
            # Optimistic: one round trip while no other process writes. Its number would be taken already.
            with contextlib.suppress(asyncpg.UniqueViolationError):
                return await self._insert(connection, self._head, records)
            self._head = None
        async with connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})")
            return await self._insert(connection, await head(connection), records)

    async def _insert(self, connection: Connection, after: Head, records: Sequence[AuditRecord]) -> int:
        rows = []
        last = after
        for record in records:
            previous, last = last, _next(self._mac, last, record)
            rows.append((last.seq, *_values(record), previous.mac, last.mac))
        await connection.executemany(_INSERT, rows)
        self._head = last
        return after.seq + 1

    async def _connected(self) -> PoolConnectionProxy[asyncpg.Record]:
        if self._connection is not None and self._connection.is_closed():
            await self._let_go()
        if self._connection is None:
            self._connection = await self._pool.acquire()
        return self._connection

    async def _let_go(self) -> None:
        """Forget connection and head: after an error nobody knows what was committed."""
        connection, self._connection, self._head = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(Exception):
                if not self._closed:
                    connection.terminate()
                await self._pool.release(connection)


async def head(connection: Connection) -> Head:
    """Return the end of the chain as it is committed."""
    row = await connection.fetchrow(_HEAD)
    return START if row is None else Head(row["seq"], row["mac"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk along the chain found. ``fault`` is None if every record is as it was written.

    ``gap``: the record ``seq`` is missing. ``changed``: the record ``seq`` is not what was written, or
    was written with another keyring. ``cut``: the chain does not contain the known head ``seq``.
    """

    records: int
    head: Head
    fault: str | None = None
    seq: int | None = None


async def verify(connection: Connection, mac: Mac, known: Head | None = None) -> Verdict:
    """Walk the chain from its start to the first fault.

    ``known``: a head that was noted earlier and kept elsewhere. Without one, records cut off at the end
    cannot be missed.
    """
    last, count = START, 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        query = f"SELECT seq, {', '.join(_COLUMNS)}, previous, mac FROM audit_record ORDER BY seq"
        async for row in connection.cursor(query, prefetch=1000):
            if row["seq"] != last.seq + 1:
                return Verdict(count, last, "gap", last.seq + 1)
            following = Head(row["seq"], mac(last.mac + _canonical(row["seq"], tuple(row)[1:-2])))
            if row["previous"] != last.mac or row["mac"] != following.mac:
                return Verdict(count, last, "changed", row["seq"])
            last, count = following, count + 1
            if known is not None and known.seq == last.seq and known.mac != last.mac:
                return Verdict(count, last, "cut", known.seq)
    if known is not None and known.seq > last.seq:
        return Verdict(count, last, "cut", known.seq)
    return Verdict(count, last)


def _values(record: AuditRecord) -> tuple[Any, ...]:
    """The record's columns, as the driver takes them and gives them back."""
    return (
        record.at, record.request_id, record.partner_id, record.purpose, record.action, record.operation,
        record.fields.json.decode(), list(record.literals), list(record.subjects), record.rows, record.policy,
        record.outcome,
    )  # fmt: skip


def _next(mac: Mac, after: Head, record: AuditRecord) -> Head:
    seq = after.seq + 1
    return Head(seq, mac(after.mac + _canonical(seq, _values(record))))


def _canonical(seq: int, values: Sequence[Any]) -> bytes:
    """Return one spelling of a record, the same before it is stored and after it is read."""
    plain: list[Any] = [seq]
    for name, value in zip(_COLUMNS, values, strict=True):
        match value:
            case datetime():
                plain.append(value.astimezone(UTC).isoformat(timespec="microseconds"))
            case bytes():
                plain.append(value.hex())
            case list():
                plain.append([token.hex() for token in value])
            case str() if name == "fields":
                plain.append(orjson.loads(value))
            case _:
                plain.append(value)
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
