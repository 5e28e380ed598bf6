"""A webhook that was registered by one bundle of policies is told nothing that the next one withholds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from acting_events import submitted
from installing import install
from receiving import receiving, registered, sent

SHUT = """
@id("no-events") @reason("no events today") @reason_zh("今日不提供事件")
forbid (principal in Role::"civil-affairs", action, resource is Event);
"""


async def test_a_webhook_goes_by_the_new_bundle_from_its_next_event_on(acting):
    async with receiving() as receiver:
        await registered(acting, receiver, "civil-affairs")
        first = await submitted(acting)
        assert await sent(acting) == 1
        await install(acting.runtime, SHUT)
        second = await submitted(acting)
        assert await sent(acting) == 0
        await install(acting.runtime)
        # It was refused meanwhile, which is tried again by its schedule.
        assert await sent(acting, datetime.now(UTC) + timedelta(days=1)) == 1
    assert receiver.rows == [first, second]
