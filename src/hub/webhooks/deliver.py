"""The way of a message, one numbered step below the other. Start reading here.

An endpoint has one worker at a time (its claim), and that sends one event after the other, in the order of commits: the
next one when the last was taken. Whatever is not noted as taken is sent again, under the same id. So each event arrives
at least once, and none before those that stand before it, unless an administrator skips or replays some.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import uuid_utils

from hub.auth import profile, registered
from hub.catalog.sensitivity import Group
from hub.crypto import DoesNotOpen
from hub.errors import HubError
from hub.process.calendar import day_of
from hub.runtime import PoliciesChanged, renew
from hub.store.audit import AuditRecord, decisions
from hub.store.deliveries import look, note_delivered, note_failed, note_nothing, number_of
from hub.store.webhooks import Attempt
from hub.webhooks import signing
from hub.webhooks.addresses import place_of
from hub.webhooks.errors import WebhookUnfit
from hub.webhooks.reading import next_event
from hub.webhooks.retrying import delay
from hub.webhooks.sending import Outcome, connection, send

if TYPE_CHECKING:
    import asyncio
    import ssl
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    import httpcore

    from hub.auth.grants import GrantedTo
    from hub.runtime import Runtime
    from hub.store.deliveries import Claimed
    from hub.webhooks.addresses import Reach
    from hub.webhooks.reading import Looked, NextEvent

log = logging.getLogger(__name__)

TURN: Final = 100
"""Events that an endpoint is sent before others that wait have their turn."""
NOTHING_DECIDED: Final = decisions({})


@dataclass(frozen=True, slots=True)
class Sender:
    """What deliveries of a process share.

    ``seconds``: that a receiver has. ``turns``: how many look or note at the same time; nothing of the database is
    held while a receiver is waited for. ``granted_to``: what agreements grant. ``subjects``, ``literal``: make the
    audit's tokens. ``time``: as tests set it.
    """

    runtime: Runtime
    allowed: Reach
    authorities: ssl.SSLContext = field(repr=False)
    seconds: float
    turns: asyncio.Semaphore
    granted_to: GrantedTo
    subjects: Callable[[Iterable[bytes]], bytes] = field(repr=False)
    literal: Callable[[str], bytes] = field(repr=False)
    time: Callable[[], datetime]

    @property
    def lease(self) -> timedelta:
        """How long a claim holds: to look, to send, and to note."""
        return timedelta(seconds=2 * self.seconds + 2)

    def keys(self, webhook_id: UUID, sealed: Iterable[bytes]) -> list[str]:
        """Open an endpoint's secrets; they open for no other one.

        ``WebhookUnfit`` where there is none: nobody could verify what is sent.
        """
        opener = self.runtime.vault.opener("webhook_secret", "secret", Group.CREDENTIAL)
        if not (sealed := tuple(sealed)):
            raise WebhookUnfit("The webhook has no secret in force. Make one with hub webhook rotate.")
        return [opener.open(webhook_id.bytes, envelope) for envelope in sealed]


@dataclass(frozen=True, slots=True)
class Message:
    """What is about to be sent: one event, by whom it was read, signed."""

    id: str
    event: NextEvent
    headers: Mapping[str, str]
    claimed: Claimed
    request_id: str


async def drain(sender: Sender, webhook_id: UUID, claim: UUID, stop: asyncio.Event) -> int:
    """Send what waits at a claimed endpoint, up to a turn of it, until it fails; return how many were taken."""
    taken = 0
    async with connection(sender.allowed, sender.authorities) as pool:
        while taken < TURN and not stop.is_set() and await deliver(sender, pool, webhook_id, claim):
            taken += 1
    return taken


async def deliver(sender: Sender, pool: httpcore.AsyncConnectionPool, webhook_id: UUID, claim: UUID) -> bool:
    """Send the next event; tell whether it was taken."""
    begun = time.monotonic()
    async with sender.turns:
        # 1 to 4. For whom, which event, accounted for, signed.
        message = await _next(sender, webhook_id, claim)
    if message is None or time.monotonic() - begun > sender.lease.total_seconds() - sender.seconds:
        return False  # in what is left of the claim the receiver could not have all its time
    # 5. Out. No connection to the database waits for the receiver.
    sent = time.monotonic()
    outcome = await send(pool, message.claimed.url, message.headers, message.event.body, sender.seconds)
    # 6. Noted: only now is the event dealt with.
    async with sender.turns:
        await _note(sender, message, outcome, round((time.monotonic() - sent) * 1000))
    return outcome.delivered


async def _next(sender: Sender, webhook_id: UUID, claim: UUID) -> Message | None:
    """Steps 1 to 4. None where nothing is to be sent now."""
    runtime, now = sender.runtime.now(), sender.time()
    # 1. For whom, and is it still this worker's?
    claimed = await look(runtime.pool, webhook_id, claim, now, sender.lease)
    if claimed is None:
        return None
    request_id, found = str(uuid_utils.uuid7()), None
    try:
        place_of(claimed.url, sender.allowed)  # settings may have changed since it was registered
        keys = sender.keys(claimed.id, claimed.secrets)
        # 2. Which event may this partner see next, by its rights and agreements of now?
        viewer = registered(claimed.partner, claimed.purpose, claimed.epoch, claimed.granted_at)
        principal = profile(viewer, await sender.granted_to(viewer, day_of(datetime.now(UTC))))
        found = await next_event(runtime, principal, claimed.position, claimed.kinds)
        if found.event is None:
            await note_nothing(runtime.pool, claimed)
            return None
        # 3. Accounted for, before anything leaves.
        recorded = await runtime.audit.append(_record(sender, runtime, claimed, request_id, "answered", found))
        runtime.require_in_force(recorded.policies)
        if recorded.epoch > claimed.epoch:
            again = await look(runtime.pool, webhook_id, claim, now, sender.lease)
            if again is None or (again.granted_at, again.partner) != (claimed.granted_at, claimed.partner):
                return None  # it was read by rights of before: the next round reads it anew
        # 4. Signed, with each secret that is in force.
        message = signing.message_id(claimed.id, found.event.id)
        headers = signing.headers(message, now, found.event.body, keys)
        return Message(message, found.event, headers, claimed, request_id)
    except PoliciesChanged as changed:
        await renew(runtime.newest, changed)
        return None  # the next round reads it anew
    except HubError as error:
        await _refused(sender, runtime, claimed, request_id, error)
        return None


async def _refused(sender: Sender, runtime: Runtime, claimed: Claimed, request_id: str, error: HubError) -> None:
    """Account for what may not be sent; try again by the schedule: a right may come back."""
    outcome = f"alarm:{error.code}" if isinstance(error, DoesNotOpen) else f"refused:{error.code}"
    try:
        recorded = await runtime.audit.append(_record(sender, runtime, claimed, request_id, outcome, None))
        runtime.require_in_force(recorded.policies)
    except PoliciesChanged as changed:
        await renew(runtime.newest, changed)
        return  # what other policies refused is no failure of the endpoint's: the next round reads it anew
    except HubError:
        pass
    await _failed(sender, claimed, Attempt(
        sender.time(), None, None, None, claimed.failures + 1, error.code, None, 0, request_id,
    ), Outcome(error.code))  # fmt: skip


async def _note(sender: Sender, message: Message, outcome: Outcome, milliseconds: int) -> None:
    claimed, pool = message.claimed, sender.runtime.pool
    number = await number_of(pool, message.event.id)
    attempt = Attempt(
        sender.time(), message.id, number, message.event.kind, claimed.failures + 1, outcome.word, outcome.status,
        milliseconds, message.request_id,
    )  # fmt: skip
    if outcome.delivered:
        await note_delivered(pool, claimed, attempt)
    else:
        await _failed(sender, claimed, attempt, outcome)


async def _failed(sender: Sender, claimed: Claimed, attempt: Attempt, outcome: Outcome) -> None:
    waiting = None if outcome.final else delay(claimed.failures + 1, outcome.wish)
    next_at = attempt.at + (waiting or timedelta(0))
    await note_failed(sender.runtime.pool, claimed, attempt, next_at=next_at, disabled=waiting is None)
    if waiting is None:
        log.warning("webhook %s is disabled after %d failures: %s", claimed.name, attempt.attempt, outcome.word)


def _record(
    sender: Sender, runtime: Runtime, claimed: Claimed, request_id: str, outcome: str, looked: Looked | None
) -> AuditRecord:
    """The audit record: of an answer to the partner, or of a refusal."""
    return AuditRecord(
        at=datetime.now(UTC),
        request_id=request_id,
        partner_id=claimed.partner.id,
        purpose=claimed.purpose,
        action="webhook",
        operation=looked.operation.digest if looked else None,
        fields=looked.planned.decisions if looked else NOTHING_DECIDED,
        subjects=sender.subjects(looked.found.subjects) if looked else b"",
        literals=b"".join([sender.literal(literal) for literal in looked.literals]) if looked else b"",
        rows=looked.found.rows if looked else 0,
        policy=bytes.fromhex(runtime.engine.policies.digest),
        outcome=outcome,
    )
