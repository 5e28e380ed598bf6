"""What agreements grant, as decisions see it: which items, whose rows, in which divisions.

Effective access is what is asked for, agreed and permitted (Regulation on Government Data Sharing, articles 20 and 25):
policies decide on the context that is made here, and on nothing else of an agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from hub.catalog import Share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.catalog import Entity, Field, Link, Links

Standing = Literal["active", "suspended", "ended"]
STANDINGS: Final = frozenset({"unneeded", "own", "active", "suspended", "ended", "none"})
"""What ``context.agreement`` can be: none is needed; the department's own rows; as the agreement stands; none there."""
_OPEN: Final = frozenset({"unneeded", "own", "active"})
_PROVIDER: Final = "department"
"""The field by which rows name their provider, where several departments provide an entity."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One agreement, for a partner and a purpose that are known already.

    ``items``: "Entity.field" as the data catalogue writes it. ``provider``: by the code list of departments.
    ``regions``: codes of divisions, each standing for all within it.
    """

    items: frozenset[str]
    provider: str
    regions: frozenset[str]
    standing: Standing


ALL_GRANTED: Final = frozenset({Grant(frozenset({"*"}), "*", frozenset(), "active")})
"""Agreements on everything: what policy alone permits. No row of the store is ever read as this."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How agreements cover one item, of these departments' rows, in these divisions. ``standing``: of ``STANDINGS``."""

    standing: str
    providers: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    def context(self) -> Mapping[str, Any]:
        """What policies are told of it."""
        return {
            "granted": self.standing in _OPEN,
            "agreement": self.standing,
            "grantedBy": sorted(self.providers),
            "grantedRegions": [{"__entity": {"type": "Division", "id": code}} for code in sorted(self.regions)],
        }


UNNEEDED: Final = Coverage("unneeded")


def coverages(
    granted: frozenset[Grant], department: str, entity: Entity, member: Field | Link | Links
) -> tuple[Coverage, ...]:
    """Return how the item is covered: what any of them permits is permitted.

    No agreement is needed for what is shared unconditionally (article 14), and for the hub's own records, which no
    department could agree to share; a field that is shared with more reserve than its entity is not among them.
    A row's id is covered by an agreement on anything else of the row.
    """
    providers = frozenset(provider.name for provider in entity.departments)
    share = entity.share_of(member)
    nobodys = not providers and share is entity.share
    if share is Share.UNCONDITIONAL or nobodys or granted == ALL_GRANTED:
        return (UNNEEDED,)
    by_row = _PROVIDER in entity.fields and entity.fields[_PROVIDER].policy
    own = (Coverage("own", frozenset({department})),) if department in providers else ()
    if own and not by_row:
        return own
    names = frozenset(_names(entity, member))
    found = [grant for grant in granted if grant.provider in providers and _covers(grant, entity, names)]
    active = [grant for grant in found if grant.standing == "active"]
    if not active and own:
        return own
    if not active:
        standings = {grant.standing for grant in found}
        return (Coverage(next((each for each in ("suspended", "ended") if each in standings), "none")),)
    if not by_row:
        return (
            Coverage(
                "active",
                frozenset(grant.provider for grant in active),
                frozenset().union(*(grant.regions for grant in active)),
            ),
        )
    return (*own, *_by_provider(active))


def _by_provider(active: list[Grant]) -> Iterator[Coverage]:
    """One department's divisions are not another one's; departments with the same divisions go together."""
    regions: dict[str, frozenset[str]] = {}
    for grant in active:
        regions[grant.provider] = regions.get(grant.provider, frozenset()) | grant.regions
    for alike in sorted(set(regions.values()), key=sorted):
        yield Coverage("active", frozenset(each for each, where in regions.items() if where == alike), alike)


def _names(entity: Entity, member: Field | Link | Links) -> Iterator[str]:
    """The item as the data catalogue writes it; a link that is read off a field stands for the field."""
    yield f"{entity.name}.{member.graphql}"
    yield from (f"{entity.name}.{link.graphql}" for link in entity.links.values() if link.by == member.name)


def _covers(grant: Grant, entity: Entity, names: frozenset[str]) -> bool:
    if f"{entity.name}.id" in names:
        return any(item.startswith(f"{entity.name}.") for item in grant.items)
    return not names.isdisjoint(grant.items)
