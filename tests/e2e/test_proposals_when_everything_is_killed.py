"""Hub and worker are killed while proposals are made, accepted, declined, delivered and confirmed.

No unit is taken twice and none is lost; what a client was told has happened. Five kills of each in a usual run;
``KILLS=50 scripts/test tests/e2e/test_proposals_when_everything_is_killed.py`` kills fifty times.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from commands import start
from granting import put_in_force
from hub import matching, write
from hub.auth import issue_token
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.proposals.acting import act_for
from hub.runtime import running
from hub.settings import Settings
from hub.store import partners
from hub.store.audit import verify
from matching_store import Store
from served_hub import serving

KILLS = int(os.environ.get("KILLS", "5"))
UNITS, NEEDS = 4, 8
"""Of each resource, and needs that arrive with it: more than it has, so that every unit finds somebody."""
DECLINES = 0.3
PURPOSES = {"charity": "charity-matching", "civil-affairs": "assistance-review"}
OPEN = "{ proposals(first: 100, where: {state: {in: [PROPOSED, ACCEPTED, DELIVERED]}}) { nodes { id state } } }"
STEP = """mutation($input: %sInput!) { done: %s(input: $input) { proposal { id state } errors { __typename } } }"""
LIVE = "state NOT IN ('DECLINED', 'EXPIRED', 'WITHDRAWN', 'UNMET', 'REOPENED')"
TWICE = f"SELECT count(*) FROM (SELECT FROM proposal WHERE {LIVE} GROUP BY need_id HAVING count(*) > 1) twice"
TOO_MANY = f"""
SELECT count(*) FROM charity_resource r
WHERE capacity_available < (SELECT count(*) FROM proposal p WHERE p.resource_id = r.id AND {LIVE})
"""
FREE = f"""
SELECT coalesce(sum(capacity_available - (SELECT count(*) FROM proposal p WHERE p.resource_id = r.id AND {LIVE})), 0)
FROM charity_resource r
"""

pytestmark = pytest.mark.timeout(300 + 60 * KILLS)


class Partner:
    """Takes whatever step is next, under a key, until it is told what came of it. ``told``: step by key."""

    def __init__(self, name, token):
        self.name, self.token, self.told, self.url = name, token, {}, ""

    async def run(self, stop):
        async with httpx.AsyncClient(timeout=10) as client:
            while not stop.is_set():
                found = await self.ask(client, OPEN, {})
                for row in found["proposals"]["nodes"]:
                    await self.step(client, row)
                await asyncio.sleep(0.02)

    async def step(self, client, row):
        if self.name == "charity" and row["state"] == "PROPOSED":
            declines = random.random() < DECLINES  # noqa: S311 - any will do
            step = ("decline", {"declineReason": "NOT_SUITABLE"}) if declines else ("accept", {})
        elif self.name == "charity" and row["state"] == "ACCEPTED":
            today = day_of(datetime.now(UTC)).isoformat()
            step = ("deliver", {"deliveredOn": today, "amount": 1, "evidence": "签收单 2026-0193"})
        elif self.name == "civil-affairs" and row["state"] == "DELIVERED":
            step = ("confirm", {"confirmedBy": "PERSON"})
        else:
            return
        name, given = step
        mutation = f"{name}Proposal"
        document = STEP % (mutation[0].upper() + mutation[1:], mutation)
        given = {"id": row["id"], "idempotencyKey": f"{row['id']}-{name}", **given}
        payload = (await self.ask(client, document, {"input": given}))["done"]
        assert payload["errors"] == [], (name, row, payload)
        self.told[row["id"], name] = payload["proposal"]["state"]

    async def ask(self, client, query, variables):
        headers = {"Authorization": f"Bearer {self.token}", "Hub-Purpose": PURPOSES[self.name]}
        while True:
            try:
                response = await client.post(
                    f"{self.url}/graphql", json={"query": query, "variables": variables}, headers=headers
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
                continue
            if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                await asyncio.sleep(0.05)
                continue
            body = response.json()
            assert response.status_code == httpx.codes.OK, body
            assert "errors" not in body, body
            return body["data"]


async def arrive(store):
    """A resource with units, and more needs than it has."""
    organisation = uuid4()
    async with store.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        made = write.PlainRow(organisation, {"name": "慈善会"}, "insert")
        await write.load(tx, write.seal_rows(write.UNSEALED["CharityOrganisation"], [made]))
        await act_for(tx, organisation, "charity")
    for _ in range(NEEDS):
        await store.need()
    await store.resource(capacity=UNITS, organisation=organisation)


async def until(tasks, fulfilled):
    """Wait for something that other processes do."""
    while not await fulfilled():
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in tasks), [task.exception() for task in tasks if task.done()]


async def test_no_unit_is_taken_twice_and_none_is_lost(server, migrated_template):
    url = await embedded.create_database(server.url, f"killed_{os.urandom(4).hex()}", template=migrated_template)
    with tempfile.TemporaryDirectory(prefix="hub-killed-") as home:
        async with running(Settings.load(home=Path(home), database_url=url)) as runtime:
            pool, now, store = runtime.pool, datetime.now(UTC), Store(runtime)
            clients = []
            for name, purpose in PURPOSES.items():
                await partners.add_partner(
                    pool, name=name, title=name, department=name, roles=[name], regions=["2305"], purposes=[purpose],
                    now=now,
                )  # fmt: skip
                await put_in_force(pool, name, purpose)
                clients.append(Partner(name, (await issue_token(pool, name, now)).text))
            await arrive(store)
            await store.run()
            await matching.send(store.tools, "last", now)
            environment = {
                **os.environ, "HUB_HOME": home, "HUB_DATABASE_URL": url, "HUB_MATCHING_PROPOSE": "true",
            }  # fmt: skip
            stop, tasks = asyncio.Event(), []
            worker = start("work", env=environment)
            hub = serving(environment)
            at = await asyncio.to_thread(hub.__enter__)
            for kill in range(KILLS):
                for client in clients:
                    client.url = at
                tasks = tasks or [asyncio.create_task(client.run(stop)) for client in clients]
                before = sum(len(client.told) for client in clients)
                await arrive(store)

                async def steps_are_taken(before=before):
                    return sum(len(client.told) for client in clients) > before + 2

                await until(tasks, steps_are_taken)
                await asyncio.sleep(random.uniform(0, 0.2))  # noqa: S311 - any moment will do
                for each in (worker, hub.process) if kill % 2 else (hub.process, worker):
                    each.kill()
                    each.wait()
                    await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311 - the other one goes on for a moment
                worker, hub = start("work", env=environment), serving(environment)
                at = await asyncio.to_thread(hub.__enter__)
                assert (await pool.fetchval(TWICE), await pool.fetchval(TOO_MANY)) == (0, 0)
            for client in clients:
                client.url = at

            # In the end every unit has found somebody, and arrived there.
            async def all_is_given():
                waits = await pool.fetchval(
                    "SELECT count(*) FROM proposal WHERE state IN ('PROPOSED', 'ACCEPTED', 'DELIVERED')"
                )
                return waits == 0 and await pool.fetchval(FREE) == 0

            await until(tasks, all_is_given)
            stop.set()
            await asyncio.gather(*tasks)
            worker.terminate()
            await asyncio.to_thread(worker.wait, 60)
            await asyncio.to_thread(hub.__exit__)
            assert (await pool.fetchval(TWICE), await pool.fetchval(TOO_MANY)) == (0, 0)
            confirmed = await pool.fetchval("SELECT count(*) FROM proposal WHERE state = 'CONFIRMED'")
            assert confirmed == UNITS * (KILLS + 1)

            # What clients were told is what was written, once each; and so is what was made.
            taken = await pool.fetch("SELECT row_id, step FROM proposal_step WHERE step <> 'propose'")
            told = [(row.partition(":")[2], step) for client in clients for row, step in client.told]
            assert sorted((str(row["row_id"]), row["step"]) for row in taken) == sorted(told)
            made = await pool.fetchval("SELECT count(*) FROM proposal_step WHERE step = 'propose'")
            assert made == await pool.fetchval("SELECT count(*) FROM proposal") >= confirmed
            events = await pool.fetchval("SELECT count(*) FROM event WHERE kind = 'Proposal.propose'")
            assert events == made
            async with pool.acquire() as connection:
                assert (await verify(connection, runtime.vault.mac("audit chain"))).fault is None
