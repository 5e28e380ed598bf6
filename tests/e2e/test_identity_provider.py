"""People log in at a real identity provider, npm's oidc-provider, and ask the hub with what it gives them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import secrets
import socket
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import yaml

from acting_hub import acting_on
from certifying import certify
from hub.auth import Identity, enroll, load_issuers, providers
from hub.cli.audit import opened
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings
from hub.store import members, partners
from node_packages import install
from vouching import AUDIENCE, rsa

PROVIDER = Path(__file__).with_name("identity")
README = Path(__file__).parents[2] / "scripts" / "README.md"
PARTNER, SUBJECT = "civil-affairs", "li-0451"
BACK = "https://records.example/callback"
SECRETS = {
    "records-office": "secret-of-the-records-office",
    "records-office-bound": "secret-of-the-bound-records-office",
}
QUERY = {"query": "{ sharingRequests(first: 1) { nodes { id } } }"}


class LogIn:
    """The provider, and what a person's browser and application do there."""

    def __init__(self, home):
        self.home, self.process = home, None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def keys(self, *keys):
        """Have it sign with the first of these keys."""
        private = [key.as_dict(private=True) for key in keys]
        (self.home / "keys.json").write_text(json.dumps({"keys": private}))

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            "node", "provider.js", str(self.port), "keys.json", AUDIENCE, cwd=self.home,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(60):
            while not (await self.process.stdout.readline()).startswith(b"ready"):
                assert not self.process.stdout.at_eof(), "the provider ended"

    async def stop(self):
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.communicate()

    async def rotate(self, *keys):
        self.keys(*keys)
        async with httpx.AsyncClient() as client:
            (await client.post(f"{self.url}/control/reload")).raise_for_status()

    async def tokens(self, subject=SUBJECT, client_id="records-office", **sent):
        """Log in, consent, and exchange the code (RFC 6749, 4.1, with RFC 7636 and RFC 8707)."""
        verifier = secrets.token_urlsafe(43)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "client_id": client_id, "response_type": "code", "redirect_uri": BACK, "scope": "openid hub",
            "resource": AUDIENCE, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as browser:
            answer = await browser.get("/auth", params=asked)
            while not (place := answer.headers["location"]).startswith(BACK):
                path = place.removeprefix(self.url)
                answer = await browser.get(path)
                if "/interaction/" in path:
                    [prompt] = re.findall(r'name="prompt" value="(\w+)"', answer.text)
                    form = {"prompt": prompt, "login": subject, "password": "any"}
                    answer = await browser.post(path, data=form)
            given = {
                "grant_type": "authorization_code", "code": httpx.URL(place).params["code"], "redirect_uri": BACK,
                "code_verifier": verifier,
            }  # fmt: skip
            who = (client_id, SECRETS[client_id])
            answer = await browser.post("/token", data=given, auth=who, headers=sent.get("headers"))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def token(self, *arguments, **named):
        return (await self.tokens(*arguments, **named))["access_token"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    home = tmp_path_factory.mktemp("identity")
    install(PROVIDER, home, "identity providers")
    return home


@pytest_asyncio.fixture
async def provider(installed):
    made = LogIn(installed)
    made.keys(rsa("first"))
    await made.start()
    yield made
    await made.stop()


@asynccontextmanager
async def hub(server, template, provider, tmp_path, **more):
    """A hub that takes this provider's tokens, with one member of a partner."""
    issuers = tmp_path / "issuers.yaml"
    one = {"issuer": provider.url, "audience": AUDIENCE, "partner": PARTNER, **more}
    issuers.write_text(yaml.safe_dump({"issuers": [one]}))
    url = await embedded.create_database(server.url, f"identity_{secrets.token_hex(4)}", template=template)
    async with acting_on(url, issuers=issuers, trusted_proxies="127.0.0.1") as made:
        found = await partners.find_partner(made.runtime.pool, PARTNER)
        await enroll(
            made.runtime.pool, made.runtime.vault, found, Identity("李小红", provider.url, SUBJECT), roles=[],
            regions=[], purposes=["data-sharing"], now=datetime.now(UTC),
        )  # fmt: skip
        yield made


async def ask(acting, token, **more):
    headers = {"Authorization": f"Bearer {token}", "Hub-Purpose": "data-sharing", **more}
    response = await acting.client.post("/graphql", json=QUERY, headers=headers)
    errors = response.json().get("errors")
    return response.status_code, errors[0]["extensions"]["code"] if errors else None, response


async def status(acting, token, **more):
    return (await ask(acting, token, **more))[:2]


async def test_a_person_logs_in_asks_and_is_named_to_who_may_know(server, migrated_template, provider, tmp_path):
    async with hub(server, migrated_template, provider, tmp_path) as acting:
        found = await provider.tokens()
        answered, _, response = await ask(acting, found["access_token"])
        assert answered == 200
        [line] = await opened(acting.runtime, response.headers["hub-request-id"], 20)
        assert (line["partner"], line["name"]) == (PARTNER, "李小红")
        # The other token that came with it says who somebody is, and lets nobody in.
        assert await status(acting, found["id_token"]) == (401, "HUB-309")
        assert await status(acting, await provider.token("nobody-here")) == (403, "HUB-305")
        [row] = await members.list_members(acting.runtime.pool, PARTNER)
        await members.end_member(acting.runtime.pool, row.member.token, datetime.now(UTC))
        assert await status(acting, found["access_token"]) == (403, "HUB-305")
        assert await status(acting, await provider.token()) == (403, "HUB-305")


async def test_a_key_that_rotates_is_found_and_the_old_one_is_not_taken_any_more(
    server, migrated_template, provider, tmp_path, monkeypatch
):
    monkeypatch.setattr(providers, "BETWEEN", 0.0)
    async with hub(server, migrated_template, provider, tmp_path) as acting:
        before = await provider.token()
        assert await status(acting, before) == (200, None)
        await provider.rotate(rsa("second"))
        assert await status(acting, await provider.token()) == (200, None)
        assert await status(acting, before) == (401, "HUB-309")


async def test_while_the_provider_is_down_its_keys_serve(server, migrated_template, provider, tmp_path):
    async with hub(server, migrated_template, provider, tmp_path) as acting:
        first, second = await provider.token(), await provider.token()
        assert await status(acting, first) == (200, None)
        await provider.stop()
        assert await status(acting, first) == (200, None)
        assert await status(acting, second) == (200, None)


async def test_a_hub_that_has_no_keys_says_that_the_provider_is_down_and_not_that_the_token_is_bad(
    server, migrated_template, provider, tmp_path, monkeypatch
):
    token = await provider.token()
    await provider.stop()
    async with hub(server, migrated_template, provider, tmp_path) as acting:
        answered, code, response = await ask(acting, token)
        assert (answered, code, response.headers["retry-after"]) == (503, "HUB-306", "10")
        assert "www-authenticate" not in response.headers
        # A hub's own tokens have nothing to do with it.
        assert await status(acting, acting.tokens[PARTNER]) == (200, None)
        await provider.start()
        assert await status(acting, token) == (503, "HUB-306")  # not asked again at once
        monkeypatch.setattr("hub.auth.providers.Provider._may_ask", lambda _self: True)
        assert await status(acting, token) == (200, None)


async def test_the_provider_binds_a_token_to_the_certificate_that_it_saw(server, migrated_template, provider, tmp_path):
    root = certify(tmp_path, "authority")
    office, thief = certify(tmp_path, "office", root), certify(tmp_path, "thief", root)
    async with hub(server, migrated_template, provider, tmp_path) as acting:
        bound = await provider.token(client_id="records-office-bound", headers={"Client-Cert": office.header})
        assert await status(acting, bound, **{"Client-Cert": office.header}) == (200, None)
        assert await status(acting, bound, **{"Client-Cert": thief.header}) == (401, "HUB-308")
        assert await status(acting, bound) == (401, "HUB-308")
        plain = await provider.token()
        assert await status(acting, plain) == (200, None)
        await partners.bind_partner(acting.runtime.pool, PARTNER, bound=True)
        assert await status(acting, plain, **{"Client-Cert": office.header}) == (401, "HUB-308")


async def test_another_audience_of_the_same_provider(server, migrated_template, provider, tmp_path):
    async with hub(server, migrated_template, provider, tmp_path, audience="https://another.example") as acting:
        assert await status(acting, await provider.token()) == (401, "HUB-309")


def test_the_file_that_the_readme_shows_is_one(tmp_path):
    [text] = re.findall(r"^<!-- test: issuers -->\n```yaml\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    whole = re.sub(r"^    # (?!Only|partners)", "    ", text, flags=re.MULTILINE)
    for name, content in (("shown.yaml", text), ("whole.yaml", whole)):
        (tmp_path / name).write_text(content)
    [shown], [all_of_it] = load_issuers(tmp_path / "shown.yaml").issuers, load_issuers(tmp_path / "whole.yaml").issuers
    assert shown.partner == "jianshan-civil-affairs"
    assert all_of_it == shown.model_copy(update={"keys": all_of_it.keys})  # what is commented out are the defaults


async def test_a_file_that_does_not_fit_stops_the_start(server, migrated_template, tmp_path):
    (tmp_path / "issuers.yaml").write_text("issuers: [{issuer: http://id.example, audience: x, partner: y}]")
    url = await embedded.create_database(server.url, "bad_issuers", template=migrated_template)
    with tempfile.TemporaryDirectory(prefix="hub-issuers-") as home:
        settings = Settings.load(home=Path(home), database_url=url, issuers=tmp_path / "issuers.yaml")
        with pytest.raises(Exception, match=r"issuers\.0\.issuer.*must begin with https"):
            async with running(settings):
                pass
