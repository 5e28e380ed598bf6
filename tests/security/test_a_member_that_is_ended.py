"""Attack: go on with what one was given as a member of a partner, after that was ended."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import orjson
import pytest

from acting_events import end, submitted
from enrolling import member, token
from hub.app import create_app
from hub.http import streams
from hub.store import members, partners

QUERY = {"query": "{ recipients(first: 3) { nodes { id } } }"}


async def person(acting, partner, name):
    row = await member(acting.runtime, partner, name)
    return row, await token(acting.runtime, row)


def headers(token_of, purpose="assistance-review"):
    return {"Authorization": f"Bearer {token_of}", "Hub-Purpose": purpose}


async def ended(acting, row):
    await members.end_member(acting.runtime.pool, row.member.token, datetime.now(UTC))


async def post(client, text):
    response = await client.post("/graphql", json=QUERY, headers=headers(text))
    return response.status_code, response.json()


async def test_the_next_request_is_refused_though_the_token_was_used_a_moment_ago(acting_with_rows):
    row, text = await person(acting_with_rows, "civil-affairs", "王小明")
    for _ in range(3):
        assert (await post(acting_with_rows.client, text))[0] == 200
    await ended(acting_with_rows, row)
    status, body = await post(acting_with_rows.client, text)
    assert (status, body["errors"][0]["extensions"]["code"], body.get("data")) == (401, "HUB-302", None)


async def test_every_process_refuses_it_at_once(acting_with_rows):
    row, text = await person(acting_with_rows, "civil-affairs", "李小红")
    other = create_app(runtime=acting_with_rows.runtime)  # with a memory of its own, as another worker has
    async with (
        other.router.lifespan_context(other),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=other), base_url="http://hub") as client,
    ):
        assert (await post(client, text))[0] == 200
        await ended(acting_with_rows, row)
        assert (await post(client, text))[0] == 401


async def test_the_same_person_added_anew_needs_a_new_token(acting_with_rows):
    row, text = await person(acting_with_rows, "civil-affairs", "赵小兰")
    await ended(acting_with_rows, row)
    _, fresh = await person(acting_with_rows, "civil-affairs", "赵小兰")
    assert (await post(acting_with_rows.client, text))[0] == 401
    assert (await post(acting_with_rows.client, fresh))[0] == 200


async def test_the_partners_own_system_and_other_members_go_on(acting_with_rows):
    row, _ = await person(acting_with_rows, "civil-affairs", "钱小刚")
    _, other = await person(acting_with_rows, "civil-affairs", "孙小梅")
    await ended(acting_with_rows, row)
    assert (await post(acting_with_rows.client, other))[0] == 200
    assert (await post(acting_with_rows.client, acting_with_rows.tokens["civil-affairs"]))[0] == 200


async def test_an_answer_that_is_on_its_way_does_not_leave(acting_with_rows, monkeypatch):
    row, text = await person(acting_with_rows, "civil-affairs", "周小华")
    assert (await post(acting_with_rows.client, text))[0] == 200
    audit = acting_with_rows.runtime.audit
    whole = type(audit).append

    async def late(self, record):
        if record.member == row.member.token and record.outcome == "answered":
            await ended(acting_with_rows, row)
        return await whole(self, record)

    monkeypatch.setattr(type(audit), "append", late)
    status, body = await post(acting_with_rows.client, text)
    assert (status, body.get("data")) == (401, None)


async def test_a_step_that_is_under_way_is_not_taken(acting_with_rows, monkeypatch):
    row, text = await person(acting_with_rows, "social-security", "吴小军")
    audit = acting_with_rows.runtime.audit
    whole = type(audit).append

    async def late(self, record):
        if record.member == row.member.token and record.action == "step":
            await ended(acting_with_rows, row)
        return await whole(self, record)

    monkeypatch.setattr(type(audit), "append", late)
    before = await acting_with_rows.runtime.pool.fetchval("SELECT count(*) FROM sharing_request")
    acting_with_rows.tokens["social-security"], kept = text, acting_with_rows.tokens["social-security"]
    try:
        with pytest.raises(AssertionError, match="HUB-302"):
            await submitted(acting_with_rows)
    finally:
        acting_with_rows.tokens["social-security"] = kept
    assert await acting_with_rows.runtime.pool.fetchval("SELECT count(*) FROM sharing_request") == before


async def test_an_export_ends_behind_the_page_that_left_before(acting_with_rows, monkeypatch):
    monkeypatch.setattr("hub.app.EXPORT_PAGE", 20)
    row, text = await person(acting_with_rows, "civil-affairs", "郑小龙")
    audit = acting_with_rows.runtime.audit
    whole, pages = type(audit).append, []

    async def counted(self, record):
        done = await whole(self, record)
        if record.member == row.member.token and record.outcome == "answered":
            pages.append(record.rows)
            if len(pages) == 1:
                await ended(acting_with_rows, row)
        return done

    monkeypatch.setattr(type(audit), "append", counted)
    body = {"query": "{ recipients { nodes { id } } }"}
    response = await acting_with_rows.client.post("/export", json=body, headers=headers(text))
    lines = [orjson.loads(line) for line in response.text.splitlines()]
    assert len([line for line in lines if "row" in line]) == 20
    assert lines[-1]["error"]["code"] == "HUB-302"


async def test_a_stream_sends_nothing_of_what_happens_afterwards(acting, follower):
    row, text = await person(acting, "civil-affairs", "冯小雨")
    follower.acting.tokens["civil-affairs"], kept = text, acting.tokens["civil-affairs"]
    try:
        after = await end(acting, "civil-affairs")
        async with follower.follow("civil-affairs", after=after) as stream:
            assert await stream.block() == ":"
            await ended(acting, row)
            happened = await submitted(acting)
            blocks = await stream.rest()
    finally:
        acting.tokens["civil-affairs"] = kept
    assert happened not in "".join(blocks)
    assert "HUB-302" in blocks[-2]


async def test_a_silent_stream_ends(acting, follower, monkeypatch):
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.05)
    row, text = await person(acting, "civil-affairs", "陈小东")
    follower.acting.tokens["civil-affairs"], kept = text, acting.tokens["civil-affairs"]
    try:
        async with follower.follow("civil-affairs") as stream:
            assert await stream.block() == ":"
            await ended(acting, row)
            assert "HUB-302" in (await stream.rest())[-2]
    finally:
        acting.tokens["civil-affairs"] = kept


async def test_members_of_a_suspended_partner_are_refused_at_once(acting_with_rows):
    _, text = await person(acting_with_rows, "civil-affairs", "褚小燕")
    pool = acting_with_rows.runtime.pool
    assert (await post(acting_with_rows.client, text))[0] == 200
    await partners.suspend_partner(pool, "civil-affairs", suspended=True)
    try:
        assert (await post(acting_with_rows.client, text))[0] == 401
    finally:
        await partners.suspend_partner(pool, "civil-affairs", suspended=False)
    _, fresh = await person(acting_with_rows, "civil-affairs", "褚小鹰")
    assert (await post(acting_with_rows.client, fresh))[0] == 200


async def test_a_revoked_token_of_a_member_is_refused_at_once(acting_with_rows):
    _, text = await person(acting_with_rows, "civil-affairs", "卫小平")
    assert (await post(acting_with_rows.client, text))[0] == 200
    await partners.revoke_token(acting_with_rows.runtime.pool, text[:12], datetime.now(UTC))
    assert (await post(acting_with_rows.client, text))[0] == 401
