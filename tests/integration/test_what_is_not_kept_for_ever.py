"""Events and idempotency keys are removed when they are old, and nobody misses an event unawares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from acting_events import asked, end, events, submitted
from hub.process.worker import Worker
from hub.write import Retention

KEEP = Retention(events=timedelta(days=180), keys=timedelta(days=30))
NOW = datetime.now(UTC)


async def swept(acting, at):
    """What is removed at a time; clocks are left alone."""
    await acting.runtime.pool.execute("UPDATE sharing_request_clock SET next_at = NULL")
    worker, removed = Worker(acting.runtime.pool, acting.runtime.steps.tools, time=lambda: at, keep=KEEP), 0
    while count := (await worker.round()).removed:
        removed += count
    return removed


async def aged(acting, days):
    """Have all events that there are have happened so many days ago."""
    await acting.runtime.pool.execute("UPDATE event SET at = $1", NOW - timedelta(days=days))


async def test_events_are_removed_after_their_time_and_the_last_one_stays(acting):
    await submitted(acting)
    await submitted(acting)
    await aged(acting, 181)
    row = await submitted(acting)
    assert await swept(acting, NOW) == 2
    [left] = await acting.runtime.pool.fetch("SELECT seq, row_id FROM event")
    assert left["row_id"] == UUID(row.split(":")[1])
    assert await swept(acting, NOW + timedelta(days=365)) == 0
    again = await submitted(acting)
    found = await events(acting, "social-security")
    assert [node["sharingRequest"]["id"] for node in found["nodes"]] == [row, again]


async def test_who_goes_on_from_a_place_that_is_too_old_is_told_so(acting):
    await submitted(acting)
    old = await end(acting, "social-security")
    await submitted(acting)
    await aged(acting, 181)
    await submitted(acting)
    current = await end(acting, "social-security")
    query = "query($after: String) { events(after: $after) { nodes { kind } } }"
    kept = await acting.ask("social-security", query, {"after": old})
    assert len(kept["events"]["nodes"]) == 2
    await swept(acting, NOW)
    response = await acting.post("social-security", query, {"after": old})
    assert response.status_code == 410
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "HUB-161"
    assert "data" not in response.json()
    await submitted(acting)
    assert len((await acting.ask("social-security", query, {"after": current}))["events"]["nodes"]) == 1
    stream = await acting.client.post(
        "/graphql",
        json={"query": "subscription($after: String) { events(after: $after) { nodes { kind } } }",
              "variables": {"after": old}},
        headers={"Authorization": f"Bearer {acting.tokens['social-security']}", "Hub-Purpose": "data-sharing",
                 "Accept": "text/event-stream"},
    )  # fmt: skip
    assert "HUB-161" in stream.text


async def test_what_a_webhook_was_not_sent_yet_is_kept(acting):
    pool = acting.runtime.pool
    await submitted(acting)
    await submitted(acting)
    await aged(acting, 181)
    await submitted(acting)
    first = await pool.fetchval("SELECT min(seq) FROM event")
    partner = await pool.fetchval("SELECT id FROM partner WHERE name = 'social-security'")
    hook = uuid4()
    await pool.execute(
        "INSERT INTO webhook (id, name, partner_id, purpose, url, kinds, state, position, created_at, failures,"
        " next_at) VALUES ($1, 'far-behind', $2, 'data-sharing', 'https://example.org/', '{}', 'paused', $3, now(), 0,"
        " now())",
        hook, partner, first,
    )  # fmt: skip
    await swept(acting, NOW)
    assert await pool.fetchval("SELECT min(seq) FROM event") > first
    kept = await pool.fetchval("SELECT count(*) FROM event WHERE at < $1", NOW - timedelta(days=180))
    assert kept >= 1
    await pool.execute("DELETE FROM webhook WHERE id = $1", hook)
    assert await swept(acting, NOW) == kept


async def test_a_key_keeps_a_step_from_being_taken_again_as_long_as_it_is_kept(acting):
    given = asked(idempotencyKey="request-of-last-month")
    one = await acting.step("social-security", "submitSharingRequest", given)
    await swept(acting, NOW + timedelta(days=29))
    assert (await acting.step("social-security", "submitSharingRequest", given))["sharingRequest"]["id"] == (
        one["sharingRequest"]["id"]
    )
    await swept(acting, NOW + timedelta(days=31))
    assert await acting.runtime.pool.fetchval("SELECT count(*) FROM idempotency_key") == 0
