"""What one execution asks of a table of counts: how deep it looks into each dimension, and which cells it selects."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from hub.catalog.predicate import And, Compare, Not, OneOf, Or, Within
from hub.query.counts.suppression import NOTHING, Tally, size
from hub.query.errors import TooManyGroups
from hub.query.plan.counts import CELLS
from hub.query.plan.parameters import Param

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.catalog.predicate import Predicate
    from hub.query.counts.suppression import Cell, Depths, ValuePath
    from hub.query.plan.roots import CountsRoot, Dimension

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Question:
    """``asked``: the filter with its values. ``filtered``, ``grouped``: levels of each dimension that either needs."""

    asked: Predicate
    filtered: Depths
    grouped: Depths

    @property
    def depths(self) -> Depths:
        """Levels of each dimension that the table needs."""
        return tuple(map(max, self.grouped, self.filtered))


def question(plan: CountsRoot, values: Sequence[Any]) -> Question:
    """Put this execution's values into the plan. ``values``: of its binders."""
    asked = _bound(plan.asked, values)
    looked_at = _looked_at(asked)
    filtered = tuple(_depth(item, looked_at) for item in plan.dimensions)
    return Question(asked, filtered, tuple(item.grouped for item in plan.dimensions))


def finest_of(plan: CountsRoot, depths: Depths, rows: Sequence[Sequence[Any]]) -> dict[Cell, Tally]:
    """Return the numbers of the finest table by cell.

    ``rows``: as ``plan.tree.GroupsNode`` says. ``TooManyGroups`` where the table is larger than it may be.
    """
    finest: dict[Cell, Tally] = {}
    paths = [cache(partial(_path, item, depth)) for item, depth in zip(plan.dimensions, depths, strict=True)]
    for row in rows:
        cell = tuple([path(row[at]) for at, path in enumerate(paths)])
        finest[cell] = finest.get(cell, NOTHING) + _tally(row[len(depths) :])
    if len(rows) > CELLS or size(finest, depths) > CELLS:
        raise TooManyGroups(
            f"The counts would have more than {CELLS} combinations of values, which is the limit. "
            "Group and filter by fewer fields, or by larger divisions."
        )
    return {cell: tally for cell, tally in finest.items() if tally.count}


def _tally(numbers: Sequence[Any]) -> Tally:
    count, *measured = numbers
    return Tally(
        count, tuple(measured[::2]), tuple(_ZERO if total is None else Decimal(total) for total in measured[1::2])
    )


def _path(item: Dimension, depth: int, value: Any) -> ValuePath:
    """A value with the values that contain it, down to a level."""
    return tuple(value if digits is None or value is None else value[:digits] for digits in item.digits[:depth])


def _depth(item: Dimension, looked_at: dict[str, int]) -> int:
    """How many levels the filter needs of a dimension: of divisions, as many as its longest code has."""
    digits = looked_at.get(item.field.name)
    if digits is None:
        return 0
    return next((at for at, known in enumerate(item.digits, 1) if known is None or known >= digits), len(item.digits))


def _looked_at(asked: Predicate) -> dict[str, int]:
    """By field: the digits of the longest code that it is held against; 0 for what is no division."""
    match asked:
        case And(parts) | Or(parts):
            found: dict[str, int] = {}
            for part in parts:
                for name, digits in _looked_at(part).items():
                    found[name] = max(digits, found.get(name, 0))
            return found
        case Not(part):
            return _looked_at(part)
        case Within(field, regions):
            return {field: max(map(len, regions), default=0)}
        case _:
            return {name: 0 for name in [getattr(asked, "field", None)] if name is not None}


def _bound(asked: Predicate, values: Sequence[Any]) -> Predicate:
    """Put this execution's values into the filter."""
    match asked:
        case And(parts):
            return And(tuple(_bound(part, values) for part in parts))
        case Or(parts):
            return Or(tuple(_bound(part, values) for part in parts))
        case Not(part):
            return Not(_bound(part, values))
        case Compare(field, op, Param(index)):
            return Compare(field, op, values[index])
        case OneOf(field, Param(index)):
            return OneOf(field, tuple(values[index]))
        case Within(field, Param(index)):
            return Within(field, (values[index],))
        case _:
            return asked
