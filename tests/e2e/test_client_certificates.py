"""Tokens bound to client certificates behind a real HAProxy, set up as scripts/README.md says."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from acting_hub import acting_on
from certifying import certify
from hub.auth import issue_token
from hub.cli.serving import serving
from hub.crypto import certificate_hash
from hub.postgres import embedded
from hub.store import partners

README = Path(__file__).parents[2] / "scripts" / "README.md"
QUERY = {"query": "{ sharingRequests(first: 1) { nodes { id } } }"}
PARTNER = "civil-affairs"


def written():
    """The configuration that the README has."""
    [found] = re.findall(
        r"^<!-- test: haproxy -->\n```haproxy\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL
    )
    return found


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    home = tmp_path_factory.mktemp("certificates")
    root, other = certify(home, "authority"), certify(home, "another-authority")
    return {
        "authority": root,
        "hub": certify(home, "hub", root),
        "office": certify(home, "office", root),
        "thief": certify(home, "thief", root),
        "stranger": certify(home, "stranger", other),
    }


@pytest_asyncio.fixture(scope="module")
async def acting(server, migrated_template):
    url = await embedded.create_database(server.url, "behind_haproxy", template=migrated_template)
    async with acting_on(url, trusted_proxies="127.0.0.1") as made:
        await partners.bind_partner(made.runtime.pool, PARTNER, bound=True)
        yield made


@pytest_asyncio.fixture(scope="module")
async def front(acting, certificates, tmp_path_factory):
    """The port of an HAProxy in front of the hub."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        pytest.skip("no HAProxy here: install haproxy to run this test")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with serving(acting.runtime, 0) as url:
        text = written()
        for said, here in (
            ("bind :443", f"bind 127.0.0.1:{port}"),
            ("/etc/haproxy/hub.pem", str(certificates["hub"].file)),
            ("/etc/haproxy/partners-ca.pem", str(certificates["authority"].file)),
            ("server hub 127.0.0.1:8000", f"server hub {url.removeprefix('http://')}"),
        ):
            assert text.count(said) == 1, said
            text = text.replace(said, here)
        file = tmp_path_factory.mktemp("haproxy") / "haproxy.cfg"
        file.write_text(text)
        process = await asyncio.create_subprocess_exec(
            program, "-db", "-f", str(file), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            await listening(port, process)
            yield port
        finally:
            process.terminate()
            await process.communicate()


async def listening(port, process):
    for _ in range(200):
        assert process.returncode is None, (await process.stdout.read()).decode()
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await writer.wait_closed()
        return
    pytest.fail("HAProxy does not answer")


def context(certificates, who=None):
    made = ssl.create_default_context(cafile=certificates["authority"].file)
    if who is not None:
        made.load_cert_chain(certificates[who].file)
    return made


@asynccontextmanager
async def client(front, certificates, who=None):
    made = context(certificates, who)
    async with httpx.AsyncClient(base_url=f"https://127.0.0.1:{front}", verify=made, trust_env=False) as opened:
        yield opened


@pytest_asyncio.fixture
async def token(acting, certificates):
    """One that is bound to the office's certificate."""
    bound = certificate_hash(certificates["office"].file.read_bytes())
    return (await issue_token(acting.runtime.pool, PARTNER, datetime.now(UTC), certificate=bound)).text


def headers(text, *more):
    return [("Authorization", f"Bearer {text}"), ("Hub-Purpose", "data-sharing"), *more]


async def code(opened, text, *more):
    response = await opened.post("/graphql", json=QUERY, headers=headers(text, *more))
    errors = response.json().get("errors")
    return response.status_code, errors[0]["extensions"]["code"] if errors else None


async def test_the_certificate_that_the_client_shows_is_the_one_that_counts(front, certificates, token):
    async with client(front, certificates, "office") as office:
        assert await code(office, token) == (200, None)
        assert await code(office, token) == (200, None)
    async with client(front, certificates, "thief") as thief:
        assert await code(thief, token) == (401, "HUB-308")
    async with client(front, certificates) as nobody:
        assert await code(nobody, token) == (401, "HUB-308")


async def test_a_header_that_the_client_writes_itself_does_not_reach_the_hub(front, certificates, token):
    header = certificates["office"].header
    for who in ("thief", None):
        async with client(front, certificates, who) as opened:
            for name in ("Client-Cert", "client-cert", "CLIENT-CERT", "Client_Cert"):
                assert await code(opened, token, (name, header)) == (401, "HUB-308"), name
            twice = ("Client-Cert", header), ("Client-Cert", header)
            assert await code(opened, token, *twice) == (401, "HUB-308")
    async with client(front, certificates, "office") as office:
        assert await code(office, token, ("Client-Cert", certificates["thief"].header)) == (200, None)


async def test_a_certificate_of_another_authority_gets_no_connection(front, certificates, token):
    async with client(front, certificates, "stranger") as stranger:
        # The client may have sent its request before it is told: then the alert is what it reads.
        with pytest.raises((httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, ssl.SSLError)):
            await code(stranger, token)


async def test_a_token_that_is_not_bound_is_refused_with_whatever_certificate(acting, front, certificates):
    plain = (await issue_token(acting.runtime.pool, PARTNER, datetime.now(UTC))).text
    async with client(front, certificates, "office") as office:
        assert await code(office, plain) == (401, "HUB-308")


async def test_nothing_but_the_two_addresses_is_passed_on(front, certificates):
    async with client(front, certificates, "office") as office:
        for path in ("/healthz", "/readyz", "/", "/graphql/x"):
            assert (await office.get(path)).status_code == 403


def raw(front, made, lines, session=None):
    """Send these bytes over a connection of one's own; return the status, whether it was resumed, and its session."""
    made.maximum_version = ssl.TLSVersion.TLSv1_2  # whose session is there once the connection is
    with (
        socket.create_connection(("127.0.0.1", front), timeout=20) as plain,
        made.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as opened,
    ):
        opened.sendall(lines)
        return opened.recv(65_536).split(b" ", 2)[1], opened.session_reused, opened.session


def request(token, *more):
    body = b'{"query": "{ sharingRequests(first: 1) { nodes { id } } }"}'
    lines = [
        b"POST /graphql HTTP/1.1", b"Host: hub", b"Content-Type: application/json", b"Hub-Purpose: data-sharing",
        f"Authorization: Bearer {token}".encode(), f"Content-Length: {len(body)}".encode(), *more, b"", body,
    ]  # fmt: skip
    return b"\r\n".join(lines)


@pytest.mark.parametrize(
    "line",
    [b"Client-Cert : {}", b"Client-Cert\t: {}", b" Client-Cert: {}", b"X: y\n\tClient-Cert: {}",
     b"X: y\nClient-Cert: {}",
     b"Client-Cert:{}", b"client-cert:\t{}", b"X: y\r\n {}\r\nClient-Cert: {}"],
    ids=repr,
)  # fmt: skip
async def test_a_header_cannot_be_smuggled_past_the_proxy(front, certificates, token, line):
    smuggled = line.replace(b"{}", certificates["office"].header.encode())
    status, *_ = await asyncio.to_thread(raw, front, context(certificates, "thief"), request(token, smuggled))
    assert status in {b"400", b"401"}


async def test_a_connection_that_is_resumed_still_has_its_certificate(front, certificates, token):
    made = context(certificates, "office")
    status, resumed, session = await asyncio.to_thread(raw, front, made, request(token))
    assert (status, resumed) == (b"200", False)
    status, resumed, _ = await asyncio.to_thread(raw, front, made, request(token), session)
    assert (status, resumed) == (b"200", True)
