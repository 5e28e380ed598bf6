"""Taking a step: lock, decide, write, in one transaction that is the caller's.

idempotency → lock → may this be done with this row? → in this state, at this version? → rules → row, history,
clocks, event. Whatever is refused leaves nothing behind: the caller gives the transaction up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from hub import write
from hub.process import clocks as timing
from hub.process import locking
from hub.process.calendar import day_of
from hub.process.errors import (
    InputRefused,
    NotAllowed,
    RowUnknown,
    RuleRefuses,
    StaleVersion,
    StateConflict,
    StepError,
    StepRefused,
)
from hub.process.rules import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from hub.policy import Principal
    from hub.process.locking import LockedRow
    from hub.process.plan import StepPlan
    from hub.write import Mode, Transaction, WritableEntity


@dataclass(frozen=True, slots=True)
class StepCall:
    """What is asked of a step. ``row_id``: None where it begins a row. ``given``: values in plain by field.

    ``member``: the person who asks for it, by token.
    """

    row_id: UUID | None
    given: Mapping[str, Any]
    expected: int | None
    by: Principal | None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: the row, and its version after it. ``again``: earlier, and was only sent again."""

    row_id: UUID
    version: int
    again: bool = False


async def take(tx: Transaction, plan: StepPlan, call: StepCall) -> Taken | StepError:
    """Take the step, or say why not. Raises ``NotAllowed``."""
    if plan.step.begins:
        return await _begin(tx, plan, call)
    assert call.row_id is not None  # noqa: S101 - the input of such a step has an id
    if plan.rules is not None and (before := plan.rules.locks_first.get(plan.step.name)) is not None:
        await before(tx, call.row_id)
    row = await locking.lock(tx, plan.locks, plan.read_row, call.row_id)
    if row is None:
        return RowUnknown(message=f"There is no {plan.entity.name} with this id for you.", path=("id",))
    if not row.permitted:
        raise NotAllowed(f"You may not {plan.what}: {plan.reason}")
    refusal = await _conflict(tx, plan, call, row)
    if refusal is not None:
        return refusal
    linked = await _linked(tx, plan, call, row)
    if isinstance(linked, StepError):
        return linked
    refusal = _refused(plan, call, row, tx.at, linked)
    if refusal is not None:
        return refusal
    values = _values(plan, call, row, tx.at, linked)
    if isinstance(values, StepError):
        return values
    if plan.step.target.name == row.values["state"]:
        values.pop("state_since")
    done = await write.change(
        tx, plan.owner, row.id, values, expected=row.version, event=f"{plan.entity.name}.{plan.step.name}"
    )
    assert isinstance(done, int)  # noqa: S101 - the row is locked, so nobody changed it since it was read
    refusal = await _account(tx, plan, call, row, done, values)
    return refusal or Taken(row.id, done)


async def _begin(tx: Transaction, plan: StepPlan, call: StepCall) -> Taken | StepError:
    call = replace(call, given={**call.given, **plan.begins_with})
    empty = locking.LockedRow(None, 0, {}, permitted=True)
    linked = await _linked(tx, plan, call, empty)
    if isinstance(linked, StepError):
        return linked
    values = _values(plan, call, empty, tx.at, linked)
    if isinstance(values, StepError):
        return values
    if not plan.admits(values):
        raise NotAllowed(f"You may not {plan.what}: {plan.reason}")
    refusal = _refused(plan, call, empty, tx.at, linked)
    if refusal is not None:
        return refusal
    row_id = await write.add(tx, plan.owner, values, event=f"{plan.entity.name}.{plan.step.name}")
    refusal = await _account(tx, plan, call, replace(empty, id=row_id), 1, values)
    return refusal or Taken(row_id, 1)


async def _linked(
    tx: Transaction, plan: StepPlan, call: StepCall, row: LockedRow
) -> Mapping[str, Mapping[str, Any]] | StepError:
    """What the rules are shown of linked rows. A row that is named must exist for whoever names it."""
    found: dict[str, Mapping[str, Any]] = {}
    for link in plan.links:
        named = call.given.get(link.name)
        row_id = row.values.get(link.name) if named is None else named
        if row_id is None:
            continue
        seen = await locking.look(tx, link.known if named is None else link.found, link.read_row, row_id)
        if seen is None:
            return InputRefused(message=f"There is no {link.target} with this id for you.", path=(link.field,))
        if link.shown:
            found[link.name] = seen
    return found


