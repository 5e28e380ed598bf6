"""What can be computed from sums that are known, by adding and subtracting them: elimination in exact fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Vector = dict[Any, Fraction]


def total_of(cells: Iterable[Any]) -> Vector:
    """The sum of these cells."""
    return dict.fromkeys(cells, Fraction(1))


class Span:
    """Sums that are known, and all that follows from them."""

    def __init__(self) -> None:
        self.rows: dict[Any, Vector] = {}

    def _rest(self, vector: Vector) -> Vector:
        rest, left = dict(vector), set(vector)
        while left:
            key = left.pop()
            row = self.rows.get(key)
            factor = rest.get(key)
            if row is None or not factor:
                continue
            for other, value in row.items():
                rest[other] = rest.get(other, Fraction(0)) - factor * value
                if not rest[other]:
                    del rest[other]
        return rest

    def learn(self, vector: Vector) -> None:
        """Take a sum that is known."""
        rest = self._rest(vector)
        if not rest:
            return
        pivot = next(iter(rest))
        made = {key: value / rest[pivot] for key, value in rest.items()}
        for known in self.rows.values():  # no row has another row's pivot: one pass reduces a vector
            factor = known.get(pivot)
            if factor:
                for key, value in made.items():
                    known[key] = known.get(key, Fraction(0)) - factor * value
                    if not known[key]:
                        del known[key]
        self.rows[pivot] = made

    def knows(self, vector: Vector) -> bool:
        """Whether the sum can be computed."""
        return not self._rest(vector)
