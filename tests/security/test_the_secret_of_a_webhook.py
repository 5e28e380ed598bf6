"""Attack: get hold of what messages are signed with, or have the hub sign with a secret of one's own."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta

import pytest
import pytest_asyncio

from acting_events import submitted
from hub.store import webhooks
from hub.webhooks import registering
from receiving import receiving, registered, sending, sent, status

TABLES = ("webhook", "webhook_secret", "webhook_delivery", "audit_record", "event")


@pytest_asyncio.fixture(autouse=True)
async def alone(acting):
    yield
    await acting.runtime.pool.execute("DELETE FROM webhook")


async def test_the_database_the_log_and_errors_have_no_secret(acting, caplog):
    caplog.set_level(logging.DEBUG)
    async with receiving(status(500)) as receiver:
        name, first = await registered(acting, receiver, "civil-affairs")
        second = await registering.rotate(acting.runtime, name, timedelta(hours=1))
        await submitted(acting)
        await sent(acting)
        await registering.try_out(sending(acting.runtime), name)
        assert len(receiver.got) == 2
    rows = [str(row) for table in TABLES for row in await acting.runtime.pool.fetch(f"SELECT t::text FROM {table} t")]
    assert any(name in row for row in rows)
    for secret in (first, second):
        text = secret.removeprefix("whsec_")
        for spelled in (secret, text, base64.b64decode(text).hex(), text.encode().hex(), secret.encode().hex()):
            assert not any(spelled in row for row in rows)
            assert spelled not in caplog.text
            assert spelled not in repr(await webhooks.list_webhooks(acting.runtime.pool))


@pytest.mark.parametrize("moved", ["envelope", "row"])
async def test_a_secret_that_was_moved_to_another_endpoint_signs_nothing_there(acting, moved):
    async with receiving() as mine, receiving() as theirs:
        own, _ = await registered(acting, mine, "civil-affairs")
        other, _ = await registered(acting, theirs, "civil-affairs")
        ids = [(await webhooks.find_webhook(acting.runtime.pool, each)).id for each in (own, other)]
        change = {
            "envelope": "secret = (SELECT secret FROM webhook_secret WHERE webhook_id = $1) WHERE webhook_id = $2",
            "row": "webhook_id = $2 WHERE webhook_id = $1",
        }
        await acting.runtime.pool.execute(f"UPDATE webhook_secret SET {change[moved]}", *ids)
        await submitted(acting)
        assert await sent(acting) == (1 if moved == "envelope" else 0)
        assert theirs.got == []
    assert (await webhooks.find_webhook(acting.runtime.pool, other)).reason == "HUB-501"
    outcomes = await acting.runtime.pool.fetch("SELECT outcome FROM audit_record WHERE action = 'webhook'")
    assert "alarm:HUB-501" in {row["outcome"] for row in outcomes}


async def test_an_endpoint_without_a_secret_is_sent_nothing(acting):
    """Whoever deletes the secret must not have the hub send what nobody can verify."""
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        await acting.runtime.pool.execute("DELETE FROM webhook_secret")
        await submitted(acting)
        assert await sent(acting) == 0
        assert receiver.got == []
    assert (await webhooks.find_webhook(acting.runtime.pool, name)).waiting == 1
