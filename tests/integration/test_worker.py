"""The worker acts on clocks at their time, once, however many workers there are. Tests set the time."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from hub.process import calendar
from hub.process.worker import Worker

NOON = datetime(2025, 9, 24, 4, tzinfo=UTC)


def asked(**changes):
    return {
        "provider": "CIVIL_AFFAIRS", "items": ["Recipient.category"], "purpose": "means-check", "regions": ["2305"],
        "method": "QUERY", "basis": "社会救助暂行办法第五十八条", "scenario": "核对养老金与救助待遇是否重复",
        "startsOn": "2020-01-01", "endsOn": "2030-12-31", **changes,
    }  # fmt: skip


async def submitted(acting, **changes):
    payload = await acting.step("social-security", "submitSharingRequest", asked(**changes))
    assert payload["errors"] == []
    return payload["sharingRequest"]["id"]


async def state(acting, row):
    query = """query($id: ID!) { node(id: $id) { ... on SharingRequest { state
        clocks { nodes { clock dueOn remindedAt breachedAt endedAt nextAt } } } } }"""
    return (await acting.ask("data-authority", query, {"id": row}))["node"]


async def events(acting, row):
    found = await acting.runtime.pool.fetch(
        "SELECT kind FROM event WHERE row_id = $1 ORDER BY seq", row.partition(":")[2]
    )
    return [line["kind"].removeprefix("SharingRequest.") for line in found]


def worker(acting, at, told=None):
    return Worker(acting.runtime.pool, acting.runtime.steps.tools, told or (lambda _swept: None), lambda: at)


async def swept(acting, at):
    return await worker(acting, at).round()


def after(day, days):
    """A moment on the day that lies so many days later, in the morning of Beijing."""
    return calendar.start_of(date.fromisoformat(day) + timedelta(days=days)) + timedelta(hours=1)


async def test_a_reminder_comes_before_the_last_day_and_the_authority_is_told_after_it(acting):
    row = await submitted(acting)
    [answer] = (await state(acting, row))["clocks"]["nodes"]
    reminder = datetime.fromisoformat(answer["nextAt"])
    assert (await swept(acting, reminder - timedelta(seconds=1))).total == 0
    assert (await swept(acting, reminder)).reminded == 1
    assert (await swept(acting, reminder)).total == 0
    assert (await swept(acting, after(answer["dueOn"], 0))).total == 0
    late = await swept(acting, after(answer["dueOn"], 1))
    assert (late.late, late.taken) == (1, 0)
    assert (await swept(acting, after(answer["dueOn"], 30))).total == 0
    assert await events(acting, row) == ["submit", "answer.reminded", "answer.late", "answer.escalated.authority"]
    found = await state(acting, row)
    assert found["state"] == "SUBMITTED"  # silence never means yes
    assert found["clocks"]["nodes"][0]["breachedAt"] is not None


async def test_a_refusal_that_nobody_disputes_is_closed_by_its_clock(acting):
    row = await submitted(acting)
    await acting.step("civil-affairs", "refuseSharingRequest", {"id": row, "refusalReasons": "不属于本部门职责范围"})
    due = {clock["clock"]: clock for clock in (await state(acting, row))["clocks"]["nodes"]}["disputing"]["dueOn"]
    assert (await swept(acting, after(due, 1))).taken == 1
    found = await state(acting, row)
    assert found["state"] == "CLOSED"
    assert all(clock["endedAt"] for clock in found["clocks"]["nodes"])
    query = """query($id: ID!) { node(id: $id) { ... on SharingRequest {
        history(orderBy: [{field: VERSION}]) { nodes { step partner } } } } }"""
    history = (await acting.ask("auditor", query, {"id": row}))["node"]["history"]["nodes"]
    assert history[-1] == {"step": "lapse", "partner": None}


async def test_an_agreement_ends_by_itself_on_its_last_day(acting):
    row = await submitted(acting, endsOn="2026-12-31")
    for mutation in ("acceptSharingRequest", "deliverSharingRequest"):
        assert (await acting.step("civil-affairs", mutation, {"id": row}))["errors"] == []
    assert (await swept(acting, after("2026-12-31", 0))).taken == 0
    assert (await swept(acting, after("2026-12-31", 1))).taken == 1
    assert (await state(acting, row))["state"] == "ENDED"


async def test_two_workers_act_on_each_clock_once(acting):
    rows = [await submitted(acting) for _ in range(12)]
    far = datetime.now(UTC) + timedelta(days=400)
    await asyncio.gather(*(swept(acting, far) for _ in range(4)))
    while (await swept(acting, far)).total:
        pass
    for row in rows:
        kinds = await events(acting, row)
        assert kinds.count("answer.late") == 1


async def test_a_last_day_that_was_provisional_is_counted_anew_when_the_calendar_comes(acting):
    row = await submitted(acting)
    await acting.runtime.pool.execute(
        "UPDATE sharing_request_clock SET provisional = true, due_on = '2031-01-01', calendar_year = $2"
        " WHERE row_id = $1",
        row.partition(":")[2], calendar.LAST_YEAR - 1,
    )  # fmt: skip
    assert (await swept(acting, datetime.now(UTC))).recounted == 1
    [answer] = (await state(acting, row))["clocks"]["nodes"]
    assert answer["dueOn"] != "2031-01-01"
    assert "answer.recounted" in await events(acting, row)
    assert (await swept(acting, datetime.now(UTC))).recounted == 0


async def test_a_running_worker_wakes_up_and_stops_when_told(acting):
    stop, seen = asyncio.Event(), []
    at = datetime.now(UTC) + timedelta(days=400)
    running = asyncio.create_task(worker(acting, at, seen.append).run(stop))
    row = await submitted(acting)
    for _ in range(200):
        if "answer.late" in await events(acting, row):
            break
        await asyncio.sleep(0.05)
    else:
        pytest.fail("nothing woke the worker")
    stop.set()
    await asyncio.wait_for(running, 10)
    assert sum(swept.late for swept in seen) >= 1
