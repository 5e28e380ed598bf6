"""Agreements as access reads them: which count on which day, read once for each change of the partner's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

import hub.http.state
from benchmarks.agreed import IN_FORCE
from hub.app import create_app
from hub.auth import grants
from hub.policy import Grant
from hub.process import calendar
from hub.process.worker import Worker
from hub.store.agreements import EPOCH, REMEMBERED_DAYS, agreed, item_lists

FIRST, LAST = date(2026, 3, 1), date(2026, 5, 31)
ONE_DAY = timedelta(days=1)
ITEMS = ["Recipient.category", "Recipient.status"]
RECIPIENTS = "{ recipients(first: 1) { nodes { category } } }"


async def put(pool, requester, *, items=ITEMS, regions=("2305",), starts_on=FIRST, ends_on=LAST, state="ACTIVE"):
    """An agreement as its steps would leave it, written at once."""
    row = uuid4()
    await pool.execute(
        IN_FORCE, row, requester, "CIVIL_AFFAIRS", orjson.dumps(items).decode(), "means-check",
        orjson.dumps(regions).decode(), starts_on, ends_on, datetime.now(UTC),
    )  # fmt: skip
    await pool.execute("UPDATE sharing_request SET state = $2 WHERE id = $1", row, state)
    return row


async def found(acting, requester, today, known=None):
    return grants(await agreed(acting.runtime.pool, requester, "means-check", today, known))


async def standing(acting, requester, today):
    return [grant.standing for grant in await found(acting, requester, today)]


@pytest.mark.parametrize(
    ("state", "today", "counts"),
    [
        ("ACTIVE", FIRST - ONE_DAY, []),
        ("ACTIVE", FIRST, ["active"]),
        ("ACTIVE", LAST, ["active"]),
        ("ACTIVE", LAST + ONE_DAY, ["ended"]),
        ("ACTIVE", LAST + REMEMBERED_DAYS * ONE_DAY, ["ended"]),
        ("ACTIVE", LAST + (REMEMBERED_DAYS + 1) * ONE_DAY, []),
        ("SUSPENDED", FIRST, ["suspended"]),
        ("SUSPENDED", LAST + ONE_DAY, ["ended"]),
        ("ENDED", FIRST, ["ended"]),
        ("AGREED", FIRST, []),
        ("SUBMITTED", FIRST, []),
        ("DISPOSED", FIRST, []),
        ("WITHDRAWN", FIRST, []),
    ],
)
async def test_an_agreement_counts_from_its_first_day_to_its_last_by_its_state(acting, state, today, counts):
    requester = f"on-a-day-{uuid4().hex}"
    await put(acting.runtime.pool, requester, state=state)
    assert await standing(acting, requester, today) == counts
    assert await standing(acting, "somebody-else", today) == []


async def test_lists_of_items_are_read_once_for_each_version_of_an_agreement(acting):
    pool, known = acting.runtime.pool, item_lists()
    requester = f"versions-{uuid4().hex}"
    row = await put(pool, requester)
    once = await found(acting, requester, FIRST, known)
    assert once == {Grant(frozenset(ITEMS), "CIVIL_AFFAIRS", frozenset({"2305"}), "active")}
    await pool.execute(
        "UPDATE sharing_request SET items = '[\"Recipient.region\"]', version = version + 1 WHERE id = $1", row
    )
    [again] = await found(acting, requester, FIRST, known)
    assert again.items == {"Recipient.region"}


async def test_what_is_written_at_once_for_tests_and_measurements_is_what_steps_leave(acting):
    pool, today = acting.runtime.pool, calendar.day_of(datetime.now(UTC))
    by_steps = await acting.agree("social-security", ITEMS, "means-check", endsOn=(today + ONE_DAY).isoformat())
    at_once = await put(pool, "social-security", starts_on=today, ends_on=today + ONE_DAY)
    one, other = [
        dict(await pool.fetchrow("SELECT * FROM sharing_request WHERE id = $1", row))
        for row in (UUID(by_steps.split(":")[1]), at_once)
    ]
    differ = {name for name in one if one[name] != other[name]}
    assert differ == {"id", "basis", "scenario", "state_since"}


async def test_a_day_on_which_many_agreements_end_changes_the_epoch_once_for_each_batch(acting):
    pool, today = acting.runtime.pool, calendar.day_of(datetime.now(UTC))
    last = today + timedelta(days=30)
    for _ in range(5):
        await acting.agree("social-security", ITEMS, "benefit-coordination", endsOn=last.isoformat())
    await acting.agree("civil-affairs", ["Finding.kind"], "means-check", provider="PUBLIC_SECURITY",
                       endsOn=last.isoformat())  # fmt: skip
    before = await pool.fetchval(EPOCH)
    worker = Worker(pool, acting.runtime.steps.tools, time=lambda: calendar.start_of(last + ONE_DAY))
    swept = await worker.round()
    assert swept.taken >= 6
    assert await pool.fetchval(EPOCH) == before + 1
    own = await pool.fetch(
        "SELECT epoch FROM partner_grant_epoch WHERE requester IN ('social-security', 'civil-affairs')"
    )
    assert [row["epoch"] for row in own] == [before + 1] * 2


async def test_a_partners_agreements_are_read_again_when_they_changed_and_not_when_anothers_did(acting, monkeypatch):
    asked, read = [], hub.http.state.agreed

    async def counting(database, requester, *given, **named):
        asked.append(requester)
        return await read(database, requester, *given, **named)

    monkeypatch.setattr(hub.http.state, "agreed", counting)
    app = create_app(runtime=acting.runtime)
    headers = {
        "Authorization": f"Bearer {acting.tokens['social-security']}", "Hub-Purpose": "benefit-coordination",
    }  # fmt: skip

    async def category():
        body = (await client.post("/graphql", json={"query": RECIPIENTS}, headers=headers)).json()
        return body["data"]["recipients"]

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub") as client,
    ):
        assert await category() is None
        await acting.agree("civil-affairs", ["Finding.kind"], "means-check", provider="PUBLIC_SECURITY")
        assert await category() is None
        assert asked == ["social-security"]
        row = await acting.agree("social-security", ITEMS, "benefit-coordination")
        assert await category() == {"nodes": []}
        await acting.taken("social-security", "end", {"id": row})
        assert await category() is None
        assert asked == ["social-security"] * 3
