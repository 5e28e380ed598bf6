"""From the viewer to its profile: what policy decides on and what plans are kept by."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hub.auth.rights import within
from hub.policy import Principal

if TYPE_CHECKING:
    from collections.abc import Collection

    from hub.auth.viewer import Viewer
    from hub.policy import Grant


@lru_cache(maxsize=1_024)
def profile(viewer: Viewer, granted: frozenset[Grant]) -> Principal:
    """The viewer's profile, with what its agreements grant; partners with equal rights differ by their name alone."""
    return Principal(
        name=viewer.name,
        department=department_code(viewer.department),
        roles=frozenset(viewer.roles),
        regions=frozenset(viewer.regions),
        purpose=viewer.purpose,
        granted=narrowed(granted, viewer.regions) if viewer.narrowed else granted,
    )


def narrowed(granted: frozenset[Grant], regions: Collection[str]) -> frozenset[Grant]:
    """What of the partner's agreements counts for a member: in the member's divisions, and nowhere else."""
    kept = {
        grant if grant.standing != "active" else replace(grant, regions=frozenset(within(grant.regions, regions)))
        for grant in granted
    }
    return frozenset(grant for grant in kept if grant.standing != "active" or grant.regions)


def department_code(text: str) -> str:
    """A partner's department as the code list spells it."""
    return text.upper().replace("-", "_")
