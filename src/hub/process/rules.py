"""A process's file of rules: what is not a state, a step or a clock is a function there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.process.errors import RulesMissing

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from hub.catalog import Budget, Catalogue
    from hub.policy import Principal
    from hub.write import Transaction


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule looks at: nothing else, so that the same question has the same answer.

    ``row``: the locked row in plain, by field; empty where the step begins it. ``given``: what the step was given, by
    field. ``by``: who takes it; None for the hub itself. ``today``: the day in Beijing. ``linked``: in plain, the rows
    that the links lead to which the rules look at, by link; not those that lead nowhere.
    """

    row: Mapping[str, Any]
    given: Mapping[str, Any]
    by: Principal | None
    today: date
    linked: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """A field as it will be after the step."""
        return self.given.get(name, self.row.get(name))


Guard = Callable[[Asked], None]
"""Raises ``RuleRefuses`` where the step may not be taken."""
BudgetRule = Callable[[Mapping[str, Any]], "Budget"]
"""From a row, as it is after the step, to the time that it has."""

Setting = Callable[[Asked], Mapping[str, Any]]
"""What the hub itself sets in the row with a step, by field. Raises ``RuleRefuses`` where it cannot be told."""
WithStep = Callable[["Transaction", Mapping[str, Any]], Awaitable[None]]
"""What a step changes besides its row, in the same transaction; it is given the row as it is after the step."""
LockFirst = Callable[["Transaction", "UUID"], Awaitable[None]]
"""Locks what a step of the row with this id changes besides it, and others lock before that row."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one entity: guards by step, budgets by clock, and what steps change besides the row.

    ``looks_at``: the links to one row whose rows its guards are shown. ``sets``, ``locks_first``: by step.
    """

    entity: str
    guards: Mapping[str, Guard] = field(default_factory=dict)
    budgets: Mapping[str, BudgetRule] = field(default_factory=dict)
    with_steps: Mapping[str, WithStep] = field(default_factory=dict)
    sets: Mapping[str, Setting] = field(default_factory=dict)
    looks_at: tuple[str, ...] = ()
    locks_first: Mapping[str, LockFirst] = field(default_factory=dict)


def check_rules(catalogue: Catalogue, rules: Mapping[str, Rules]) -> None:
    """Raise ``RulesMissing`` where a declaration and its file of rules do not say the same."""
    for entity in catalogue:
        mine = rules.get(entity.name, Rules(entity.name))
        process = entity.process
        declared = set() if process is None else {step.name for step in process.steps.values() if step.guarded}
        counted = set() if process is None else {clock.name for clock in process.clocks.values() if clock.by_rule}
        for name in mine.looks_at:
            if name not in entity.stored_links:
                raise RulesMissing(f"{entity.name} has rules that look at {name}, which is no link to one row.")
        beside = mine.with_steps.keys() | mine.sets.keys() | mine.locks_first.keys()
        if process is not None and (unknown := sorted(beside - process.steps.keys())):
            raise RulesMissing(f"{entity.name} has a rule that goes with step {unknown[0]}, which it does not declare.")
        for what, said, written in (("step", declared, mine.guards), ("clock", counted, mine.budgets)):
            for name in sorted(said - written.keys()):
                raise RulesMissing(f"{entity.name} declares that a rule decides about {what} {name}, and has none.")
            for name in sorted(written.keys() - said):
                raise RulesMissing(f"{entity.name} has a rule for {what} {name}, which declares none.")
