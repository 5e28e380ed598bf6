"""What a token may do: what its partner may, and of that what its member may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.store.members import Member
    from hub.store.partners import Partner


@dataclass(frozen=True, slots=True)
class Rights:
    """Roles, divisions in charge, purposes, each sorted. ``narrowed``: whether divisions of the partner are missing."""

    roles: tuple[str, ...]
    regions: tuple[str, ...]
    purposes: tuple[str, ...]
    narrowed: bool


def rights(partner: Partner, member: Member | None) -> Rights:
    """Return what both may. A partner that lost a role or a division since takes it from its members too."""
    if member is None:
        return Rights(partner.roles, partner.regions, partner.purposes, narrowed=False)
    regions = within(partner.regions, member.regions)
    roles, purposes = _both(partner.roles, member.roles), _both(partner.purposes, member.purposes)
    return Rights(roles, regions, purposes, narrowed=regions != partner.regions)


def within(ones: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return the divisions that lie in both: of two of which one contains the other, the smaller. Sorted."""
    return tuple(sorted({max(one, other, key=len) for one in ones for other in others if _nested(one, other)}))


def beyond(asked: Iterable[str], own: Iterable[str]) -> list[str]:
    """Return the divisions among ``asked`` that do not lie within any of ``own``."""
    return [code for code in asked if not any(code.startswith(mine) for mine in own)]


def _nested(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _both(ones: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*ones} & {*others}))
