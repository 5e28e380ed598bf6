"""Keys of identity providers: when they are fetched, from where, and what of it is believed."""

from __future__ import annotations

import asyncio
import base64
import json

import httpx
import pytest

from hub.auth import KeysUnavailable
from hub.auth.issuers import Issuer
from hub.auth.providers import BETWEEN, LARGEST, SHORTEST, USUAL, Provider
from vouching import answering, ec, rsa

ISSUER = "https://id.example/realms/city"
JWKS = "https://id.example/keys"
FIRST, SECOND = rsa("first"), rsa("second")
_MODULUS = (1 << 1023) + 9
SMALL = {
    "kty": "RSA",
    "kid": "x",
    "e": "AQAB",
    "n": base64.urlsafe_b64encode(_MODULUS.to_bytes(128, "big")).decode()[:-1],
}


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Site:
    """A provider's site: what it answers by address, and what it was asked."""

    def __init__(self, *keys):
        self.keys, self.asked, self.down, self.headers = list(keys), [], False, {}
        self.metadata = {"issuer": ISSUER, "jwks_uri": JWKS}

    async def __call__(self, request):
        self.asked.append(str(request.url))
        if self.down:
            raise httpx.ConnectError("nobody there")
        if request.url.path.endswith("/.well-known/openid-configuration"):
            return answering(self.metadata)
        assert str(request.url) == JWKS
        return answering({"keys": self.published()}, headers=self.headers)

    def published(self):
        return [key if isinstance(key, dict) else key.as_dict(private=False) for key in self.keys]


def provider(site, clock=None, **more):
    issuer = Issuer(issuer=ISSUER, audience="x", partner="office", **more)
    return Provider(issuer, clock or Clock(), httpx.MockTransport(site))


async def settled(made):
    """Let what is fetched in the background be there."""
    if made._renewing is not None:
        await made._renewing


async def test_keys_are_found_by_discovery_and_kept():
    site = Site(FIRST)
    made = provider(site)
    for _ in range(3):
        assert (await made.key("first", "RS256")).thumbprint == FIRST.thumbprint()
    assert site.asked == [f"{ISSUER}/.well-known/openid-configuration", JWKS]


async def test_an_address_that_is_configured_is_asked_alone():
    site = Site(FIRST)
    assert await provider(site, keys=JWKS).key("first", "RS256")
    assert site.asked == [JWKS]


async def test_a_key_that_rotated_is_fetched_once_it_is_named():
    clock, site = Clock(), Site(FIRST)
    made = provider(site, clock)
    assert await made.key("first", "RS256")
    site.keys, clock.now = [SECOND], clock.now + BETWEEN
    assert (await made.key("second", "RS256")).thumbprint == SECOND.thumbprint()
    assert await made.key("first", "RS256") is None


async def test_unknown_keys_make_the_hub_ask_once_in_a_while_and_no_oftener():
    clock, site = Clock(), Site(FIRST)
    made = provider(site, clock)
    assert await made.key("first", "RS256")
    found = await asyncio.gather(*(made.key(f"made-up-{number}", "RS256") for number in range(500)))
    assert (set(found), site.asked.count(JWKS)) == ({None}, 1)
    clock.now += BETWEEN
    await asyncio.gather(*(made.key(f"made-up-{number}", "RS256") for number in range(500)))
    assert site.asked.count(JWKS) == 2


async def test_who_asks_at_the_same_time_waits_for_one_fetch():
    site = Site(FIRST)
    made = provider(site)
    found = await asyncio.gather(*(made.key("first", "RS256") for _ in range(50)))
    assert (None in found, site.asked.count(JWKS)) == (False, 1)


async def test_a_provider_that_is_down_is_bridged_until_the_stated_end_of_its_keys_and_then_it_is_said():
    clock, site = Clock(), Site(FIRST)
    site.headers = {"Cache-Control": "public, max-age=1200"}
    made = provider(site, clock)
    assert await made.key("first", "RS256")
    site.down = True
    clock.now += 1199
    assert await made.key("first", "RS256")
    await settled(made)
    clock.now += 1
    with pytest.raises(KeysUnavailable):
        await made.key("first", "RS256")
    site.down, clock.now = False, clock.now + BETWEEN
    assert await made.key("first", "RS256")


