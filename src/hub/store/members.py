"""Members of partners: the people behind them. Elsewhere they are named by a token; who they are is sealed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import uuid_utils.compat as uuids

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from hub.store.pool import Database

TABLE: Final = "member"
SHOWN: Final = "mem_"
"""What the text of a member's token begins with; 32 hexadecimal digits follow."""
SHORTEST: Final = 8
"""Digits that are enough of a token where a command names a member."""


class MemberExists(HubError):
    """The person is a member of this partner already."""

    code = "HUB-324"
    status = 409


class NoSuchMember(HubError):
    """No member, or more than one, has a token that begins like this."""

    code = "HUB-325"
    status = 404


@dataclass(frozen=True, slots=True)
class Member:
    """A member as access depends on it. ``token``: 16 bytes, by which audit and histories name the member."""

    token: bytes
    roles: tuple[str, ...]
    regions: tuple[str, ...]
    purposes: tuple[str, ...]
    ended_at: datetime | None

    @property
    def text(self) -> str:
        """The token as it is shown."""
        return shown(self.token)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member with what says who it is, sealed. ``subject``: as the issuer names it, None without an issuer."""

    id: UUID
    partner: str
    member: Member
    issuer: str | None
    subject: bytes | None
    name: bytes
    created_at: datetime


IN_MEMBER: Final = "m.token, m.roles, m.regions, m.purposes, m.ended_at"
_ROW: Final = f"m.id, p.name, {IN_MEMBER}, m.issuer, m.subject, m.name, m.created_at"
_FROM: Final = "FROM member m JOIN partner p ON p.id = m.partner_id"


def shown(token: bytes) -> str:
    """The text by which a member is shown."""
    return SHOWN + token.hex()


def member_of(row: Sequence[Any]) -> Member | None:
    """Read the columns ``IN_MEMBER``; None where an outer join found nothing."""
    token, roles, regions, purposes, ended_at = row
    return None if token is None else Member(token, tuple(roles), tuple(regions), tuple(purposes), ended_at)


async def add_member(
    database: Database,
    *,
    partner: UUID,
    token: bytes,
    issuer: str | None,
    seal: Callable[[bytes], tuple[bytes | None, bytes]],
    roles: Sequence[str],
    regions: Sequence[str],
    purposes: Sequence[str],
    now: datetime,
) -> MemberRow:
    """Add a member; ``MemberExists`` if the person is one. ``seal``: from the row's id to subject and name, sealed."""
    row_id = uuids.uuid4()  # of the time of hiring it says nothing
    subject, name = seal(row_id.bytes)
    try:
        await database.execute(
            "INSERT INTO member (id, partner_id, token, issuer, subject, name, roles, regions, purposes, created_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            row_id, partner, token, issuer, subject, name, sorted(set(roles)), sorted(set(regions)),
            sorted(set(purposes)), now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise MemberExists(
            f"This person is a member of the partner already, as {shown(token)}. End that first, or give another name."
        ) from None
    return (await _rows(database, "WHERE m.id = $1", row_id))[0]


async def find_member(database: Database, text: str) -> MemberRow:
    """Return the member whose token begins like this, the last of the rows where there were several.

    Raises ``NoSuchMember``.
    """
    digits = text.removeprefix(SHOWN).lower()
    known = len(digits) >= SHORTEST and all(digit in "0123456789abcdef" for digit in digits)
    rows = await _rows(database, "WHERE starts_with(encode(m.token, 'hex'), $1)", digits) if known else []
    if len({row.member.token for row in rows}) != 1:
        few = f"{len(rows)} members have" if rows else "No member has"
        raise NoSuchMember(f"{few} a token that begins with {text[:40]}. List the members there are.")
    return max(rows, key=lambda row: (row.member.ended_at is None, row.created_at))


async def members_by_token(database: Database, tokens: Sequence[bytes]) -> dict[bytes, MemberRow]:
    """Return the members with these tokens, the last row of each."""
    rows = await _rows(database, "WHERE m.token = ANY($1) ORDER BY m.created_at", list(tokens))
    return {row.member.token: row for row in rows}


async def list_members(database: Database, partner: str | None = None) -> list[MemberRow]:
    """Return all members, or those of a partner, by partner and time."""
    return await _rows(
        database, "WHERE $1::text IS NULL OR p.name = $1 ORDER BY p.name, m.created_at, m.token", partner
    )


async def end_member(database: Database, token: bytes, now: datetime) -> None:
    """End a member now, with all of its tokens: no answer leaves after it. Who was ended before stays so."""
    await database.execute(
        "WITH ended AS (UPDATE member SET ended_at = $2 WHERE token = $1 AND ended_at IS NULL RETURNING id), "
        "revoked AS (UPDATE partner_token t SET revoked_at = $2 FROM ended "
        "WHERE t.member_id = ended.id AND t.revoked_at IS NULL) "
        "UPDATE grant_epoch SET epoch = epoch + 1",
        token, now,
    )  # fmt: skip


async def _rows(database: Database, where: str, *values: object) -> list[MemberRow]:
    found = []
    for row in await database.fetch(f"SELECT {_ROW} {_FROM} {where}", *values):
        id_, partner, *member, issuer, subject, name, created_at = row
        made = member_of(member)
        assert made is not None  # noqa: S101 - an inner join has one
        found.append(MemberRow(id_, partner, made, issuer, subject, name, created_at))
    return found
