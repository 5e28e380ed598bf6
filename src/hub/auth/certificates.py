"""Tokens that are bound to a client certificate: whoever merely has the token cannot use it (RFC 8705, 3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from hub.auth.errors import CertificateMissing

if TYPE_CHECKING:
    from hub.store.members import Member
    from hub.store.partners import Partner

CLIENT_CERT: Final = "client-cert"
"""The header by which a proxy hands on the certificate of its client (RFC 9440, 2.2); only trusted ones' gets here."""
_BYTES = re.compile(r":([A-Za-z0-9+/]{4,}={0,2}):")
"""A byte sequence of RFC 8941: one. Two headers of this name are one with a comma, and fit no longer."""


def require_certificate(header: str | None, bound: bytes | None, partner: Partner, member: Member | None) -> None:
    """Refuse a request without the certificate that its token is bound to, ``CertificateMissing``.

    ``bound``: SHA-256 of the certificate; None, of a partner that asks for certificates, is a token that must not be.
    """
    token = None if member is None else member.token
    if bound is None:
        why = "your organisation asks for tokens that are bound to a client certificate, and this one is not"
        raise CertificateMissing(why, partner.id, token)
    if header is None or (found := _BYTES.fullmatch(header.strip())) is None:
        why = "it is bound to a client certificate, and the request came without one"
        raise CertificateMissing(why, partner.id, token)
    try:
        shown = hashlib.sha256(base64.b64decode(found[1], validate=True)).digest()
    except ValueError:
        shown = b""
    if not hmac.compare_digest(shown, bound):
        raise CertificateMissing("it is bound to another client certificate than came with it", partner.id, token)
