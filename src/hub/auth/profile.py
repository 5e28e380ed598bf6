"""From the viewer to its profile: what policy decides on and what plans are kept by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.cache import cached
from hub.policy import Principal

if TYPE_CHECKING:
    from hub.auth.viewer import Viewer
    from hub.policy import Grant


def profile(viewer: Viewer, granted: frozenset[Grant]) -> Principal:
    """The viewer's profile, with what its agreements grant; partners with equal rights differ by their name alone."""
    return _profile((viewer, granted))


@cached(1_024)
def _profile(of: tuple[Viewer, frozenset[Grant]]) -> Principal:
    viewer, granted = of
    return Principal(
        name=viewer.name,
        department=department_code(viewer.department),
        roles=frozenset(viewer.roles),
        regions=frozenset(viewer.regions),
        purpose=viewer.purpose,
        granted=granted,
    )


def department_code(text: str) -> str:
    """A partner's department as the code list spells it."""
    return text.upper().replace("-", "_")
