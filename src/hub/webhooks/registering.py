"""What an administrator does with webhooks: everything that could never work is refused when it is registered."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from difflib import get_close_matches
from time import monotonic
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import orjson
import uuid_utils.compat as uuids

from hub.auth import profile, registered
from hub.catalog import Escalate, Take
from hub.catalog.sensitivity import Group
from hub.means.watch import MADE
from hub.process.calendar import day_of
from hub.store import webhooks
from hub.store.deliveries import note_test
from hub.store.partners import find_partner
from hub.store.webhooks import Attempt
from hub.sync.runs import FINISHED
from hub.webhooks import signing
from hub.webhooks.addresses import place_of, resolve
from hub.webhooks.errors import WebhookUnfit
from hub.webhooks.reading import require_events
from hub.webhooks.sending import connection, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta
    from uuid import UUID

    from hub.catalog import Catalogue, Entity
    from hub.runtime import Runtime
    from hub.webhooks.deliver import Sender
    from hub.webhooks.sending import Outcome

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
TEST: Final = "hub.test"
"""Type of the message that ``hub webhook test`` sends."""


def kinds_of_events(catalogue: Catalogue) -> frozenset[str]:
    """Return the kinds of events that there can be."""
    made = (kind for entity in catalogue if entity.process is not None for kind in _kinds(entity))
    return frozenset({FINISHED, MADE, *made})


def _kinds(entity: Entity) -> Iterator[str]:
    assert entity.process is not None  # noqa: S101 - the caller has looked
    for step in entity.process.steps.values():
        yield f"{entity.name}.{step.name}"
    for clock in entity.process.clocks.values():
        yield from (f"{entity.name}.{clock.name}.{what}" for what in ("late", "recounted"))
        if clock.remind is not None:
            yield f"{entity.name}.{clock.name}.reminded"
        for act in clock.late:
            match act:
                case Escalate(to):
                    yield f"{entity.name}.{clock.name}.escalated.{to}"
                case Take():
                    yield f"{entity.name}.{clock.name}.stuck"


async def register(
    sender: Sender, name: str, partner: str, purpose: str, url: str, kinds: Sequence[str]
) -> tuple[str, int]:
    """Register an endpoint for what happens from now on; return its secret, and the position that it begins at.

    The secret is the only copy outside the database, where it is sealed: show it once. Raises ``WebhookUnfit``,
    ``AddressRefused``, ``NoSuchPartner``, what ``registered`` raises, what a query for these events would be refused
    by, and ``WebhookExists``.
    """
    runtime, now = sender.runtime, datetime.now(UTC)
    # 1. Words that could be meant.
    if not _NAME.fullmatch(name):
        raise WebhookUnfit("A webhook's name has small letters, digits and hyphens, 63 at most.")
    _require_kinds(runtime, kinds)
    # 2. An address that the hub may send to, at this moment; each connection is checked anew.
    await resolve(place_of(url, sender.allowed), sender.allowed)
    # 3. A partner that may read such events for this purpose.
    viewer = registered(await find_partner(runtime.pool, partner), purpose, 0, 0)
    require_events(runtime, profile(viewer, await sender.granted_to(viewer, day_of(now))), kinds)
    # 4. Kept, with the secret sealed.
    webhook_id, text = uuids.uuid7(), signing.new_secret()
    async with runtime.pool.acquire() as connected:
        await webhooks.add_webhook(
            connected, id=webhook_id, name=name, partner=partner, purpose=purpose, url=url, kinds=kinds,
            secret=_sealed(runtime, webhook_id, text), now=now,
        )  # fmt: skip
    return text, (await webhooks.find_webhook(runtime.pool, name)).position


async def rotate(runtime: Runtime, name: str, overlap: timedelta) -> str:
    """Make a new secret, and return it: the only copy. Those of before sign as well for the overlap."""
    found, text, now = await webhooks.find_webhook(runtime.pool, name), signing.new_secret(), datetime.now(UTC)
    async with runtime.pool.acquire() as connected:
        await webhooks.rotate_secret(connected, found.id, _sealed(runtime, found.id, text), now, now + overlap)
    return text


async def replay(runtime: Runtime, name: str, position: int) -> int:
    """Send the events behind a position again; return how many wait now. ``WebhookUnfit`` for what is no position."""
    last = await webhooks.last_event(runtime.pool)
    if not 0 <= position <= last:
        raise WebhookUnfit(f"Events are numbered from 1 to {last}.")
    await webhooks.move_webhook(runtime.pool, name, position, datetime.now(UTC))
    return (await webhooks.find_webhook(runtime.pool, name)).waiting


async def try_out(sender: Sender, name: str) -> Outcome:
    """Send a message that says nothing, whatever the endpoint's state; its outcome changes nothing but the log."""
    runtime, now = sender.runtime, datetime.now(UTC)
    found = await webhooks.find_webhook(runtime.pool, name)
    keys = sender.keys(found.id, await webhooks.secrets_of(runtime.pool, found.id, now))
    body = orjson.dumps({"type": TEST, "timestamp": now, "data": {}})
    message, begun = f"msg_{uuid4().hex}", monotonic()
    async with connection(sender.allowed, sender.authorities) as pool:
        outcome = await send(pool, found.url, signing.headers(message, now, body, keys), body, sender.seconds)
    await note_test(runtime.pool, found.id, Attempt(
        now, message, None, TEST, 1, outcome.word, outcome.status, round((monotonic() - begun) * 1000), str(uuid4()),
    ))  # fmt: skip
    return outcome


def _sealed(runtime: Runtime, webhook_id: UUID, text: str) -> bytes:
    """Seal a secret for its endpoint: in another one's place it does not open."""
    return runtime.vault.sealer("webhook_secret", "secret", Group.CREDENTIAL).seal(webhook_id.bytes, text)


def _require_kinds(runtime: Runtime, kinds: Sequence[str]) -> None:
    known = kinds_of_events(runtime.engine.catalogue)
    for kind in kinds:
        if kind not in known:
            near = get_close_matches(kind, known, 1, 0.6)
            meant = f"Was {near[0]} meant?" if near else f"Kinds: {', '.join(sorted(known))}."
            raise WebhookUnfit(f"No event is of the kind {kind}. {meant}")
