"""Which pairs come into question by kind and division: all of them, never only the best few of each need.

With the ten best of each need alone a twelfth of the value is lost: the many whose best are the same few resources are
left without another choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hub.matching.instance import Pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.matching.instance import Bools, Ints, Longs, Needs, Resources

    Fits = Callable[[Ints, int], tuple[Bools, Ints]]

_LEVELS: Final = (10, 8, 6, 3)
"""Zeros at the end of the twelve-digit code of a province, prefecture, county and township."""


def area_ends(area: Longs) -> Longs:
    """Return the first code behind each division: what lies within it is not below its code, and below this one."""
    width = np.ones_like(area)
    for zeros in _LEVELS:
        width[(width == 1) & (area % 10**zeros == 0)] = 10**zeros
    return area + width


def _place(kind: Ints, area: Longs) -> Longs:
    """A number for each kind and division: those of one kind follow each other, in the order of codes."""
    return kind.astype(np.int64) * 10**13 + area


def eligible_pairs(needs: Needs, resources: Resources, fits: Fits) -> Pairs:
    """Return every pair of one kind whose need lies in the resource's division, as far as it ``fits``.

    ``fits(needs, resource)`` gets the needs that come into question, rising, and returns which of them are eligible and
    the value of each, 0 to 1,000.
    """
    place, kind = _place(needs.kind, needs.area), resources.kind
    order = np.argsort(place, kind="stable").astype(np.int32)
    sorted_ = place[order]
    firsts = np.searchsorted(sorted_, _place(kind, resources.area)).tolist()
    ends = np.searchsorted(sorted_, _place(kind, area_ends(resources.area))).tolist()
    found: list[Ints] = []
    values: list[Ints] = []
    for resource, (first, end) in enumerate(zip(firsts, ends, strict=True)):
        near = np.sort(order[first:end])
        eligible, value = fits(near, resource)
        found.append(near[eligible])
        values.append(value[eligible].astype(np.int32))
    counts = [len(each) for each in found]
    nothing = np.empty(0, np.int32)
    need = np.concatenate([nothing, *found])
    value = np.concatenate([nothing, *values])
    found.clear()
    values.clear()
    resource_of = np.repeat(np.arange(len(resources), dtype=np.int32), counts)
    by_need = np.argsort(need, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(need, minlength=len(needs)))))
    return Pairs(start, resource_of[by_need], value[by_need])
