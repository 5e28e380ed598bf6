"""Access tokens of identity providers: what is taken, and what is said of what is not."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from hub.auth import TokenRefused
from hub.auth.bearer import Bearers, is_jwt
from hub.auth.issuers import Issuer
from hub.auth.providers import Provider
from vouching import AUDIENCE, answering, claims, ec, rsa, signed

ISSUER = "https://id.example"
KEY, CURVE, STRANGER = rsa("first"), ec("second"), rsa("first")
SKEW = 30


def published(request):
    assert request.url.path == "/jwks"
    return answering({"keys": [key.as_dict(private=False) for key in (KEY, CURVE)]})


def made(**more):
    given = {"issuer": ISSUER, "audience": AUDIENCE, "partner": "office", "keys": f"{ISSUER}/jwks", "clock_skew": SKEW}
    issuer = Issuer(**{**given, **more})
    provider = Provider(issuer, transport=httpx.MockTransport(published))
    return Bearers({ISSUER: provider}, lambda *who: hashlib.sha256(repr(who).encode()).digest()[:16])


def token(key=KEY, algorithm="RS256", header=None, **changes):
    return signed(key, claims(ISSUER, **changes), algorithm, **(header or {}))


def now():
    return datetime.now(UTC)


async def refusal(text, **more):
    with pytest.raises(TokenRefused) as caught:
        await made(**more).verify(text, now())
    return caught.value.message


@pytest.mark.parametrize(("key", "algorithm"), [(KEY, "RS256"), (KEY, "PS256"), (CURVE, "ES256")])
async def test_a_token_is_taken_by_each_algorithm_that_is_configured(key, algorithm):
    found = await made().verify(token(key, algorithm), now())
    assert (found.kid, found.certificate) == (key.kid, None)
    assert found.member == hashlib.sha256(repr(("office", ISSUER, "li-0451")).encode()).digest()[:16]


async def test_it_lasts_until_its_end_and_the_clocks_may_differ_a_little():
    bearers, text = made(), token(exp=int(time.time()) + 100)
    found = await bearers.verify(text, now())
    assert timedelta(seconds=100 + SKEW - 2) < found.until - now() <= timedelta(seconds=100 + SKEW)
    assert await bearers.verify(text, found.until - timedelta(seconds=1)) is found
    with pytest.raises(TokenRefused, match="it has expired"):
        await bearers.verify(text, found.until)


async def test_a_token_that_was_verified_is_not_verified_again(monkeypatch):
    bearers, text = made(), token()
    found = await bearers.verify(text, now())
    monkeypatch.setattr("hub.auth.bearer.jws.validate_compact", None)
    assert await bearers.verify(text, now()) is found


async def test_what_is_kept_of_a_token_is_its_hash():
    bearers, text = made(), token()
    await bearers.verify(text, now())
    assert text not in repr(bearers)
    assert list(bearers._known._kept) == [hashlib.sha256(text.encode()).digest()]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"aud": "https://other.example"}, "meant for another service"),
        ({"aud": [AUDIENCE.upper()]}, "meant for another service"),
        ({"aud": f"{AUDIENCE}/"}, "meant for another service"),
        ({"aud": {"x": AUDIENCE}}, "meant for another service"),
        ({"aud": []}, "meant for another service"),
        ({"aud": None}, "lacks what an access token has: aud"),
        ({"exp": int(time.time()) - SKEW - 5}, "it has expired"),
        ({"exp": None}, "lacks what an access token has: exp"),
        ({"exp": "tomorrow"}, "its exp cannot be read"),
        ({"exp": 1e300}, "its times cannot be read"),
        ({"exp": True}, "its exp cannot be read"),
        ({"nbf": int(time.time()) + 3600}, "it is not valid yet"),
        ({"iat": int(time.time()) + 3600}, "it was issued in the future"),
        ({"iat": None}, "lacks what an access token has: iat"),
        ({"client_id": None}, "lacks what an access token has: client_id"),
        ({"jti": None}, "lacks what an access token has: jti"),
        ({"sub": None}, "lacks what an access token has: sub"),
        ({"sub": 7}, "its sub cannot be read"),
        ({"sub": ""}, "its sub cannot be read"),
        ({"iss": "https://id.example.evil.example"}, "no tokens of its issuer"),
        ({"iss": f"{ISSUER}/"}, "no tokens of its issuer"),
        ({"iss": [ISSUER]}, "no tokens of its issuer"),
        ({"iss": None}, "no tokens of its issuer"),
        ({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}, "bound to something else"),
        ({"cnf": {"x5t#S256": "short"}}, "bound to something else"),
        ({"cnf": {"x5t#S256": 7}}, "bound to something else"),
        ({"cnf": "x5t#S256"}, "bound to something else"),
        ({"cnf": {"x5t#S256": "A" * 43, "jkt": "x"}}, "bound to something else"),
    ],
    ids=str,
)
async def test_claims_that_do_not_fit_are_said(changes, said):
    assert said in await refusal(token(**changes))


async def test_times_within_the_skew_are_taken():
    at = int(time.time())
    assert await made().verify(token(iat=at + SKEW - 5, nbf=at + SKEW - 5), now())
    assert await made().verify(token(exp=at - SKEW + 5), now())
    assert await made().verify(token(aud=["https://other.example", AUDIENCE]), now())


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"typ": "JWT"}, "typ at+jwt"),
        ({"typ": None}, "typ at+jwt"),
        ({"typ": "at+jwt2"}, "typ at+jwt"),
        ({"kid": None}, "must name the key"),
        ({"kid": "third"}, "no such key"),
        ({"kid": "../first"}, "no such key"),
        ({"kid": "second"}, "no such key"),
    ],
    ids=str,
)
async def test_headers_that_do_not_fit_are_said(header, said):
    assert said in await refusal(token(header=header))


async def test_the_long_form_of_the_type_is_the_type():
    assert await made().verify(token(header={"typ": "application/AT+JWT"}), now())


async def test_an_algorithm_that_is_not_configured_is_refused_though_the_key_is_right():
    assert "must be signed with ES256" in await refusal(token(), algorithms=("ES256",))


async def test_a_key_is_for_its_own_algorithm_alone():
    only = rsa("only", alg="PS256")
    bearers = made()
    bearers.providers[ISSUER].transport = httpx.MockTransport(
        lambda _: answering({"keys": [only.as_dict(private=False)]})
    )
    assert await bearers.verify(signed(only, claims(ISSUER), "PS256"), now())
    with pytest.raises(TokenRefused, match="no such key"):
        await bearers.verify(signed(rsa_again(only), claims(ISSUER), "RS256"), now())


def rsa_again(key):
    """The same key, told nothing of an algorithm."""
    return type(key).import_key({k: v for k, v in key.as_dict(private=True).items() if k != "alg"})


async def test_a_signature_of_somebody_else_is_refused():
    assert "signature is not the issuer's" in await refusal(token(STRANGER))


def part(value):
    return (
        base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode().rstrip("=")
    )


HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "first"}


@pytest.mark.parametrize(
    "text",
    [
        "e.e.e", "eyJ.eyJ.eyJ", f"{part(HEADER)}..", f"{part(HEADER)}.{part({})}.", f"{part([])}.{part({})}.AAAA",
        f"{part('alg')}.{part({})}.AAAA", f"{part(7)}.{part({})}.AAAA", f"{part({'typ': 'at+jwt'})}.{part({})}.AAAA",
        f"{part(HEADER)}.{part([])}.AAAA", f"{part(HEADER)}.{part(b'text')}.AAAA", f"{part(HEADER)}.{part('x')}.AA=A",
        f"{part({**HEADER, 'alg': ['RS256']})}.{part(claims(ISSUER))}.AAAA",
        f"{part({**HEADER, 'alg': None})}.{part(claims(ISSUER))}.AAAA",
        f"{part({**HEADER, 'crit': ['exp'], 'exp': 1})}.{part(claims(ISSUER))}.AAAA",
        f"{part({**HEADER, 'b64': False, 'crit': ['b64']})}.{part(claims(ISSUER))}.AAAA",
        "ey\ud800.a.b", "eyä.a.b", "ey" + "A" * 9000 + ".a.b",
    ],
    ids=lambda text: ascii(text)[:50],
)  # fmt: skip
async def test_what_is_no_token_is_refused_and_nothing_breaks(text):
    assert await refusal(text)


async def test_no_refusal_repeats_what_was_sent():
    for text in (token(sub="secret-person", aud="secret-service"), token(iss="https://secret.example")):
        assert "secret" not in await refusal(text)


async def test_a_claim_that_says_the_partner_must_say_one_that_is_known():
    more = {"partner": None, "partners": {"claim": "unit", "values": {"0451": "bureau"}}}
    assert "of which partner" in await refusal(token(), **more)
    assert "of which partner" in await refusal(token(unit="0452"), **more)
    found = await made(**more).verify(token(unit="0451"), now())
    assert found.member == hashlib.sha256(repr(("bureau", ISSUER, "li-0451")).encode()).digest()[:16]


async def test_another_claim_may_say_who_it_is():
    found = await made(subject="employee").verify(token(employee="0451-7"), now())
    assert found.member == hashlib.sha256(repr(("office", ISSUER, "0451-7")).encode()).digest()[:16]
    assert "does not say in employee" in await refusal(token(), subject="employee")


async def test_a_certificate_that_it_is_bound_to_is_read():
    digest = hashlib.sha256(b"certificate").digest()
    text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (await made().verify(token(cnf={"x5t#S256": text}), now())).certificate == digest


@pytest.mark.parametrize(
    ("text", "found"), [("ey.a.b", True), ("ey.a", False), ("ey.a.b.c.d", False), ("hub_x", False)]
)
def test_the_shape_of_a_token(text, found):
    assert is_jwt(text) is found
