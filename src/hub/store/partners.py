"""Partners and their tokens, also those of their members. A token itself never comes here: only its hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import uuid_utils.compat as uuids

from hub.errors import HubError
from hub.store.agreements import EPOCH, EPOCH_OF_PARTNER
from hub.store.members import IN_MEMBER, Member, member_of, shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from hub.store.pool import Database


class PartnerExists(HubError):
    """A partner of this name is there already."""

    code = "HUB-320"
    status = 409


class NoSuchPartner(HubError):
    """No partner, or no token, has this name."""

    code = "HUB-321"
    status = 404


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation that may ask. ``regions``: codes, each standing for all within it.

    ``certificate_bound``: whether it asks that all of its tokens are bound to a client certificate.
    """

    id: UUID
    name: str
    title: str
    department: str
    roles: tuple[str, ...]
    regions: tuple[str, ...]
    purposes: tuple[str, ...]
    state: str
    created_at: datetime
    certificate_bound: bool = False


@dataclass(frozen=True, slots=True)
class TokenRow:
    """What is kept of a token. ``prefix``: its first characters, which name it in lists and commands.

    ``member``: whose it is, as members are shown; None where it is for the partner's systems.
    """

    partner: str
    prefix: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A stored token with the partner that it belongs to.

    ``epoch``: how often it had changed by then what agreements grant; ``granted_at``: at which of these changes the
    partner's own changed last.
    ``member``: whose it is; None where it is for the partner's systems. ``certificate``: SHA-256 of the client
    certificate that it is bound to. Of a member whom an identity provider vouches for, ``hash`` is its token.
    """

    hash: bytes
    expires_at: datetime
    revoked_at: datetime | None
    partner: Partner
    epoch: int
    granted_at: int
    member: Member | None = None
    certificate: bytes | None = None


PARTNER_COLUMNS = (
    "p.id, p.name, p.title, p.department, p.roles, p.regions, p.purposes, p.state, p.created_at, p.certificate_bound"
)
"""Those of the partner ``p``, for ``partner_from``."""
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_NO_ANSWER_LEAVES = "changed AS (UPDATE grant_epoch SET epoch = epoch + 1)"
"""Beside what takes rights away: whoever's answer is under way is identified anew before it leaves."""


