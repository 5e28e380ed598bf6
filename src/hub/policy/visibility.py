"""What a viewer's policy could ever grant: the entities, fields and links that exist for this viewer.

Less than a decision and made of many: a right that holds in some rows, or masked only, is a right here. Viewers
of different divisions therefore have the same visibility, and share whatever is derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.cache import Cache
from hub.catalog.predicate import NEVER, conj
from hub.policy.decide import member_of, provides
from hub.policy.schema import STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.catalog import Catalogue, Entity
    from hub.policy.decide import Policies
    from hub.policy.principal import Principal

Right = tuple[str, str, str]
"""Action, entity, item."""

_ACTIONS: Final = ("read", "lookup", "filter", "sort", "aggregate")
_CACHED: Final = 1_024
"""Profiles kept: changing ones cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class Visibility:
    """``entities``: those of which some row may exist for the viewer. ``rights``: what may be done with their items.

    ``read`` of a field stands for plain or masked; of a link, for following it. Without ``rights`` every item
    of these entities counts as visible.
    """

    entities: frozenset[str]
    rights: frozenset[Right] | None = None

    def __or__(self, other: Visibility) -> Visibility:
        """What either of them has."""
        rights = None if self.rights is None or other.rights is None else self.rights | other.rights
        return Visibility(self.entities | other.entities, rights)

    def may(self, action: str, entity: str, item: str) -> bool:
        """Tell whether the action on the item could be granted in some row."""
        return entity in self.entities and (self.rights is None or (action, entity, item) in self.rights)

    def shows(self, entity: str, item: str) -> bool:
        """Tell whether anything at all could be done with the item."""
        return any(self.may(action, entity, item) for action in _ACTIONS)


def existing(policies: Policies, principal: Principal, catalogue: Catalogue) -> Visibility:
    """Return the entities of which some row may exist for the viewer, or be counted, without a look at their items.

    One decision for each entity: what every query has to wait for once.
    """
    return Visibility(
        frozenset(entity.name for entity in catalogue if policies.counted(principal, entity).where != NEVER)
    )


def visibility(policies: Policies, principal: Principal, catalogue: Catalogue) -> Visibility:
    """Ask the policies about everything that is declared: some hundred decisions, about 0.1 s."""
    entities = existing(policies, principal, catalogue).entities
    rights = (right for name in entities for right in _rights(policies, principal, catalogue[name]))
    return Visibility(entities, frozenset(rights))


def _rights(policies: Policies, principal: Principal, entity: Entity) -> Iterator[Right]:
    rows, counted = policies.rows(principal, entity).where, policies.counted(principal, entity).where

    def granted(action: str, item: str) -> bool:
        among = counted if action in ("aggregate", "filter") else rows
        return provides(action, member_of(entity, item)) and (
            conj((among, policies.decide(principal, action, entity, item).where)) != NEVER
        )

    if entity.process is not None:
        for step in entity.process.steps.values():
            if not step.automatic and policies.decide(principal, STEP, entity, step.name).where != NEVER:
                yield STEP, entity.name, step.name
    for item in (*entity.fields, *entity.links, *entity.many):
        for action in _ACTIONS:
            if granted(action, item) or (action == "read" and granted("readMasked", item)):
                yield action, entity.name, item


def cached_visibility(
    find: Callable[[Policies, Principal, Catalogue], Visibility], policies: Policies, catalogue: Catalogue
) -> Callable[[Principal], Visibility]:
    """Return ``find``, kept by profile. A partner's name is no part of that: it decides on rows, never on a kind."""
    kept: Cache[Principal, Visibility] = Cache(_CACHED)

    def of(principal: Principal) -> Visibility:
        if (found := kept.get(principal)) is not None:
            return found
        profile = replace(principal, name="")
        found = kept.get(profile) or kept.keep(profile, find(policies, principal, catalogue))
        return kept.keep(principal, found)

    return of
