"""Masks: what a viewer gets who may know of a value but not read it, and how many values fit what it gets.

A mask works on the value's text and never lengthens what is shown: a value too short to hide anything
is hidden whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Mask:
    """Keeps ``first`` and ``last`` characters and hides the rest behind ``*``.

    ``fixed`` shows a constant number of stars, so that the length is hidden as well.
    """

    first: int = 0
    last: int = 0
    fixed: int | None = None

    def __call__(self, text: str) -> str:
        """Return ``text`` masked; hidden whole if it has no more characters than the mask keeps."""
        if len(text) <= self.first + self.last:
            return "*" * (self.fixed or len(text))
        hidden = len(text) - self.first - self.last
        tail = text[-self.last :] if self.last else ""
        return text[: self.first] + "*" * (self.fixed or hidden) + tail


def keep(*, first: int = 0, last: int = 0) -> Mask:
    """Show the first and last characters, and as many stars as characters are hidden."""
    return Mask(first, last)


def hide() -> Mask:
    """Show that there is a value, and nothing of it, not even its length."""
    return Mask(fixed=3)


def start_only(first: int) -> Mask:
    """Show the first characters and three stars, so that the length stays hidden."""
    return Mask(first, 0, 3)


@dataclass(frozen=True, slots=True)
class Segment:
    """Some characters of a value, one segment behind the other: in how many ways they can be filled.

    ``told_by``: name of a field of the same row → ways that are left for whoever sees that field. ``follows``: the
    characters are computed from all others, so hidden they add no way, and shown they leave one in ``ways``.
    """

    length: int
    ways: int
    told_by: Mapping[str, int] = field(default_factory=dict)
    follows: bool = False


def candidates(segments: Collection[Segment], mask: Mask | None, known: Collection[str]) -> int:
    """Return how many values fit what ``mask`` shows (None: nothing), for whoever sees the ``known`` fields of the row.

    Where a segment is shown in part, its characters count as equally telling.
    """
    length = sum(segment.length for segment in segments)
    first, last = (mask.first, mask.last) if mask is not None else (0, 0)
    at, ways = 0, 1.0
    for segment in segments:
        places = range(at, at + segment.length)
        hidden = sum(first <= place < length - last for place in places)
        at += segment.length
        if segment.follows:
            ways /= segment.ways ** (1 - hidden / segment.length)
        else:
            left = min((segment.told_by[name] for name in known if name in segment.told_by), default=segment.ways)
            ways *= left ** (hidden / segment.length)
    return max(1, math.floor(ways + 0.5))
