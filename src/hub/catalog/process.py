"""Declaring a process: the states of a row, the steps between them, and the time that the law gives for each.

What is none of these, such as whether a request is complete, is a Python function in the process's own file of rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from hub.catalog.fields import camel
from hub.catalog.scalars import CodeList
from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProcessError(HubError):
    """A process is declared in a way that cannot work; the hub does not start."""

    code = "HUB-903"


class StateList(CodeList):
    """The states of a process, with their terms. ``A >> B``, ``(A | B) >> C`` and ``None >> A`` are transitions."""

    def __rshift__(self, target: StateList) -> Transition:
        """From this state to another one."""
        return Transition((self,), target)

    def __rrshift__(self, nothing: None) -> Transition:
        """From nothing to this state: the row begins."""
        return Transition((), self)

    def __or__(self, other: StateList) -> Sources:
        """This state or another one."""
        return Sources((self, other))


@dataclass(frozen=True, slots=True)
class Sources:
    """States that a step may be taken in."""

    states: tuple[StateList, ...]

    def __or__(self, other: StateList) -> Sources:
        """These states or another one."""
        return Sources((*self.states, other))

    def __rshift__(self, target: StateList) -> Transition:
        """From any of these states to another one."""
        return Transition(self.states, target)


@dataclass(frozen=True, slots=True)
class Transition:
    """``sources``: the states that it leads from; none where the row begins with it."""

    sources: tuple[StateList, ...]
    target: StateList


class Unit(Enum):
    """What a legal period is counted in."""

    WORKING_DAYS = "working days"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Budget:
    """A legal period. The day on which it begins does not count."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.count} {self.unit.value if self.count != 1 else self.unit.value.removesuffix('s')}"


def working_days(count: int) -> Budget:
    """A period in working days (the State Council's holiday calendar)."""
    return Budget(count, Unit.WORKING_DAYS)


