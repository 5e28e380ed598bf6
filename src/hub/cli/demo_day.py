"""A day of the demo after its night: proposals go out, and are accepted, declined, delivered, confirmed over HTTP."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hub import matching, write
from hub.process.calendar import day_of
from hub.proposals.acting import act_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hub.matching import Night, NightTools
    from hub.runtime import Runtime

    Ask = Callable[[str, str, dict[str, Any]], Awaitable[dict[str, Any]]]
    """From a partner's name, a document and variables to the data."""

CHARITY, OFFICE = "charity", "civil-affairs"
MOST: Final = 20
"""Proposals that the demo's night sends: what a person looks at. A real night's limits stand in parameters.yaml."""
_MINE: Final = """{ proposals(first: 50, where: {state: {eq: PROPOSED}}) { nodes { id resource { id title } } } }"""
_STEP: Final = """mutation($input: %sProposalInput!) { done: %sProposal(input: $input) {
  proposal { id state resource { title } } errors { __typename } } }"""


def few_at_once(tools: NightTools, most: int = MOST) -> NightTools:
    """The same, with other limits of what may go out, and the digest of these: version 0, for no file states them."""
    limits = tools.parameters.proposals.model_copy(update={"most": most})
    made = tools.parameters.model_copy(update={"proposals": limits, "version": 0})
    return replace(tools, parameters=made, parameters_digest=hashlib.sha256(made.model_dump_json().encode()).digest())


async def act_for_all(runtime: Runtime) -> None:
    """Have the federation act for its organisations: of what nobody acts for nothing is proposed."""
    async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        for row in await connection.fetch("SELECT id FROM charity_organisation ORDER BY id"):
            await act_for(tx, row[0], CHARITY)


async def one_day(tools: NightTools, night: Night, ask: Ask) -> tuple[str, ...]:
    """Have a day pass after the night; return what happened, a line each. ``ask``: over HTTP, as a partner."""
    # 1. What the night found goes out
    sent = await matching.send(tools, str(night.run.id), datetime.now(UTC))
    # 2. Whatever could not go out waits; the worker would decide the same
    await _decided(tools)
    # 3. The charity declines one, and its unit goes to somebody else at once
    declined = await _first(ask, "decline", {"declineReason": "NOT_SUITABLE"})
    after = await _decided(few_at_once(tools, MOST + 1))
    # 4. It accepts one and delivers it; the office confirms that it arrived
    accepted = await _first(ask, "accept", {})
    lines = [
        f"day         {sent.proposed} proposed to the charity; {1 if declined else 0} declined, {after} next at once"
    ]
    if accepted is not None:
        today = day_of(datetime.now(UTC)).isoformat()
        given = {"deliveredOn": today, "amount": 1, "evidence": "签收单 0001"}
        delivered = await _taken(ask, CHARITY, "deliver", accepted["id"], given)
        confirmed = await _taken(ask, OFFICE, "confirm", accepted["id"], {"confirmedBy": "PERSON"})
        states = [each["state"] for each in (accepted, delivered, confirmed) if each is not None]
        lines.append(f"            {accepted['resource']['title']}: {', '.join(states).lower()}")
    return tuple(lines)


async def _decided(tools: NightTools) -> int:
    """Decide what there is to be decided; return how many proposals went out."""
    between, proposed = matching.Between(tools), 0
    while (done := await between.decide(datetime.now(UTC))).total:
        proposed += done.proposed
    return proposed


async def _first(ask: Ask, step: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Take a step with a proposal of the resource that is wanted most; None where none lets it be taken."""
    rows = (await ask(CHARITY, _MINE, {}))["proposals"]["nodes"]
    of = Counter(row["resource"]["id"] for row in rows)
    for row in sorted(rows, key=lambda each: -of[each["resource"]["id"]]):
        if (taken := await _taken(ask, CHARITY, step, row["id"], given)) is not None:
            return taken
    return None


async def _taken(ask: Ask, partner: str, step: str, row: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    document = _STEP % (step.capitalize(), step)
    done: dict[str, Any] = (await ask(partner, document, {"input": {"id": row, **given}}))["done"]
    found: dict[str, Any] | None = done["proposal"]
    return found
