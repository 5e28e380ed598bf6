"""Criteria decided over columns: true, false or not known, of many needs at once, as the store would decide each."""

from __future__ import annotations

from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from hub.catalog.predicate import (
    Always,
    And,
    Compare,
    IsNull,
    Linked,
    Never,
    Not,
    OneOf,
    Or,
    Predicate,
    Within,
    outermost,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from hub.matching.instance import Bools

_DIGITS: Final = 12
_TESTS: Final = {"eq": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}

Values: TypeAlias = npt.NDArray[np.integer] | npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One value of each need. ``known``: where there is one. ``codes``: what a value is the place of, if it is one.

    A division is its code, filled up with zeros to twelve digits.
    """

    values: Values
    known: Bools
    codes: tuple[str, ...] = ()

    def take(self, rows: npt.NDArray[np.integer]) -> Column:
        """Return the values of these rows, in their order."""
        return Column(self.values[rows], self.known[rows], self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is so, and what is not; neither where it is not known."""

    so: Bools
    not_so: Bools


def column(values: Sequence[Any], kind: type[np.integer[Any] | np.bool_], codes: tuple[str, ...] = ()) -> Column:
    """Return a column of plain values, None where there is none; of codes by their names."""
    place = {code: number for number, code in enumerate(codes)}
    known = np.fromiter((value is not None for value in values), np.bool_, len(values))
    numbers = (0 if value is None else place[value] if codes else value for value in values)
    return Column(np.fromiter(numbers, kind, len(values)), known, codes)


def divisions(codes: Sequence[str | None]) -> Column:
    """Return a column of divisions."""
    return column([None if code is None else int(code.ljust(_DIGITS, "0")) for code in codes], np.int64)


def decide(predicate: Predicate, columns: Mapping[str, Column], count: int) -> Truth:
    """Return what the predicate is of each of ``count`` rows. Agrees with ``catalog.predicate.truth`` and with SQL."""
    match predicate:
        case Always() | Never():
            every = np.full(count, isinstance(predicate, Always))
            return Truth(every, ~every)
        case And(parts) | Or(parts):
            found = [decide(part, columns, count) for part in parts]
            so, not_so = [each.so for each in found], [each.not_so for each in found]
            if isinstance(predicate, And):
                return Truth(np.logical_and.reduce(so), np.logical_or.reduce(not_so))
            return Truth(np.logical_or.reduce(so), np.logical_and.reduce(not_so))
        case Not(part):
            inner = decide(part, columns, count)
            return Truth(inner.not_so, inner.so)
        case IsNull(field):
            return Truth(~columns[field].known, columns[field].known)
        case OneOf(values=()):
            return Truth(np.zeros(count, np.bool_), np.ones(count, np.bool_))
        case Compare(field) | OneOf(field) | Within(field):
            tested = _test(predicate, columns[field])
            return Truth(tested & columns[field].known, ~tested & columns[field].known)
        case Linked(link):
            raise ValueError(f"columns have no link {link}")


def _test(predicate: Compare | OneOf | Within, of: Column) -> Bools:
    match predicate:
        case Compare(_, op, value):
            tested: Bools = _TESTS[op](of.values, of.codes.index(value) if of.codes else value)
            return tested
        case OneOf(_, values):
            return np.isin(of.values, [of.codes.index(each) if of.codes else each for each in values])
        case Within(_, regions):
            found = np.zeros(len(of.values), np.bool_)
            for region in outermost(regions):
                first = int(region.ljust(_DIGITS, "0"))
                found |= (of.values >= first) & (of.values < first + 10 ** (_DIGITS - len(region)))
            return found
