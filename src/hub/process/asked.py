"""Which step a mutation asks for, and with what: read from the one field of the document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import Link, Scalar
from hub.process.errors import InputRefused, RowUnknown, StepError
from hub.query import RowSelection, SeveralSteps, arguments, collect, split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from graphql import FieldNode, GraphQLSchema

    from hub.catalog import Catalogue, Entity, Field, Step
    from hub.query import ArgumentTree, Operation

MUTATION: Final = "Mutation"
LONGEST: Final = 4_000
"""Characters of a text that a step takes: reasons, not files."""
KEY_LENGTHS: Final = range(8, 65)


@dataclass(frozen=True, slots=True)
class StepAsked:
    """A mutation, read. ``key``: its response key. ``payload``: what is selected of its payload, by response key.

    ``row``: the selection on the row, empty where none is made. ``given``: values in plain, by field. ``row_id``: None
    where the step begins a row.
    """

    key: str
    entity: Entity
    step: Step
    payload: Mapping[str, Sequence[FieldNode]]
    row: RowSelection
    row_id: UUID | None
    given: Mapping[str, Any]
    expected: int | None
    idempotency_key: str | None


def read_step(
    operation: Operation, variables: Mapping[str, Any], schema: GraphQLSchema, catalogue: Catalogue
) -> tuple[StepAsked, StepError | None]:
    """Return the step that the operation asks for, and the error where what it is given does not fit."""
    [(key, nodes)] = collect(MUTATION, [operation.definition.selection_set], operation.fragments, variables).items()
    name = nodes[0].name.value
    entity, step = _steps(catalogue)[name]
    payload_name = f"{name[0].upper()}{name[1:]}Payload"
    payload = collect(payload_name, [node.selection_set for node in nodes], operation.fragments, variables)
    row_name = entity.name[0].lower() + entity.name[1:]
    selected = {below: found for below, found in payload.items() if found[0].name.value == row_name}
    if len(selected) > 1:
        raise SeveralSteps(f"Select {row_name} once below {name}: what is shown is accounted for once.")
    row_key, row_nodes = next(iter(selected.items()), (row_name, ()))
    row = RowSelection(entity.name, tuple(row_nodes), ((key, name), (row_key, row_name)))
    mutation: Any = schema.mutation_type
    given: Any = _plain(arguments(mutation.fields[name], nodes[0], variables)["input"], variables)
    bare = StepAsked(key, entity, step, payload, row, None, {}, None, None)
    try:
        whole = StepAsked(
            key, entity, step, payload, row,
            None if step.begins else _row_id(entity, given["id"]), _values(entity, step, given),
            given.get("expectedVersion"), _idempotency_key(given.get("idempotencyKey")),
        )  # fmt: skip
    except _Wrong as wrong:
        return bare, wrong.error
    return whole, None


class _Wrong(Exception):
    def __init__(self, error: StepError) -> None:
        self.error = error


def _steps(catalogue: Catalogue) -> dict[str, tuple[Entity, Step]]:
    return {
        step.mutation(entity.name): (entity, step)
        for entity in catalogue
        if entity.process is not None
        for step in entity.process.steps.values()
        if not step.automatic
    }


def _plain(tree: ArgumentTree, variables: Mapping[str, Any]) -> Any:
    match tree:
        case None:
            return None
        case dict():
            return {name: _plain(below, variables) for name, below in tree.items()}
        case list():
            return [_plain(below, variables) for below in tree]
        case _:
            return tree.source.get(variables)


def _row_id(entity: Entity, text: object) -> UUID:
    try:
        kind, row = split(str(text))
    except ValueError:
        kind, row = "", None
    if kind != entity.name or row is None:
        raise _Wrong(RowUnknown(message=f"id must be the id of a {entity.name}, as an answer gave it.", path=("id",)))
    return row


def _idempotency_key(text: object) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str) or len(text) not in KEY_LENGTHS:
        raise _Wrong(
            InputRefused(
                message=f"idempotencyKey must be a text of {KEY_LENGTHS.start} to {KEY_LENGTHS.stop - 1} characters.",
                path=("idempotencyKey",),
            )
        )
    return text


def _values(entity: Entity, step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in (*step.takes, *step.may_take):
        taken = entity.taken(name)
        if taken.graphql in given and (name in step.takes or given[taken.graphql] is not None):
            value = given[taken.graphql]
            found[name] = _link(taken, value) if isinstance(taken, Link) else _value(taken, value)
    return found


def _link(link: Link, text: object) -> UUID:
    try:
        kind, row = split(str(text))
    except ValueError:
        kind, row = "", None
    if kind != link.target or row is None:
        why = f"{link.graphql} must be the id of a {link.target}, as an answer gave it."
        raise _Wrong(InputRefused(message=why, path=(link.graphql,)))
    return row


def _value(field: Field, value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str) and len(value) > LONGEST:
        raise _Wrong(
            InputRefused(message=f"{field.graphql} may have {LONGEST:,} characters, and has {len(value):,}.",
                         path=(field.graphql,))
        )  # fmt: skip
    if not isinstance(field.type, Scalar):
        return value
    try:
        return field.type.parse(value)
    except ValueError as error:
        raise _Wrong(InputRefused(message=f"{field.graphql} {error}.", path=(field.graphql,))) from None
