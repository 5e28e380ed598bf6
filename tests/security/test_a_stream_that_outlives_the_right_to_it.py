"""Attack: open a stream while one may, and go on reading after token, purpose or row were taken away."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

from acting_events import end, submitted
from hub.auth import issue_token
from hub.http import streams
from hub.store import partners

KEPT_SECONDS = 5.5
"""Until a revocation takes effect: credentials are kept for five seconds."""


async def lasting_one(acting):
    return await issue_token(acting.runtime.pool, "second-civil-affairs", datetime.now(UTC))


def ends_with(blocks, code):
    *_, last, complete = blocks
    assert json.loads(last.partition("data: ")[2])["errors"][0]["extensions"]["code"] == code
    assert complete == "event: complete\ndata:"


async def test_a_silent_stream_ends_when_its_token_is_revoked(acting, follower, monkeypatch):
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.05)
    token = await lasting_one(acting)
    follower.acting.tokens["second-civil-affairs"] = token.text
    async with follower.follow("second-civil-affairs") as stream:
        assert await stream.block() == ":"
        await partners.revoke_token(acting.runtime.pool, token.prefix, datetime.now(UTC))
        ends_with(await stream.rest(), "HUB-302")


async def test_nothing_of_what_happens_after_the_token_is_known_to_be_revoked_is_sent(acting, follower):
    token = await lasting_one(acting)
    follower.acting.tokens["second-civil-affairs"] = token.text
    after = await end(acting, "second-civil-affairs")
    async with follower.follow("second-civil-affairs", after=after) as stream:
        assert await stream.block() == ":"
        await partners.revoke_token(acting.runtime.pool, token.prefix, datetime.now(UTC))
        await asyncio.sleep(KEPT_SECONDS)
        row = await submitted(acting)
        blocks = await stream.rest()
        assert row not in "".join(blocks)
        ends_with(blocks, "HUB-302")


async def test_an_event_of_a_row_that_was_taken_away_meanwhile_is_not_sent(acting, follower):
    after = await end(acting, "social-security")
    async with follower.follow("social-security", after=after) as stream:
        assert await stream.block() == ":"
        hidden = await submitted(acting)
        await stream.nodes(1)
        await acting.runtime.pool.execute(
            "UPDATE sharing_request SET requester = 'somebody else' WHERE id = $1", hidden.partition(":")[2]
        )
        # Its provider still sees it, and takes a step; the one that it was taken from hears nothing of that.
        await acting.step("civil-affairs", "acceptSharingRequest", {"id": hidden})
        seen = await submitted(acting)
        assert [node["sharingRequest"]["id"] for node in await stream.nodes(1)] == [seen]


async def test_a_stranger_gets_no_stream(follower):
    response = await follower.client.post(
        "/graphql", json={"query": "subscription { events { nodes { id } } }"}, headers={"Accept": "text/event-stream"}
    )
    assert response.status_code == 401
    assert response.headers["connection"] == "close"


async def test_a_subscription_by_get_is_refused(follower):
    response = await follower.client.get(
        "/graphql", params={"query": "subscription { events { nodes { id } } }"}, headers=follower.headers("auditor")
    )
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (405, "HUB-143")


async def test_a_page_that_a_stream_was_refused_for_is_not_sent_by_another_form(follower):
    for accept in ("text/event-stream", 'multipart/mixed;subscriptionSpec="1.0"'):
        query = "subscription { events { nodes { id } } }"
        response = await follower.post("civil-affairs", query, purpose="statistics", accept=accept)
        assert response.status_code == 400
