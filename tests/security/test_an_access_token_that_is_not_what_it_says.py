"""Attack: write an access token of an identity provider oneself, or use one for what it is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from joserfc.jwk import OctKey

from acting_hub import acting_on
from hub.auth import Identity, enroll
from hub.postgres import embedded
from hub.store import members, partners
from installing import install
from vouching import SUBJECT, claims, ec, rsa, serving_keys, signed

QUERY = {"query": "{ sharingRequests(first: 1) { nodes { id } } }"}
PARTNER = "civil-affairs"


@pytest.fixture(scope="module")
def authority():
    with serving_keys() as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def acting(server, migrated_template, authority, tmp_path_factory):
    url = await embedded.create_database(server.url, "access_tokens", template=migrated_template)
    issuers = authority.file(tmp_path_factory.mktemp("issuers"), PARTNER)
    async with acting_on(url, issuers=issuers) as made:
        await joined(made, authority)
        yield made


async def joined(acting, authority, subject=SUBJECT, partner=PARTNER, **rights):
    found = await partners.find_partner(acting.runtime.pool, partner)
    given = {"roles": [], "regions": [], "purposes": [], **rights}
    return await enroll(
        acting.runtime.pool, acting.runtime.vault, found, Identity(f"name of {subject}", authority.url, subject),
        now=datetime.now(UTC), **given,
    )  # fmt: skip


async def post(acting, text, purpose="data-sharing", **more):
    headers = {"Authorization": f"Bearer {text}", "Hub-Purpose": purpose, **more}
    return await acting.client.post("/graphql", json=QUERY, headers=headers)


async def code(acting, text, purpose="data-sharing"):
    response = await post(acting, text, purpose)
    errors = response.json().get("errors")
    return response.status_code, errors[0]["extensions"]["code"] if errors else None


REFUSED = (401, "HUB-309")


async def test_what_the_provider_signed_is_answered_as_the_member_it_speaks_of(acting, authority):
    for key, algorithm in zip(authority.keys, ("RS256", "ES256"), strict=True):
        assert await code(acting, authority.token(key=key, algorithm=algorithm)) == (200, None)
    recorded = await acting.runtime.pool.fetchval("SELECT member FROM audit_record ORDER BY seq DESC LIMIT 1")
    [row] = await members.list_members(acting.runtime.pool, PARTNER)
    assert recorded == row.member.token


def unsigned(given, **header):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': 'first', **header})}.{part(given)}."


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
async def test_a_token_without_a_signature(acting, authority, algorithm):
    assert await code(acting, unsigned(claims(authority.url), alg=algorithm)) == REFUSED


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_a_public_key_used_as_a_secret(acting, authority, algorithm):
    """Alg confusion: the public key is no secret, so whoever has it could sign with it."""
    key = authority.keys[0]
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    for secret in (
        key.as_pem(private=False),
        key.as_der(private=False),
        json.dumps(key.as_dict(private=False)).encode(),
    ):
        text = unsigned(claims(authority.url), alg=algorithm)[:-1]
        signature = base64.urlsafe_b64encode(hmac.new(secret, text.encode(), digest).digest()).decode().rstrip("=")
        assert await code(acting, f"{text}.{signature}") == REFUSED


async def test_a_secret_among_the_published_keys_verifies_nothing(acting, authority):
    secret = OctKey.generate_key(256, {"kid": "shared"})
    authority.keys.append(secret)
    try:
        assert await code(acting, signed(secret, claims(authority.url), "HS256")) == REFUSED
    finally:
        authority.keys.remove(secret)


async def test_keys_that_the_token_brings_along_or_points_to_are_ignored(acting, authority):
    own = rsa("first")
    public = own.as_dict(private=False)
    asked = list(authority.asked)
    for header in (
        {"jwk": public},
        {"jku": f"{authority.url}/evil"},
        {"x5u": f"{authority.url}/evil"},
        {"jwk": public, "jku": f"{authority.url}/evil", "kid": "own"},
        {"x5c": [base64.b64encode(own.as_der(private=False)).decode()]},
        {"x5t#S256": "AAAA"},
    ):
        assert await code(acting, authority.token(key=own, header=header)) == REFUSED
    assert not [path for path in authority.asked[len(asked) :] if "evil" in path]


@pytest.mark.parametrize(
    "kid",
    ["", "../../first", "/dev/null", "first' OR '1'='1", "first\x00", "FIRST", "first ", "http://evil.example/keys",
     {"first": 1}, ["first"], 1, None, "x" * 400],
    ids=str,
)  # fmt: skip
async def test_a_key_id_that_is_no_key_of_the_provider(acting, authority, kid):
    assert await code(acting, authority.token(key=rsa("first"), header={"kid": kid})) == REFUSED


async def test_a_key_of_one_kind_under_the_name_of_another(acting, authority):
    assert await code(acting, authority.token(key=ec("first"), algorithm="ES256")) == REFUSED
    assert await code(acting, authority.token(key=rsa("second"))) == REFUSED


async def test_a_signature_of_another_token_of_the_provider(acting, authority):
    one, other = authority.token(), authority.token(sub="somebody-else")
    swapped = ".".join([*one.split(".")[:2], other.split(".")[2]])
    assert await code(acting, swapped) == REFUSED
    head, body, signature = one.split(".")
    for changed in (f"{head}.{body}.{signature[:-4]}", f"{head}.{body}.{signature}==", f"{head}.{body}.", f"{one}."):
        assert (await code(acting, changed))[0] == 401


async def test_one_spelling_of_a_signature_and_no_other(acting, authority):
    """The last character of Base64 has unused bits: with them, one token would have several hashes."""
    text = authority.token()
    last = text[-1]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = letters[letters.index(last) ^ 1]
    assert await code(acting, text[:-1] + other) == REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 86_400},
    ],
    ids=str,
)
async def test_a_token_for_another_service_of_another_issuer_or_time(acting, authority, changes):
    assert await code(acting, authority.token(**changes)) == REFUSED


async def test_an_id_token_is_no_access_token(acting, authority):
    for kind in ("JWT", "id+jwt", None):
        assert await code(acting, authority.token(header={"typ": kind})) == REFUSED


async def test_a_subject_that_is_no_member(acting, authority):
    assert await code(acting, authority.token(sub="nobody")) == (403, "HUB-305")
    assert await code(acting, authority.token(sub=SUBJECT.upper())) == (403, "HUB-305")


async def test_a_member_of_another_partner_is_not_who_the_issuer_speaks_of(acting, authority):
    await joined(acting, authority, "wang-0007", "charity")
    assert await code(acting, authority.token(sub="wang-0007")) == (403, "HUB-305")


async def test_a_member_by_name_is_not_who_has_that_name_as_subject(acting, authority):
    found = await partners.find_partner(acting.runtime.pool, PARTNER)
    await enroll(
        acting.runtime.pool, acting.runtime.vault, found, Identity("wang"), roles=[], regions=[], purposes=[],
        now=datetime.now(UTC),
    )  # fmt: skip
    assert await code(acting, authority.token(sub="wang")) == (403, "HUB-305")


async def test_a_token_replayed_after_the_end_of_its_member(acting, authority):
    row = await joined(acting, authority, "leaving")
    text = authority.token(sub="leaving")
    for _ in range(3):
        assert await code(acting, text) == (200, None)
    await members.end_member(acting.runtime.pool, row.member.token, datetime.now(UTC))
    for _ in range(2):
        assert await code(acting, text) == (403, "HUB-305")
    assert await code(acting, authority.token(sub="leaving")) == (403, "HUB-305")


async def test_a_token_of_a_suspended_partner(acting, authority):
    await joined(acting, authority, "waiting")
    text = authority.token(sub="waiting")
    assert await code(acting, text) == (200, None)
    await partners.suspend_partner(acting.runtime.pool, PARTNER, suspended=True)
    try:
        assert await code(acting, text) == (401, "HUB-302")
    finally:
        await partners.suspend_partner(acting.runtime.pool, PARTNER, suspended=False)


async def test_a_purpose_beyond_the_members(acting, authority):
    await joined(acting, authority, "narrow", purposes=["statistics"])
    text = authority.token(sub="narrow")
    assert await code(acting, text, "statistics") != (403, "HUB-311")
    assert await code(acting, text) == (403, "HUB-311")
    assert await code(acting, text, "audit") == (403, "HUB-311")


async def test_claims_about_roles_or_purposes_give_nothing(acting, authority):
    await joined(acting, authority, "boasting", purposes=["statistics"])
    text = authority.token(sub="boasting", roles=["auditor"], scope="audit data-sharing", purposes=["audit"])
    assert await code(acting, text, "audit") == (403, "HUB-311")


async def test_a_token_that_expires_between_two_requests(acting, authority, monkeypatch):
    text = authority.token(exp=int(time.time()) + 60)
    assert await code(acting, text) == (200, None)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(time.time() + 120, tz)

    monkeypatch.setattr("hub.http.identify.datetime", Later)
    assert await code(acting, text) == REFUSED


async def test_strangers_tokens_fill_neither_the_audit_nor_the_providers_log(acting, authority):
    assert await code(acting, authority.token()) == (200, None)
    before, asked = await acting.runtime.pool.fetchval("SELECT count(*) FROM audit_record"), len(authority.asked)
    for number in range(50):
        text = authority.token(key=rsa_of(number), header={"kid": f"made-up-{number}"})
        assert await code(acting, text) == REFUSED
    assert await acting.runtime.pool.fetchval("SELECT count(*) FROM audit_record") == before
    assert len(authority.asked) - asked <= 2


def rsa_of(_number, made=rsa("any")):  # noqa: B008 - one key for all of them
    return made


async def test_policies_that_come_into_force_meanwhile_change_nothing_of_who_is_let_in(acting, authority):
    row = await joined(acting, authority, "staying")
    text = authority.token(sub="staying")
    assert await code(acting, text) == (200, None)
    await install(acting.runtime)
    assert await code(acting, text) == (200, None)
    assert await code(acting, authority.token(sub="staying")) == (200, None)
    assert await code(acting, authority.token(key=rsa("first"), sub="staying")) == REFUSED
    await members.end_member(acting.runtime.pool, row.member.token, datetime.now(UTC))
    assert await code(acting, text) == (403, "HUB-305")


async def test_where_no_provider_is_configured_no_such_token_is_looked_at(server, migrated_template, authority):
    url = await embedded.create_database(server.url, "no_issuers", template=migrated_template)
    async with acting_on(url) as made:
        asked = len(authority.asked)
        assert await code(made, authority.token()) == (401, "HUB-303")
        assert len(authority.asked) == asked
