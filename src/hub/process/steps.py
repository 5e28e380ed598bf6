"""What the process room offers to the third map: plan a step, take it, and say the same to who asks twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.cache import Cache
from hub.process.errors import KeyReused
from hub.process.plan import plan_step
from hub.process.take import StepCall, Taken, take

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from uuid import UUID

    from hub.policy import Principal
    from hub.process.asked import StepAsked
    from hub.process.errors import StepError
    from hub.process.plan import StepPlan, StepTools
    from hub.write import Transaction

PLANS: Final = 1_024
"""Step plans that a process keeps."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Everything that steps need and that lasts longer than one of them.

    ``token``: names clients' keys. ``room``: how many steps are taken at once. Each holds a connection while its
    audit record is written with another one, so they never hold all that there are.
    """

    tools: StepTools
    token: Callable[[str], bytes]
    room: asyncio.Semaphore
    _plans: Cache[tuple[Principal, str, str], StepPlan] = field(default_factory=lambda: Cache(PLANS))

    def plan(self, asked: StepAsked, principal: Principal) -> StepPlan:
        """Plan the step for this viewer. Raises ``NotAllowed``."""
        key = (principal, asked.entity.name, asked.step.name)
        return self._plans.get(key) or self._plans.keep(key, plan_step(asked.entity, asked.step, principal, self.tools))

    async def take(
        self,
        tx: Transaction,
        plan: StepPlan,
        asked: StepAsked,
        principal: Principal,
        partner: UUID,
        member: str | None = None,
    ) -> Taken | StepError:
        """Take the step inside the transaction; where a key says that it was taken already, find what it made.

        ``member``: the person who takes it, by token; a key is that person's. Whatever is refused must be undone:
        give the transaction up. Raises ``NotAllowed``.
        """
        key = None if asked.idempotency_key is None else self._key(asked, principal, asked.idempotency_key, member)
        if key is not None and (before := await _before(tx, partner, key)) is not None:
            return before
        call = StepCall(asked.row_id, asked.given, asked.expected, principal, member)
        done = await take(tx, plan, call)
        if key is not None and isinstance(done, Taken):
            await tx.connection.execute(
                "UPDATE idempotency_key SET row_id = $3, version = $4 WHERE partner_id = $1 AND key = $2",
                partner, key.token, done.row_id, done.version,
            )  # fmt: skip
        return done

    def _key(self, asked: StepAsked, principal: Principal, text: str, member: str | None) -> IdempotencyKey:
        content: dict[str, Any] = {
            "step": [asked.entity.name, asked.step.name],
            "row": str(asked.row_id),
            "given": dict(asked.given),
            "expected": asked.expected,
        }
        text_of_input = orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS).decode()
        whose = principal.purpose if member is None else f"{principal.purpose} {member}"
        return IdempotencyKey(self.token(f"{whose}\n{text}"), self.token(text_of_input))


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The keyed tokens of a client's key for one purpose, and of the input that came with it: no value is kept."""

    token: bytes
    content: bytes


async def _before(tx: Transaction, partner: UUID, key: IdempotencyKey) -> Taken | StepError | None:
    """What the key was used for before; None where it is new, and noted now. Who comes at the same time waits here."""
    noted = await tx.connection.fetchval(
        "INSERT INTO idempotency_key (partner_id, key, content, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING RETURNING true",
        partner, key.token, key.content, tx.at,
    )  # fmt: skip
    if noted:
        return None
    row = await tx.connection.fetchrow(
        "SELECT content, row_id, version FROM idempotency_key WHERE partner_id = $1 AND key = $2", partner, key.token
    )
    if row is None or row["content"] != key.content:
        return KeyReused(
            message="This idempotencyKey came before with another input. Use a new one for each step that you mean.",
            path=("idempotencyKey",),
        )
    return Taken(row["row_id"], row["version"], again=True)
