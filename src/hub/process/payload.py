"""The payload of a mutation as JSON: the row, which the one planner has read, and the errors."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.catalog import camel
from hub.query import collect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import FieldNode

    from hub.process.asked import StepAsked
    from hub.process.errors import StepError
    from hub.query import Operation

USER_ERROR: Final = "UserError"


def payload_json(
    asked: StepAsked,
    operation: Operation,
    variables: Mapping[str, Any],
    row: orjson.Fragment | None,
    errors: Sequence[StepError],
) -> orjson.Fragment:
    """Return the answer's data. ``row``: what was read of the row, ``{"key": …}``; None where the step was refused."""
    name = asked.step.mutation(asked.entity.name)
    type_name = f"{name[0].upper()}{name[1:]}"
    made: dict[str, Any] = {}
    for key, nodes in asked.payload.items():
        match nodes[0].name.value:
            case "__typename":
                made[key] = f"{type_name}Payload"
            case "errors":
                made[key] = [_error(f"{type_name}Error", error, nodes, operation, variables) for error in errors]
            case _:
                made[key] = None if row is None else _value_of(key, row)
    return orjson.Fragment(orjson.dumps({asked.key: made}))


def _value_of(key: str, row: orjson.Fragment) -> orjson.Fragment:
    """The value of an object's one member."""
    return orjson.Fragment(orjson.dumps(row)[len(orjson.dumps({key: 0})) - 2 : -1])


def _error(
    union: str, error: StepError, nodes: Sequence[FieldNode], operation: Operation, variables: Mapping[str, Any]
) -> dict[str, Any]:
    known = {camel(field.name): getattr(error, field.name) for field in fields(error)} | {"code": error.code}
    selected = collect(
        error.kind, [node.selection_set for node in nodes], operation.fragments, variables, also={USER_ERROR, union}
    )
    return {
        key: error.kind if below[0].name.value == "__typename" else _leaf(known[below[0].name.value])
        for key, below in selected.items()
    }


def _leaf(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