async def test_a_provider_that_never_answered_is_said_to_be_down_and_asked_again_after_a_while():
    clock, site = Clock(), Site(FIRST)
    site.down, made = True, provider(site, clock)
    for _ in range(20):
        with pytest.raises(KeysUnavailable):
            await made.key("first", "RS256")
    assert len(site.asked) == 1
    site.down, clock.now = False, clock.now + BETWEEN
    assert await made.key("first", "RS256")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=1200", 1200),
        ("max-age=1", SHORTEST),
        ("no-store", USUAL),
        ("s-maxage=9", USUAL),
        ("max-age=99999999", 86_400),
    ],
)
async def test_how_long_keys_are_kept_is_for_the_provider_to_say_within_bounds(header, seconds):
    clock, site = Clock(), Site(FIRST)
    site.headers = {"Cache-Control": header}
    made = provider(site, clock)
    assert await made.key("first", "RS256")
    await settled(made)
    site.down, began = True, clock.now
    clock.now = began + seconds - 0.1
    assert await made.key("first", "RS256")
    await settled(made)
    clock.now = began + seconds
    with pytest.raises(KeysUnavailable):
        await made.key("first", "RS256")


async def test_keys_are_renewed_before_their_end_and_a_key_that_is_gone_stands_no_longer():
    clock, site = Clock(), Site(FIRST, SECOND)
    made = provider(site, clock)
    held = await made.key("first", "RS256")
    other = await made.key("second", "RS256")
    site.keys, clock.now = [SECOND], clock.now + USUAL / 2
    assert made.current("first", "RS256") is held
    await settled(made)
    assert made.current("first", "RS256") is None
    assert made.current("second", "RS256") is other  # what was verified with it is verified


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example", "jwks_uri": JWKS},
        {"issuer": ISSUER, "jwks_uri": "https://10.0.0.1/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://id.example/keys"},
        {"issuer": ISSUER, "jwks_uri": "https://id.example:8443/keys"},
        {"issuer": ISSUER, "jwks_uri": "https://id.example@evil.example/keys"},
        {"issuer": ISSUER, "jwks_uri": "https://id.example:x/keys"},
        {"issuer": ISSUER, "jwks_uri": 7},
        {"issuer": ISSUER},
    ],
    ids=str,
)
async def test_metadata_send_the_hub_to_no_other_host(metadata):
    site = Site(FIRST)
    site.metadata = metadata
    with pytest.raises(KeysUnavailable):
        await provider(site).key("first", "RS256")
    assert site.asked == [f"{ISSUER}/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    "answer",
    [
        answering(b"", 302, {"Location": "http://169.254.169.254/latest"}),
        answering(b" " * (LARGEST + 1)),
        answering(b"<html>"),
        answering([]),
        answering({"keys": "none"}),
        answering({"keys": []}),
        answering({"keys": [FIRST.as_dict(private=False)] * 101}),
        answering(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
        answering(b"", 500),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.headers}"[:60],
)
async def test_redirects_and_answers_that_are_too_large_or_none_are_not_taken(answer):
    asked = []

    async def site(request):
        asked.append(str(request.url))
        return answer

    with pytest.raises(KeysUnavailable):
        await provider(site, keys=JWKS).key("first", "RS256")
    assert asked == [JWKS]


async def test_a_provider_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr("hub.auth.providers.SECONDS", 0.05)

    async def site(_request):
        await asyncio.sleep(60)

    with pytest.raises(KeysUnavailable):
        await provider(site, keys=JWKS).key("first", "RS256")


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "kid": "x", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"},
        {**FIRST.as_dict(private=False), "kid": "x", "use": "enc"},
        SMALL,
        {"kty": "RSA", "kid": "x", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "x", "n": 7, "e": []},
        {"kty": "EC", "kid": "x", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "kid": "x", "crv": "unheard-of", "x": "AAAA", "y": "AAAA"},
        {"kty": "quantum", "kid": "x"},
        {key: value for key, value in FIRST.as_dict(private=False).items() if key != "kid"},
        {**FIRST.as_dict(private=False), "kid": ["x"]},
        {**FIRST.as_dict(private=False), "kid": "x", "alg": 7},
        "text",
    ],
    ids=str,
)
async def test_a_key_that_nothing_may_be_verified_with_is_passed_over(key):
    site = Site(SECOND)
    site.published = lambda: [key, SECOND.as_dict(private=False)]
    made = provider(site)
    assert await made.key("second", "RS256")
    for algorithm in ("RS256", "ES256"):
        assert await made.key("x", algorithm) is None


async def test_two_keys_of_one_name_are_none_and_of_two_kinds_are_two():
    site = Site(rsa("same"), rsa("same"), ec("both"), rsa("both"))
    made = provider(site)
    assert await made.key("same", "RS256") is None
    assert (await made.key("both", "RS256")).key.key_type == "RSA"
    assert (await made.key("both", "ES256")).key.key_type == "EC"


async def test_what_is_private_in_a_published_key_is_not_kept():
    site = Site(FIRST)
    site.published = lambda: [json.loads(json.dumps(FIRST.as_dict(private=True)))]
    assert not (await provider(site).key("first", "RS256")).key.is_private
