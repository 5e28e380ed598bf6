"""Agreements as decisions see them, for tests that ask no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.codes import Department
from hub.policy import ALL_GRANTED, Grant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.policy import Standing


def agreed(
    *items: str, regions: Iterable[str] = ("2305",), providers: Iterable[str] = (), standing: Standing = "active"
) -> frozenset[Grant]:
    """An agreement with each of these departments, or with all, on these items; "*": agreements on everything."""
    if "*" in items:
        return ALL_GRANTED
    if not items:
        return frozenset()
    wanted = tuple(providers) or tuple(department.name for department in Department)
    return frozenset(Grant(frozenset(items), provider, frozenset(regions), standing) for provider in wanted)
