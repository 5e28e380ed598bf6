"""Events are sent to partners as Standard Webhooks: signed, in order, at least once, and accounted for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from standardwebhooks import WebhookVerificationError

from acting_events import asked, submitted
from hub.cli.serving import working
from hub.store import deliveries, partners, webhooks
from hub.store.sequencer import AuditUnavailable
from hub.webhooks import registering, retrying
from hub.webhooks.errors import WebhookUnfit
from hub.webhooks.worker import Deliveries
from receiving import SECONDS, receiving, registered, sending, sent, status

REQUEST = "SharingRequest.submit"


@pytest_asyncio.fixture(autouse=True)
async def alone(acting):
    """No endpoint of another test."""
    yield
    await acting.runtime.pool.execute("DELETE FROM webhook")


async def found(acting, name):
    return await webhooks.find_webhook(acting.runtime.pool, name)


async def log(acting, name):
    """The attempts of an endpoint, the first one first."""
    return list(reversed(await webhooks.attempts_of(acting.runtime.pool, (await found(acting, name)).id, 100)))


async def audited(acting, partner="civil-affairs"):
    rows = await acting.runtime.pool.fetch(
        "SELECT outcome, rows, purpose, request_id FROM audit_record a JOIN partner p ON p.id = a.partner_id"
        " WHERE action = 'webhook' AND p.name = $1 ORDER BY seq",
        partner,
    )
    return [tuple(row) for row in rows]


# What arrives


async def test_an_event_arrives_signed_and_the_standard_s_own_library_verifies_it(acting):
    async with receiving() as receiver:
        _, secret = await registered(acting, receiver, "civil-affairs")
        row = await submitted(acting)
        assert await sent(acting) == 1
    [received] = receiver.got
    message = received.verified(secret)
    assert message["type"] == REQUEST
    assert set(message) == {"type", "timestamp", "data"}
    assert message["data"]["id"].startswith("Event:")
    assert {**message["data"], "id": ""} == {"id": "", "entity": "SharingRequest", "row": row, "version": 1}
    assert received.headers["content-type"] == "application/json"


async def test_a_message_that_was_changed_or_signed_by_another_secret_is_not_verified(acting):
    async with receiving() as receiver:
        _, secret = await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        await sent(acting)
    [received] = receiver.got
    receiver.got = []
    with pytest.raises(WebhookVerificationError):
        type(received)(received.path, received.headers, received.body + b" ").verified(secret)
    with pytest.raises(WebhookVerificationError):
        received.verified("whsec_" + "A" * 43 + "=")


async def test_what_is_named_can_be_asked_for_by_its_ids(acting):
    async with receiving() as receiver:
        await registered(acting, receiver, "civil-affairs")
        row = await submitted(acting)
        await sent(acting)
    data = receiver.got[0].message["data"]
    query = """query($event: ID!, $row: ID!) {
      event: node(id: $event) { ... on Event { kind sharingRequest { id } } }
      row: node(id: $row) { ... on SharingRequest { id scenario } } }"""
    answer = await acting.ask("civil-affairs", query, {"event": data["id"], "row": data["row"]}, purpose="data-sharing")
    assert answer["event"] == {"kind": REQUEST, "sharingRequest": {"id": row}}
    assert answer["row"]["scenario"] == "核对养老金与救助待遇是否重复"


async def test_nothing_of_the_row_is_in_the_message(acting):
    async with receiving() as receiver:
        await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        await sent(acting)
    assert "核对" not in receiver.got[0].body.decode()
    assert "benefit-coordination" not in receiver.got[0].body.decode()


async def test_events_arrive_once_each_in_the_order_in_which_they_were_committed(acting):
    async with receiving() as receiver:
        await registered(acting, receiver, "civil-affairs")
        rows = [await submitted(acting) for _ in range(5)]
        assert await sent(acting) == 5
        assert await sent(acting) == 0
    assert receiver.rows == rows
    assert len(set(receiver.ids)) == 5
    assert receiver.connections == 1  # and one connection for what follows at once


async def test_an_endpoint_begins_with_what_happens_after_it_was_registered(acting):
    await submitted(acting)
    async with receiving() as receiver:
        await registered(acting, receiver, "civil-affairs")
        assert await sent(acting) == 0
        row = await submitted(acting)
        await sent(acting)
    assert receiver.rows == [row]


async def test_only_the_kinds_that_were_asked_for_are_sent(acting):
    async with receiving() as receiver:
        await registered(acting, receiver, "civil-affairs", "data-sharing", "SharingRequest.accept")
        row = await submitted(acting)
        await acting.step("civil-affairs", "acceptSharingRequest", {"id": row})
        assert await sent(acting) == 1
    assert [each.message["type"] for each in receiver.got] == ["SharingRequest.accept"]


async def test_each_of_two_endpoints_of_a_partner_has_its_own_ids(acting):
    async with receiving() as one, receiving() as two:
        await registered(acting, one, "civil-affairs")
        await registered(acting, two, "civil-affairs")
        await submitted(acting)
        assert await sent(acting) == 2
    assert one.got[0].message == two.got[0].message
    assert one.ids != two.ids


async def test_a_partner_is_told_only_of_rows_that_it_may_see_and_the_others_are_passed_over(acting):
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "second-social-security")
        await submitted(acting)  # another partner's request, which this one may not see
        assert await sent(acting) == 0
        standing = await found(acting, name)
        assert standing.waiting == 0
        payload = await acting.step("second-social-security", "submitSharingRequest", asked())
        assert await sent(acting) == 1
    assert receiver.rows == [payload["sharingRequest"]["id"]]


# What is decided when it is sent


async def test_what_a_partner_may_no_longer_see_when_it_is_sent_is_not_sent(acting):
    async with receiving() as receiver:
        await registered(acting, receiver, "social-security")
        hidden, seen = await submitted(acting), await submitted(acting)
        await acting.runtime.pool.execute(
            "UPDATE sharing_request SET requester = 'somebody else' WHERE id = $1", hidden.partition(":")[2]
        )
        assert await sent(acting) == 1
    assert receiver.rows == [seen]


@pytest.mark.parametrize(
    ("change", "back", "code"),
    [
        ("state = 'suspended'", "state = 'active'", "HUB-304"),
        ("purposes = '{audit}'", "purposes = '{data-sharing}'", "HUB-311"),
    ],
)
async def test_a_partner_that_lost_its_standing_is_sent_nothing_until_it_has_it_back(acting, change, back, code):
    partner = "second-civil-affairs"
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, partner)
        row = await submitted(acting)
        await acting.runtime.pool.execute(f"UPDATE partner SET {change} WHERE name = $1", partner)
        try:
            assert await sent(acting) == 0
            standing = await found(acting, name)
            assert (standing.reason, standing.failures, standing.waiting) == (code, 1, 1)
            assert (await audited(acting, partner))[-1][0] == f"refused:{code}"
        finally:
            await acting.runtime.pool.execute(f"UPDATE partner SET {back} WHERE name = $1", partner)
        assert receiver.got == []
        assert await sent(acting, standing.next_at) == 1
    assert receiver.rows == [row]


# Accounted for


async def test_each_attempt_is_an_answer_on_record_before_it_leaves_and_the_log_has_no_payload(acting):
    before = len(await audited(acting))
    seen = []

    async def answer(_received, writer):
        seen.append(len(await audited(acting)))
        writer.write(status(503 if len(seen) == 1 else 200))

    async with receiving(answer) as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        row = await submitted(acting)
        await sent(acting)
        await sent(acting, (await found(acting, name)).next_at)
    assert seen == [before + 1, before + 2]
    records = (await audited(acting))[before:]
    assert [record[:3] for record in records] == [("answered", 1, "data-sharing")] * 2
    attempts = await log(acting, name)
    assert [(each.outcome, each.status, each.attempt) for each in attempts] == [
        ("refused", 503, 1), ("delivered", 200, 2),
    ]  # fmt: skip
    assert [each.request_id for each in attempts] == [record[3] for record in records]
    assert {each.message for each in attempts} == set(receiver.ids)
    assert len(set(receiver.ids)) == 1
    assert row.partition(":")[2] not in str(await acting.runtime.pool.fetch("SELECT d::text FROM webhook_delivery d"))


async def test_nothing_leaves_where_it_cannot_be_accounted_for(acting, monkeypatch):
    async def unwritable(_record):
        raise AuditUnavailable

    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        row = await submitted(acting)
        with monkeypatch.context() as broken:
            broken.setattr(acting.runtime.audit, "append", unwritable)
            assert await sent(acting) == 0
        assert receiver.got == []
        assert await sent(acting, (await found(acting, name)).next_at) == 1
    assert receiver.rows == [row]


# Failures


async def test_a_failure_is_tried_again_by_the_schedule_under_the_same_id_signed_anew(acting):
    async with receiving(status(500)) as receiver:
        name, secret = await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        moment = start = datetime.now(UTC)
        for number, delay in enumerate(retrying.DELAYS, 1):
            assert await sent(acting, moment) == 0
            assert await sent(acting, moment) == 0  # not before its time
            assert len(receiver.got) == number
            standing = await found(acting, name)
            assert delay <= standing.next_at - moment <= delay * 1.2
            assert (standing.state, standing.failures, standing.reason) == ("active", number, "refused")
            moment = standing.next_at
        await sent(acting, moment)
        standing = await found(acting, name)
        assert (standing.state, standing.failures) == ("disabled", len(retrying.DELAYS) + 1)
        assert standing.failing_since - start < timedelta(minutes=1)
        await sent(acting, moment + timedelta(days=30))
        assert len(receiver.got) == len(retrying.DELAYS) + 1
        assert len(set(receiver.ids)) == 1
        assert len({each.headers["webhook-timestamp"] for each in receiver.got}) == len(receiver.got)
        receiver.got[0].verified(secret)
        # Nothing is lost: an administrator has it go on.
        receiver.answers = status(200)
        await webhooks.resume_webhook(acting.runtime.pool, name, datetime.now(UTC), skip=False)
        assert await sent(acting) == 1
        assert (await found(acting, name)).failures == 0
    assert len(set(receiver.ids)) == 1


async def test_nothing_overtakes_what_failed(acting):
    refused = []

    async def answer(received, writer):
        writer.write(status(500 if not refused else 200))
        refused.append(received.id)

    async with receiving(answer) as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        rows = [await submitted(acting) for _ in range(3)]
        assert await sent(acting) == 0
        assert receiver.rows == rows[:1]
        assert await sent(acting, (await found(acting, name)).next_at) == 3
    assert receiver.rows == [rows[0], *rows]


async def test_gone_ends_it_at_once(acting):
    async with receiving(status(410)) as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        await sent(acting)
        standing = await found(acting, name)
        assert (standing.state, standing.reason, standing.waiting) == ("disabled", "gone", 1)


async def test_a_receiver_that_asks_for_time_gets_it_within_bounds(acting):
    now = datetime.now(UTC) + timedelta(minutes=5)
    for wish, least, most in (("3600", 3600, 3600), ("1", 5, 6), ("999999999", 5, 6), ("99999999", 86_400, 86_400)):
        async with receiving(status(429, f"Retry-After: {wish}")) as receiver:
            name, _ = await registered(acting, receiver, "civil-affairs")
            await submitted(acting)
            await sent(acting, now)
            waited = ((await found(acting, name)).next_at - now).total_seconds()
            assert least <= waited <= most, wish
            await webhooks.remove_webhook(acting.runtime.pool, name)


async def test_one_that_never_answers_delays_no_other(acting):
    release = asyncio.Event()

    async def never(_received, _writer):
        await release.wait()

    async with receiving(never) as slow, receiving() as quick:
        await registered(acting, slow, "civil-affairs")
        await registered(acting, quick, "civil-affairs")
        rows = [await submitted(acting) for _ in range(10)]
        at_work = asyncio.create_task(Deliveries(sending(acting.runtime, seconds=SECONDS)).once())
        await slow.until(1)
        assert [each.message["data"]["row"] for each in await quick.until(10)] == rows
        assert len(slow.got) == 1  # still waited for
        release.set()
        at_work.cancel()
        await asyncio.gather(at_work, return_exceptions=True)


async def test_one_that_never_answers_is_given_up_within_its_seconds(acting):
    async def never(_received, _writer):
        await asyncio.Event().wait()

    async with receiving(never) as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        assert await sent(acting, seconds=0.2) == 0
        [attempt] = await log(acting, name)
        assert (attempt.outcome, attempt.status) == ("timed-out", None)


# What an administrator does


async def test_what_happens_while_an_endpoint_is_paused_is_sent_when_it_goes_on(acting):
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        await webhooks.pause_webhook(acting.runtime.pool, name)
        rows = [await submitted(acting), await submitted(acting)]
        assert await sent(acting) == 0
        assert (await found(acting, name)).waiting == 2
        await webhooks.resume_webhook(acting.runtime.pool, name, datetime.now(UTC), skip=False)
        assert await sent(acting) == 2
    assert receiver.rows == rows


async def test_or_it_is_left_out_by_choice(acting):
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        await webhooks.pause_webhook(acting.runtime.pool, name)
        await submitted(acting)
        await webhooks.resume_webhook(acting.runtime.pool, name, datetime.now(UTC), skip=True)
        row = await submitted(acting)
        assert await sent(acting) == 1
    assert receiver.rows == [row]


async def test_a_pause_in_the_middle_lets_what_is_on_its_way_arrive_and_begins_nothing_more(acting):
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")

        async def pause(_received, writer):
            await webhooks.pause_webhook(acting.runtime.pool, name)
            writer.write(status(200))

        receiver.answers = pause
        rows = [await submitted(acting), await submitted(acting)]
        assert await sent(acting) == 1
        receiver.answers = status(200)
        await webhooks.resume_webhook(acting.runtime.pool, name, datetime.now(UTC), skip=False)
        assert await sent(acting) == 1
    assert receiver.rows == rows


async def test_a_replay_sends_again_from_a_position_or_a_time_under_the_same_ids(acting):
    pool = acting.runtime.pool
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        rows = [await submitted(acting) for _ in range(4)]
        assert await sent(acting) == 4
        second = (await log(acting, name))[1].event
        assert await registering.replay(acting.runtime, name, second - 1) == 3
        assert await sent(acting) == 3
        assert receiver.rows == [*rows, *rows[1:]]
        third = await pool.fetchval("SELECT at FROM event WHERE seq > $1 ORDER BY seq LIMIT 1", second)
        await registering.replay(acting.runtime, name, await webhooks.position_before(pool, third))
        assert await sent(acting) == 2
        assert receiver.rows[-2:] == rows[2:]
        assert await webhooks.position_before(pool, datetime.now(UTC) + timedelta(hours=1)) == (
            await webhooks.last_event(pool)
        )
    assert len(set(receiver.ids)) == 4


async def test_a_replay_is_not_undone_by_what_was_on_its_way(acting):
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        begins = (await found(acting, name)).position
        rows = [await submitted(acting) for _ in range(3)]

        async def replay(_received, writer):
            if len(receiver.got) == 3:
                await registering.replay(acting.runtime, name, begins)
            writer.write(status(200))

        receiver.answers = replay
        await sent(acting)
    assert receiver.rows == [*rows, *rows]


async def test_a_position_that_no_event_has_is_refused(acting):
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        for position in (-1, await webhooks.last_event(acting.runtime.pool) + 1):
            with pytest.raises(WebhookUnfit, match="numbered from 1"):
                await registering.replay(acting.runtime, name, position)


async def test_a_new_secret_and_the_one_before_both_sign_until_the_overlap_is_over(acting):
    async with receiving() as receiver:
        name, old = await registered(acting, receiver, "civil-affairs")
        new = await registering.rotate(acting.runtime, name, timedelta(hours=1))
        await submitted(acting)
        await sent(acting)
        receiver.got[0].verified(old)
        receiver.got[0].verified(new)
        newest = await registering.rotate(acting.runtime, name, timedelta(0))
        await submitted(acting)
        await sent(acting)
        receiver.got[1].verified(newest)
        for secret in (old, new):
            with pytest.raises(WebhookVerificationError):
                receiver.got[1].verified(secret)
        assert " " not in receiver.got[1].headers["webhook-signature"]


async def test_a_test_message_arrives_whatever_the_state_and_moves_nothing(acting):
    async with receiving() as receiver:
        name, secret = await registered(acting, receiver, "civil-affairs")
        await webhooks.pause_webhook(acting.runtime.pool, name)
        before = await found(acting, name)
        outcome = await registering.try_out(sending(acting.runtime), name)
        assert (outcome.word, outcome.status) == ("delivered", 204)
        assert receiver.got[0].verified(secret)["type"] == "hub.test"
        assert await found(acting, name) == before
        assert [each.kind for each in await log(acting, name)] == ["hub.test"]


async def test_attempts_are_forgotten_after_their_time(acting):
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        await submitted(acting)
        await sent(acting)
        await deliveries.forget_attempts(acting.runtime.pool, datetime.now(UTC) + deliveries.KEPT - timedelta(hours=1))
        assert len(await log(acting, name)) == 1
        await deliveries.forget_attempts(acting.runtime.pool, datetime.now(UTC) + deliveries.KEPT)
        assert await log(acting, name) == []


# Workers


async def test_several_workers_send_each_event_once(acting):
    async with receiving() as one, receiving() as two:
        for receiver in (one, two):
            await registered(acting, receiver, "civil-affairs")
        rows = [await submitted(acting) for _ in range(8)]
        await asyncio.gather(*(sent(acting) for _ in range(4)))
        await sent(acting)
    for receiver in (one, two):
        assert receiver.rows == rows


async def test_a_claim_that_has_ended_is_another_worker_s_and_what_its_holder_notes_late_counts_no_more(acting):
    pool, lease = acting.runtime.pool, timedelta(hours=1)
    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, "civil-affairs")
        row, now = await submitted(acting), datetime.now(UTC)
        dead, id_ = uuid4(), (await found(acting, name)).id
        assert id_ in await deliveries.claim_due(pool, dead, now, lease, 100)
        held = await deliveries.look(pool, id_, dead, now, lease)
        assert await sent(acting) == 0  # it is claimed
        await pool.execute("UPDATE webhook SET claimed_until = now() - interval '1 second' WHERE id = $1", id_)
        assert await sent(acting) == 1
        assert receiver.rows == [row]
        assert await deliveries.look(pool, id_, dead, now, lease) is None
        await deliveries.note_nothing(pool, held)
        attempt = (await log(acting, name))[0]
        await deliveries.note_failed(pool, held, attempt, next_at=now + lease, disabled=True)
        standing = await found(acting, name)
        assert (standing.state, standing.failures, standing.waiting) == ("active", 0, 0)


async def test_a_running_worker_is_woken_by_what_happens_and_stops_when_told(acting, monkeypatch):
    monkeypatch.setattr("hub.cli.serving.sender", sending)
    async with receiving() as receiver:
        await registered(acting, receiver, "civil-affairs")
        counted = []
        async with working(acting.runtime, sent=counted.append):
            rows = [await submitted(acting)]
            await receiver.until(1)
            rows.append(await submitted(acting))
            await receiver.until(2)
        assert receiver.rows == rows
        assert sum(counted) == 2
        await submitted(acting)
        assert len(receiver.got) == 2


async def test_who_stops_a_worker_does_not_wait_for_a_receiver_and_the_event_comes_again(acting, monkeypatch):
    monkeypatch.setattr("hub.cli.serving.sender", sending)
    monkeypatch.setattr("hub.cli.serving.STOP_SECONDS", 0.1)

    async def never(_received, _writer):
        await asyncio.Event().wait()

    async with receiving(never) as receiver:
        await registered(acting, receiver, "civil-affairs")
        row = await submitted(acting)
        async with working(acting.runtime):
            await receiver.until(1)
        receiver.answers = status(200)
        # As if the time of the claim were over.
        await acting.runtime.pool.execute("UPDATE webhook SET claimed_until = now() WHERE claim IS NOT NULL")
        assert await sent(acting) == 1
    assert receiver.rows == [row, row]
    assert len(set(receiver.ids)) == 1


async def test_a_right_that_is_lost_between_reading_and_sending_counts(acting, monkeypatch):
    """The audit's record is the moment that decides: what was read by rights of before does not leave."""
    append, partner = acting.runtime.audit.append, "second-civil-affairs"

    async def suspended_meanwhile(record):
        if record.action == "webhook" and record.outcome == "answered":
            await partners.suspend_partner(acting.runtime.pool, partner, suspended=True)
        return await append(record)

    async with receiving() as receiver:
        name, _ = await registered(acting, receiver, partner)
        row = await submitted(acting)
        try:
            with monkeypatch.context() as patched:
                patched.setattr(acting.runtime.audit, "append", suspended_meanwhile)
                assert await sent(acting) == 0
        finally:
            await partners.suspend_partner(acting.runtime.pool, partner, suspended=False)
        assert receiver.got == []
        standing = await found(acting, name)
        assert standing.reason == "HUB-304"
        assert await sent(acting, standing.next_at) == 1
    assert receiver.rows == [row]
