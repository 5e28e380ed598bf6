"""Claims that an earlier version kept by field and source are sealed anew, each for a row of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from acting_hub import acting_on
from benchmarks.seed import seed
from granting import put_in_force
from hub.catalog import Group
from hub.crypto import DoesNotOpen
from hub.postgres import embedded
from hub.runtime import keys
from hub.settings import Settings
from hub.store.pool import open_pool
from hub.write import seal_claims, writable

READ = """query($id: ID!) { node(id: $id) { ... on Person { name claims(first: 10) {
    nodes { item source value observedAt } } } } }"""
WAITING = (
    "INSERT INTO claim_waiting (row_id, field, source, entity, value, observed_at) VALUES ($1, $2, $3, $4, $5, $6)"
)


async def test_claims_of_before_are_read_after_the_upgrade_and_wait_no_more(server, migrated_template):
    url = await embedded.create_database(server.url, f"claims_{uuid4().hex[:8]}", template=migrated_template)
    async with acting_on(url) as acting:
        pool, vault = acting.runtime.pool, acting.runtime.vault
        await seed(pool, vault, 5)
        await put_in_force(pool, "civil-affairs", "assistance-review")
        person = await pool.fetchval("SELECT id FROM person ORDER BY id LIMIT 1")
        old = vault.sealer("claim", "Person.name.civil-affairs", Group.IDENTITY).seal(person.bytes, "安娜")
        await pool.execute(WAITING, person, "name", "civil-affairs", "Person", old, datetime(2026, 3, 2, tzinfo=UTC))
        async with pool.acquire() as connection:
            assert await seal_claims(connection, vault, writable(vault)) == 1
            assert await seal_claims(connection, vault, writable(vault)) == 0
        found = await acting.ask("civil-affairs", READ, {"id": f"Person:{person}"}, purpose="assistance-review")
        assert found["node"]["claims"]["nodes"] == [
            {"item": "Person.name", "source": "civil-affairs", "value": "安娜", "observedAt": "2026-03-02T00:00:00Z"}
        ]


async def test_a_claim_that_does_not_open_stops_the_start_and_loses_nothing(server, migrated_template, tmp_path):
    url = await embedded.create_database(server.url, f"claims_{uuid4().hex[:8]}", template=migrated_template)
    pool = await open_pool(url)
    vault = await keys(Settings.load(home=tmp_path, database_url=url), pool)
    await seed(pool, vault, 5)
    people = [row[0] for row in await pool.fetch("SELECT id FROM person ORDER BY id LIMIT 2")]
    seal = vault.sealer("claim", "Person.name.civil-affairs", Group.IDENTITY).seal
    for person, owner in zip(people, (people[0], people[0]), strict=True):  # the second was moved
        given = (person, "name", "civil-affairs", "Person", seal(owner.bytes, "安娜"), datetime.now(UTC))
        await pool.execute(WAITING, *given)
    async with pool.acquire() as connection:
        with pytest.raises(DoesNotOpen):
            await seal_claims(connection, vault, writable(vault))
    assert await pool.fetchval("SELECT count(*) FROM claim_waiting") == 2
    assert await pool.fetchval("SELECT count(*) FROM claim") == 0
    await pool.close()
