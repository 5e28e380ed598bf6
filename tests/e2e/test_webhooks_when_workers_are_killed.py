"""Workers are killed while a receiver has a message in its hands: no event is lost, and none counts twice."""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from uuid import UUID

import commands
from acting_events import submitted
from acting_hub import acting_on
from hub import write
from hub.postgres import embedded
from hub.store import webhooks
from receiving import OK, receiving, registered

ENDPOINTS = 3
EVENTS = 120
KILLS = 4
"""Times that all workers are killed at once, each in the middle of a delivery."""
WORKERS = 2
SECONDS = 400
"""Until the test gives up: nothing is decided by how long something takes."""


async def tell(acting, row, count):
    """Have events happen, as their transactions would write them."""
    for _ in range(count):
        async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
            tx.tell(write.NewEvent("SharingRequest.submit", "SharingRequest", row, 1))


async def test_no_event_is_lost_and_none_counts_twice(server, migrated_template):
    url = await embedded.create_database(server.url, "killed_senders", template=migrated_template)
    workers, marks = [], [EVENTS * ENDPOINTS * (at + 1) // (KILLS + 1) for at in range(KILLS)]
    killed, at_once, most = [], defaultdict(int), 0

    async def answer(received, writer):
        nonlocal most
        at_once[received.path] += 1
        most = max(most, at_once[received.path])
        if marks and len(receiver.got) >= marks[0]:
            marks.pop(0)
            for each in workers:
                each.kill()
            killed.append(received.id)
        await asyncio.sleep(0.002)
        at_once[received.path] -= 1
        writer.write(OK)

    async with acting_on(url) as acting, receiving(answer) as receiver:
        row = UUID((await submitted(acting)).partition(":")[2])
        names, base = [], receiver.url
        for number in range(ENDPOINTS):
            receiver.url = f"{base}/{number}"
            names.append((await registered(acting, receiver, "civil-affairs", name=f"endpoint-{number}"))[0])
        last = await webhooks.last_event(acting.runtime.pool)
        environment = {
            **os.environ, "HUB_HOME": str(acting.runtime.settings.home), "HUB_DATABASE_URL": url,
            "HUB_WEBHOOK_SECONDS": "1", "HUB_WEBHOOK_NETWORKS": "127.0.0.0/8", "HUB_WEBHOOK_PLAIN": "true",
        }  # fmt: skip

        def start():
            return commands.start("work", env=environment)

        telling = asyncio.create_task(tell(acting, row, EVENTS))
        try:
            until = time.monotonic() + SECONDS
            while (
                marks
                or not telling.done()
                or any(each.waiting for each in await webhooks.list_webhooks(acting.runtime.pool))
            ):
                assert time.monotonic() < until, f"{len(receiver.got)} messages came, {len(killed)} kills"
                workers[:] = [each for each in workers if each.poll() is None]
                workers += [start() for _ in range(WORKERS - len(workers))]
                await asyncio.sleep(0.2)
            await telling
        finally:
            for each in workers:
                each.terminate()
            for each in workers:
                await asyncio.to_thread(each.wait, 60)

        committed = await acting.runtime.pool.fetch("SELECT id FROM event WHERE seq > $1 ORDER BY seq", last)
        assert len(committed) == EVENTS
        by_path = defaultdict(list)
        for each in receiver.got:
            by_path[each.path].append(each)
        assert len(by_path) == ENDPOINTS
        for got in by_path.values():
            first = dict.fromkeys(each.message["data"]["id"] for each in got)
            assert list(first) == [f"Event:{event['id']}" for event in committed]  # all of them, in their order
            pairs = {(each.id, each.message["data"]["id"]) for each in got}
            assert len(pairs) == len({each.id for each in got}) == EVENTS  # one id an event, however often it came
        assert len(killed) == KILLS
        # Whoever had a message in its hands when the worker died got it again.
        assert all(receiver.ids.count(message) > 1 for message in killed)
        assert most == 1  # nobody sent to an endpoint beside its worker
        for each in await webhooks.list_webhooks(acting.runtime.pool):
            assert (each.state, each.failures, each.waiting) == ("active", 0, 0)
        recorded = await acting.runtime.pool.fetchval("SELECT count(*) FROM audit_record WHERE action = 'webhook'")
        assert recorded >= len(receiver.got)
