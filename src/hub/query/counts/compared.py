"""Counts held against those that the same partner was shown before: no difference of two tells of a few rows.

Suppression makes one table safe, with all its groupings. Two tables over different rows are another matter: those of
today and of last week, or those of two purposes. Who subtracts them learns of the few rows between. Therefore, for
whoever sees counts and no rows, a cell of a new table is held against the same cell of each table that is remembered:

- it was shown, and differs, but by fewer rows (or values of a measure) than a group must have;
- it was withheld, and has about as many rows now: it may have been withheld to hide another cell of that table, which
  would follow from it now.

Both are *close*. Suppression treats them as cells that have few rows: withheld, with whatever they would follow from.
A cell that was shown and is the same now hides nothing, for its number is known.

The same question has the same answer for some time (a table *stands*), whatever the rows do meanwhile; and for longer
where the new total would be withheld.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from hub.query.counts.suppression import NOT_HELD, NOTHING, Before, Held, Tally, family

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from hub.query.counts.suppression import Cell, Depths, Family, ValuePath

Dimensions = tuple[tuple[str, int], ...]
"""Names of fields, each with how many levels are told apart, in the order of names."""


@dataclass(frozen=True, slots=True)
class CountedTable:
    """A table of counts with what of it was withheld.

    ``at``: when it was counted. ``rows``: a digest of which rows policy had counted. ``measures``: names of fields.
    ``finest``: numbers by cell, none without rows. ``held``: by level, what was held against tables before it;
    ``values``: those that were withheld in them, by dimension. ``tables``: what follows from all that.
    """

    at: datetime
    rows: str
    dimensions: Dimensions
    measures: tuple[str, ...]
    finest: Mapping[Cell, Tally]
    held: Mapping[Depths, Held]
    values: tuple[frozenset[ValuePath], ...]
    tables: Family

    @property
    def shows_total(self) -> bool:
        """Whether anything of it is shown: what is withheld of the total is withheld of all groups."""
        none = (0,) * len(self.dimensions)
        return self.tables.tables[none].shows(((),) * len(self.dimensions))

    def covers(self, rows: str, dimensions: Dimensions, measures: tuple[str, ...]) -> bool:
        """Whether a question about these rows is answered by this table, or a margin of it."""
        levels = dict(self.dimensions)
        return (self.rows, self.measures) == (rows, measures) and all(
            levels.get(name, 0) >= depth for name, depth in dimensions
        )

    def margin(self, dimensions: Dimensions, smallest: int) -> CountedTable:
        """The same table by fewer dimensions, or fewer levels of them. What is withheld stays withheld."""
        if dimensions == self.dimensions:
            return self
        own = [name for name, _ in self.dimensions]
        kept = [(own.index(name) if name in own else None, depth) for name, depth in dimensions]
        wanted = dict(dimensions)
        depths = [wanted.get(name, 0) for name in own]

        def cell_of(cell: Cell) -> Cell:
            return tuple(() if at is None else cell[at][:depth] for at, depth in kept)

        finest: dict[Cell, Tally] = {}
        for cell, tally in self.finest.items():
            coarse = cell_of(cell)
            finest[coarse] = finest.get(coarse, NOTHING) + tally
        held = {
            tuple(0 if at is None else level[at] for at, _ in kept): Held(
                frozenset(map(cell_of, cells.close)), frozenset(map(cell_of, cells.known))
            )
            for level, cells in self.held.items()
            if all(mine <= depth for mine, depth in zip(level, depths, strict=True))
        }
        values = tuple(
            frozenset() if at is None else frozenset(path[:depth] for path in self.values[at]) for at, depth in kept
        )
        return made(self.at, self.rows, dimensions, self.measures, finest, held, values, smallest)


def made(
    at: datetime,
    rows: str,
    dimensions: Dimensions,
    measures: tuple[str, ...],
    finest: Mapping[Cell, Tally],
    held: Mapping[Depths, Held],
    values: tuple[frozenset[ValuePath], ...],
    smallest: int,
) -> CountedTable:
    """Make a table of which is known what was held against others."""
    before = Before(values, lambda level, _tallies: held.get(level, NOT_HELD))
    tables = family(finest, tuple(depth for _, depth in dimensions), smallest, before)
    return CountedTable(at, rows, dimensions, measures, finest, held, values, tables)


def compared(
    at: datetime,
    rows: str,
    dimensions: Dimensions,
    measures: tuple[str, ...],
    finest: Mapping[Cell, Tally],
    before: Sequence[CountedTable],
    smallest: int,
) -> CountedTable:
    """Make a new table, held against those that were shown before it."""
    held: dict[Depths, Held] = {}
    others = [_Other(table, dimensions, measures, smallest) for table in before]
    values = tuple(frozenset(path for other in others for path in other.values(at)) for at in range(len(dimensions)))

    def hold(level: Depths, tallies: Mapping[Cell, Tally]) -> Held:
        close: set[Cell] = set()
        known: set[Cell] = set()
        for other in others:
            other.hold(level, tallies, close, known)
        if close or known:
            held[level] = Held(frozenset(close), frozenset(known))
        return held.get(level, NOT_HELD)

    depths = tuple(depth for _, depth in dimensions)
    tables = family(finest, depths, smallest, Before(values, hold))
    return CountedTable(at, rows, dimensions, measures, finest, held, values, tables)


def standing(
    tables: Iterable[CountedTable],
    rows: str,
    dimensions: Dimensions,
    measures: tuple[str, ...],
    *,
    since: datetime,
    smallest: int,
) -> CountedTable | None:
    """Return the newest table that answers the question and was counted since then; None where there is none."""
    found = [table for table in tables if table.at >= since and table.covers(rows, dimensions, measures)]
    return max(found, key=lambda table: table.at).margin(dimensions, smallest) if found else None


class _Other:
    """A table that was shown before, as a new one of these dimensions and measures is held against it."""

    def __init__(self, table: CountedTable, dimensions: Dimensions, measures: tuple[str, ...], smallest: int) -> None:
        self.table, self.smallest = table, smallest
        self.names = [name for name, _ in dimensions]
        self.places = [self.names.index(name) if name in self.names else None for name, _ in table.dimensions]
        known = dict(table.dimensions)
        self.levels = [known.get(name, 0) for name, _ in dimensions]
        self.depths = [depth for _, depth in dimensions]
        self.shared = [(measures.index(name), at) for at, name in enumerate(table.measures) if name in measures]

    def values(self, at: int) -> Iterator[ValuePath]:
        """Yield the values of a dimension, at levels that both tell apart, below which something was withheld."""
        if at not in self.places:
            return
        place, most = self.places.index(at), min(self.levels[at], self.depths[at])
        for level, shown in self.table.tables.tables.items():
            if 0 < level[place] <= most:
                yield from {cell[place] for cell in shown.withheld}

    def hold(self, level: Depths, tallies: Mapping[Cell, Tally], close: set[Cell], known: set[Cell]) -> None:
        """Add the cells of a level that are close to this table, and those that are known by it."""
        if any(depth > most for depth, most in zip(level, self.levels, strict=True)):
            return  # it told less apart
        before = self.table.tables.tables[tuple(0 if at is None else level[at] for at in self.places)]
        for cell, tally in tallies.items():
            same = tuple(() if at is None else cell[at] for at in self.places)
            if before.shows(same):
                old = before.tally(same)
                if _differ_by_few(tally, old, self.shared, self.smallest):
                    close.add(cell)
                elif tally.count == old.count:
                    known.add(cell)
        for same in before.withheld:
            by_place = {at: path for at, path in zip(self.places, same, strict=True) if at is not None}
            cell = tuple(by_place.get(at, ()) for at in range(len(self.names)))
            if abs(tallies.get(cell, NOTHING).count - before.tally(same).count) < self.smallest:
                close.add(cell)


def _differ_by_few(new: Tally, old: Tally, shared: Sequence[tuple[int, int]], smallest: int) -> bool:
    """Whether the numbers differ, and by fewer rows, or values of a measure, than a group must have."""
    if 0 < abs(new.count - old.count) < smallest:
        return True
    for mine, theirs in shared:
        values, total = _measured(new, mine)
        before, total_before = _measured(old, theirs)
        if (values, total) != (before, total_before) and abs(values - before) < smallest:
            return True
    return False


def _measured(tally: Tally, at: int) -> tuple[int, Decimal]:
    return (tally.values[at], tally.sums[at]) if tally.count else (0, Decimal(0))


def encoded(table: CountedTable) -> str:
    """The table as JSON, without when it was counted."""
    return orjson.dumps(
        {
            "rows": table.rows,
            "dimensions": table.dimensions,
            "measures": table.measures,
            "finest": [
                (cell, tally.count, tally.values, [str(total) for total in tally.sums])
                for cell, tally in table.finest.items()
            ],
            "held": [(level, list(cells.close), list(cells.known)) for level, cells in table.held.items()],
            "values": [list(paths) for paths in table.values],
        }
    ).decode()


def decoded(at: datetime, text: str, smallest: int) -> CountedTable:
    """The table that was ``encoded``, and was counted at ``at``."""
    found = orjson.loads(text)
    return made(
        at,
        found["rows"],
        tuple((name, depth) for name, depth in found["dimensions"]),
        tuple(found["measures"]),
        {
            _cell(cell): Tally(count, tuple(values), tuple(map(Decimal, sums)))
            for cell, count, values, sums in found["finest"]
        },
        {
            tuple(level): Held(frozenset(map(_cell, close)), frozenset(map(_cell, known)))
            for level, close, known in found["held"]
        },
        tuple(frozenset(map(tuple, paths)) for paths in found["values"]),
        smallest,
    )


def _cell(paths: Sequence[Sequence[Any]]) -> Cell:
    return tuple(map(tuple, paths))
