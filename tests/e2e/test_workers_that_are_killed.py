"""Workers and hubs are killed in the middle, again and again: each clock is acted on once in effect, no step is lost.

Five times each in a usual run; ``KILLS=50 scripts/test tests/e2e/test_workers_that_are_killed.py`` kills more often.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from acting_events import asked
from benchmarks.clocks import STEP_EVERY, fill
from commands import run, start
from hub.auth import issue_token
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings
from hub.store import partners
from hub.store.audit import verify
from served_hub import serving

KILLS = int(os.environ.get("KILLS", "5"))
CLOCKS = 1_200 * KILLS
CLIENTS = 4
LEFT = "SELECT count(*) FROM sharing_request_clock WHERE next_at <= now()"
SUBMIT = """mutation($input: SubmitSharingRequestInput!) {
  submitSharingRequest(input: $input) { sharingRequest { id } errors { __typename } } }"""

pytestmark = pytest.mark.timeout(300 + 60 * KILLS)


async def each_clock_once(pool):
    """Check that every clock that was due was acted on, and told of once."""
    assert await pool.fetchval(LEFT) == 0
    told = await pool.fetch(
        "SELECT kind, count(*), count(DISTINCT row_id) FROM event"
        " WHERE kind NOT LIKE '%.escalated.%' AND kind <> 'SharingRequest.submit' GROUP BY kind"
    )
    lapsed = CLOCKS // STEP_EVERY
    assert {row["kind"]: tuple(row)[1:] for row in told} == {
        "SharingRequest.answer.late": (CLOCKS - lapsed,) * 2,
        "SharingRequest.disputing.late": (lapsed,) * 2,
        "SharingRequest.lapse": (lapsed,) * 2,
    }
    steps = await pool.fetchval("SELECT count(*) FROM sharing_request_step WHERE step = 'lapse'")
    closed = await pool.fetchval("SELECT count(*) FROM sharing_request WHERE state = 'CLOSED'")
    assert (steps, closed) == (lapsed, lapsed)
    numbers = await pool.fetch("SELECT seq FROM event ORDER BY seq")
    assert len({row["seq"] for row in numbers}) == len(numbers)


async def killed_once_it_has_begun(pool, environment):
    """Start a worker, wait until it acts, kill it at some moment; tell whether it was alive then."""
    before = await pool.fetchval(LEFT)
    process = start("work", "--once", env=environment)
    try:
        while process.poll() is None and await pool.fetchval(LEFT) == before:  # noqa: ASYNC110 - another process acts
            await asyncio.sleep(0.005)
        await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311 - any moment will do
        return process.poll() is None
    finally:
        process.kill()
        process.wait()


async def test_no_clock_is_lost_or_acted_on_twice(server, migrated_template):
    url = await embedded.create_database(server.url, "killed_workers", template=migrated_template)
    with tempfile.TemporaryDirectory(prefix="hub-killed-") as home:
        async with running(Settings.load(home=Path(home), database_url=url)) as runtime:
            await fill(runtime, CLOCKS)
            environment = {**os.environ, "HUB_HOME": home, "HUB_DATABASE_URL": url}
            alive = [await killed_once_it_has_begun(runtime.pool, environment) for _ in range(KILLS)]
            assert any(alive), "every worker had ended before it was killed"
            both = (asyncio.to_thread(run, "work", "--once", env=environment) for _ in range(2))
            assert [done.returncode for done in await asyncio.gather(*both)] == [0, 0]
            await each_clock_once(runtime.pool)


class Client:
    """Submits one request after the other, each under a key of its own, until it is told that it was."""

    def __init__(self, number, token):
        self.number, self.token, self.told, self.url = number, token, {}, ""

    async def run(self, stop):
        async with httpx.AsyncClient(timeout=10) as client:
            while not stop.is_set():
                key = f"client-{self.number}-{len(self.told):06}"
                while key not in self.told:
                    try:
                        response = await client.post(
                            f"{self.url}/graphql",
                            json={"query": SUBMIT, "variables": {"input": asked(idempotencyKey=key)}},
                            headers={"Authorization": f"Bearer {self.token}", "Hub-Purpose": "data-sharing"},
                        )
                    except httpx.HTTPError:
                        await asyncio.sleep(0.05)
                        continue
                    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                        continue
                    payload = response.json()["data"]["submitSharingRequest"]
                    assert payload["errors"] == [], payload
                    self.told[key] = payload["sharingRequest"]["id"].partition(":")[2]


async def test_a_hub_that_is_killed_under_load_loses_and_doubles_nothing(server, migrated_template):
    url = await embedded.create_database(server.url, "killed_hubs", template=migrated_template)
    with tempfile.TemporaryDirectory(prefix="hub-killed-") as home:
        async with running(Settings.load(home=Path(home), database_url=url)) as runtime:
            pool, now = runtime.pool, datetime.now(UTC)
            await fill(runtime, CLOCKS)
            await partners.add_partner(
                pool, name="social-security", title="人社局", department="social-security", roles=["social-security"],
                regions=["2305"], purposes=["data-sharing"], now=now,
            )  # fmt: skip
            token = (await issue_token(pool, "social-security", now)).text
            environment = {**os.environ, "HUB_HOME": home, "HUB_DATABASE_URL": url}
            clients, stop = [Client(number, token) for number in range(CLIENTS)], asyncio.Event()
            tasks = []
            for last in [False] * KILLS + [True]:
                hub = serving(environment)
                at = await asyncio.to_thread(hub.__enter__)
                for client in clients:
                    client.url = at
                tasks = tasks or [asyncio.create_task(client.run(stop)) for client in clients]
                before = sum(len(client.told) for client in clients)
                while sum(len(client.told) for client in clients) < before + CLIENTS:  # it is under load by now
                    await asyncio.sleep(0.01)
                    assert not any(task.done() for task in tasks), [task.exception() for task in tasks if task.done()]
                if last:
                    break
                await asyncio.sleep(random.uniform(0, 0.2))  # noqa: S311 - any moment will do
                hub.process.kill()
                hub.process.wait()
            stop.set()
            await asyncio.gather(*tasks)
            while await pool.fetchval(LEFT):  # noqa: ASYNC110 - another process acts
                await asyncio.sleep(0.1)
            await asyncio.to_thread(hub.__exit__)
            await each_clock_once(pool)
            told = [row for client in clients for row in client.told.values()]
            assert len(set(told)) == len(told) > KILLS
            for kind in (
                "SELECT row_id FROM sharing_request_step WHERE step = 'submit'",
                "SELECT row_id FROM event WHERE kind = 'SharingRequest.submit'",
                "SELECT row_id FROM idempotency_key",
            ):
                rows = [str(row["row_id"]) for row in await pool.fetch(kind)]
                assert sorted(rows) == sorted(told), kind
            recorded = await pool.fetchval("SELECT count(*) FROM audit_record WHERE outcome = 'taken'")
            assert recorded >= len(told)
            async with pool.acquire() as connection:
                assert (await verify(connection, runtime.vault.mac("audit chain"))).fault is None
