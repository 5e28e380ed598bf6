"""From the headers of a request to the viewer who asks."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from hub.auth.bearer import is_jwt
from hub.auth.certificates import CLIENT_CERT, require_certificate
from hub.auth.errors import (
    PartnerSuspended,
    PurposeNotAgreed,
    PurposeUnknown,
    SubjectUnknown,
    TokenMissing,
    TokenMistyped,
    TokenNotValid,
)
from hub.auth.rights import rights
from hub.auth.tokens import is_whole, token_hash
from hub.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from hub.auth.bearer import Bearers, Verified
    from hub.store.partners import Credential, Partner

    Lookup = Callable[[bytes, int], Awaitable[Credential | None]]
    """From the hash of a token, or a member's token, to what is stored of it, as of no earlier epoch of agreements."""
    Authenticate = Callable[[Mapping[str, str], datetime, int], Awaitable["Viewer"]]
    """From the headers of a request, the time and the earliest epoch to the viewer; raises as ``authenticate`` does."""

_ONLY_HERE: Final = object()


@dataclass(frozen=True, slots=True)
class Viewer:
    """A partner that proved who it is, with the purpose that it declares.

    ``authenticate`` makes one; ``registered`` does for what an administrator had sent to a partner.

    ``roles`` and ``regions`` are sorted, so that partners with equal rights share plans. ``epoch``: how often it had
    changed by then what agreements grant; ``granted_at``: at which of these changes the partner's own changed last.
    ``member``: token of the person who asks, if it is one; ``narrowed``: whether that person has not all divisions of
    the partner, so that agreements count in its own alone.
    """

    partner_id: UUID
    name: str
    department: str
    roles: tuple[str, ...]
    regions: tuple[str, ...]
    purpose: str
    epoch: int = field(compare=False)
    granted_at: int = field(compare=False)
    member: bytes | None = field(compare=False)
    narrowed: bool
    proof: InitVar[object]

    def __post_init__(self, proof: object) -> None:
        if proof is not _ONLY_HERE:
            raise TypeError("a viewer is made by authenticate() or registered() only")


