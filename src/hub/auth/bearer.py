"""Access tokens of identity providers: JWTs as RFC 9068 has them, verified with the provider's keys.

What a token's header says chooses among what is configured, and adds nothing: not an algorithm, not a key, not an
address to get one from (RFC 8725, 3.1, 3.5 and 3.10).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson
from joserfc import jws
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from hub.auth.errors import TokenRefused
from hub.auth.providers import Provider
from hub.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from hub.auth.issuers import Issuer, Issuers
    from hub.auth.providers import SigningKey

MOST: Final = 10_000
"""Verified tokens that a process keeps."""
LONGEST: Final = 8192
"""Characters of a token; servers take no longer headers."""
TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068, 4: an ID token, or any other JWT of the provider, is no access token."""
_REQUIRED: Final = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
"""RFC 9068, 2.2."""
_TOLD: Final = {
    "aud": "it is meant for another service than this hub",
    "iat": "it was issued in the future",
    "nbf": "it is not valid yet",
}


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """A token that was verified. ``member``: token of the person it speaks of; ``until``: when it ends.

    ``certificate``: SHA-256 of the client certificate that it is bound to, if it is.
    """

    provider: Provider
    kid: str
    algorithm: str
    key: SigningKey
    member: bytes
    until: datetime
    certificate: bytes | None

    def stands(self) -> bool:
        """Whether the provider still has the key, as far as is known."""
        return self.provider.current(self.kid, self.algorithm) is self.key


def is_jwt(text: str) -> bool:
    """Say whether a text has the shape of a signed JWT."""
    return text.count(".") == 2 and text.startswith("ey")  # noqa: PLR2004 - header, claims, signature


@dataclass(slots=True)
class Bearers:
    """Verifies tokens, and remembers them by their hash until they end. ``member``: partner, issuer, subject → token.

    ``providers``: by issuer.
    """

    providers: dict[str, Provider]
    member: Callable[[str, str, str], bytes]
    _known: Cache[bytes, Verified] = field(default_factory=lambda: Cache(MOST))

    async def verify(self, text: str, now: datetime) -> Verified:
        """Return what the token says, if that is so at ``now``.

        Raises ``TokenRefused`` with what is wrong, or ``KeysUnavailable``.
        """
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
        known = self._known.get(digest)
        if known is not None:
            if now < known.until and known.stands():
                return known
            self._known.forget(digest)
        return self._known.keep(digest, await self._verify(text, now))

    async def _verify(self, text: str, now: datetime) -> Verified:
        # 1. Of the form of an access token
        found, claims = _read(text)
        kid, algorithm, named = found.protected.get("kid"), found.protected.get("alg"), claims.get("iss")
        # 2. Of an issuer, and by an algorithm, that are configured
        provider = self.providers.get(named) if isinstance(named, str) else None
        if provider is None:
            raise TokenRefused("the hub takes no tokens of its issuer")
        issuer = provider.issuer
        if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
            raise TokenRefused(f"it must be signed with {', '.join(issuer.algorithms)}")
        if not isinstance(kid, str) or not kid:
            raise TokenRefused("its header must name the key, in kid")
        # 3. Signed with a key that the issuer publishes for that
        key = await provider.key(kid, algorithm)
        if key is None or key.algorithm not in {None, algorithm}:
            raise TokenRefused("its issuer has no such key, or has it no more")
        try:
            signed = jws.validate_compact(found, key.key, registry=_Registry(algorithms=[algorithm]))
        except (JoseError, ValueError, TypeError):
            signed = False
        if not signed:
            raise TokenRefused("its signature is not the issuer's")
        # 4. For this hub and this time
        until = _in_force(claims, issuer, now)
        # 5. About somebody
        partner, subject = issuer.partner_of(claims), claims.get(issuer.subject)
        if not isinstance(subject, str) or not subject:
            raise TokenRefused(f"it does not say in {issuer.subject} whom it speaks of")
        if partner is None:
            raise TokenRefused("it does not say of which partner its subject is a member")
        member = self.member(partner, issuer.issuer, subject)
        return Verified(provider, kid, algorithm, key, member, until, _certificate(claims))


def bearers(issuers: Issuers, member: Callable[[str, str, str], bytes]) -> Bearers:
    """Verify tokens of these issuers."""
    return Bearers({each.issuer: Provider(each) for each in issuers.issuers}, member)


class _Registry(jws.JWSRegistry):
    """What headers may be like: parameters that are not known are ignored (RFC 7515, 4), but for critical ones."""

    max_header_length = 4096

    def __init__(self, algorithms: Collection[str] | None = None) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)


_ANY: Final = _Registry()


def _read(text: str) -> tuple[jws.CompactSignature, dict[str, Any]]:
    """Return a token's parts and claims, none of them believed yet; ``TokenRefused`` where it is no access token."""
    if len(text) > LONGEST:
        raise TokenRefused(f"it is longer than {LONGEST} characters")
    try:
        found = jws.extract_compact(text.encode(), registry=_ANY)
        claims = orjson.loads(found.payload)
    except (JoseError, ValueError, TypeError):
        raise TokenRefused("it is no signed JWT") from None
    header: object = found.protected
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenRefused("it is no signed JWT")
    kind = header.get("typ")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise TokenRefused("it is no access token: its header must have typ at+jwt")
    if "crit" in header:
        raise TokenRefused("its header demands extensions that the hub does not have")
    return found, claims


def _in_force(claims: dict[str, Any], issuer: Issuer, now: datetime) -> datetime:
    """Check audience and times; return when the token ends."""
    wanted: dict[str, ClaimsOption] = {name: {"essential": True} for name in _REQUIRED}
    wanted["aud"] = {"essential": True, "value": issuer.audience}
    registry = JWTClaimsRegistry(int(now.timestamp()), issuer.clock_skew, **wanted)
    try:
        registry.validate(claims)
        return datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=issuer.clock_skew)
    except ExpiredTokenError:
        raise TokenRefused("it has expired") from None
    except MissingClaimError as missing:
        raise TokenRefused(f"it lacks what an access token has: {missing.claim}") from None
    except InvalidClaimError as wrong:
        raise TokenRefused(_TOLD.get(wrong.claim, f"its {wrong.claim} cannot be read")) from None
    except (ValueError, TypeError, OverflowError, OSError):
        raise TokenRefused("its times cannot be read") from None


def _certificate(claims: dict[str, Any]) -> bytes | None:
    """Return the hash of the certificate that the token is bound to (RFC 8705, 3.1).

    A token that is bound to anything else must not be taken from whoever merely has it.
    """
    bound = claims.get("cnf")
    if bound is None:
        return None
    text = bound.get("x5t#S256") if isinstance(bound, dict) and len(bound) == 1 else None
    try:
        digest = base64.b64decode(f"{text}=", altchars=b"-_", validate=True) if isinstance(text, str) else b""
    except ValueError:
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise TokenRefused("it is bound to something else than a client certificate")
    return digest
