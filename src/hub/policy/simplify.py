"""Folding a disjunction of rights: where one part says no more than another, the other is enough.

A viewer often holds a wide right and a narrow one on the same field (own divisions; the whole prefecture);
without folding both would become SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.catalog.predicate import NEVER, And, Or, Within, disj

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.catalog.predicate import Predicate


def either(parts: Iterable[Predicate]) -> Predicate:
    """At least one of the parts, without parts that another part includes."""
    joined = disj(parts)
    if not isinstance(joined, Or):
        return joined
    kept: list[Predicate] = []
    for part in joined.parts:
        if any(_implies(part, other) for other in kept):
            continue
        kept = [other for other in kept if not _implies(other, part)]
        kept.append(part)
    return disj(kept)


def _implies(narrow: Predicate, wide: Predicate) -> bool:
    """Tell whether ``narrow`` surely admits no row that ``wide`` does not; False where that is not obvious."""
    have = narrow.parts if isinstance(narrow, And) else (narrow,)
    need = wide.parts if isinstance(wide, And) else (wide,)
    return narrow == NEVER or all(any(_covers(test, one) for one in have) for test in need)


def _covers(wide: Predicate, narrow: Predicate) -> bool:
    if isinstance(wide, Within) and isinstance(narrow, Within) and wide.field == narrow.field:
        return all(code.startswith(wide.regions) for code in narrow.regions)
    return wide == narrow
