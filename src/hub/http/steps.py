"""The answer to a mutation, on its way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hub.process.errors import StepError
from hub.process.payload import payload_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from hub.process.asked import StepAsked
    from hub.process.take import Taken
    from hub.query import Answer, Operation, Planned


def encode_step(
    asked: StepAsked,
    operation: Operation,
    variables: Mapping[str, Any],
    shown: Sequence[Planned],
    found: Sequence[Answer],
    done: Taken | StepError,
    request_id: str,
) -> bytes:
    """The answer as JSON: the row as the viewer may see it now, or why the step was refused.

    ``shown`` and ``found``: the selections on the row, planned and read, in the order of ``asked.rows``.
    """
    errors = (done,) if isinstance(done, StepError) else ()
    rows = {
        selection.path[-1][0]: answer.data for selection, answer in zip(asked.rows, found, strict=not errors)
    }  # fmt: skip
    access = [entry.formatted() for planned in shown for entry in planned.plan.access] if found else []
    return orjson.dumps(
        {
            "data": payload_json(asked, operation, variables, rows, errors),
            "extensions": {"access": access, "requestId": request_id},
        }
    )
