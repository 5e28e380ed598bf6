"""Attack: make the audit fail, and read while nobody writes down what is read. Nothing leaves."""

from __future__ import annotations

import asyncpg


async def test_no_data_leaves_while_the_audit_cannot_be_written(ask):
    owner = await asyncpg.connect(ask.hub.database)
    query = "{ recipients(first: 1) { nodes { id person { name } } } }"
    try:
        await owner.execute("ALTER TABLE audit_record RENAME TO audit_record_away")
        try:
            for viewer in ("civil-affairs", "social-security", "auditor"):
                response = await ask.post(viewer, query)
                assert response.status_code == 503
                body = response.json()
                assert set(body) == {"errors"}
                assert body["errors"][0]["extensions"]["code"] == "HUB-510"
        finally:
            await owner.execute("ALTER TABLE audit_record_away RENAME TO audit_record")
        assert (await ask.post("civil-affairs", query)).status_code == 200
    finally:
        await owner.close()


async def test_the_record_cannot_be_changed_or_removed_afterwards(ask):
    await ask.post("auditor", "{ regions(first: 1) { nodes { id } } }")
    owner = await asyncpg.connect(ask.hub.database)
    try:
        before = await owner.fetchval("SELECT count(*) FROM audit_record")
        for statement in (
            "UPDATE audit_record SET outcome = 'nothing'",
            "DELETE FROM audit_record",
            "TRUNCATE audit_record",
        ):
            try:
                await owner.execute(statement)
            except asyncpg.PostgresError:
                continue
            raise AssertionError(statement)
        assert await owner.fetchval("SELECT count(*) FROM audit_record") == before
    finally:
        await owner.close()
