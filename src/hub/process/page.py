"""A declared process as a page for people: states, steps and legal periods, with the texts that they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.catalog import Escalate
from hub.process.diagram import length_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Clock, Entity, Process, Step


def page(entity: Entity) -> str:
    """Return the page in Markdown; the picture stands beside it under the entity's name."""
    process = entity.process
    if process is None:
        raise ValueError(f"{entity.name} has no process")
    return "\n".join((*_lines(entity, process), ""))


def _lines(entity: Entity, process: Process) -> Iterator[str]:
    yield f"# {entity.zh} {entity.name}"
    yield ""
    yield f"{entity.en}. Derived from the declaration by `hub schema derive`. SR: Regulation on Government Data Sharing"
    yield "(政务数据共享条例). †: no text sets it, we do."
    yield ""
    yield f"![States, steps and legal periods]({entity.name}.svg)"
    yield ""
    yield "| state | 状态 | meaning |"
    yield "|---|---|---|"
    for state in process.states:
        yield f"| `{state.name}`{' (final)' if state in process.final else ''} | {state.zh} | {state.en} |"
    yield ""
    yield "| step | 步骤 | from → to | who | takes | rests on |"
    yield "|---|---|---|---|---|---|"
    for step in process.steps.values():
        yield _step(entity, process, step)
    yield ""
    yield "| legal period | 期限 | runs in | length | when it passes | rests on |"
    yield "|---|---|---|---|---|---|"
    for clock in process.clocks.values():
        yield _clock(process, clock)


def _step(entity: Entity, process: Process, step: Step) -> str:
    sources = ", ".join(state.name for state in step.sources) or "–"
    zh, en = process.taker(step)
    fields = [f"`{entity.taken(name).graphql}`" for name in step.takes]
    fields += [f"`{entity.taken(name).graphql}`, if wanted" for name in step.may_take]
    name = f"`{step.mutation(entity.name)}`" if not step.automatic else f"{step.name}"
    return (
        f"| {name}: {step.en} | {step.zh} | {sources} → {step.target.name} | {en} {zh} | {'; '.join(fields) or '–'} |"
        f" {step.article} |"
    )


def _clock(process: Process, clock: Clock) -> str:
    runs = ", ".join(state.name for state in clock.runs)
    pauses = f"; stands still in {', '.join(state.name for state in clock.pauses)}" if clock.pauses else ""
    acts = [
        f"{process.parties[act.to].en} is told" if isinstance(act, Escalate) else f"step {act.step}"
        for act in clock.late
    ]
    return (
        f"| {clock.name}: {clock.en} | {clock.zh} | {runs}{pauses} | {length_of(clock)} | {'; '.join(acts)} |"
        f" {clock.article} |"
    )
