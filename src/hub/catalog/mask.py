"""Masks: what a viewer gets who may know of a value but not read it.

A mask works on the value's text and never lengthens what is shown: a value too short to hide anything
is hidden whole.
"""

from __future__ import annotations

from dataclasses import dataclass


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