def days(count: int) -> Budget:
    """A period in calendar days."""
    return Budget(count, Unit.DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who may take a step. One of three is given.

    ``partner``: the field that has the partner's name. ``department``: the field that has the department's code.
    ``role``: any partner in this role.
    """

    name: str = ""
    zh: str
    en: str
    partner: str | None = None
    department: str | None = None
    role: str | None = None

    @property
    def field(self) -> str | None:
        """The field of the row that says who it is; None for a role."""
        return self.partner or self.department


CLOCK: Final = "clock"
"""The party of steps that nobody takes: they happen when a clock says so."""
HUB: Final = "hub"
"""The party of steps that the hub takes by itself when something else happened: a source's row, another process."""

_BY_ITSELF: Final = {CLOCK: ("期限", "the clock"), HUB: ("枢纽", "the hub")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One way from state to state.

    ``takes``: the fields, and links to one row, that whoever takes it must give; ``may_take``: those that may be given.
    ``by``: the party. ``guarded``: the file of rules has a function that may refuse it. ``own``: whoever began the
    process may take it for the other side too; otherwise who decides is not who submitted. ``extends``: the clock that
    it gives more time. ``tells``: the parties that get a notice. ``once``: at most once for each row. ``article``: the
    text that it rests on.
    """

    name: str = ""
    sources: tuple[StateList, ...]
    target: StateList
    by: str
    zh: str
    en: str
    article: str
    takes: tuple[str, ...] = ()
    may_take: tuple[str, ...] = ()
    guarded: bool = False
    own: bool = False
    once: bool = False
    extends: str | None = None
    tells: tuple[str, ...] = ()

    @property
    def graphql(self) -> str:
        """Its name in GraphQL."""
        return camel(self.name)

    def mutation(self, entity: str) -> str:
        """The mutation that takes it, which is also its action in policies: ``submitSharingRequest``."""
        return self.graphql + entity

    @property
    def begins(self) -> bool:
        """Whether a row begins with it."""
        return not self.sources

    @property
    def automatic(self) -> bool:
        """Whether no partner takes it."""
        return self.by in (CLOCK, HUB)


@dataclass(frozen=True, slots=True)
class Escalate:
    """When the clock is late this party is told, and the row stays as it is: silence never means yes."""

    to: str


@dataclass(frozen=True, slots=True)
class Take:
    """When the clock is late this step is taken by itself."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The time that there is for leaving the states ``runs``.

    ``budget``: a legal period, or the name of a date field whose day is the last. ``by_rule``: the file of rules says
    how much of the period a row has, which is at most ``budget``. ``pauses``: states in which it stands still.
    ``extension``: what one step may add, once. ``remind``: so long before the last day ``reminds`` is told.
    ``late``: what happens when the last day has passed. ``article``: the text that sets the period; one that begins
    with ``†`` says that we set it ourselves because no text does.
    """

    name: str = ""
    runs: tuple[StateList, ...]
    budget: Budget | str
    late: tuple[Escalate | Take, ...]
    zh: str
    en: str
    article: str
    by_rule: bool = False
    pauses: tuple[StateList, ...] = ()
    extension: Budget | None = None
    remind: Budget | None = None
    reminds: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The states, parties, steps and clocks of an entity. ``final``: the states that nothing leads out of."""

    states: type[StateList]
    final: tuple[StateList, ...]
    parties: Mapping[str, Party]
    steps: Mapping[str, Step]
    clocks: Mapping[str, Clock]

    def beginning(self) -> tuple[Step, ...]:
        """The steps that a row begins with."""
        return tuple(step for step in self.steps.values() if step.begins)

    def taker(self, step: Step) -> tuple[str, str]:
        """Who takes a step, in Chinese and English."""
        if step.by in _BY_ITSELF:
            return _BY_ITSELF[step.by]
        return self.parties[step.by].zh, self.parties[step.by].en

    def decides(self, step: Step) -> bool:
        """Whether it is for another side than the one that begins a row: who submitted does not decide.

        Such a step is taken with the version that was looked at. The state alone would not do: a request that was sent
        back and completed is in the state that it was in before, and asks for something else.
        """
        return step.by not in _BY_ITSELF and not step.own and step.by not in {each.by for each in self.beginning()}

    def leading_from(self, state: StateList) -> tuple[Step, ...]:
        """The steps that may be taken in a state."""
        return tuple(step for step in self.steps.values() if state in step.sources)


def party(
    *, zh: str, en: str, partner: str | None = None, department: str | None = None, role: str | None = None
) -> Party:
    """Declare who may take steps: the partner or the department that a field names, or a role."""
    return Party(zh=zh, en=en, partner=partner, department=department, role=role)


def step(
    way: Transition,
    *,
    by: str,
    zh: str,
    en: str,
    article: str,
    takes: tuple[str, ...] = (),
    may_take: tuple[str, ...] = (),
    guarded: bool = False,
    own: bool = False,
    once: bool = False,
    extends: str | None = None,
    tells: tuple[str, ...] = (),
) -> Step:
    """Declare a step; its name is the attribute that it is bound to."""
    return Step(
        sources=way.sources, target=way.target, by=by, zh=zh, en=en, article=article, takes=takes, may_take=may_take,
        guarded=guarded, own=own, once=once, extends=extends, tells=tells,
    )  # fmt: skip


def clock(
    runs: StateList | Sources,
    budget: Budget | str,
    *,
    late: tuple[Escalate | Take, ...] | Escalate | Take,
    zh: str,
    en: str,
    article: str,
    by_rule: bool = False,
    pauses: StateList | Sources | None = None,
    extension: Budget | None = None,
    remind: Budget | None = None,
    reminds: str | None = None,
) -> Clock:
    """Declare a clock; its name is the attribute that it is bound to."""
    return Clock(
        runs=_states(runs), budget=budget, late=late if isinstance(late, tuple) else (late,), zh=zh, en=en,
        article=article, by_rule=by_rule, pauses=() if pauses is None else _states(pauses), extension=extension,
        remind=remind, reminds=reminds,
    )  # fmt: skip


def _states(stated: StateList | Sources) -> tuple[StateList, ...]:
    return stated.states if isinstance(stated, Sources) else (stated,)
