"""Attack: use a stolen token that is bound to a client certificate, by writing the proxy's header oneself."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from acting_hub import acting_on
from certifying import certify
from enrolling import member
from hub.app import create_app
from hub.auth import Identity, enroll, issue_token
from hub.crypto import certificate_hash
from hub.postgres import embedded
from hub.store import partners
from vouching import SUBJECT, serving_keys

QUERY = {"query": "{ sharingRequests(first: 1) { nodes { id } } }"}
OPEN, BOUND = "civil-affairs", "social-security"
"""Of the second all tokens must be bound."""


@pytest.fixture(scope="module")
def authority():
    with serving_keys() as made:
        yield made


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    home = tmp_path_factory.mktemp("certificates")
    root = certify(home, "authority")
    return certify(home, "office", root), certify(home, "thief", root)


@pytest_asyncio.fixture(scope="module")
async def acting(server, migrated_template, authority, tmp_path_factory):
    url = await embedded.create_database(server.url, "certificates", template=migrated_template)
    issuers = authority.file(tmp_path_factory.mktemp("issuers"), BOUND)
    async with acting_on(url, issuers=issuers, trusted_proxies="127.0.0.1") as made:
        await partners.bind_partner(made.runtime.pool, BOUND, bound=True)
        found = await partners.find_partner(made.runtime.pool, BOUND)
        await enroll(
            made.runtime.pool, made.runtime.vault, found, Identity("李小红", authority.url, SUBJECT), roles=[],
            regions=[], purposes=[], now=datetime.now(UTC),
        )  # fmt: skip
        yield made


async def token(acting, partner, certificate=None, row=None):
    bound = None if certificate is None else certificate_hash(certificate.file.read_bytes())
    made = await issue_token(acting.runtime.pool, partner, datetime.now(UTC), member=row, certificate=bound)
    return made.text


async def code(client, text, *certs, name="Client-Cert"):
    headers = [("Authorization", f"Bearer {text}"), ("Hub-Purpose", "data-sharing"), *((name, cert) for cert in certs)]
    response = await client.post("/graphql", json=QUERY, headers=headers)
    errors = response.json().get("errors")
    return response.status_code, errors[0]["extensions"]["code"] if errors else None


WITHOUT, UNTRUSTED = (401, "HUB-308"), (400, "HUB-307")


async def test_a_bound_token_is_answered_with_its_certificate_and_with_nothing_else(acting, certificates):
    office, thief = certificates
    for partner in (OPEN, BOUND):
        text = await token(acting, partner, office)
        assert await code(acting.client, text, office.header) == (200, None)
        assert await code(acting.client, text) == WITHOUT
        assert await code(acting.client, text, thief.header) == WITHOUT
        assert await code(acting.client, text, office.header) == (200, None)


async def test_where_the_partner_asks_for_it_a_token_that_is_not_bound_is_refused(acting, certificates):
    office, _ = certificates
    text = await token(acting, BOUND)
    assert await code(acting.client, text, office.header) == WITHOUT
    assert await code(acting.client, text) == WITHOUT
    assert await code(acting.client, await token(acting, OPEN)) == (200, None)


async def test_what_the_partner_asks_for_holds_from_the_next_request_on(acting):
    text = await token(acting, OPEN)
    assert await code(acting.client, text) == (200, None)
    await partners.bind_partner(acting.runtime.pool, OPEN, bound=True)
    try:
        assert await code(acting.client, text) == WITHOUT
    finally:
        await partners.bind_partner(acting.runtime.pool, OPEN, bound=False)


async def test_members_tokens_are_bound_too(acting, certificates):
    office, thief = certificates
    row = await member(acting.runtime, BOUND, "王小明")
    text = await token(acting, BOUND, office, row)
    assert await code(acting.client, text, office.header) == (200, None)
    assert await code(acting.client, text, thief.header) == WITHOUT


async def test_access_tokens_of_a_provider_are_bound_by_what_they_say(acting, authority, certificates):
    office, thief = certificates
    bound, plain = authority.token(cnf={"x5t#S256": office.thumbprint}), authority.token()
    assert await code(acting.client, bound, office.header) == (200, None)
    for text, *certs in ((bound,), (bound, thief.header), (plain,), (plain, office.header)):
        assert await code(acting.client, text, *certs) == WITHOUT


@pytest.mark.parametrize(
    "header",
    [
        "",
        "::",
        ":AAAA:",
        ":====:",
        "{der}",
        ":{der}",
        "{der}:",
        ":{der}:;x=1",
        '":{der}:"',
        ":{der} :",
        ":{der}A:",
        "?1",
    ],
)
async def test_a_header_that_is_no_certificate_is_none(acting, certificates, header):
    office, _ = certificates
    text = await token(acting, OPEN, office)
    assert await code(acting.client, text, header.format(der=office.header.strip(":"))) == WITHOUT


async def test_two_headers_are_refused_in_either_order(acting, certificates):
    office, thief = certificates
    text = await token(acting, OPEN, office)
    for pair in ((office.header, thief.header), (thief.header, office.header), (office.header, office.header)):
        assert await code(acting.client, text, *pair) == UNTRUSTED


@pytest.mark.parametrize(
    "name", ["Client_Cert", "X-Client-Cert", "X-SSL-Client-Cert", "Client-Cert-Chain", "ClientCert"]
)
async def test_other_spellings_of_the_header_say_nothing(acting, certificates, name):
    office, _ = certificates
    assert await code(acting.client, await token(acting, OPEN, office), office.header, name=name) == WITHOUT


async def test_from_an_address_that_is_no_proxy_the_header_is_refused_whatever_the_token(acting, certificates):
    office, _ = certificates
    app = create_app(runtime=acting.runtime)
    bound, plain = await token(acting, OPEN, office), await token(acting, OPEN)
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 4711))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://hub") as client,
    ):
        assert await code(client, bound, office.header) == UNTRUSTED
        assert await code(client, plain, office.header) == UNTRUSTED
        assert await code(client, "none", office.header) == UNTRUSTED
        assert await code(client, plain) == (200, None)


async def test_what_a_thief_tries_stands_in_the_audit_of_the_partner(acting, certificates):
    office, thief = certificates
    await code(acting.client, await token(acting, BOUND, office), thief.header)
    line = await acting.runtime.pool.fetchrow(
        "SELECT a.outcome, p.name FROM audit_record a JOIN partner p ON p.id = a.partner_id ORDER BY seq DESC LIMIT 1"
    )
    assert tuple(line) == ("refused:HUB-308", BOUND)
