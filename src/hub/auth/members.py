"""Members of partners: who they are is opened here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from hub.auth.rights import beyond
from hub.catalog.sensitivity import Group
from hub.errors import HubError
from hub.store import members as stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hub.crypto import Vault
    from hub.store.members import MemberRow
    from hub.store.partners import Partner
    from hub.store.pool import Database

LONGEST: Final = 200
"""Characters of a name or a subject."""


class MemberUnfit(HubError):
    """A member would have more than its partner has, or is ended, or is not named as people can be."""

    code = "HUB-323"
    status = 409


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a member is. ``subject``: as the identity provider ``issuer`` names it; None for tokens of the hub alone."""

    name: str
    issuer: str | None = None
    subject: str | None = None


def member_token(vault: Vault, partner: str, issuer: str | None, subject: str) -> bytes:
    """Return the token of a person at a partner: the same whenever the person is its member.

    ``subject``: as the issuer says it; without an issuer, the name that the administrator gave.
    """
    return vault.token("member")(orjson.dumps([partner, issuer, subject]).decode())


async def enroll(
    database: Database,
    vault: Vault,
    partner: Partner,
    who: Identity,
    *,
    roles: Sequence[str],
    regions: Sequence[str],
    purposes: Sequence[str],
    now: datetime,
) -> MemberRow:
    """Add a member to a partner; an empty list stands for all that the partner has.

    Raises ``MemberUnfit`` for what the partner does not have, ``MemberExists``.
    """
    for text in (who.name, who.subject):
        if text is not None and not (0 < len(text.strip()) <= LONGEST and text.isprintable()):
            raise MemberUnfit(f"A member's name and subject have 1 to {LONGEST} characters that can be read.")
    for what, asked, own in (("role", roles, partner.roles), ("purpose", purposes, partner.purposes)):
        for each in asked:
            if each not in own:
                raise MemberUnfit(f"{partner.name} has no {what} {each}. It has: {', '.join(own)}.")
    if outside := beyond(regions, partner.regions):
        own_regions = ", ".join(partner.regions)
        raise MemberUnfit(f"{outside[0]} is not within the divisions of {partner.name}: {own_regions}.")

    def seal(row_id: bytes) -> tuple[bytes | None, bytes]:
        name = vault.sealer(stored.TABLE, "name", Group.IDENTITY).seal(row_id, who.name)
        subject = vault.sealer(stored.TABLE, "subject", Group.IDENTITY)
        return (None if who.subject is None else subject.seal(row_id, who.subject)), name

    return await stored.add_member(
        database,
        partner=partner.id,
        token=member_token(vault, partner.name, who.issuer, who.subject or who.name),
        issuer=who.issuer,
        seal=seal,
        roles=roles or partner.roles,
        regions=regions or partner.regions,
        purposes=purposes or partner.purposes,
        now=now,
    )


def identity(vault: Vault, row: MemberRow) -> Identity:
    """Open who a member is: for those who may know."""
    name = vault.opener(stored.TABLE, "name", Group.IDENTITY).open(row.id.bytes, row.name)
    subject = None
    if row.subject is not None:
        subject = vault.opener(stored.TABLE, "subject", Group.IDENTITY).open(row.id.bytes, row.subject)
    return Identity(name, row.issuer, subject)


def require_in_force(row: MemberRow) -> None:
    """Refuse a member that was ended."""
    if row.member.ended_at is not None:
        raise MemberUnfit(f"{row.member.text} was ended on {row.member.ended_at:%Y-%m-%d}. Add the member anew.")
