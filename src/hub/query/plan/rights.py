"""Policy's answers, turned into what a plan needs: which rows, and of each row which fields how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING

from hub.catalog.predicate import ALWAYS, NEVER, And, Or, Predicate, Within, conj, disj, simplified

if TYPE_CHECKING:
    from hub.catalog import Entity, Field, Link, Links
    from hub.policy import Decision, Policies, Principal


@dataclass(frozen=True, slots=True)
class FieldRights:
    """How a field is seen: ``plain`` and ``masked`` are the rows in which it is so, among those that are seen.

    ``selected``: the rows in which it is read at all.
    """

    plain: Predicate
    masked: Predicate
    reason: str
    policies: tuple[str, ...]

    @property
    def selected(self) -> Predicate:
        """The rows for which the value leaves the database."""
        return disj((self.plain, self.masked))


@dataclass(frozen=True, slots=True)
class ViewerRights:
    """One viewer's rights under one policy bundle, as one plan asks for them: often for the same entities."""

    policies: Policies
    principal: Principal
    _rows: dict[str, Decision] = dataclass_field(default_factory=dict)

    def rows(self, entity: Entity) -> Decision:
        """Which rows of the entity exist for this viewer."""
        known = self._rows.get(entity.name)
        if known is None:
            decision = self.policies.rows(self.principal, entity)
            known = self._rows[entity.name] = replace(decision, where=simplified(decision.where))
        return known

    def counted(self, entity: Entity) -> Decision:
        """Which rows of the entity are counted for this viewer: those that exist for it, where any does."""
        seen = self.rows(entity)
        if seen.where != NEVER:
            return seen
        decision = self.policies.counted(self.principal, entity)
        return replace(decision, where=simplified(decision.where))

    def field(self, entity: Entity, item: Field | Link | Links) -> FieldRights:
        """How the viewer sees a field, or whether a link may be followed."""
        rows = self.rows(entity).where
        read = self.policies.decide(self.principal, "read", entity, item.name)
        plain = still_to_test(read.where, known=rows)
        mask = getattr(item, "mask", None)
        if plain == ALWAYS or mask is None:
            return FieldRights(plain, NEVER, read.reason, read.policies)
        hidden = self.policies.decide(self.principal, "readMasked", entity, item.name)
        masked = still_to_test(hidden.where, known=rows)
        if masked == NEVER:
            return FieldRights(plain, NEVER, read.reason, read.policies)
        return FieldRights(plain, masked, hidden.reason, tuple(dict.fromkeys((*read.policies, *hidden.policies))))

    def may(self, action: str, entity: Entity, item: str) -> Decision:
        """Whether, and in which rows, the viewer may filter, sort, look up or group by a field."""
        decision = self.policies.decide(self.principal, action, entity, item)
        return replace(decision, where=still_to_test(decision.where, known=self.counted(entity).where))


def still_to_test(asked: Predicate, *, known: Predicate) -> Predicate:
    """What is left to test of ``asked`` in rows that fulfil ``known``.

    Only plain cases are folded; whatever else there is stays to be tested, which is always right.
    """
    known, asked = simplified(known), simplified(asked)
    facts = set(known.parts) if isinstance(known, And) else {known}
    if asked in facts or (isinstance(known, Or) and isinstance(asked, Or) and set(known.parts) <= set(asked.parts)):
        return ALWAYS
    if isinstance(asked, Within) and any(_inside(fact, asked) for fact in facts):
        return ALWAYS
    match asked:
        case Or(parts) if any(still_to_test(part, known=known) == ALWAYS for part in parts):
            return ALWAYS
        case And(parts):
            return conj(still_to_test(part, known=known) for part in parts)
        case _:
            return asked


def _inside(fact: Predicate, asked: Within) -> bool:
    """Whether a known fact says that the region lies within those asked for."""
    return (
        isinstance(fact, Within)
        and fact.field == asked.field
        and isinstance(fact.regions, tuple)
        and isinstance(asked.regions, tuple)
        and all(any(mine.startswith(theirs) for theirs in asked.regions) for mine in fact.regions)
    )
