"""From the viewer to its profile: what policy decides on and what plans are kept by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.cache import cached
from hub.policy import Principal

if TYPE_CHECKING:
    from hub.auth.viewer import Viewer

EVERYTHING_AGREED: Final = frozenset({"*"})
"""Until agreements between departments are kept, every partner's agreement covers what policy permits."""


@cached(1_024)
def profile(viewer: Viewer) -> Principal:
    """The viewer's profile; partners with equal rights differ in it by their name alone."""
    return Principal(
        name=viewer.name,
        department=viewer.department.upper().replace("-", "_"),  # as the code list spells it
        roles=frozenset(viewer.roles),
        regions=frozenset(viewer.regions),
        purpose=viewer.purpose,
        granted=EVERYTHING_AGREED,
    )
