"""Mutations: one for each step that a partner may take, derived from the declared processes.

What a step refuses for a reason that its taker can mend is part of the answer, as a typed list; what it may not do at
all is refused as queries are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.catalog import Link
from hub.graph import describe
from hub.graph.scalars import type_name
from hub.graph.shapes import Argument, TypeMember

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Catalogue, Entity, Step
    from hub.graph.shapes import Types

COMMON: Final = (
    TypeMember("code", "String!", "Code of the refusal, for example HUB-161."),
    TypeMember("message", "String!", "What is wrong, and what to do."),
    TypeMember("path", "[String!]", "Which part of the input is meant, if one is."),
)
MUTATION: Final = "Mutation"
USER_ERROR: Final = "UserError"
ERRORS: Final = {
    "InputRefused": ("What was given does not fit, or something is missing.", ()),
    "KeyReused": ("The idempotency key was used before, for another input.", ()),
    "RowUnknown": ("There is no such row for this viewer.", ()),
    "StateConflict": (
        "The step cannot be taken in the state that the row is in now.",
        (
            TypeMember("state", "String!", "The state that it is in."),
            TypeMember("version", "Int!", "Its version."),
            TypeMember("by", "String", "The partner that took the last step; none where a clock did."),
            TypeMember("at", "DateTime!", "When the last step was taken."),
            TypeMember("steps", "[String!]!", "The mutations that may be made in this state."),
        ),
    ),
    "VersionConflict": (
        "The row has another version than the one that was expected: somebody took a step meanwhile.",
        (
            TypeMember("version", "Int!", "The version that it has."),
            TypeMember("by", "String", "The partner that took the last step; none where a clock did."),
            TypeMember("at", "DateTime!", "When the last step was taken."),
        ),
    ),
    "StepRefused": (
        "A rule of the process refuses the step.",
        (TypeMember("article", "String", "The text that says so."),),
    ),
}
"""The errors that a payload may list, each with what it says besides code, message and path."""
_BEGINNING: Final = ("InputRefused", "KeyReused", "StepRefused")


def steps_of(catalogue: Catalogue) -> Iterator[tuple[Entity, Step]]:
    """Every step that partners take, with its entity."""
    for entity in catalogue:
        if entity.process is not None:
            for step in entity.process.steps.values():
                if not step.automatic:
                    yield entity, step


def add_steps(types: Types, catalogue: Catalogue) -> bool:
    """Add ``Mutation`` and what it needs; False where no entity has a process."""
    members: list[TypeMember] = []
    for entity, step in steps_of(catalogue):
        if not members:
            _add_errors(types)
        members.append(_add_step(types, entity, step))
    if members:
        types.object(MUTATION, "What can be done with the hub. One mutation a document.", members)
    return bool(members)


def _add_errors(types: Types) -> None:
    types.interface(USER_ERROR, "A refusal that whoever asked can mend.", COMMON)
    for name, (description, members) in ERRORS.items():
        types.object(name, description, members, interface=USER_ERROR)


def _add_step(types: Types, entity: Entity, step: Step) -> TypeMember:
    name = step.mutation(entity.name)
    type_ = name[0].upper() + name[1:]
    row = entity.name[0].lower() + entity.name[1:]
    assert entity.process is not None  # noqa: S101 - steps stand in processes
    by = entity.process.parties[step.by]
    about = f"{step.zh} · {step.en}. By: {by.zh} {by.en}. Rests on: {step.article}."
    types.union(f"{type_}Error", f"Why {name} was refused.", _BEGINNING if step.begins else ERRORS)
    types.input(f"{type_}Input", about, _inputs(entity, step))
    types.object(
        f"{type_}Payload",
        f"What {name} did.",
        [
            TypeMember(
                row, entity.name, f"The row after the step; null where it was refused. {describe.terms(entity)}."
            ),
            TypeMember("errors", f"[{type_}Error!]!", "Why the step was refused; empty where it was taken."),
        ],
    )
    return TypeMember(name, f"{type_}Payload!", about, (Argument("input", f"{type_}Input!", "What the step takes."),))


def _inputs(entity: Entity, step: Step) -> Iterator[TypeMember]:
    if not step.begins:
        yield TypeMember("id", "ID!", "Id of the row.")
        assert entity.process is not None  # noqa: S101 - it has the step
        mark = "!" if entity.process.decides(step) else ""
        yield TypeMember(
            "expectedVersion", f"Int{mark}", "The version that you looked at; refused if the row has another by now."
        )
    for names, mark in ((step.takes, "!"), (step.may_take, "")):
        for name in names:
            taken = entity.taken(name)
            kind = "ID" if isinstance(taken, Link) else type_name(taken)
            about = describe.of_link(taken) if isinstance(taken, Link) else describe.of_field(entity, taken)
            yield TypeMember(taken.graphql, f"{kind}{mark}", about)
    yield TypeMember(
        "idempotencyKey",
        "String",
        "A text of your own, 8 to 64 characters: sent again with the same input, the step is not taken a second time.",
    )
