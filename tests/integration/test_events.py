"""Events over HTTP: who sees which, in which order, and how a client goes on where it stopped."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from acting_events import EVENTS, asked, end, events, submitted
from hub.write import NewEvent, transaction
from hub.write.events import append


async def test_each_step_is_an_event_that_leads_to_its_row_as_it_is_now(acting):
    before = await end(acting, "social-security")
    row = await submitted(acting)
    await acting.step("civil-affairs", "acceptSharingRequest", {"id": row, "conditions": "仅限本市"})
    found = (await events(acting, "social-security", after=before))["nodes"]
    assert [(event["kind"], event["entity"], event["version"]) for event in found] == [
        ("SharingRequest.submit", "SharingRequest", 1), ("SharingRequest.accept", "SharingRequest", 2),
    ]  # fmt: skip
    assert [event["sharingRequest"] for event in found] == [{"id": row, "state": "AGREED"}] * 2
    assert found[0]["at"] < found[1]["at"]


async def test_a_client_goes_on_behind_its_last_cursor_and_gets_each_event_once(acting):
    before = await end(acting, "social-security")
    rows = [await submitted(acting) for _ in range(5)]
    seen, cursor, more = [], before, True
    while more:
        page = await events(acting, "social-security", after=cursor, first=2)
        seen += [event["sharingRequest"]["id"] for event in page["nodes"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == rows
    assert (await events(acting, "social-security", after=cursor))["nodes"] == []


async def test_no_order_given_by_a_variable_is_the_order_of_the_log(acting):
    before = await end(acting, "social-security")
    rows = [await submitted(acting) for _ in range(5)]
    query = """query($o: [EventOrder!], $after: String) {
        events(orderBy: $o, after: $after) { nodes { sharingRequest { id } } } }"""
    for given in ({"o": []}, {"o": None}, {}):
        found = await acting.ask("social-security", query, {**given, "after": before})
        assert [event["sharingRequest"]["id"] for event in found["events"]["nodes"]] == rows, given


async def test_events_are_picked_by_kind_and_by_the_row_that_they_are_about(acting):
    row, other = await submitted(acting), await submitted(acting)
    await acting.step("social-security", "withdrawSharingRequest", {"id": other})
    of_rows = {"sharingRequest": {"id": {"in": [row, other]}}}
    for where, rows in (
        (of_rows, [row, other, other]),
        ({**of_rows, "kind": {"eq": "SharingRequest.withdraw"}}, [other]),
        ({"sharingRequest": {"id": {"eq": row}}}, [row]),
        ({**of_rows, "entity": {"eq": "SyncRun"}}, []),
    ):
        found = (await events(acting, "social-security", where=where))["nodes"]
        assert [event["sharingRequest"]["id"] for event in found] == rows, where


async def test_an_event_that_is_committed_late_is_not_skipped_by_who_read_on_meanwhile(acting):
    before, pool = await end(acting, "data-authority"), acting.runtime.pool
    row = (await submitted(acting)).partition(":")[2]
    slow, wrote = asyncio.Event(), asyncio.Event()

    async def late():
        async with pool.acquire() as connection, transaction(connection) as tx:
            # The number is taken, and the transaction is not committed yet.
            await append(connection, [NewEvent("SharingRequest.slow", "SharingRequest", row)], tx.at)
            wrote.set()
            await slow.wait()

    first = asyncio.create_task(late())
    await wrote.wait()
    second = asyncio.create_task(acting.step("social-security", "submitSharingRequest", asked()))
    page = await events(acting, "data-authority", after=before)
    slow.set()
    await asyncio.gather(first, second)
    rest = await events(acting, "data-authority", after=page["pageInfo"]["endCursor"] or before)
    kinds = [event["kind"] for event in (*page["nodes"], *rest["nodes"])]
    assert kinds == ["SharingRequest.submit", "SharingRequest.slow", "SharingRequest.submit"]


async def test_an_event_is_a_node_with_an_id_of_its_own(acting):
    before = await end(acting, "social-security")
    await submitted(acting)
    [event] = (await events(acting, "social-security", after=before))["nodes"]
    query = "query($id: ID!) { node(id: $id) { ... on Event { kind } } }"
    assert (await acting.ask("social-security", query, {"id": event["id"]}))["node"] == {
        "kind": "SharingRequest.submit"
    }


async def test_a_page_of_events_is_read_by_one_statement(acting):
    planned = []
    engine = acting.runtime.engine
    compiled = type(engine)._compiled

    def noted(self, *given, **named):
        planned.append(compiled(self, *given, **named))
        return planned[-1]

    type(engine)._compiled = noted
    try:
        await acting.ask("auditor", EVENTS.replace("version sharing", "version syncRun { id } sharing"), {"first": 3})
    finally:
        type(engine)._compiled = compiled
    [plan] = planned
    assert len(plan.sql) == 1


async def test_the_worker_and_sync_tell_events_of_declared_entities_only(acting):
    told = await acting.runtime.pool.fetch("SELECT DISTINCT entity FROM event")
    logged = {entity.name for entity in acting.runtime.engine.catalogue if entity.logged}
    assert {row["entity"] for row in told} <= logged
    assert datetime.now(UTC) > (await acting.runtime.pool.fetchval("SELECT max(at) FROM event"))
