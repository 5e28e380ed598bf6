"""A stream that was opened by one bundle of policies shows nothing that the next one withholds."""

from __future__ import annotations

from acting_events import end, submitted
from installing import install

CLOSED = """
@id("no-states") @reason("states are not shown today") @reason_zh("今日不提供状态")
forbid (principal, action, resource is SharingRequest) when { context.field == "state" };
"""


async def test_an_open_stream_goes_by_the_new_bundle_from_its_next_batch_on(acting, follower):
    async with follower.follow("social-security", after=await end(acting, "social-security")) as stream:
        await submitted(acting)
        assert [node["sharingRequest"]["state"] for node in await stream.nodes(1)] == ["SUBMITTED"]
        await install(acting.runtime, CLOSED)
        row = await submitted(acting)
        [node] = await stream.nodes(1)
        assert node["sharingRequest"] == {"id": row, "state": None}
        await install(acting.runtime)
        await submitted(acting)
        assert [node["sharingRequest"]["state"] for node in await stream.nodes(1)] == ["SUBMITTED"]
