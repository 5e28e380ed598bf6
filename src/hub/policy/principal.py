"""The viewer, as policies see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.catalog import RegionCode, Share
from hub.policy.errors import PrincipalRefused

if TYPE_CHECKING:
    from hub.catalog import Entity
    from hub.policy.terms import Terms

VIEWER = 'Partner::"viewer"'
"""Policies speak of roles, never of one partner: every viewer has this id, and its name only where rows say a name."""

EVERYTHING = "*"
PREFECTURE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Principal:
    """A viewer's profile: all that a decision may depend on, and part of the plan cache's key.

    ``regions``: the codes of the divisions in the viewer's charge. ``granted``: "Entity.field" for each item
    that an agreement in force covers for this purpose; "*" for all of them. Raises ``PrincipalRefused`` for a
    region that is not a region code: an empty code would lie above every division there is.
    """

    name: str
    department: str
    roles: frozenset[str]
    regions: frozenset[str]
    purpose: str
    granted: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for code in self.regions:
            try:
                RegionCode.parse(code)
            except ValueError as wrong:
                raise PrincipalRefused(f"A region of partner {self.name!r} {wrong}.") from None

    def grants(self, entity: Entity, item: str) -> bool:
        """Tell whether an agreement covers the item.

        What is shared unconditionally needs none (Regulation on Government Data Sharing, article 14). A row's id
        is covered by an agreement on anything else of the row.
        """
        field = entity.fields.get(item)
        share = entity.share if field is None else entity.share_of(field)
        if share is Share.UNCONDITIONAL or EVERYTHING in self.granted:
            return True
        if item == "id":
            return any(grant.startswith(f"{entity.name}.") for grant in self.granted)
        return f"{entity.name}.{item}" in self.granted

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
