"""Streams of one viewer share what is read in the same moment, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from hub.http import streams
from hub.http.streams import NOTHING, StreamRead, Streams


def reading(found, *, wait=None, calls=None):
    async def read():
        if calls is not None:
            calls.append(found)
        if wait is not None:
            await wait.wait()
        if isinstance(found, Exception):
            raise found
        return StreamRead(NOTHING, found, None, b"", 0)

    return read


async def test_what_is_under_way_or_was_just_read_is_shared_by_streams_that_ask_for_the_same():
    held, calls, wait = Streams(10), [], asyncio.Event()
    asking = [asyncio.create_task(held.read_once("key", reading("rows", wait=wait, calls=calls))) for _ in range(3)]
    await asyncio.sleep(0)
    wait.set()
    got = [(read.found, mine) for read, mine in await asyncio.gather(*asking)]
    assert got == [("rows", True), ("rows", False), ("rows", False)]
    assert (await held.read_once("key", reading("rows", calls=calls)))[1] is False
    assert (await held.read_once("another key", reading("others", calls=calls)))[0].found == "others"
    assert calls == ["rows", "others"]


async def test_what_was_begun_before_a_notification_is_not_taken_after_it():
    held, calls, wait = Streams(10), [], asyncio.Event()
    before = asyncio.create_task(held.read_once("key", reading("old", wait=wait, calls=calls)))
    await asyncio.sleep(0)
    held.wake()
    assert (await held.read_once("key", reading("new", calls=calls)))[0].found == "new"
    wait.set()
    assert (await before)[0].found == "old"
    assert calls == ["old", "new"]


async def test_what_was_read_in_another_moment_is_read_again(monkeypatch):
    monkeypatch.setattr(streams, "SAME_MOMENT", 0.0)
    held, calls = Streams(10), []
    for found in ("once", "again"):
        assert (await held.read_once("key", reading(found, calls=calls)))[0].found == found
    assert calls == ["once", "again"]


async def test_who_waits_for_a_read_that_fails_reads_on_its_own():
    held, wait = Streams(10), asyncio.Event()
    first = asyncio.create_task(held.read_once("key", reading(ValueError("token revoked"), wait=wait)))
    await asyncio.sleep(0)
    second = asyncio.create_task(held.read_once("key", reading("rows")))
    await asyncio.sleep(0)
    wait.set()
    with pytest.raises(ValueError, match="token revoked"):
        await first
    read, mine = await second
    assert (read.found, mine) == ("rows", True)


async def test_who_leaves_while_it_waits_takes_nothing_from_the_others():
    held, wait = Streams(10), asyncio.Event()
    first = asyncio.create_task(held.read_once("key", reading("rows", wait=wait)))
    await asyncio.sleep(0)
    leaves = asyncio.create_task(held.read_once("key", reading("rows")))
    await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    wait.set()
    assert (await first)[0].found == "rows"


async def test_all_streams_are_woken_however_many_there_are():
    held = Streams(10)
    passing = asyncio.create_task(held.pass_on())
    waiting = [held.woken() for _ in range(3 * streams.AT_A_TIME + 1)]
    events = [each.__enter__() for each in waiting]
    held.wake()
    async with asyncio.timeout(20):
        await asyncio.gather(*(event.wait() for event in events))
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
