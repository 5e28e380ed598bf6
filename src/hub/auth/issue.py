"""Giving a partner, or one of its members, a token."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hub.auth.tokens import NewToken, new_token
from hub.store.partners import add_token

if TYPE_CHECKING:
    from datetime import datetime

    from hub.store.members import MemberRow
    from hub.store.pool import Database

LIFETIME = timedelta(days=90)


async def issue_token(
    database: Database,
    partner: str,
    now: datetime,
    lifetime: timedelta = LIFETIME,
    *,
    member: MemberRow | None = None,
    certificate: bytes | None = None,
) -> NewToken:
    """Make a token for the partner of this name and store its hash. ``member``: of the partner, whose it is to be.

    ``certificate``: SHA-256 of the client certificate that it is to be bound to.
    The text in the result is the only copy: show it once. Raises ``NoSuchPartner``.
    """
    if lifetime <= timedelta(0):
        raise ValueError("a token lives longer than not at all")
    token = new_token()
    await add_token(
        database,
        partner=partner,
        token_hash=token.hash,
        prefix=token.prefix,
        now=now,
        expires_at=now + lifetime,
        member=None if member is None else member.id,
        certificate=certificate,
    )
    return token
