"""The keys of an identity provider: fetched, kept, and fetched anew when they change.

Nobody who merely sends tokens can make the hub ask a provider more often than ``BETWEEN`` allows, nor anything else
than the provider's metadata and keys: redirects are refused, and so are answers that are too large or too slow.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from hub.auth.errors import KeysUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.auth.issuers import Issuer

log = logging.getLogger(__name__)

BETWEEN: Final = 10.0
"""Seconds between two attempts to fetch the keys of a provider, whatever the reason."""
SHORTEST, USUAL, LONGEST = 300.0, 3600.0, 86_400.0
"""Seconds for which keys may be used: at least, where the provider states nothing, and at most."""
LARGEST: Final = 256 * 1024
"""Bytes of a provider's answer."""
SECONDS: Final = 5.0
MOST_KEYS: Final = 100
SMALLEST_RSA: Final = 2048
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])")
_METADATA: Final = "/.well-known/openid-configuration"
_KINDS: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class _Unfit(Exception):
    """What a provider answered cannot be used. The text is for the log."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of a provider. ``algorithm``: the only one that it is for, where the provider says so."""

    key: Key
    thumbprint: str
    algorithm: str | None


@dataclass(slots=True)
class Provider:
    """An identity provider and its keys, as this process knows them.

    ``transport``: for tests that have no network; ``clock``: monotonic seconds.
    """

    issuer: Issuer
    clock: Callable[[], float] = time.monotonic
    transport: httpx.AsyncBaseTransport | None = None
    _keys: dict[tuple[str, str], SigningKey] = field(default_factory=dict)
    _until: float = -1.0
    _renewed_from: float = -1.0
    _next: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _renewing: asyncio.Task[None] | None = None

    def current(self, kid: str, algorithm: str) -> SigningKey | None:
        """Return the key as it was last known, however long ago; have the keys fetched anew where it is time."""
        if self.clock() >= self._renewed_from and (self._renewing is None or self._renewing.done()) and self._may_ask():
            self._renewing = asyncio.create_task(self._renew())
        return self._keys.get((kid, _KINDS[algorithm[:2]]))

    async def key(self, kid: str, algorithm: str) -> SigningKey | None:
        """Return the key that a token names; None where the provider has none such.

        A key that is not known is asked for once, if the provider was not asked a moment ago. Raises
        ``KeysUnavailable`` where the time of the known keys is over and the provider does not give new ones.
        """
        found = self.current(kid, algorithm)
        if found is not None and self.clock() < self._until:
            return found
        async with self._lock:
            known = self._keys.get((kid, _KINDS[algorithm[:2]]))
            if (known is None or self.clock() >= self._until) and self._may_ask():
                await self._fetch()
        if self.clock() >= self._until:
            raise KeysUnavailable
        return self._keys.get((kid, _KINDS[algorithm[:2]]))

    def _may_ask(self) -> bool:
        return self.clock() >= self._next

    async def _renew(self) -> None:
        async with self._lock:
            if self._may_ask():
                await self._fetch()

    async def _fetch(self) -> None:
        """Fetch the keys; on any failure all stays as it is."""
        self._next = self.clock() + BETWEEN
        asked = self.clock()
        try:
            async with asyncio.timeout(SECONDS), self._client() as client:
                document, age = await _get(client, await self._address(client))
            keys = _signing_keys(document, self._keys)
        except (_Unfit, httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            why = error if isinstance(error, _Unfit) else type(error).__name__
            log.warning("keys of %s were not fetched: %s", self.issuer.issuer, why)
            return
        # In place, and key by key: whoever verified a token with a key that is still there goes on.
        self._keys.clear()
        self._keys.update(keys)
        self._until, self._renewed_from = asked + age, asked + age / 2

    async def _address(self, client: httpx.AsyncClient) -> str:
        """Where the keys are: as configured, or as the provider's metadata says (OpenID Connect Discovery 1.0, 4)."""
        issuer = self.issuer.issuer
        if self.issuer.keys is not None:
            return self.issuer.keys
        metadata, _ = await _get(client, issuer.rstrip("/") + _METADATA)
        if metadata.get("issuer") != issuer:
            raise _Unfit("its metadata are another issuer's")
        address = metadata.get("jwks_uri")
        if not isinstance(address, str) or _origin(address) != _origin(issuer):
            # What a provider says must not send the hub to other machines of its network.
            raise _Unfit("its metadata name keys at another host; write their address into the file if that is right")
        return address

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            follow_redirects=False, timeout=SECONDS, trust_env=False, verify=ssl.create_default_context(),
            transport=self.transport, headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )  # fmt: skip


async def _get(client: httpx.AsyncClient, address: str) -> tuple[dict[str, Any], float]:
    """Return a JSON object, and for how many seconds it may be kept."""
    async with client.stream("GET", address) as response:
        if response.status_code != httpx.codes.OK:
            raise _Unfit(f"{urlsplit(address).path} is answered with {response.status_code}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _Unfit("it packs its answers, unasked")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > LARGEST:
                raise _Unfit(f"its answer is larger than {LARGEST} bytes")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _Unfit(f"{urlsplit(address).path} is no JSON") from None
    if not isinstance(found, dict):
        raise _Unfit(f"{urlsplit(address).path} is no JSON object")
    stated = _MAX_AGE.search(response.headers.get("cache-control", "").lower())
    age = USUAL if stated is None else min(max(float(stated[1]), SHORTEST), LONGEST)
    return found, age


def _signing_keys(
    document: dict[str, Any], known: dict[tuple[str, str], SigningKey]
) -> dict[tuple[str, str], SigningKey]:
    """Return the keys that tokens can be signed with, by id and kind; one that was known before is the same value.

    A secret (``oct``) is never among them: with one, whoever has the public keys could sign. What cannot be used is
    passed over, as other users of the provider may need it.
    """
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise _Unfit(f"it has no list of at most {MOST_KEYS} keys")
    found: dict[tuple[str, str], SigningKey] = {}
    twice = set()
    for each in listed:
        made = _signing_key(each) if isinstance(each, dict) else None
        if made is None:
            continue
        place = (each["kid"], each["kty"])
        if place in found:
            twice.add(place)
        before = known.get(place)
        found[place] = before if before == made else made
    for place in twice:  # which of them is meant would be for whoever signs to choose
        del found[place]
    if not found:
        raise _Unfit("none of its keys can be used for signatures")
    return found


def _signing_key(each: dict[str, Any]) -> SigningKey | None:
    kid, kind, use, algorithm = (each.get(name) for name in ("kid", "kty", "use", "alg"))
    if not isinstance(kid, str) or kind not in {"RSA", "EC", "OKP"} or use not in {None, "sig"}:
        return None
    if algorithm is not None and not isinstance(algorithm, str):
        return None
    if kind == "RSA" and len(str(each.get("n"))) * 6 < SMALLEST_RSA:  # the library would only warn of it
        return None
    public: dict[str, Any] = {name: each[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in each}
    try:
        key = JWKRegistry.import_key(public)
        thumbprint = key.thumbprint()
        small = isinstance(key, RSAKey) and key.public_key.key_size < SMALLEST_RSA
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if small or not isinstance(key, RSAKey | ECKey | OKPKey):
        return None
    return SigningKey(key, thumbprint, algorithm)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    try:
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return "", None, None