async def add_partner(
    database: Database,
    *,
    name: str,
    title: str,
    department: str,
    roles: Sequence[str],
    regions: Sequence[str],
    purposes: Sequence[str],
    now: datetime,
    certificate_bound: bool = False,
) -> Partner:
    """Add a partner; ``PartnerExists`` if the name is taken."""
    try:
        row = await database.fetchrow(
            "INSERT INTO partner AS p "
            "(id, name, title, department, roles, regions, purposes, created_at, certificate_bound) "
            f"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {PARTNER_COLUMNS}",
            uuids.uuid7(), name, title, department, _set(roles), _set(regions), _set(purposes), now, certificate_bound,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise PartnerExists(
            f"A partner named {name} is there already. Choose another name, or issue a token to this one."
        ) from None
    assert row is not None  # noqa: S101 - INSERT … RETURNING without ON CONFLICT gives one row
    return partner_from(tuple(row))


async def add_token(
    database: Database,
    *,
    partner: str,
    token_hash: bytes,
    prefix: str,
    now: datetime,
    expires_at: datetime,
    member: UUID | None = None,
    certificate: bytes | None = None,
) -> TokenRow:
    """Store the hash of a new token; ``NoSuchPartner`` if nobody has this name.

    ``member``: the id of whose it is. ``certificate``: SHA-256 of the client certificate that it is to be bound to.
    """
    row = await database.fetchrow(
        "INSERT INTO partner_token (id, partner_id, hash, prefix, created_at, expires_at, member_id, certificate) "
        "SELECT $1, id, $2, $3, $4, $5, $7, $8 FROM partner WHERE name = $6 "
        "RETURNING prefix, created_at, expires_at, revoked_at",
        uuids.uuid7(), token_hash, prefix, now, expires_at, partner, member, certificate,
    )  # fmt: skip
    if row is None:
        raise NoSuchPartner(f"There is no partner named {partner}. Add it first, or list the partners there are.")
    return TokenRow(partner, *row)


async def revoke_token(database: Database, prefix: str, now: datetime) -> TokenRow:
    """End a token now; one that was revoked before keeps its first date. ``NoSuchPartner`` if unknown."""
    row = await database.fetchrow(
        f"WITH {_NO_ANSWER_LEAVES} UPDATE partner_token t SET revoked_at = coalesce(t.revoked_at, $2) FROM partner p "
        "WHERE t.prefix = $1 AND p.id = t.partner_id "
        "RETURNING p.name, t.prefix, t.created_at, t.expires_at, t.revoked_at",
        prefix, now,
    )  # fmt: skip
    if row is None:
        raise NoSuchPartner(f"No token starts with {prefix}. List the tokens there are.")
    return TokenRow(*row)


async def revoke_partner(database: Database, name: str, now: datetime) -> int:
    """End all tokens of a partner that are in force; return how many. ``NoSuchPartner`` if unknown."""
    count = await database.fetchval(
        f"WITH {_NO_ANSWER_LEAVES}, ended AS (UPDATE partner_token t SET revoked_at = $2 FROM partner p "
        "WHERE p.name = $1 AND t.partner_id = p.id AND t.revoked_at IS NULL RETURNING 1) "
        "SELECT (SELECT count(*) FROM ended) FROM partner WHERE name = $1",
        name, now,
    )  # fmt: skip
    if count is None:
        raise NoSuchPartner(f"There is no partner named {name}. List the partners there are.")
    return int(count)


async def suspend_partner(database: Database, name: str, *, suspended: bool) -> Partner:
    """Let nobody of a partner in any more, with whatever token, or let them in again; ``NoSuchPartner`` if unknown."""
    row = await database.fetchrow(
        f"WITH {_NO_ANSWER_LEAVES} UPDATE partner p SET state = $2 WHERE p.name = $1 RETURNING {PARTNER_COLUMNS}",
        name, "suspended" if suspended else "active",
    )  # fmt: skip
    if row is None:
        raise NoSuchPartner(f"There is no partner named {name}. List the partners there are.")
    return partner_from(tuple(row))


async def bind_partner(database: Database, name: str, *, bound: bool) -> Partner:
    """Say whether a partner's tokens must be bound to a client certificate; ``NoSuchPartner`` if unknown."""
    row = await database.fetchrow(
        f"WITH {_NO_ANSWER_LEAVES} UPDATE partner p SET certificate_bound = $2 WHERE p.name = $1 "
        f"RETURNING {PARTNER_COLUMNS}",
        name, bound,
    )  # fmt: skip
    if row is None:
        raise NoSuchPartner(f"There is no partner named {name}. List the partners there are.")
    return partner_from(tuple(row))


async def renew_partner(
    database: Database,
    name: str,
    *,
    department: str,
    roles: Sequence[str],
    regions: Sequence[str],
    purposes: Sequence[str],
) -> Partner:
    """Give a partner other rights, in place of those that it has; ``NoSuchPartner`` if nobody has this name."""
    row = await database.fetchrow(
        f"WITH {_NO_ANSWER_LEAVES} UPDATE partner p SET department = $2, roles = $3, regions = $4, purposes = $5"
        f" WHERE p.name = $1 RETURNING {PARTNER_COLUMNS}",
        name, department, _set(roles), _set(regions), _set(purposes),
    )  # fmt: skip
    if row is None:
        raise NoSuchPartner(f"There is no partner named {name}. List the partners there are.")
    return partner_from(tuple(row))


async def find_partner(database: Database, name: str) -> Partner:
    """Return the partner with this name; ``NoSuchPartner`` if nobody has it."""
    row = await database.fetchrow(f"SELECT {PARTNER_COLUMNS} FROM partner p WHERE p.name = $1", name)
    if row is None:
        raise NoSuchPartner(f"There is no partner named {name}. List the partners there are.")
    return partner_from(tuple(row))


async def list_partners(database: Database) -> list[Partner]:
    """Return all partners by name."""
    return [
        partner_from(tuple(row))
        for row in await database.fetch(f"SELECT {PARTNER_COLUMNS} FROM partner p ORDER BY p.name")
    ]


async def list_tokens(database: Database) -> list[TokenRow]:
    """Return all tokens, by partner and time."""
    rows = await database.fetch(
        "SELECT p.name, t.prefix, t.created_at, t.expires_at, t.revoked_at, m.token FROM partner_token t "
        "JOIN partner p ON p.id = t.partner_id LEFT JOIN member m ON m.id = t.member_id "
        "ORDER BY p.name, t.created_at, t.prefix"
    )
    return [
        TokenRow(partner, prefix, created_at, expires_at, revoked_at, None if member is None else shown(member))
        for partner, prefix, created_at, expires_at, revoked_at, member in rows
    ]


async def find_by_token_hash(database: Database, token_hash: bytes) -> Credential | None:
    """Return the token with this hash and its partner; in force or not is for the caller to say."""
    row = await database.fetchrow(
        f"SELECT t.hash, t.expires_at, t.revoked_at, ({EPOCH}), {EPOCH_OF_PARTNER}, t.certificate, "
        f"{IN_MEMBER}, {PARTNER_COLUMNS} "
        "FROM partner_token t JOIN partner p ON p.id = t.partner_id LEFT JOIN member m ON m.id = t.member_id "
        "WHERE t.hash = $1",
        token_hash,
    )
    if row is None:
        return None
    hash_, expires_at, revoked_at, epoch, granted_at, certificate, *rest = row
    member, partner = member_of(rest[:5]), partner_from(rest[5:])
    return Credential(hash_, expires_at, revoked_at, partner, epoch, granted_at, member, certificate)


async def find_by_member(database: Database, member: bytes) -> Credential | None:
    """Return what is stored of the member with this token, the last row of it: for whom an identity provider vouches.

    How long is for the provider to say.
    """
    row = await database.fetchrow(
        f"SELECT ({EPOCH}), {EPOCH_OF_PARTNER}, {IN_MEMBER}, {PARTNER_COLUMNS} FROM member m "
        "JOIN partner p ON p.id = m.partner_id "
        "WHERE m.token = $1 ORDER BY m.ended_at IS NULL DESC, m.created_at DESC LIMIT 1",
        member,
    )
    if row is None:
        return None
    epoch, granted_at, *rest = row
    found, partner = member_of(rest[:5]), partner_from(rest[5:])
    return Credential(member, _NEVER, None, partner, epoch, granted_at, found)


def _set(items: Sequence[str]) -> list[str]:
    """Sorted and without repetition, so that partners with equal rights are equal."""
    return sorted(set(items))


def partner_from(row: Sequence[Any]) -> Partner:
    """Read the columns ``PARTNER_COLUMNS``."""
    id_, name, title, department, roles, regions, purposes, state, created_at, bound = row
    return Partner(
        id_, name, title, department, tuple(roles), tuple(regions), tuple(purposes), state, created_at, bound
    )  # fmt: skip
