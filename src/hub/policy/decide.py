"""Deciding: one action of one viewer on one item of one entity, before any row is known."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import cedarpy

from hub.cache import Cache
from hub.catalog import Field, Link
from hub.catalog.log import ABOUT
from hub.catalog.predicate import ALWAYS, NEVER, Compare, Linked, conj, disj, negate
from hub.policy.expression import Untranslatable
from hub.policy.grants import UNNEEDED, coverages
from hub.policy.principal import VIEWER
from hub.policy.reach import can_apply
from hub.policy.schema import ACTIONS, STEP
from hub.policy.simplify import either
from hub.policy.text import describe
from hub.policy.translate import conditions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.catalog import Entity, Links
    from hub.catalog.predicate import Predicate
    from hub.policy.expression import CedarJson
    from hub.policy.principal import Principal
    from hub.policy.reasons import Reason
    from hub.policy.terms import Terms

_DECISIONS: Final = 100_000
_VIEWERS: Final = 10_000
_SETS: Final = 10_000
"""How many of each are kept: changing profiles cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Of one action on one field or link of one entity.

    ``where``: the rows for which it is permitted. It is true or false for every row, never unknown.
    ``policies``: the ids of the permits that can apply and of the forbids that cut. ``reason``: plain words.
    """

    where: Predicate
    policies: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Policies:
    """A checked bundle of policies; nothing of it changes once it is loaded.

    ``digest``: of policies, terms and derived schema, as hexadecimal SHA-256.
    """

    digest: str
    terms: Terms
    schema: cedarpy.Schema
    policies: Mapping[str, CedarJson]
    """Each policy in Cedar's JSON, by its id."""
    wholes: Mapping[str, Mapping[str, Entity]] = field(default_factory=dict)
    """Of entities whose rows exist with other rows only, by name: those links, and the entities that they lead to."""
    impersonal: frozenset[str] = frozenset()
    """Purposes for which no policy speaks of a partner by its name."""
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    """Why a policy is there, by its id: of every forbid, and of the permits that say it."""
    _profiles: Cache[Principal, Principal] = field(default_factory=lambda: Cache(_VIEWERS), repr=False)
    _sets: Cache[tuple[str, str, frozenset[str]], cedarpy.PolicySet] = field(
        default_factory=lambda: Cache(_SETS), repr=False
    )
    """By entity, action and roles: the policies that could apply."""
    _decisions: Cache[tuple[Principal, str, str, str], Decision] = field(
        default_factory=lambda: Cache(_DECISIONS), repr=False
    )
    _viewers: Cache[Principal, cedarpy.Entities] = field(default_factory=lambda: Cache(_VIEWERS), repr=False)

    def profile(self, principal: Principal) -> Principal:
        """Return all that decisions on the viewer depend on: without its name, where no policy speaks of that.

        Whatever is made of decisions alone is kept by this, so that partners with equal rights share it.
        """
        if principal.purpose not in self.impersonal:
            return principal
        return self._profiles.get(principal) or self._profiles.keep(principal, replace(principal, name=""))

    def decide(self, principal: Principal, action: str, entity: Entity, item: str) -> Decision:
        """Decide ``action`` (one of ``ACTIONS``) on the field or link ``item``; remembered.

        For the action ``STEP`` the item is a step of the entity's process, and what is decided is with which rows it
        may be taken: a right of its own, which neither reading a row nor being named in it implies.

        An action that the declaration does not provide for (a filter on a field without ``filter``) is denied
        whatever the policies say. Raises ``KeyError`` for an action or an item that does not exist.
        """
        key = (principal, action, entity.name, item)
        return self._decisions.get(key) or self._decisions.keep(key, self._decide(principal, action, entity, item))

    def rows(self, principal: Principal, entity: Entity) -> Decision:
        """Decide which rows of the entity exist for this viewer: those whose id may be read.

        Of a row that exists with another one only (a part, or an event), only where that one exists.
        """
        decision = self.decide(principal, "read", entity, "id")
        wholes = self.wholes.get(entity.name)
        if not wholes or decision.where == NEVER:
            return decision
        above = {name: self.rows(principal, whole) for name, whole in wholes.items()}
        found = [
            conj((_about(entity, wholes[name]), Linked(name, seen.where)))
            for name, seen in above.items()
            if seen.where != NEVER
        ]
        if not found:
            return next(iter(above.values()))
        return replace(decision, where=conj((decision.where, disj(found))))

    def counted(self, principal: Principal, entity: Entity) -> Decision:
        """Decide which rows of the entity are counted for this viewer: those that exist for it.

        Where policy lets it read no row, those of which something may be counted: so a purpose can be for counts alone.
        """
        seen = self.rows(principal, entity)
        if seen.where != NEVER or entity.exists_with:
            return seen
        found = [
            self.decide(principal, "aggregate", entity, item.name) for item in entity.fields.values() if item.aggregate
        ]
        granted = [each for each in found if each.where != NEVER]
        if not granted:
            return seen
        policies = tuple(sorted({name for each in granted for name in each.policies}))
        return Decision(disj(tuple(dict.fromkeys(each.where for each in granted))), policies, granted[0].reason)

    def purposes(self) -> frozenset[str]:
        """Return the purposes that may be declared."""
        return frozenset(self.terms.purposes)

    def _decide(self, principal: Principal, action: str, entity: Entity, item: str) -> Decision:
        if action == STEP:
            return self._decide_step(principal, entity, item)
        if action not in ACTIONS:
            raise KeyError(action)
        member = member_of(entity, item)
        what = f"{action} of {entity.name}.{item}"
        if not provides(action, member):
            return Decision(NEVER, (), f"the declaration does not provide for {what}")
        context = {
            "field": member.name,
            "kind": "field" if isinstance(member, Field) else "link",
            "class": member.sensitivity.name.lower(),
        }
        return _any_of(
            [
                self._decided(principal, action, entity, what, {**context, **coverage.context()})
                for coverage in coverages(principal.granted, principal.department, entity, member)
            ]
        )

    def _decide_step(self, principal: Principal, entity: Entity, name: str) -> Decision:
        if entity.process is None:
            raise KeyError(f"{entity.name}.{name}")
        step = entity.process.steps[name]
        if step.automatic:
            return Decision(NEVER, (), f"the step {name} of {entity.name} is taken by the hub alone")
        # A step is no item of an agreement: which rows it is about is for its policy to say.
        context = {"field": name, "kind": STEP, "class": "internal", **UNNEEDED.context()}
        return self._decided(principal, step.mutation(entity.name), entity, f"{name} of {entity.name}", context)

    def _decided(
        self, principal: Principal, action: str, entity: Entity, what: str, context: Mapping[str, CedarJson]
    ) -> Decision:
        residuals = self._residuals(principal, action, entity, context)
        if isinstance(residuals, str):
            return Decision(NEVER, (), f"{what} is denied because the policies could not be evaluated: {residuals}")
        permits = {name: where for name, (effect, where) in residuals.items() if effect == "permit"}
        forbids = {name: where for name, (effect, where) in residuals.items() if effect == "forbid"}
        who = f"{', '.join(sorted(principal.roles)) or 'a partner without a role'} for purpose {principal.purpose}"
        if not permits:
            return Decision(NEVER, (), f"no policy permits {what} to {who}")
        total = tuple(name for name, where in forbids.items() if where == ALWAYS)
        if total:
            return Decision(
                NEVER,
                total,
                f"{what} is forbidden: {'; '.join(self.reasons[name].en for name in total)}",
            )
        where = conj((either(permits.values()), negate(either(forbids.values()))))
        names = (*permits, *forbids)
        if where == NEVER:
            return Decision(NEVER, names, f"{what} is forbidden wherever it is permitted")
        rows = "" if where == ALWAYS else f" where {describe(where)}"
        return Decision(where, names, f"{', '.join(permits)} permits {what} to {who}{rows}")

    def reaching(self, entity: Entity, action: str, roles: frozenset[str]) -> Mapping[str, CedarJson]:
        """Return the policies that could apply, by id. ``action``: as Cedar names it, a step's mutation too."""
        return {name: policy for name, policy in self.policies.items() if can_apply(policy, entity, action, roles)}

    def _reaching(self, entity: Entity, action: str, roles: frozenset[str]) -> cedarpy.PolicySet:
        key = (entity.name, action, roles)
        known = self._sets.get(key)
        if known is None:
            reaching = self.reaching(entity, action, roles)
            document = {"staticPolicies": reaching, "templates": {}, "templateLinks": []}
            known = self._sets.keep(key, cedarpy.PolicySet.from_json_str(json.dumps(document)))
        return known

    def _residuals(
        self, principal: Principal, action: str, entity: Entity, context: Mapping[str, CedarJson]
    ) -> dict[str, tuple[str, Predicate]] | str:
        """Return effect and rows of each policy that can apply, by id in order; or what went wrong."""
        viewer = self._viewers.get(principal)
        if viewer is None:
            viewer = self._viewers.keep(
                principal, cedarpy.Entities.from_json_str(principal.entities(self.terms), self.schema)
            )
        asked = {**context, "purpose": principal.purpose}
        request = {"principal": VIEWER, "action": f'Action::"{action}"', "context": asked}
        policies = self._reaching(entity, action, principal.roles.intersection(self.terms.roles))
        answer = cedarpy.is_authorized_partial(request, policies, viewer, self.schema)
        if answer.diagnostics.errors:
            return "; ".join(map(str, answer.diagnostics.errors))
        if len(answer.residuals) != len(policies):
            return "the engine left policies out of its answer"
        try:
            found = {
                name: (residual["effect"], conditions(residual, entity))
                for name, residual in sorted(answer.residuals.items())
            }
        except Untranslatable as unknown:
            return f"a policy uses {unknown}"
        return {name: (effect, where) for name, (effect, where) in found.items() if where != NEVER}


