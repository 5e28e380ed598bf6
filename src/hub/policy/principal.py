"""The viewer, as policies see it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hub.catalog import RegionCode
from hub.policy.errors import PrincipalRefused
from hub.policy.grants import ALL_GRANTED

if TYPE_CHECKING:
    from hub.policy.grants import Grant
    from hub.policy.terms import Terms

VIEWER = 'Partner::"viewer"'
"""Policies speak of roles, never of one partner: every viewer has this id, and its name only where rows say a name."""

PREFECTURE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Principal:
    """A viewer's profile: all that a decision may depend on, and part of the plan cache's key.

    ``regions``: the codes of the divisions in the viewer's charge. ``granted``: what the viewer's agreements for this
    purpose cover. Raises ``PrincipalRefused`` for a region that is not a region code: an empty code would lie above
    every division there is.
    """

    name: str
    department: str
    roles: frozenset[str]
    regions: frozenset[str]
    purpose: str
    granted: frozenset[Grant] = frozenset()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        said = (self.name, self.department, self.roles, self.regions, self.purpose, self.granted)
        object.__setattr__(self, "_hash", hash(said))
        for code in self.regions.union(*(grant.regions for grant in self.granted)):
            try:
                RegionCode.parse(code)
            except ValueError as wrong:
                raise PrincipalRefused(f"A region of partner {self.name!r} {wrong}.") from None

    def __hash__(self) -> int:
        """Worked out once, as each request looks up eight things by the profile: 0.31 µs each instead of 0.44."""
        return self._hash

    def with_all_granted(self) -> Principal:
        """The same viewer, as if agreements covered everything: what policy alone permits."""
        return replace(self, granted=ALL_GRANTED)

    def entities(self, terms: Terms) -> str:
        """Return the viewer as Cedar's JSON entities."""
        viewer: dict[str, Any] = {
            "uid": {"type": "Partner", "id": "viewer"},
            "attrs": {
                "name": self.name,
                "department": self.department,
                "purposes": sorted(terms.purposes_of(self.roles)),
                "regions": [_division(code) for code in sorted(self.regions)],
                "prefectures": [
                    _division(code) for code in sorted({code[:PREFECTURE_DIGITS] for code in self.regions})
                ],
            },
            "parents": [{"type": "Role", "id": role} for role in sorted(self.roles.intersection(terms.roles))],
        }
        return json.dumps([viewer])


def _division(code: str) -> dict[str, Any]:
    return {"__entity": {"type": "Division", "id": code}}
