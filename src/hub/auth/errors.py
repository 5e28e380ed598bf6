"""Why a request is not answered before it is read: 401 without valid credentials, 403 without a purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

Reason = Literal["unknown", "expired", "revoked", "suspended", "ended"]


class Unauthenticated(HubError):
    """No credentials that count. ``headers`` belong on the response (RFC 6750, section 3)."""

    status = 401
    code = "HUB-300"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="hub"'}


class TokenMissing(Unauthenticated):
    """The request has no bearer token."""

    code = "HUB-301"

    def __init__(self) -> None:
        super().__init__('This endpoint answers partners only. Send your token as "Authorization: Bearer hub_…".')


class TokenNotValid(Unauthenticated):
    """The token is unknown, expired, revoked, its partner is suspended, or its member was ended.

    ``reason`` says which, for the audit log. Outside they are one: a stranger learns from no answer that a
    token was ever valid.
    """

    code = "HUB-302"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="hub", error="invalid_token"'}

    def __init__(self, reason: Reason) -> None:
        super().__init__("This token is not valid, or is no longer. Ask the hub's operator for a new one.")
        self.reason = reason


class TokenMistyped(Unauthenticated):
    """The text has not the shape or the checksum of a token; anyone could compute that."""

    code = "HUB-303"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="hub", error="invalid_token"'}

    def __init__(self) -> None:
        super().__init__("This is not a whole token of the hub. Check that it was copied from hub_ to the end.")


class PartnerSuspended(HubError):
    """The partner is suspended: nothing is sent to it."""

    code = "HUB-304"
    status = 403

    def __init__(self) -> None:
        super().__init__("The partner is suspended.")


class TokenRefused(Unauthenticated):
    """The access token of an identity provider is not taken; it is said why, as whoever has it can read it."""

    code = "HUB-309"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="hub", error="invalid_token"'}

    def __init__(self, why: str) -> None:
        super().__init__(f"This access token is not taken: {why}.")


class SubjectUnknown(HubError):
    """The identity provider vouches for somebody who is no member of the partner, or was ended."""

    code = "HUB-305"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "Your identity provider vouches for you, but here you are no member of a partner, or no longer. Ask the "
            "hub's operator."
        )


class KeysUnavailable(HubError):
    """The keys of the identity provider cannot be had, so nobody can say whether the token is good."""

    code = "HUB-306"
    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "10"}

    def __init__(self) -> None:
        super().__init__(
            "The identity provider does not answer, so the hub cannot verify this access token. Keep it, and try again "
            "in a moment."
        )


class CertificateMissing(Unauthenticated):
    """A token that is bound to a client certificate came without it, or one came that must be bound and is not."""

    code = "HUB-308"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="hub", error="invalid_token"'}

    def __init__(self, why: str, partner_id: UUID, member: bytes | None) -> None:
        self.partner_id, self.member = partner_id, member
        super().__init__(f"This token is not taken here: {why}.")


class PurposeUnknown(HubError):
    """The request declares no purpose, or one that does not exist."""

    code = "HUB-310"
    status = 403

    def __init__(self, known: Collection[str], partner_id: UUID, member: bytes | None = None) -> None:
        self.partner_id, self.member = partner_id, member
        super().__init__(
            "The request declares no purpose that exists. Every request declares its purpose: send "
            f'"Hub-Purpose:" with one of {", ".join(sorted(known))}.'
        )


class PurposeNotAgreed(HubError):
    """The purpose that is declared is not agreed with the partner, or not given to the member who asks."""

    code = "HUB-311"
    status = 403

    def __init__(self, agreed: tuple[str, ...], partner_id: UUID, member: bytes | None = None) -> None:
        self.partner_id, self.member = partner_id, member
        super().__init__(
            "No agreement with you covers this purpose. Agreed with you: " + (", ".join(agreed) or "none") + "."
        )
