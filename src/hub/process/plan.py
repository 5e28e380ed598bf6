"""What a step is for one viewer: the rows that it may be taken with, its rules, and where it is written.

Made once for a step and a viewer's profile; like a ``ReadPlan`` it holds no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hub.catalog import Budget
from hub.catalog.predicate import ALWAYS, NEVER, Compare, admits, conj
from hub.catalog.process import Unit
from hub.catalog.process_entities import clocks_name, history_name
from hub.policy import STEP
from hub.process.errors import NotAllowed
from hub.process.locking import linked_sql, locking_sql, row_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from hub.catalog import Catalogue, Clock, Entity, Party, Process, Step
    from hub.catalog.predicate import Predicate
    from hub.crypto import Vault
    from hub.policy import Policies, Principal
    from hub.process.locking import RowReader
    from hub.process.rules import Guard, Rules
    from hub.write import WritableEntity


@dataclass(frozen=True, slots=True, eq=False)
class LinkPlan:
    """How a link is followed for a step. ``found``: reads the row if it exists for the viewer; ``known``: any row.

    ``field``: as the input names it. ``target``: the entity that it leads to. ``shown``: to the rules.
    """

    name: str
    field: str
    target: str
    found: str
    known: str
    read_row: RowReader
    shown: bool


@dataclass(frozen=True, slots=True, eq=False)
class StepPlan:
    """A step as one viewer may take it.

    ``where``: the rows that the step may be taken with, by policy and by party; ``reason``: why. ``locks``: the
    statement that locks a row which exists for the viewer. ``begins_with``: what the hub sets in a row that begins.
    ``links``: those that the step takes, or its rules look at.
    """

    entity: Entity
    process: Process
    step: Step
    mutation: str
    where: Predicate
    reason: str
    begins_with: Mapping[str, Any]
    guard: Guard | None
    rules: Rules | None
    owner: WritableEntity
    history: WritableEntity
    clocks: WritableEntity
    locks: str
    read_row: RowReader
    links: tuple[LinkPlan, ...] = ()

    @property
    def what(self) -> str:
        """The step in words, for errors."""
        return f"take the step {self.step.name} of {self.entity.name}"

    @property
    def sources(self) -> frozenset[str]:
        """The names of the states that it leads from."""
        return frozenset(state.name for state in self.step.sources)

    @property
    def decides(self) -> bool:
        """Whether it is for another side than the one that began: who submitted does not decide."""
        return self.process.decides(self.step)

    def ways_from(self, state: str) -> list[tuple[str, str]]:
        """The steps that may be taken in a state, and by whom, in words."""
        return [
            (step.name, self.process.parties[step.by].en)
            for step in self.process.leading_from(self.process.states[state])
            if not step.automatic
        ]

    def admits(self, values: Mapping[str, Any]) -> bool:
        """Whether a row with these values may begin so."""
        return admits(self.where, values)

    def budget(self, clock: Clock, row: Mapping[str, Any]) -> Budget:
        """How much time a row has."""
        if clock.by_rule and self.rules is not None:
            return self.rules.budgets[clock.name](row)
        return clock.budget if isinstance(clock.budget, Budget) else Budget(0, Unit.DAYS)


@dataclass(frozen=True, slots=True)
class StepTools:
    """What steps are planned from. ``rules`` and ``writable``: by entity.

    ``policies``: None where the hub takes its own steps only, which no policy is asked about.
    """

    catalogue: Catalogue
    policies: Policies | None
    vault: Vault
    rules: Mapping[str, Rules]
    writable: Mapping[str, WritableEntity]


def plan_step(entity: Entity, step: Step, principal: Principal, tools: StepTools) -> StepPlan:
    """Plan a step for a partner. Raises ``NotAllowed`` where policy leaves no row to take it with."""
    policies = tools.policies
    assert policies is not None  # noqa: S101 - whoever serves partners has them
    party, decision = _process(entity).parties[step.by], policies.decide(principal, STEP, entity, step.name)
    where = conj((decision.where, _rows_of(party, principal)))
    if decision.where == NEVER:
        raise NotAllowed(f"You may not take the step {step.name} of {entity.name}: {decision.reason}")
    if where == NEVER:
        raise NotAllowed(f"The step {step.name} of {entity.name} is for {party.en}.")
    visible = ALWAYS if step.begins else policies.rows(principal, entity).where
    begins_with = {} if not step.begins or party.field is None else {party.field: _name_of(party, principal)}
    return _planned(
        entity, step, visible, where, decision.reason, begins_with, tools,
        lambda target: policies.rows(principal, target).where,
    )  # fmt: skip


def plan_own_step(entity: Entity, step: Step, tools: StepTools) -> StepPlan:
    """Plan a step that the hub takes itself, a clock's for instance: with whichever row it is due for."""
    return _planned(entity, step, ALWAYS, ALWAYS, "the hub says so", {}, tools, lambda _target: ALWAYS)


def _planned(
    entity: Entity,
    step: Step,
    visible: Predicate,
    where: Predicate,
    reason: str,
    begins_with: Mapping[str, str],
    tools: StepTools,
    rows: Callable[[Entity], Predicate],
) -> StepPlan:
    rules, owner = tools.rules.get(entity.name), tools.writable[entity.name]
    history = tools.writable[history_name(entity.name)]
    return StepPlan(
        entity=entity,
        process=_process(entity),
        step=step,
        mutation=step.mutation(entity.name),
        where=where,
        reason=reason,
        begins_with=MappingProxyType(begins_with),
        guard=None if rules is None else rules.guards.get(step.name),
        rules=rules,
        owner=owner,
        history=history,
        clocks=tools.writable[clocks_name(entity.name)],
        locks="" if step.begins else locking_sql(owner, history, visible, where, tools.catalogue),
        read_row=row_reader(owner, tools.vault),
        links=tuple(_links(entity, step, () if rules is None else rules.looks_at, tools, rows)),
    )


def _links(
    entity: Entity, step: Step, shown: Collection[str], tools: StepTools, rows: Callable[[Entity], Predicate]
) -> Iterator[LinkPlan]:
    taken = {name for name in (*step.takes, *step.may_take) if name in entity.stored_links}
    for name in sorted(taken.union(shown)):
        link = entity.stored_links[name]
        target = tools.writable[link.target]
        yield LinkPlan(
            name=name,
            field=link.graphql,
            target=link.target,
            found=linked_sql(target, rows(target.entity), tools.catalogue),
            known=linked_sql(target, ALWAYS, tools.catalogue),
            read_row=row_reader(target, tools.vault),
            shown=name in shown,
        )


def _process(entity: Entity) -> Process:
    assert entity.process is not None  # noqa: S101 - only processes have steps
    return entity.process


def _rows_of(party: Party, principal: Principal) -> Predicate:
    """The rows of which the viewer is this party."""
    if party.field is not None:
        return Compare(party.field, "eq", _name_of(party, principal))
    return ALWAYS if party.role in principal.roles else NEVER


def _name_of(party: Party, principal: Principal) -> str:
    return principal.name if party.partner is not None else principal.department