def _about(entity: Entity, whole: Entity) -> Predicate:
    """Of a log, its lines about an entity. What the link says too, but without a look at the other table."""
    return Compare(ABOUT, "eq", whole.name) if entity.log else ALWAYS


def _any_of(decisions: Sequence[Decision]) -> Decision:
    """What one of the agreements permits is permitted."""
    if len(decisions) == 1:
        return decisions[0]
    permitting = [decision for decision in decisions if decision.where != NEVER] or decisions
    return Decision(
        either(decision.where for decision in permitting),
        tuple(sorted({name for decision in permitting for name in decision.policies})),
        "; ".join(dict.fromkeys(decision.reason for decision in permitting)),
    )


def possible(action: str, entity: Entity, item: str) -> bool:
    """Tell whether the declaration makes the action on the item possible; ``KeyError`` if there is no such item."""
    steps = {} if entity.process is None else entity.process.steps
    if item in steps:
        return action == STEP and not steps[item].automatic
    return action != STEP and provides(action, member_of(entity, item))


def member_of(entity: Entity, item: str) -> Field | Link | Links:
    """Return the field or link that is decided about under this name; ``KeyError`` if there is none.

    A link that is read off a field tells what the field tells, in other words: it is decided about as the field.
    """
    found: Any = entity.fields.get(item) or entity.links.get(item) or entity.many.get(item)
    if found is None:
        raise KeyError(f"{entity.name}.{item}")
    if isinstance(found, Link) and found.by is not None:
        found = entity.fields[found.by]
    member: Field | Link | Links = found
    return member


def provides(action: str, member: Field | Link | Links) -> bool:
    """Tell whether the declaration makes the action possible at all."""
    if not isinstance(member, Field):
        return action in ("read", "filter")
    provided = {
        "readMasked": member.mask is not None,
        "lookup": member.lookup,
        "filter": member.filter,
        "sort": member.sort,
        "aggregate": member.aggregate,
    }
    return provided.get(action, True)
