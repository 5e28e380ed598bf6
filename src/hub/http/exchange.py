"""One request with its answer, as it comes to be known: what is recorded of it, and what it costs."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import orjson

from hub.auth import CertificateMissing, PurposeNotAgreed, PurposeUnknown
from hub.crypto import DoesNotOpen
from hub.errors import HubError
from hub.query import CostSpent
from hub.store.audit import AuditRecord, Decisions, decisions
from hub.store.members import shown

if TYPE_CHECKING:
    from uuid import UUID

    from hub.auth import Viewer
    from hub.http.explain import Explanation
    from hub.http.state import Hub
    from hub.policy import Principal
    from hub.query import Answer, Operation, Planned
    from hub.store.sequencer import Recorded

log = logging.getLogger(__name__)

AT_ONCE: Final = 0.1
"""Seconds that pass as the same moment: who asks is identified again for what comes later."""
NOTHING_DECIDED: Final = decisions({})
STEP: Final = "STEP"
"""Stands in a record at the path of the step that was asked for; what became of it is the record's outcome."""
_OURS: Final = 500
"""The lowest status of errors that are the hub's."""


class AgreementsChanged(HubError):
    """Agreements of the viewer changed while its answer was made, and changed again while it was made anew."""

    code = "HUB-206"
    status = 409

    def __init__(self) -> None:
        super().__init__("Your agreements changed while this was answered. Nothing was given or done; send it again.")


@dataclass(slots=True)
class Exchange:
    """A request and what is known of it so far.

    ``action``: as the audit names it. ``member``: token of the person who asks, if it is one. ``identified``: when who
    asks was made sure of. ``epoch``: of agreements, ``policies``: the number of their installation, as the record of
    the answer has them. ``unpaid``: units for reading what was asked; ``document_known``, ``plan_known``: whether they
    were kept from an earlier request. ``cells``: whether the answer is to say of each null and each masked value what
    was decided. ``step``: the mutation, where one is asked for; ``step_row``: token of the row that it is about.
    """

    request_id: str
    action: str
    by_address: bool = False
    partner_id: UUID | None = None
    member: bytes | None = None
    viewer: Viewer | None = None
    principal: Principal | None = None
    operation: Operation | None = None
    planned: Planned | None = None
    literals: bytes = b""
    step: str | None = None
    step_row: bytes = b""
    cost: int = 0
    unpaid: int = 0
    document_known: bool = False
    plan_known: bool = False
    explanation: Explanation | None = None
    cells: bool = False
    identified: float = 0.0
    epoch: int = 0
    policies: int | None = None

    def begin_again(self, action: str) -> None:
        """Forget all but the request's id, and who asked."""
        fresh = Exchange(self.request_id, action, partner_id=self.partner_id)
        for item in fields(Exchange):
            setattr(self, item.name, getattr(fresh, item.name))

    def recorded(self, found: Recorded) -> None:
        """Note what counted when the record was written."""
        self.epoch, self.policies = found.epoch, found.policies

    def done(self, stage: str) -> None:
        """Note how long a stage took that ends here, where somebody asked how the answer is made."""
        if self.explanation is not None:
            self.explanation.done(stage)

    def late(self) -> bool:
        """Whether who asks was made sure of too long ago to go by."""
        return time.monotonic() - self.identified > AT_ONCE

    def explained(self, body: bytes) -> bytes:
        """The answer, with how it was made where somebody asked for that."""
        if self.explanation is None or self.planned is None:
            return body
        cached = {"document": self.document_known, "plan": self.plan_known}
        return self.explanation.put_into(body, self.planned, self.cost, cached)


def partner_of(exchange: Exchange) -> UUID:
    """The partner that asks, once step 1 is done."""
    assert exchange.partner_id is not None  # noqa: S101 - whoever was identified is a partner
    return exchange.partner_id


def member_of(exchange: Exchange) -> str | None:
    """The person who asks, by token as histories show it; None where it is the partner's own system."""
    return None if exchange.member is None else shown(exchange.member)


def record(hub: Hub, exchange: Exchange, outcome: str, found: Answer | None = None) -> AuditRecord:
    """The audit record of an answer or a refusal."""
    viewer, operation, planned = exchange.viewer, exchange.operation, exchange.planned
    decided = planned.decisions if planned is not None else NOTHING_DECIDED
    return AuditRecord(
        at=datetime.now(UTC),
        request_id=exchange.request_id,
        partner_id=exchange.partner_id,
        purpose=viewer.purpose if viewer else None,
        action=exchange.action,
        operation=operation.digest if operation else None,
        fields=decided if exchange.step is None else with_step(exchange.step, decided),
        subjects=hub.subjects(found.subjects) if found else b"",
        literals=exchange.step_row + exchange.literals,
        rows=found.rows if found else 0,
        policy=hub.policy,
        outcome=outcome,
        member=exchange.member,
    )


@lru_cache(maxsize=1_024)
def with_step(mutation: str, decided: Decisions) -> Decisions:
    """The decisions about what is shown of the row, with the step itself: it is named whatever of it is shown."""
    return decisions({mutation: STEP, **orjson.loads(decided.json)})


async def refused(hub: Hub, exchange: Exchange, error: HubError) -> HubError:
    """Account for the refusal of a known viewer: it pays for it, and it is recorded. Return what the client gets.

    Strangers' refusals are logged only: they must not fill the audit.
    """
    log.info("request %s refused: %s", exchange.request_id, error.code)
    if isinstance(error, PurposeUnknown | PurposeNotAgreed | CertificateMissing):
        exchange.partner_id, exchange.member = error.partner_id, error.member
    _pay_for_refusal(hub, exchange, error)
    if exchange.partner_id is not None and error.code != "HUB-510":
        outcome = f"alarm:{error.code}" if isinstance(error, DoesNotOpen) else f"refused:{error.code}"
        try:
            exchange.recorded(await hub.runtime.audit.append(record(hub, exchange, outcome)))
        except HubError as unwritten:
            return unwritten
    return error


def pay(hub: Hub, exchange: Exchange, cost: int) -> None:
    """Step 4: take from the viewer's units what the query costs, and what it took to read what is new of it."""
    assert exchange.principal is not None  # noqa: S101 - step 1 came before
    exchange.cost = cost
    new = 0 if exchange.document_known and exchange.plan_known else exchange.unpaid
    hub.runtime.spending.spend(exchange.principal, cost + new, time.monotonic())
    exchange.unpaid = 0


def _pay_for_refusal(hub: Hub, exchange: Exchange, error: HubError) -> None:
    """Take from the viewer's units what it took to read what was refused. Faults of the hub cost nobody anything.

    Nor does it cost anything to be told that the units are spent, unless there was something new to read first: who
    waits and comes back must not be put off further.
    """
    told_to_wait = isinstance(error, CostSpent) and exchange.document_known and exchange.plan_known
    if exchange.principal is not None and exchange.unpaid and error.status < _OURS and not told_to_wait:
        hub.runtime.spending.charge(exchange.principal, exchange.unpaid, time.monotonic())
        exchange.unpaid = 0
