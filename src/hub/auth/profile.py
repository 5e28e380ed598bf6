"""From the viewer to its profile: what policy decides on and what plans are kept by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.cache import cached
from hub.policy import Grant, Principal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from hub.auth.viewer import Viewer
    from hub.policy import Standing
    from hub.store.agreements import Agreement


def profile(viewer: Viewer, today: date) -> Principal:
    """The viewer's profile on this day of Beijing; partners with equal rights differ in it by their name alone."""
    return _profile((viewer, today))


@cached(1_024)
def _profile(of: tuple[Viewer, date]) -> Principal:
    viewer, today = of
    return Principal(
        name=viewer.name,
        department=department_code(viewer.department),
        roles=frozenset(viewer.roles),
        regions=frozenset(viewer.regions),
        purpose=viewer.purpose,
        granted=granted(viewer.agreements, viewer.purpose, today),
    )


def department_code(text: str) -> str:
    """A partner's department as the code list spells it."""
    return text.upper().replace("-", "_")


def granted(agreements: Iterable[Agreement], purpose: str, today: date) -> frozenset[Grant]:
    """What agreements cover for a purpose on a day: one that has not begun covers nothing yet.

    Days decide, whether a worker has ended what is over or not.
    """
    return frozenset(
        Grant(each.items, each.provider, each.regions, _standing(each, today))
        for each in agreements
        if each.purpose == purpose and each.starts_on <= today
    )


def _standing(agreement: Agreement, today: date) -> Standing:
    if agreement.state == "ENDED" or agreement.ends_on < today:
        return "ended"
    return "active" if agreement.state == "ACTIVE" else "suspended"