@dataclass(frozen=True, slots=True)
class Vouched:
    """Identity providers: how their tokens are verified, and how the member is found that one speaks of."""

    bearers: Bearers
    lookup: Lookup


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a viewer was made of, and where to ask whether that is still so."""

    lookup: Lookup
    credential: Credential
    until: datetime
    verified: Verified | None


async def authenticate(
    headers: Mapping[str, str],
    lookup: Lookup,
    now: datetime,
    purposes: Collection[str],
    epoch: int = 0,
    vouched: Vouched | None = None,
) -> Viewer:
    """Return who asks, and for which purpose.

    ``headers``: by lower-case name; ``client-cert`` only from a trusted proxy. ``now``: with time zone. ``purposes``:
    all that exist; which of them a partner may declare is part of its entry. Raises ``TokenMissing``,
    ``TokenMistyped``, ``TokenNotValid``, ``TokenRefused`` (401), ``SubjectUnknown`` (403), ``KeysUnavailable`` (503),
    ``CertificateMissing`` (401), ``PurposeUnknown``, ``PurposeNotAgreed`` (403), in this order: a stranger learns
    nothing about purposes.
    """
    viewer, _ = await _authenticated(headers, lookup, now, purposes, epoch, vouched)
    return viewer


async def _authenticated(
    headers: Mapping[str, str],
    lookup: Lookup,
    now: datetime,
    purposes: Collection[str],
    epoch: int,
    vouched: Vouched | None,
) -> tuple[Viewer, _Proof]:
    # 1. A bearer token: one of the hub's, whole, or one that an identity provider signed
    scheme, _, text = headers.get("authorization", "").partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer" or not text:
        raise TokenMissing
    verified = None
    if vouched is not None and is_jwt(text):
        verified = await vouched.bearers.verify(text, now)
        lookup, wanted = vouched.lookup, verified.member
    elif is_whole(text):
        wanted = token_hash(text)
    else:
        raise TokenMistyped
    # 2. Known by its hash, or by whom it speaks of. The comparison in constant time guards against a look-up that is
    # less than exact.
    found = await lookup(wanted, epoch)
    if found is None or not hmac.compare_digest(found.hash, wanted):
        raise TokenNotValid("unknown") if verified is None else SubjectUnknown()
    # 3. In force at this moment, whatever a cache holds
    if found.revoked_at is not None and found.revoked_at <= now:
        raise TokenNotValid("revoked")
    if found.expires_at <= now:
        raise TokenNotValid("expired")
    partner = found.partner
    if partner.state != "active":
        raise TokenNotValid("suspended")
    member = found.member
    if member is not None and member.ended_at is not None and member.ended_at <= now:
        raise TokenNotValid("ended") if verified is None else SubjectUnknown()
    # 4. From whoever has the certificate, where it is bound to one
    bound = found.certificate if verified is None else verified.certificate
    if bound is not None or partner.certificate_bound:
        require_certificate(headers.get(CLIENT_CERT), bound, partner, member)
    # 5. For a purpose that exists, and that partner and member both have
    token = None if member is None else member.token
    may = rights(partner, member)
    purpose = headers.get("hub-purpose", "").strip()
    if purpose not in purposes:
        raise PurposeUnknown(purposes, partner.id, token)
    if purpose not in may.purposes:
        raise PurposeNotAgreed(may.purposes, partner.id, token)
    viewer = Viewer(
        partner.id,
        partner.name,
        partner.department,
        may.roles,
        may.regions,
        purpose,
        found.epoch,
        found.granted_at,
        token,
        may.narrowed,
        proof=_ONLY_HERE,
    )
    until = found.expires_at if verified is None else verified.until
    return viewer, _Proof(lookup, found, until, verified)


def registered(partner: Partner, purpose: str, epoch: int, granted_at: int) -> Viewer:
    """Return the viewer that a webhook is registered for: its partner, as its entry is now.

    No token proves it: what is made for this viewer goes to the address that an administrator registered, and nowhere
    else. Raises ``PartnerSuspended``, ``PurposeNotAgreed``.
    """
    if partner.state != "active":
        raise PartnerSuspended
    if purpose not in partner.purposes:
        raise PurposeNotAgreed(partner.purposes, partner.id)
    return Viewer(
        partner.id, partner.name, partner.department, partner.roles, partner.regions, purpose, epoch, granted_at,
        None, narrowed=False, proof=_ONLY_HERE,
    )  # fmt: skip


def cached_viewers(
    lookup: Lookup, purposes: Collection[str], vouched: Vouched | None = None, *, most: int = 10_000
) -> Authenticate:
    """Wrap ``authenticate``, so that a partner who keeps asking is not asked for every proof anew.

    Known are the same three headers with the same stored credential behind them, still in force: ``lookup``
    is asked each time, so what it notices takes effect here at once. Kept are hashes, never tokens.
    """
    known: Cache[bytes, tuple[_Proof, Viewer]] = Cache(most)

    async def cached(headers: Mapping[str, str], now: datetime, epoch: int = 0) -> Viewer:
        said = f"{headers.get('hub-purpose')}\n{headers.get('authorization')}\n{headers.get(CLIENT_CERT)}"
        key = hashlib.sha256(said.encode(errors="surrogatepass")).digest()
        if (held := known.get(key)) is not None:
            proof, viewer = held
            credential, verified = proof.credential, proof.verified
            found = await proof.lookup(credential.hash, epoch)
            if (
                found is credential
                and credential.revoked_at is None
                and now < proof.until
                and (verified is None or verified.stands())
            ):
                return viewer
            known.forget(key)
        viewer, proof = await _authenticated(headers, lookup, now, purposes, epoch, vouched)
        known.keep(key, (proof, viewer))
        return viewer

    return cached


def cached_credentials(
    lookup: Lookup, *, seconds: float = 5.0, most: int = 10_000, clock: Callable[[], float] = time.monotonic
) -> Lookup:
    """Wrap a look-up, so that a partner who keeps asking costs no connection for it.

    A revocation takes effect within ``seconds``; an expiry at once, because ``authenticate`` looks at the
    clock each time. Only what was found is kept: a new token works at once, and strangers' guesses do not
    push partners out. Kept are hashes, never tokens. What is of an earlier epoch than is asked for is looked up.
    """
    kept: Cache[bytes, tuple[float, Credential]] = Cache(most)

    async def cached(wanted: bytes, epoch: int = 0) -> Credential | None:
        held = kept.get(wanted)
        if held is not None and clock() < held[0] and held[1].epoch >= epoch:
            return held[1]
        asked = clock()
        found = await lookup(wanted, epoch)
        if found is None:
            kept.forget(wanted)
            return None
        if held is not None and found == held[1]:
            found = held[1]  # what is kept for it stays what it was: nothing has to be compared at each request
        # Counted from the question, not from the answer: the row may have changed in between.
        kept.keep(wanted, (asked + seconds, found))
        return found

    return cached