async def _conflict(tx: Transaction, plan: StepPlan, call: StepCall, row: LockedRow) -> StepError | None:
    """Another version than expected, another state than the step leads from, or a step that can be taken once."""
    if call.expected is not None and call.expected != row.version:
        last = await locking.last_step(tx, plan.history, row.id)
        return StaleVersion(
            message=f"The {plan.entity.name} has version {row.version}, not {call.expected}: {last.who} took the step "
            f"{last.step}. Look at it again and decide anew.",
            path=("expectedVersion",), version=row.version, by=last.partner, at=last.taken_at,
        )  # fmt: skip
    state = row.values["state"]
    if state not in plan.sources:
        last = await locking.last_step(tx, plan.history, row.id)
        ways = plan.ways_from(state)
        return StateConflict(
            message=f"{plan.mutation} is for a {plan.entity.name} in state {' or '.join(sorted(plan.sources))}; this "
            f"one is {state} since {last.who} took the step {last.step}. "
            + (f"Possible now: {', '.join(f'{way} ({who})' for way, who in ways)}." if ways else "Nothing follows it."),
            state=state, version=row.version, by=last.partner, at=last.taken_at, steps=tuple(way for way, _ in ways),
        )  # fmt: skip
    if plan.step.once and await locking.was_taken(tx, plan.history, row.id, plan.step.name):
        return StepRefused(
            message=f"{plan.mutation} can be made once, and was made already.", article=plan.step.article
        )
    if call.by is not None and plan.decides and call.by.name == row.begun_by:
        return StepRefused(message=f"Who began a {plan.entity.name} does not decide about it; somebody else must.")
    return None


def _asked(call: StepCall, row: LockedRow, at: datetime, linked: Mapping[str, Mapping[str, Any]]) -> Asked:
    return Asked(row.values, call.given, call.by, day_of(at), linked)


def _values(
    plan: StepPlan, call: StepCall, row: LockedRow, at: datetime, linked: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | StepError:
    """What the step writes: what it was given, and what the hub itself sets with it."""
    setting = None if plan.rules is None else plan.rules.sets.get(plan.step.name)
    try:
        own = {} if setting is None else setting(_asked(call, row, at, linked))
    except RuleRefuses as refusal:
        return _said(plan, refusal)
    return {**call.given, **own, "state": plan.step.target.name, "state_since": at}


def _refused(
    plan: StepPlan, call: StepCall, row: LockedRow, at: datetime, linked: Mapping[str, Mapping[str, Any]]
) -> StepError | None:
    """What the file of rules says, under the lock."""
    if plan.guard is None:
        return None
    try:
        plan.guard(_asked(call, row, at, linked))
    except RuleRefuses as refusal:
        return _said(plan, refusal)
    return None


def _said(plan: StepPlan, refusal: RuleRefuses) -> StepRefused:
    path = None if refusal.field is None else (plan.entity.taken(refusal.field).graphql,)
    return StepRefused(message=refusal.message, path=path, article=refusal.article or plan.step.article)


async def _account(
    tx: Transaction, plan: StepPlan, call: StepCall, before: LockedRow, version: int, changed: Mapping[str, Any]
) -> StepError | None:
    """The history and the clocks of a step that was taken, and what follows from it. ``changed``: of the row.

    Returns the refusal of a rule that looks at other rows, which it can do once the row is written.
    """
    row_id = before.id
    row = {**before.values, **changed, "id": row_id}
    await _write(tx, plan.history, write.new_id(), history_line(plan, call, before, version, tx.at), "insert")
    if plan.rules is not None and (also := plan.rules.with_steps.get(plan.step.name)) is not None:
        try:
            await also(tx, row)
        except RuleRefuses as refusal:
            return _said(plan, refusal)
    was = plan.process.states[before.values["state"]] if before.version else None
    running = await locking.clocks_of(tx, plan.clocks, row_id) if before.version else ()
    for clock in timing.after_step(
        plan.process, plan.step, was, running, lambda declared: plan.budget(declared, row), row, tx.at
    ):
        await write_clock(tx, plan, row_id, clock)
    return None


def history_line(plan: StepPlan, call: StepCall, before: LockedRow, version: int, at: datetime) -> dict[str, Any]:
    """The line of a row's history that says the step."""
    return {
        "row": before.id,
        "step": plan.step.name,
        "from_state": before.values["state"] if before.version else None,
        "to_state": plan.step.target.name,
        "version": version,
        "taken_at": at,
        "partner": None if call.by is None else call.by.name,
        "member": call.member,
        "article": plan.step.article,
        "given": _as_text(call.given),
    }


async def write_clock(tx: Transaction, plan: StepPlan, row_id: UUID, clock: timing.Running) -> None:
    """Write a clock that began, or that is otherwise than it was."""
    values = clock.values()
    if clock.id is None:
        article = plan.process.clocks[clock.clock].article
        await _write(tx, plan.clocks, write.new_id(), {"row": row_id, "article": article, **values}, "insert")
    else:
        await _write(tx, plan.clocks, clock.id, values, "update")


async def _write(tx: Transaction, owner: WritableEntity, row_id: UUID, values: dict[str, Any], mode: Mode) -> None:
    """Write a row that belongs to a step: the step's own event tells of it."""
    await write.load(tx, write.seal_rows(owner, [write.PlainRow(row_id, values, mode)]))


def _as_text(given: Mapping[str, Any]) -> str | None:
    """What was given with a step, as JSON; it is kept sealed."""
    return orjson.dumps(dict(given), default=str, option=orjson.OPT_SORT_KEYS).decode() if given else None
