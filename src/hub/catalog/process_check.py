"""Whether a declared process can work: every fault is named, and stops the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.catalog.process import CLOCK, Escalate, ProcessError, Take
from hub.catalog.scalars import Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from hub.catalog.fields import Field
    from hub.catalog.process import Clock, Process, StateList, Step


def check_process(name: str, process: Process, fields: Mapping[str, Field], links: Collection[str] = ()) -> None:
    """Raise ``ProcessError`` that lists everything in the declaration of the entity ``name`` that cannot work."""
    faults = [*_parties(process, fields), *_steps(process, fields, links), *_clocks(process, fields), *_ways(process)]
    if faults:
        raise ProcessError(f"The process of {name} cannot work: {' '.join(faults)}")


def _parties(process: Process, fields: Mapping[str, Field]) -> Iterator[str]:
    for party in process.parties.values():
        if sum(way is not None for way in (party.partner, party.department, party.role)) != 1:
            yield f"Party {party.name} must be one of: the partner of a field, the department of a field, a role."
        if party.field is not None:
            held = fields.get(party.field)
            if held is None or not held.policy or held.sealed:
                yield f"Party {party.name} is named by {party.field}, which is no field that policies may use."
    acting = {step.by for step in process.steps.values()} | set(_told(process))
    for unused in process.parties.keys() - acting:
        yield f"Party {unused} takes no step and is told of none."


def _told(process: Process) -> Iterator[str]:
    for step in process.steps.values():
        yield from step.tells
    for clock in process.clocks.values():
        yield from (act.to for act in clock.late if isinstance(act, Escalate))
        if clock.reminds is not None:
            yield clock.reminds


def _steps(process: Process, fields: Mapping[str, Field], links: Collection[str]) -> Iterator[str]:
    taken = {act.step for clock in process.clocks.values() for act in clock.late if isinstance(act, Take)}
    if not process.beginning():
        yield "No step begins it (None >> STATE)."
    for step in process.steps.values():
        if not step.automatic and step.by not in process.parties:
            yield f"Step {step.name} is taken by {step.by}, which is no declared party: nobody may take it."
        for told in step.tells:
            if told not in process.parties:
                yield f"Step {step.name} tells {told}, which is no declared party."
        for item in (*step.takes, *step.may_take):
            if item not in fields and item not in links:
                yield f"Step {step.name} takes {item}, which is no field and no link to one row."
            elif item in fields and _kept(fields[item]):
                yield f"Step {step.name} takes {item}, which the hub itself keeps."
        if step.by == CLOCK:
            if step.name not in taken:
                yield f"Step {step.name} waits for a clock, and none takes it."
            if step.takes or step.begins:
                yield f"Step {step.name} is a clock's: it can take no field, and no row begins with it."
        if step.extends is not None:
            extended = process.clocks.get(step.extends)
            if extended is None or extended.extension is None:
                yield f"Step {step.name} extends {step.extends}, which is no clock that may be extended."
            elif not set(step.sources) <= {*extended.runs, *extended.pauses}:
                yield f"Step {step.name} extends {step.extends} in a state in which that does not run."
        if not (step.zh and step.en and step.article):
            yield f"Step {step.name} needs its name in Chinese and English, and the article that it rests on."


def _kept(field: Field) -> bool:
    return isinstance(field.type, Scalar) and field.type.storage == "days"


def _clocks(process: Process, fields: Mapping[str, Field]) -> Iterator[str]:
    extended = {step.extends for step in process.steps.values()}
    for clock in process.clocks.values():
        if not clock.late:
            yield f"Clock {clock.name} runs out and nothing happens: declare what does."
        for act in clock.late:
            if isinstance(act, Escalate) and act.to not in process.parties:
                yield f"Clock {clock.name} escalates to {act.to}, which is no declared party."
            if isinstance(act, Take):
                yield from _taken(process, clock, act)
        if isinstance(clock.budget, str):
            day = fields.get(clock.budget)
            if day is None or getattr(day.type, "storage", None) != "date":
                yield f"Clock {clock.name} ends on {clock.budget}, which is no date field."
            if clock.extension is not None or clock.pauses or clock.by_rule:
                yield f"Clock {clock.name} ends on a day that a field says: nothing pauses, extends or shortens it."
        elif clock.budget.count < 0:
            yield f"Clock {clock.name} has less than no time."
        if clock.extension is not None and clock.name not in extended:
            yield f"Clock {clock.name} may be extended, and no step does."
        if (clock.remind is None) != (clock.reminds is None) or (
            clock.reminds is not None and clock.reminds not in process.parties
        ):
            yield f"Clock {clock.name} must say both when it reminds, and which declared party."
        final = set(process.final) & {*clock.runs, *clock.pauses}
        if final or set(clock.runs) & set(clock.pauses):
            yield f"Clock {clock.name} runs in a final state, or runs and pauses in the same one."
        if not (clock.zh and clock.en and clock.article):
            yield f"Clock {clock.name} needs its name in Chinese and English, and the article that sets it."


def _taken(process: Process, clock: Clock, act: Take) -> Iterator[str]:
    step = process.steps.get(act.step)
    if step is None or step.by != CLOCK:
        yield f"Clock {clock.name} takes {act.step}, which is no step of the clock."
    elif not set(clock.runs) <= set(step.sources):
        yield f"Clock {clock.name} takes {act.step} in a state in which that may not be taken."


def _ways(process: Process) -> Iterator[str]:
    reached = _reached(process)
    for state in process.states:
        if state not in reached:
            yield f"State {state.name} is never reached."
        onward: tuple[Step, ...] = tuple(step for step in process.leading_from(state) if step.target is not state)
        if state in process.final and process.leading_from(state):
            yield f"State {state.name} is declared final, and {process.leading_from(state)[0].name} leads on from it."
        if state not in process.final and not onward:
            yield f"State {state.name} is never left; declare it final if that is meant."


def _reached(process: Process) -> Collection[StateList]:
    reached = {step.target for step in process.beginning()}
    waiting = list(reached)
    while waiting:
        for step in process.leading_from(waiting.pop()):
            if step.target not in reached:
                reached.add(step.target)
                waiting.append(step.target)
    return reached
