"""Which cells of a table of counts are withheld, so that none of them follows from those that are shown.

A viewer may ask for the same rows grouped in many ways, so a table never stands alone: whoever knows the counts
by category and status, and those by status, has equations between them. Therefore the pattern is decided for the
whole family of tables over the same rows, from the total down, and a table's pattern is the same whether it is
asked for or is only a margin of another:

1. Below a withheld cell everything is withheld, also where there is nothing.
2. A cell is *small* with 1 to ``smallest`` - 1 rows (or values of a measure), and withheld.
3. For each small cell whose margins are shown, a *cube* is withheld (the hypercube method of cell suppression): the
   cell, another value in every dimension, and all combinations of the two. Adding 1 and subtracting 1 in turn
   around the cube changes no margin, so no margin says which is right. Where too few rows can be moved around any
   one cube, several are withheld, and a part moved around each: otherwise one such cell would withhold its whole table.

What was shown before may count as well (``hub.query.counts.compared``): then cells that are too close to it are treated
as small ones are, and those that are as they were hide nothing: their numbers are known.

Why the family is safe: the change around a cube in one table can be spread over the values of any further
dimension; it then touches, in any other table of the family, only cells below withheld ones. So each withheld cell
has a change that leaves every shown number as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from operator import add
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

ValuePath = tuple[Any, ...]
"""A value of one dimension, with the values that contain it: county, then township. Empty: every value."""
Cell = tuple[ValuePath, ...]
"""One value of each dimension."""
Depths = tuple[int, ...]
"""A table: how many levels of each dimension it tells apart. All 0 is the total."""

_NEAR: Final = (24, 10, 5)
"""Other values of a dimension tried as corners, by how many dimensions a cube has; more would cost time, and gain
little: a cube that is not found withholds more than it must, never less."""


_FAR: Final = (64, 24, 10, 5)
"""The same where several cubes are taken together."""
_EFFORT: Final = 500_000
"""Corners of such cubes that are looked at for one table, at most: a second. Beyond, the table is withheld whole."""
_NO_ROWS: Final = 2**62
"""Cells without rows come last: nothing can be taken away from them."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one cell: how many rows, and for each measure how many have a value and what they sum to."""

    count: int = 0
    values: tuple[int, ...] = ()
    sums: tuple[Decimal, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        if not other.count:
            return self
        if not self.count:
            return other
        return Tally(
            self.count + other.count,
            tuple(map(add, self.values, other.values)),
            tuple(map(add, self.sums, other.sums)),
        )

    def small(self, smallest: int) -> bool:
        """Whether it tells of somebody, and of too few."""
        return 0 < self.count < smallest or any(0 < number < smallest for number in self.values)


NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True)
class Held:
    """Cells of a table that were held against what was shown before.

    ``close``: too close to it; treated as small ones are. ``known``: the same as then, so that they hide no other cell.
    """

    close: frozenset[Cell] = frozenset()
    known: frozenset[Cell] = frozenset()


@dataclass(frozen=True, slots=True)
class Before:
    """What was shown before. ``values``: for each dimension those that were withheld then, and may not occur now.

    ``held``: from a table, known by its depths, and its tallies to what is held of it.
    """

    values: Sequence[Iterable[ValuePath]]
    held: Callable[[Depths, Mapping[Cell, Tally]], Held]


NOT_HELD: Final = Held()


@dataclass(frozen=True, slots=True)
class CountTable:
    """The cells that have rows, and those that are withheld (which may have none)."""

    tallies: Mapping[Cell, Tally]
    withheld: frozenset[Cell]

    def shows(self, cell: Cell) -> bool:
        """Whether the cell's numbers may be shown; nothing is a number too."""
        return cell not in self.withheld

    def tally(self, cell: Cell) -> Tally:
        """The cell's numbers."""
        return self.tallies.get(cell, NOTHING)


@dataclass(frozen=True, slots=True)
class Family:
    """All tables over the same rows, from the total to the finest; ``values``: those that occur, by dimension."""

    tables: Mapping[Depths, CountTable]
    values: Sequence[Mapping[ValuePath, Sequence[ValuePath]]]
    """For each dimension: the values below each value, in order."""

    def below(self, cell: Cell, depths: Depths) -> Iterator[Cell]:
        """Yield the cells of a finer table that make up the cell."""
        yield from product(
            *(_descendants(values, path, depth) for values, path, depth in zip(self.values, cell, depths, strict=True))
        )


def size(finest: Iterable[Cell], depths: Depths) -> int:
    """Return how many cells the finest table has, those without rows included: what ``family`` costs."""
    found = 1
    cells = list(finest)
    for at in range(len(depths)):
        found *= len({cell[at] for cell in cells})
    return found


