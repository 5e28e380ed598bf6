"""The answer to a mutation, on its way out, and what a mutation may not ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hub.process.errors import StepError
from hub.process.payload import payload_json
from hub.query import AnswerTooLarge, LookupInStep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from uuid import UUID

    from hub.http.exchange import Exchange
    from hub.http.state import Hub
    from hub.process.asked import StepAsked
    from hub.process.take import Taken
    from hub.query import Answer, Bound, Operation, Planned


def refuse_lookup_in_step(bound: Bound) -> None:
    """Refuse a selection below a step that looks up protected values: those are counted where queries are read."""
    if bound.lookups:
        raise LookupInStep("What is selected below a step cannot look up protected values. Ask for them in a query.")


def encode_step(
    asked: StepAsked,
    operation: Operation,
    variables: Mapping[str, Any],
    planned: Planned,
    found: Answer | None,
    done: Taken | StepError,
    request_id: str,
    limit: int,
) -> bytes:
    """The answer as JSON: the row as the viewer may see it now, or why the step was refused.

    Raises ``AnswerTooLarge`` over ``limit`` bytes: the step is not taken then.
    """
    errors = (done,) if isinstance(done, StepError) else ()
    data = payload_json(asked, operation, variables, None if found is None else found.data, errors)
    access = planned.access if found is not None else []
    body = orjson.dumps({"data": data, "extensions": {"access": access, "requestId": request_id}})
    if len(body) > limit:
        raise AnswerTooLarge(
            f"The answer has {len(body)} bytes; the limit is {limit}. The step was not taken; select less below it."
        )
    return body


def name_row(hub: Hub, exchange: Exchange, asked: StepAsked, row: UUID | None) -> None:
    """Note for the audit which row the step is about: by the token that a query for it has in its record too."""
    if row is not None:
        exchange.step_row = hub.literal(f"{asked.entity.name}.id={row}")


def outcome_of(done: Taken | StepError) -> str:
    """What became of a step, as the audit names it."""
    if isinstance(done, StepError):
        return f"refused:{done.code}"
    return "repeated" if done.again else "taken"
