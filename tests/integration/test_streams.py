"""Subscriptions over HTTP: what was missed, then what happens, each batch accounted for."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx
import pytest

from acting_events import end, events, submitted
from following import Follower
from hub.cli.serving import serving
from hub.http import streams


async def test_a_stream_begins_at_once_replays_what_was_missed_and_goes_on_with_what_happens(acting, follower):
    after = await end(acting, "social-security")
    missed = [await submitted(acting), await submitted(acting)]
    async with follower.follow("social-security", after=after) as stream:
        assert await stream.block() == ":"
        assert [node["sharingRequest"]["id"] for node in await stream.nodes(2)] == missed
        row = await submitted(acting)
        assert await stream.nodes(1) == [
            {"kind": "SharingRequest.submit", "sharingRequest": {"id": row, "state": "SUBMITTED"}}
        ]
        await acting.step("social-security", "withdrawSharingRequest", {"id": row})
        assert [node["kind"] for node in await stream.nodes(1)] == ["SharingRequest.withdraw"]


async def test_a_stream_begins_at_once_where_there_is_nothing_to_replay(acting, follower):
    async with follower.follow("data-authority", after=await end(acting, "data-authority")) as stream:
        assert await stream.block() == ":"
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["cache-control"] == "no-store"


async def test_each_event_comes_once_and_in_order_however_small_the_batches_are(acting, follower):
    after = await end(acting, "social-security")
    rows = [await submitted(acting) for _ in range(5)]
    async with follower.follow("social-security", after=after, first=2) as stream:
        rows += [await submitted(acting) for _ in range(3)]
        assert [node["sharingRequest"]["id"] for node in await stream.nodes(8)] == rows


async def test_a_cursor_of_a_stream_goes_on_in_a_query_and_in_another_stream(acting, follower):
    after = await end(acting, "social-security")
    await submitted(acting)
    async with follower.follow("social-security", after=after) as stream:
        cursor = (await stream.next())["data"]["events"]["pageInfo"]["endCursor"]
    row = await submitted(acting)
    [asked] = (await events(acting, "social-security", after=cursor))["nodes"]
    async with follower.follow("social-security", after=cursor) as stream:
        [followed] = await stream.nodes(1)
    assert asked["sharingRequest"]["id"] == followed["sharingRequest"]["id"] == row


async def test_streams_hold_up_neither_each_other_nor_queries_where_one_of_them_is_not_read(acting, follower):
    after = await end(acting, "data-authority")
    async with (
        follower.follow("data-authority", after=after),
        follower.follow("data-authority", after=after, first=1) as read,
    ):
        rows = [await submitted(acting) for _ in range(20)]
        assert [node["sharingRequest"]["id"] for node in await read.nodes(20)] == rows
        assert len((await events(acting, "data-authority", after=after))["nodes"]) == 20


async def test_each_batch_is_one_audit_record_and_what_was_not_sent_is_none(acting, follower):
    async def records():
        found = await acting.runtime.pool.fetch(
            "SELECT outcome, rows FROM audit_record WHERE action = 'follow' ORDER BY seq"
        )
        return [tuple(row) for row in found]

    where, before = {"kind": {"eq": "SharingRequest.accept"}}, len(await records())
    async with follower.follow("civil-affairs", where=where) as stream:
        assert await stream.block() == ":"
        row = await submitted(acting)  # wakes the stream, which has nothing to send
        await acting.step("civil-affairs", "acceptSharingRequest", {"id": row})
        await stream.nodes(1)
        await acting.step("civil-affairs", "deliverSharingRequest", {"id": row})
    assert (await records())[before:] == [("answered", 1)]


async def test_each_of_two_streams_of_a_partner_has_its_own_record_and_answer(acting, follower):
    after = await end(acting, "auditor")
    query = "SELECT count(*) FROM audit_record WHERE action = 'follow' AND purpose = 'audit'"
    before = await acting.runtime.pool.fetchval(query)
    async with follower.follow("auditor", after=after) as one, follower.follow("auditor", after=after) as two:
        assert [await stream.block() for stream in (one, two)] == [":", ":"]
        await submitted(acting)
        answers = [await stream.next() for stream in (one, two)]
    assert answers[0]["data"] == answers[1]["data"]
    assert answers[0]["extensions"]["requestId"] != answers[1]["extensions"]["requestId"]
    assert await acting.runtime.pool.fetchval(query) == before + 2


async def test_partners_at_the_same_place_get_answers_of_their_own(acting, follower):
    async with follower.follow("civil-affairs") as one, follower.follow("second-civil-affairs") as two:
        cursors = [(await stream.next())["data"]["events"]["pageInfo"]["endCursor"] for stream in (one, two)]
    assert cursors[0] != cursors[1]
    for partner, cursor in zip(("civil-affairs", "second-civil-affairs"), cursors, strict=True):
        assert (await events(acting, partner, after=cursor))["pageInfo"] is not None


async def test_a_stream_goes_on_when_the_connection_that_wakes_it_was_lost(acting, follower, monkeypatch):
    monkeypatch.setattr(streams, "AFTER_FAULT", 0.05)
    async with follower.follow("auditor", after=await end(acting, "auditor")) as stream:
        assert await stream.block() == ":"
        await acting.runtime.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            " AND datname = current_database()"
        )
        row = await submitted(acting)
        assert [node["sharingRequest"]["id"] for node in await stream.nodes(1)] == [row]


async def test_signs_of_life_come_where_nothing_happens(acting, follower, monkeypatch):
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.05)
    async with follower.follow("auditor", after=await end(acting, "auditor")) as stream:
        assert [await stream.block() for _ in range(4)] == [":"] * 4


async def test_a_query_that_is_asked_for_as_a_stream_is_one_answer_and_the_end(follower):
    response = await follower.post("auditor", "{ __typename }")
    first, name, answer, *rest = response.text.split("\n\n")[0], *response.text.split("\n\n")[1].split("\n"), ""
    assert (first, name, rest) == (":", "event: next", [""])
    assert json.loads(answer.removeprefix("data: "))["data"] == {"__typename": "Query"}
    assert response.text.endswith("event: complete\ndata:\n\n")


async def test_a_subscription_says_what_to_accept(acting):
    response = await acting.post("auditor", "subscription { events { nodes { id } } }")
    [error] = response.json()["errors"]
    assert response.status_code == 406
    assert error["extensions"]["code"] == "HUB-113"
    assert "text/event-stream" in error["message"]


async def test_what_is_refused_before_a_stream_begins_has_a_status_of_its_own(follower):
    for partner, query, status, code in (
        ("civil-affairs", "subscription { events { nodes { id } } }", 400, "HUB-103"),
        ("auditor", "subscription { events(first: 5000) { nodes { id } } }", 400, "HUB-106"),
        ("auditor", 'subscription { events(after: "v2.none") { nodes { id } } }', 400, "HUB-107"),
        ("auditor", "subscription { a: events { nodes { id } } b: events { nodes { id } } }", 400, "HUB-103"),
        ("auditor", "subscription { ...F } fragment F on Subscription { events { nodes { id } } }", 400, "HUB-147"),
    ):
        # Under this purpose a partner sees rows of nothing that there are events of.
        response = await follower.post(partner, query, purpose="statistics" if partner == "civil-affairs" else None)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code), query


async def test_apollos_form_has_a_part_for_each_answer_with_its_boundary_at_once(acting, follower):
    after = await end(acting, "social-security")
    row = await submitted(acting)
    query = "subscription($after: String) { events(after: $after) { nodes { sharingRequest { id } } } }"
    headers = follower.headers("social-security", None, 'multipart/mixed;subscriptionSpec="1.0", application/json')
    body = {"query": query, "variables": {"after": after}}
    async with follower.client.stream("POST", "/graphql", json=body, headers=headers) as response:
        assert response.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'
        text = ""
        async with asyncio.timeout(20):
            async for part in response.aiter_text():
                text += part
                if text.count("--graphql") == 2:
                    break
    _, part, rest = text.split("\r\n--graphql")
    head, content = part.split("\r\n\r\n")
    assert (head, rest) == ("\r\nContent-Type: application/json", "")
    assert json.loads(content)["payload"]["data"] == {"events": {"nodes": [{"sharingRequest": {"id": row}}]}}


def test_a_process_holds_a_bounded_number_of_streams_and_a_partner_half_of_them():
    held = streams.Streams(4)
    one, two, three = uuid4(), uuid4(), uuid4()
    for partner in (one, one, two, two):
        held.take(partner)
    for partner in (one, three):
        with pytest.raises(streams.TooManyStreams) as refused:
            held.take(partner)
        assert (refused.value.code, refused.value.status) == ("HUB-149", 429)
    held.give_back(one)
    held.take(one)


async def test_a_stream_makes_room_for_another_when_its_client_is_gone_or_was_refused(acting, monkeypatch):
    given, give_back, refused = asyncio.Event(), streams.Streams.give_back, "v2.none"

    def noted(held, partner):
        give_back(held, partner)
        assert held.open == 0
        given.set()

    async with serving(acting.runtime, 0) as url, httpx.AsyncClient(base_url=url, timeout=20) as client:
        follower = Follower(acting, url, client)
        monkeypatch.setattr(streams.Streams, "give_back", noted)
        async with follower.follow("auditor") as stream:
            assert await stream.block() == ":"
            assert not given.is_set()
        async with asyncio.timeout(20):
            await given.wait()
        given.clear()
        await follower.post("auditor", f'subscription {{ events(after: "{refused}") {{ nodes {{ id }} }} }}')
        assert given.is_set()


async def test_the_streams_of_a_hub_that_stops_end_as_they_should(acting):
    async with AsyncExitStack() as stack:
        async with serving(acting.runtime, 0) as url:
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20))
            stream = await stack.enter_async_context(Follower(acting, url, client).follow("auditor"))
            assert await stream.block() == ":"
        assert (await stream.rest())[-1] == "event: complete\ndata:"
