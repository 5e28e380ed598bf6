"""The audit: what was answered to whom and for which purpose, written before the answer leaves.

One chain for all processes: each record has the next number, and a code (MAC) over itself and the code
before. The code is keyed, because whoever can rewrite the table could recompute a plain hash. The number is
the primary key, so that two processes can never continue the chain from the same place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson
import uuid_utils

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    Mac = Callable[[bytes], bytes]
    """From a message to its authentication code of 32 bytes."""
    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

_PATH = re.compile(r"(?!.*[0-9]{7})[A-Za-z_][A-Za-z0-9_.]{0,299}")
_WORD = re.compile(r"(?!.*[0-9]{7})[A-Za-z][A-Za-z0-9:_-]{0,63}")
_REQUEST = re.compile(r"[A-Za-z0-9-]{1,64}")
TOKEN_LENGTH: Final = 16
_MOST_ROWS: Final = 2**31


@lru_cache(maxsize=1_024)
def _is_word(text: str) -> bool:
    return _WORD.fullmatch(text) is not None


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

    ``operation``: hash of the document. ``literals``: tokens of the protected and personal values,
    and of the ids, that were asked for. ``subjects``: tokens of the people whom the answer is about. Tokens stand
    one behind the other, 16 bytes each. ``rows``: how many rows the answer has.
    ``policy``: digest of the policies in force. ``outcome``: ``answered``, or ``refused:`` and the code.
    A purpose that was declared but does not exist is not recorded: it is a text of the client's.
    ``member``: token of the partner's member who asked; None where the partner's own system did.
    """

    at: datetime
    request_id: str
    partner_id: UUID | None
    purpose: str | None
    action: str
    operation: bytes | None
    fields: Decisions
    subjects: bytes
    rows: int
    policy: bytes | None
    outcome: str
    literals: bytes = b""
    member: bytes | None = None

    def __post_init__(self) -> None:
        words = _is_word(self.action) and _is_word(self.outcome) and (self.purpose is None or _is_word(self.purpose))
        if not words or not _REQUEST.fullmatch(self.request_id):
            raise ValueError("a text of an audit record has the form of a value")
        if len(self.subjects) % TOKEN_LENGTH or len(self.literals) % TOKEN_LENGTH:
            raise ValueError("an audit record names people and values by tokens of 16 bytes")
        if self.member is not None and len(self.member) != TOKEN_LENGTH:
            raise ValueError("an audit record names a member by a token of 16 bytes")
        if not 0 <= self.rows < _MOST_ROWS:
            raise ValueError("an audit record counts its rows from 0 to 2^31 - 1")
        if self.at.tzinfo is None:
            raise ValueError("an audit record has a time with its offset")


def own_record(
    action: str,
    rows: int,
    at: datetime,
    *,
    purpose: str | None = None,
    outcome: str = "answered",
    fields: Mapping[str, str] = MappingProxyType({}),
    subjects: bytes = b"",
    literals: bytes = b"",
    policy: bytes | None = None,
) -> AuditRecord:
    """The record of what the hub, or somebody who runs it, did by itself: no partner got an answer."""
    return AuditRecord(
        at=at, request_id=str(uuid_utils.uuid7()), partner_id=None, purpose=purpose, action=action, operation=None,
        fields=decisions(fields), subjects=subjects, rows=rows, policy=policy, outcome=outcome, literals=literals,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain. Kept elsewhere, it proves later that nothing was cut off."""

    seq: int
    mac: bytes


START: Final = Head(0, bytes(32))

COLUMNS: Final = (
    "at", "request_id", "partner_id", "purpose", "action", "operation", "fields", "literals", "subjects", "rows",
    "policy", "outcome", "member",
)  # fmt: skip
_LAST = "SELECT seq, mac FROM audit_record ORDER BY seq DESC LIMIT 1"


async def head(connection: Connection) -> Head:
    """Return the end of the chain as it is committed."""
    row = await connection.fetchrow(_LAST)
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
        columns = ", ".join("fields::text" if name == "fields" else name for name in COLUMNS)
        query = f"SELECT seq, {columns}, previous, mac FROM audit_record ORDER BY seq"
        async for row in connection.cursor(query, prefetch=1000):
            if row["seq"] != last.seq + 1:
                return Verdict(count, last, "gap", last.seq + 1)
            expected = following(mac, last, _respelled(tuple(row)[1:-2]))
            if row["previous"] != last.mac or row["mac"] != expected.mac:
                return Verdict(count, last, "changed", row["seq"])
            last, count = expected, count + 1
            if known is not None and known.seq == last.seq and known.mac != last.mac:
                return Verdict(count, last, "cut", known.seq)
    if known is not None and known.seq > last.seq:
        return Verdict(count, last, "cut", known.seq)
    return Verdict(count, last)


def values_of(record: AuditRecord) -> tuple[Any, ...]:
    """The record's columns, as the driver takes them and gives them back."""
    return (
        record.at, record.request_id, record.partner_id, record.purpose, record.action, record.operation,
        record.fields.json.decode(), record.literals, record.subjects, record.rows, record.policy,
        record.outcome, record.member,
    )  # fmt: skip


def following(mac: Mac, after: Head, values: Sequence[Any]) -> Head:
    """Return the head that a record with these columns makes when it is appended."""
    seq = after.seq + 1
    return Head(seq, mac(after.mac + _canonical(seq, values)))


def _canonical(seq: int, values: Sequence[Any]) -> bytes:
    """Return one spelling of a record, the same before it is stored and after it is read."""
    (
        at, request_id, partner_id, purpose, action, operation, fields, literals, subjects, rows, policy, outcome,
        member,
    ) = values  # fmt: skip
    plain = [
        seq,
        at.astimezone(UTC),
        request_id,
        None if partner_id is None else str(partner_id),
        purpose,
        action,
        None if operation is None else operation.hex(),
        fields,
        _in_hex(literals),
        _in_hex(subjects),
        rows,
        None if policy is None else policy.hex(),
        outcome,
    ]
    if member is not None:
        # Behind all else: records without one are spelled as they were before there were members.
        plain.append(member.hex())
    return orjson.dumps(plain)


def _in_hex(tokens: bytes) -> Any:
    """A JSON list of the tokens in hex; all are spelled at once, as a page names a hundred people."""
    return orjson.Fragment('["' + tokens.hex(",", TOKEN_LENGTH).replace(",", '","') + '"]') if tokens else []


def _respelled(values: Sequence[Any]) -> list[Any]:
    """Spell the decisions as ``decisions`` does; the database has a spelling of its own."""
    again = list(values)
    place = COLUMNS.index("fields")
    again[place] = orjson.dumps(orjson.loads(again[place]), option=orjson.OPT_SORT_KEYS).decode()
    return again
