"""Attack: register a receiver that leads into the hub's own network, and have the hub speak to what stands there."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
import pytest_asyncio

from acting_events import submitted
from hub.store import webhooks
from hub.webhooks import addresses, registering
from hub.webhooks.addresses import Reach
from hub.webhooks.errors import AddressRefused, NameUnknown, WebhookUnfit
from hub.webhooks.worker import Deliveries
from receiving import HERE, receiving, sending, status

PUBLIC = "93.184.215.14"

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0",  # noqa: S104 - nobody binds to it
    "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1",  # private
    "169.254.169.254", "100.64.0.1", "100.100.100.200",  # metadata of clouds, shared by carriers
    "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",  # special
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",  # multicast, reserved, broadcast
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "fe80::1", "fe80::1%1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "100::1", "5f00::1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1",  # an IPv4 address within
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_public_is_not_permitted(address):
    assert not Reach().permits(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0", "0.0.0.0",  # noqa: S104 - the same
     "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost.", "LOCALHOST"],
)  # fmt: skip
async def test_no_spelling_of_this_machine_is_taken(acting, host):
    strict = replace(sending(acting.runtime), allowed=Reach(plain=True))
    with pytest.raises((AddressRefused, WebhookUnfit)):
        await registering.register(strict, "inside", "civil-affairs", "data-sharing", f"http://{host}:5432/", [])
    with pytest.raises(webhooks.NoSuchWebhook):
        await webhooks.find_webhook(acting.runtime.pool, "inside")


@pytest.fixture
def names(monkeypatch):
    """What names lead to, one answer after the other; the last one stays."""
    known = {}
    asked = []
    real = socket.getaddrinfo

    def lookup(host, port, *given, **options):
        if not str(host).endswith(".example"):
            return real(host, port, *given, **options)
        asked.append(host)
        if host not in known:
            raise socket.gaierror
        answers = known[host]
        now = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in now]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    known["asked"] = asked
    return known


@pytest_asyncio.fixture(autouse=True)
async def alone(acting):
    yield
    await acting.runtime.pool.execute("DELETE FROM webhook")


async def words(acting, name):
    found = await webhooks.find_webhook(acting.runtime.pool, name)
    return [each.outcome for each in await webhooks.attempts_of(acting.runtime.pool, found.id, 10)]


async def test_a_name_that_leads_elsewhere_once_it_is_registered_is_not_followed(acting, names):
    """DNS rebinding: public when it is looked at, this machine when it is sent to."""
    async with receiving() as inside:
        port = inside.url.rpartition(":")[2].partition("/")[0]
        names["turning.example"] = [[PUBLIC], ["127.0.0.1"]]
        sender = replace(sending(acting.runtime), allowed=Reach(plain=True))
        url = f"http://turning.example:{port}/"
        await registering.register(sender, "turning", "civil-affairs", "data-sharing", url, [])
        await submitted(acting)
        assert await Deliveries(sender).once() == 0
        assert inside.connections == 0
    assert await words(acting, "turning") == ["address-refused"]


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(acting, names):
    """Between the check and the connection no name is asked for again."""
    async with receiving() as checked:
        url = checked.url.replace("127.0.0.1", "twice.example")
        names["twice.example"] = [["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2"]]
        await registering.register(sending(acting.runtime), "twice", "civil-affairs", "data-sharing", url, [])
        await submitted(acting)
        names["asked"].clear()
        assert await Deliveries(sending(acting.runtime)).once() == 1
        assert names["asked"] == ["twice.example"]
        assert checked.got[0].headers["host"] == url.split("/")[2]


async def test_a_name_with_one_address_inside_is_refused_whichever_would_be_taken(names):
    names["both.example"] = [[PUBLIC, "10.0.0.1"]]
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        await addresses.resolve(addresses.Place("both.example", 443), Reach())
    names["both.example"] = [["10.0.0.1", PUBLIC]]
    with pytest.raises(AddressRefused):
        await addresses.resolve(addresses.Place("both.example", 443), Reach())


async def test_a_name_that_leads_nowhere_is_said_to():
    with pytest.raises(NameUnknown):
        await addresses.resolve(addresses.Place("nowhere.invalid", 443), Reach())


async def test_a_redirect_into_the_network_is_not_followed(acting):
    async with receiving() as inside:
        for code in (301, 302, 303, 307, 308):
            async with receiving(status(code, f"Location: {inside.url}")) as receiver:
                name = f"redirecting-{code}"
                sender = sending(acting.runtime)
                await registering.register(sender, name, "civil-affairs", "data-sharing", receiver.url, [])
                await submitted(acting)
                assert await Deliveries(sender).once() == 0
                assert await words(acting, name) == ["redirected"]
                assert len(receiver.got) == 1
                await webhooks.remove_webhook(acting.runtime.pool, name)
        assert inside.connections == 0


async def test_no_proxy_of_the_environment_is_gone_through(acting, monkeypatch):
    async with receiving() as proxy, receiving() as receiver:
        for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, proxy.url)
        sender = sending(acting.runtime)
        await registering.register(sender, "direct", "civil-affairs", "data-sharing", receiver.url, [])
        await submitted(acting)
        assert await Deliveries(sender).once() == 1
        assert (proxy.connections, len(receiver.got)) == (0, 1)


async def test_a_setting_that_is_taken_back_holds_for_endpoints_that_are_registered(acting):
    async with receiving() as receiver:
        await registering.register(sending(acting.runtime), "local", "civil-affairs", "data-sharing", receiver.url, [])
        await submitted(acting)
        plain_no_more = replace(sending(acting.runtime), allowed=Reach(HERE.networks))
        assert await Deliveries(plain_no_more).once() == 0
        assert await words(acting, "local") == ["HUB-330"]
        due = (await webhooks.find_webhook(acting.runtime.pool, "local")).next_at
        elsewhere = Reach((ip_network("10.0.0.0/8"),), plain=True)
        here_no_more = replace(sending(acting.runtime, due), allowed=elsewhere)
        assert await Deliveries(here_no_more).once() == 0
        assert (await words(acting, "local"))[0] == "address-refused"
        assert receiver.connections == 0
        assert due > datetime.now(UTC)