def family(
    finest: Mapping[Cell, Tally],
    depths: Depths,
    smallest: int,
    before: Before | None = None,
) -> Family:
    """Decide what is withheld in every table over these rows.

    ``finest``: tallies by cell, each path as long as its dimension has levels. ``smallest``: rows that a cell
    must have to be shown. ``before``: what was shown already.
    Dimensions must be given in one and the same order whatever was asked for.
    """
    earlier = [()] * len(depths) if before is None else before.values
    values = [_values({cell[at] for cell in finest}.union(earlier[at])) for at in range(len(depths))]
    levels = sorted(product(*(range(depth + 1) for depth in depths)), key=sum)
    tallies: dict[Depths, Mapping[Cell, Tally]] = {depths: finest}
    for level in reversed(levels[:-1]):
        tallies[level] = _rolled_up(level, depths, tallies)
    tables: dict[Depths, CountTable] = {}
    for level in levels:
        held = NOT_HELD if before is None else before.held(level, tallies[level])
        tables[level] = CountTable(tallies[level], _withheld(tallies[level], level, tables, values, smallest, held))
    return Family(tables, values)


def _rolled_up(level: Depths, depths: Depths, known: Mapping[Depths, Mapping[Cell, Tally]]) -> dict[Cell, Tally]:
    """Add up a table from the smallest of those that are one level finer in one dimension."""
    finer = [(*level[:at], depth + 1, *level[at + 1 :]) for at, depth in enumerate(level) if depth < depths[at]]
    nearest = min(finer, key=lambda each: len(known[each]))
    at = next(at for at, depth in enumerate(level) if nearest[at] != depth)
    depth, found = level[at], dict[Cell, Tally]()
    for cell, tally in known[nearest].items():
        coarse = (*cell[:at], cell[at][:depth], *cell[at + 1 :])
        met = found.get(coarse)
        found[coarse] = tally if met is None else met + tally
    return found


def _values(paths: Iterable[ValuePath]) -> dict[ValuePath, list[ValuePath]]:
    below: dict[ValuePath, set[ValuePath]] = {}
    for path in paths:
        for at in range(len(path)):
            below.setdefault(path[:at], set()).add(path[: at + 1])
    return {path: sorted(found, key=_order) for path, found in below.items()}


def _order(path: ValuePath) -> tuple[tuple[bool, str], ...]:
    """Absent values last; the same order for the same values, however they came."""
    return tuple((value is None, f"{value:020}" if isinstance(value, int) else str(value)) for value in path)


def _descendants(values: Mapping[ValuePath, Sequence[ValuePath]], path: ValuePath, depth: int) -> Iterator[ValuePath]:
    if len(path) == depth:
        yield path
        return
    for lower in values.get(path, ()):
        yield from _descendants(values, lower, depth)


def _withheld(
    tallies: Mapping[Cell, Tally],
    level: Depths,
    tables: Mapping[Depths, CountTable],
    values: Sequence[Mapping[ValuePath, Sequence[ValuePath]]],
    smallest: int,
    held: Held,
) -> frozenset[Cell]:
    inherited: set[Cell] = set()
    for at, depth in enumerate(level):
        if depth:
            coarser = tables[(*level[:at], depth - 1, *level[at + 1 :])]
            for cell in coarser.withheld:
                inherited.update((*cell[:at], path, *cell[at + 1 :]) for path in values[at].get(cell[at], ()))
    small = sorted(held.close.union(cell for cell, tally in tallies.items() if tally.small(smallest)), key=_place)
    withheld = inherited.union(small)
    whole: set[Cell] = set()
    effort = _EFFORT
    for cell in small:
        margins = tuple(path[:-1] for path in cell)
        if cell in inherited or margins in whole:
            continue
        cube = _cube(cell, tallies, withheld, values, smallest, held.known)
        if cube is None and effort > 0:
            effort -= prod(2 * len(values[at][path[:-1]]) for at, path in enumerate(cell) if path)
            cube = _several(cell, tallies, withheld, values, smallest, held.known)
        if cube is None:
            whole.add(margins)
            cube = product(*(values[at][path[:-1]] if path else (path,) for at, path in enumerate(cell)))
        withheld.update(cube)
    return frozenset(withheld)


def _place(cell: Cell) -> list[tuple[tuple[bool, str], ...]]:
    return [_order(path) for path in cell]


