"""Attack: take an event, and answer in a way that costs the hub its time, its memory, or other receivers' events."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading

import pytest
import pytest_asyncio

from acting_events import submitted
from hub.store import webhooks
from hub.webhooks.sending import ANSWER_BYTES
from hub.webhooks.worker import Deliveries
from receiving import SECONDS, receiving, registered, sending, sent, status

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest_asyncio.fixture(autouse=True)
async def alone(acting):
    yield
    await acting.runtime.pool.execute("DELETE FROM webhook")


async def attempts(acting, name):
    found = await webhooks.find_webhook(acting.runtime.pool, name)
    return [each.outcome for each in await webhooks.attempts_of(acting.runtime.pool, found.id, 10)]


async def flood(writer, part, head=b""):
    """Send without end, until the hub has had enough."""
    writer.write(head)
    while True:
        writer.write(part)
        await writer.drain()


async def drip(writer, part, head=b""):
    """The same, slowly."""
    writer.write(head)
    while True:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.05)


FAULTS = {
    "says nothing": (lambda _writer: asyncio.Event().wait(), "timed-out"),
    "drips a status line": (lambda writer: drip(writer, b"H"), "timed-out"),
    "drips headers": (lambda writer: drip(writer, b"X-A: b\r\n", HEAD), "timed-out"),
    "floods with headers": (lambda writer: flood(writer, b"X-A: b\r\n" * 1000, HEAD), "no-http"),
    "sends one header without end": (lambda writer: flood(writer, b"a" * 10_000, HEAD + b"X-A: "), "no-http"),
    "puts the answer off without end": (
        lambda writer: drip(writer, b"HTTP/1.1 102 Processing\r\n\r\n"), "timed-out",
    ),
    "is no web server": (lambda writer: drip(writer, b"220 mail ESMTP\r\n\r\n"), "no-http"),
    "sends bytes of no meaning": (lambda writer: flood(writer, bytes(range(256))), "no-http"),
    "has a status that is none": (lambda writer: drip(writer, b"", b"HTTP/1.1 9999 No\r\n\r\n"), "no-http"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_no_answer_is_given_up_and_the_event_is_kept(acting, fault):
    behave, word = FAULTS[fault]

    async def answer(_received, writer):
        await behave(writer)

    async with receiving(answer) as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        assert await sent(acting, seconds=0.5 if word == "timed-out" else SECONDS) == 0
        assert await attempts(acting, name) == [word]
        assert (await webhooks.find_webhook(acting.runtime.pool, name)).waiting == 1


TAKEN = {
    "an answer without end": lambda writer: flood(writer, b"a" * 65_536, HEAD + b"Content-Length: 99999999999\r\n\r\n"),
    "an answer that drips": lambda writer: drip(writer, b"a", HEAD + b"Content-Length: 99999999999\r\n\r\n"),
    "chunks without end": lambda writer: drip(
        writer, b"1\r\na\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    ),
    "chunks that are none": lambda writer: drip(
        writer, b"zz\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    ),
    "an answer until the connection ends, which it does not": lambda writer: drip(writer, b"a", HEAD + b"\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("fault", TAKEN)
async def test_a_status_of_success_counts_and_what_follows_it_is_not_waited_for(acting, fault):
    async def answer(_received, writer):
        await TAKEN[fault](writer)

    async with receiving(answer) as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        await submitted(acting)
        assert await sent(acting, seconds=SECONDS) == 2
        assert await attempts(acting, name) == ["delivered"] * 2
        assert receiver.connections == 2  # an answer that was not read to its end ends its connection


async def test_a_small_file_that_unpacks_to_a_large_one_is_not_unpacked(acting, monkeypatch):
    packed = gzip.compress(b"a" * 200_000_000, 9)[:ANSWER_BYTES]
    body = HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed

    def unpack(*_args):
        raise AssertionError("the hub unpacks answers")

    monkeypatch.setattr("zlib.decompressobj", unpack)
    async with receiving(body) as receiver:
        await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        assert await sent(acting) == 1


async def test_a_cookie_is_not_brought_back(acting):
    async with receiving(status(200, "Set-Cookie: who=hub")) as receiver:
        await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        await submitted(acting)
        assert await sent(acting) == 2
    assert all("cookie" not in each.headers for each in receiver.got)


async def test_a_connection_that_ends_in_the_middle_is_a_failure_and_the_event_comes_again(acting):
    async def cut(_received, writer):
        writer.transport.abort()

    async with receiving(cut) as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        row = await submitted(acting)
        assert await sent(acting) == 0
        [word] = await attempts(acting, name)
        assert word in {"broken-off", "no-http"}
        receiver.answers = status(200)
        at = (await webhooks.find_webhook(acting.runtime.pool, name)).next_at
        assert await sent(acting, at) == 1
    assert receiver.rows == [row, row]
    assert len(set(receiver.ids)) == 1


async def test_nobody_there_is_a_failure(acting):
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
    await submitted(acting)
    assert await sent(acting) == 0
    assert await attempts(acting, name) == ["unreachable"]


async def test_names_whose_servers_do_not_answer_delay_no_other_name(acting, monkeypatch):
    real, answered = socket.getaddrinfo, threading.Event()
    silent = set()

    def lookup(host, *given, **options):
        if str(host).startswith("silent"):
            silent.add(host)
            answered.wait()
            raise socket.gaierror
        return real("127.0.0.1" if host == "good.example" else host, *given, **options)

    async with receiving() as good:
        good.url = good.url.replace("127.0.0.1", "good.example")
        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        await registered(acting, good, "civil-affairs", name="good")
        for number in range(40):
            await registered(acting, good, "civil-affairs", name=f"silent-{number}")
            url = f"http://silent-{number}.example/"
            await acting.runtime.pool.execute("UPDATE webhook SET url = $1 WHERE name = $2", url, f"silent-{number}")
        rows = [await submitted(acting) for _ in range(3)]
        at_work = asyncio.create_task(Deliveries(sending(acting.runtime, seconds=SECONDS)).once())
        try:
            await good.until(3)
            assert good.rows == rows
            while len(silent) < 40:  # noqa: ASYNC110 - threads look them up
                await asyncio.sleep(0.01)
            assert not at_work.done()
        finally:
            answered.set()
            assert await at_work == 3


async def test_many_bad_receivers_delay_no_good_one(acting):
    async def never(_received, _writer):
        await asyncio.Event().wait()

    async with receiving(never) as bad, receiving() as good:
        for number in range(30):
            await registered(acting, bad, "civil-affairs", name=f"bad-{number}")
        await registered(acting, good, "civil-affairs", name="good")
        rows = [await submitted(acting) for _ in range(5)]
        at_work = asyncio.create_task(Deliveries(sending(acting.runtime, seconds=SECONDS)).once())
        await good.until(5)
        await bad.until(30)
        assert good.rows == rows
        assert not at_work.done()
        at_work.cancel()
        await asyncio.gather(at_work, return_exceptions=True)
