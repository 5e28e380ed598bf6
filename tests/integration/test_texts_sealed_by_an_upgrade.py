"""What an earlier version kept in plain is sealed at the first start of one that seals it."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from sqlalchemy import text

from acting_hub import acting_on
from hub.postgres import embedded
from hub.store import migrate

BEFORE = "0014"
BASIS, GAPS = "社会救助暂行办法第五十八条", "张三的材料不全"
INSERT = (
    "INSERT INTO sharing_request (id, version, requester, provider, items, purpose, regions, method, basis, scenario,"
    " starts_on, ends_on, gaps, state, state_since) VALUES ($1, 2, 'social-security', 'CIVIL_AFFAIRS',"
    " '[\"Recipient.category\"]', 'means-check', '[\"2305\"]', 'QUERY', $2, '核对养老金与救助待遇', '2026-01-01',"
    " '2036-12-31', $3, 'INCOMPLETE', now())"
)
READ = "query($id: ID!) { node(id: $id) { ... on SharingRequest { version basis scenario gaps ruling } } }"


async def before(url):
    """The tables of the version before."""

    def run(connection):
        connection.execute(text("SELECT 1"))
        command.upgrade(migrate._config(connection), BEFORE)

    await migrate._in_transaction(url, run)


@pytest.fixture
async def upgraded(server):
    url = await embedded.create_database(server.url, f"sealed_{uuid4().hex[:8]}")
    await before(url)
    row = uuid4()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(INSERT, row, BASIS, GAPS)
        await connection.execute(INSERT, uuid4(), BASIS, None)
    finally:
        await connection.close()
    await migrate.upgrade(url)
    return url, row


async def test_texts_are_sealed_at_the_first_start_and_read_as_before(upgraded):
    url, row = upgraded
    async with acting_on(url) as acting:
        found = (await acting.ask("social-security", READ, {"id": f"SharingRequest:{row}"}, purpose="data-sharing"))[
            "node"
        ]
        assert found == {"version": 2, "basis": BASIS, "scenario": "核对养老金与救助待遇", "gaps": GAPS, "ruling": None}
        pool = acting.runtime.pool
        assert await pool.fetchval("SELECT count(*) FROM unsealed_value") == 0
        stored = await pool.fetchrow("SELECT basis, gaps, ruling FROM sharing_request WHERE id = $1", row)
        assert BASIS.encode() not in stored["basis"]
        assert GAPS.encode() not in stored["gaps"]
        assert stored["ruling"] is None
        # And the step that follows takes the row as it is.
        done = await acting.taken(
            "social-security", "complete", {"id": f"SharingRequest:{row}", "scenario": "依据第五十八条核对待遇"}
        )
        assert done["state"] == "SUBMITTED"


async def test_no_file_of_the_database_has_them_afterwards(upgraded):
    url, _ = upgraded
    async with acting_on(url) as acting:
        await acting.runtime.pool.execute("CHECKPOINT")
        files = await acting.runtime.pool.fetch(
            "SELECT pg_relation_filepath(oid) AS path FROM pg_class WHERE relkind IN ('r', 'i', 't')"
            " AND pg_relation_filepath(oid) IS NOT NULL"
        )
        base = Path(await acting.runtime.pool.fetchval("SHOW data_directory"))
        for file in files:
            if (base / file["path"]).exists():
                assert GAPS.encode() not in (base / file["path"]).read_bytes(), file["path"]


async def test_the_upgrade_is_not_undone_where_texts_would_be_lost(upgraded):
    url, _ = upgraded
    with pytest.raises(migrate.MigrationFailed, match="restore a backup"):
        await migrate.downgrade(url, BEFORE)