def _cube(
    cell: Cell,
    tallies: Mapping[Cell, Tally],
    withheld: set[Cell],
    values: Sequence[Mapping[ValuePath, Sequence[ValuePath]]],
    smallest: int,
    known: frozenset[Cell],
) -> Iterable[Cell] | None:
    """Return the cells to withhold with a small one, whose margins are all shown.

    Of the cubes, the one that costs the fewest cells and rows more, among those around which at least
    ``smallest`` rows can be moved: so much stays uncertain even for who knows that no count is negative. None
    where there is no such cube: then everything under the same margins has to be withheld.
    """
    turning = [at for at, path in enumerate(cell) if path]
    near = _NEAR[min(len(turning), len(_NEAR)) - 1]
    best: tuple[tuple[int, int], list[Cell]] | None = None
    for others in product(*(_near(cell, at, tallies, withheld, values, near) for at in turning)):
        corners, room = _corners(cell, turning, others, tallies)
        if known and not known.isdisjoint(corners):
            continue
        new = [corner for corner in corners if corner not in withheld]
        cost = (len(new), sum(tallies.get(corner, NOTHING).count for corner in new))
        if room >= smallest and (best is None or cost < best[0]):
            best = (cost, corners)
            if not new:
                break
    return None if best is None else best[1]


def _several(
    cell: Cell,
    tallies: Mapping[Cell, Tally],
    withheld: set[Cell],
    values: Sequence[Mapping[ValuePath, Sequence[ValuePath]]],
    smallest: int,
    known: frozenset[Cell],
) -> Iterable[Cell] | None:
    """Return the cells of several cubes around a small one; None where all of them together have too little room.

    Rows are moved around one cube after the other, as far as what is left at its corners permits. Cubes that cost the
    fewest cells more come first.
    """
    turning = [at for at, path in enumerate(cell) if path]
    near = _FAR[min(len(turning), len(_FAR)) - 1]
    cubes = []
    for others in product(*(_near(cell, at, tallies, withheld, values, near) for at in turning)):
        corners, room = _corners(cell, turning, others, tallies)
        if room and known.isdisjoint(corners):
            cubes.append((sum(corner not in withheld for corner in corners), -room, corners))
    cubes.sort(key=lambda cube: cube[:2])
    odd = [sum(turned) % 2 for turned in product((False, True), repeat=len(turning))]
    left: tuple[dict[Cell, int], dict[Cell, int]] = ({}, {})
    taken: list[Cell] = []
    found = 0
    for _, _, corners in cubes:
        moved = 0
        for side in (0, 1):  # fewer rows in the cell, then more
            giving = [corner for corner, of in zip(corners, odd, strict=True) if of == side]
            most = min((left[side].get(each, tallies.get(each, NOTHING).count) for each in giving), default=0)
            for corner in giving if most else ():
                left[side][corner] = left[side].get(corner, tallies[corner].count) - most
            moved += most
        if moved:
            taken += corners
            found += moved
        if found >= smallest:
            return taken
    return None


def _near(
    cell: Cell,
    at: int,
    tallies: Mapping[Cell, Tally],
    withheld: set[Cell],
    values: Sequence[Mapping[ValuePath, Sequence[ValuePath]]],
    most: int,
) -> list[ValuePath]:
    """Return other values of a dimension under the same margin: withheld ones first, then those with few rows.

    Of the withheld ones also the largest: small ones alone leave too little uncertain.
    """

    def along(path: ValuePath) -> Cell:
        return (*cell[:at], path, *cell[at + 1 :])

    others = [path for path in values[at][cell[at][:-1]] if path != cell[at]]
    counts = {path: tallies.get(along(path), NOTHING).count for path in others}
    others.sort(key=lambda path: counts[path] or _NO_ROWS)
    hidden = [path for path in others if along(path) in withheld]
    shown = [path for path in others if along(path) not in withheld]
    half = most // 2
    return [*hidden[half:][-1:], *hidden[:half], *shown[:half]]


def _corners(
    cell: Cell, turning: Sequence[int], others: Sequence[ValuePath], tallies: Mapping[Cell, Tally]
) -> tuple[list[Cell], int]:
    """Return the corners of a cube, and how many rows can be moved around it without a negative count."""
    corners: list[Cell] = []
    least: list[int | None] = [None, None]
    for turned in product((False, True), repeat=len(turning)):
        corner = list(cell)
        for at, other, turn in zip(turning, others, turned, strict=True):
            if turn:
                corner[at] = other
        made = tuple(corner)
        corners.append(made)
        side, count = sum(turned) % 2, tallies.get(made, NOTHING).count
        known = least[side]
        least[side] = count if known is None else min(known, count)
    return corners, sum(room for room in least if room is not None)
