"""What a viewer's policy could ever grant: the entities, fields and links that exist for this viewer.

Less than a decision and made of many: a right that holds in some rows, or masked only, is a right here. Viewers
of different divisions therefore have the same visibility, and share whatever is derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.catalog.predicate import NEVER, conj
from hub.policy.decide import member_of, provides

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Catalogue, Entity
    from hub.policy.decide import Policies
    from hub.policy.principal import Principal

Right = tuple[str, str, str]
"""Action, entity, item."""

_ACTIONS: Final = ("read", "lookup", "filter", "sort", "aggregate")
_CACHED: Final = 1_024


@dataclass(frozen=True, slots=True)
class Visibility:
    """``entities``: those of which some row may exist for the viewer. ``rights``: what may be done with their items.

    ``read`` of a field stands for plain or masked; of a link, for following it.
    """

    entities: frozenset[str]
    rights: frozenset[Right]

    def may(self, action: str, entity: str, item: str) -> bool:
        """Tell whether the action on the item could be granted in some row."""
        return (action, entity, item) in self.rights

    def shows(self, entity: str, item: str) -> bool:
        """Tell whether anything at all may be done with the item."""
        return any((action, entity, item) in self.rights for action in _ACTIONS)


def visibility(policies: Policies, principal: Principal, catalogue: Catalogue) -> Visibility:
    """Ask the policies about everything that is declared; some hundred decisions, so keep the result."""
    entities = [entity for entity in catalogue if policies.rows(principal, entity).where != NEVER]
    return Visibility(
        frozenset(entity.name for entity in entities),
        frozenset(right for entity in entities for right in _rights(policies, principal, entity)),
    )


def _rights(policies: Policies, principal: Principal, entity: Entity) -> Iterator[Right]:
    rows = policies.rows(principal, entity).where

    def granted(action: str, item: str) -> bool:
        return provides(action, member_of(entity, item)) and (
            conj((rows, policies.decide(principal, action, entity, item).where)) != NEVER
        )

    for item in (*entity.fields, *entity.links, *entity.many):
        for action in _ACTIONS:
            if granted(action, item) or (action == "read" and granted("readMasked", item)):
                yield action, entity.name, item


@dataclass(slots=True)
class Visibilities:
    """Remembers what each profile sees. A partner's name is no part of its profile: policies cannot speak of it."""

    policies: Policies
    catalogue: Catalogue
    _known: dict[Principal, Visibility]

    @classmethod
    def of(cls, policies: Policies, catalogue: Catalogue) -> Visibilities:
        """Start with nothing remembered."""
        return cls(policies, catalogue, {})

    def __call__(self, principal: Principal) -> Visibility:
        """Return the principal's visibility."""
        profile = replace(principal, name="")
        known = self._known.get(profile)
        if known is None:
            if len(self._known) >= _CACHED:
                self._known.clear()
            known = self._known[profile] = visibility(self.policies, principal, self.catalogue)
        return known
