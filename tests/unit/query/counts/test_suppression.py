"""No withheld cell follows from what is shown: checked with exact arithmetic over whole families of tables."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exact_sums import Span, total_of
from hub.query.counts.suppression import Tally, family, size

SMALLEST = 5
COUNTS = st.one_of(st.integers(0, 9), st.just(0), st.integers(10, 60))


def tables_of(shape):
    """Random tables: flat dimensions with so many values, and nested ones with (outer, inner) values."""
    paths = [
        [(a, f"{a}{b}") for a in range(sides[0]) for b in range(sides[1])]
        if isinstance(sides, tuple)
        else [(value,) for value in range(sides)]
        for sides in shape
    ]
    cells = list(product(*paths))
    depths = tuple(len(path[0]) for path in paths)
    return st.lists(COUNTS, min_size=len(cells), max_size=len(cells)).map(
        lambda counts: (
            {cell: Tally(count) for cell, count in zip(cells, counts, strict=True) if count},
            depths,
        )
    )


def learned(found, depths):
    """Everything that all tables of the family show, as sums of the finest cells."""
    span = Span()
    for table in found.tables:
        for cell in cells_of(found, table):
            if found.tables[table].shows(cell):
                span.learn(total_of(found.below(cell, depths)))
    return span


def cells_of(found, table):
    return list(found.below(((),) * len(table), table))


def assert_safe(finest, depths):
    found = family(finest, depths, SMALLEST)
    span = learned(found, depths)
    for table, made in found.tables.items():
        for cell, tally in made.tallies.items():
            if tally.small(SMALLEST):
                assert not made.shows(cell)
        for cell in made.withheld:
            assert not span.knows(total_of(found.below(cell, depths))), (table, cell)


@given(tables_of([5]))
def test_one_way_tables_are_safe(table):
    assert_safe(*table)


@settings(max_examples=150)
@given(tables_of([3, 4]))
def test_two_way_tables_with_their_margins_are_safe(table):
    assert_safe(*table)


@settings(max_examples=80, deadline=None)
@given(tables_of([2, 3, 3]))
def test_three_way_tables_with_all_their_margins_are_safe(table):
    assert_safe(*table)


@settings(max_examples=80, deadline=None)
@given(tables_of([(3, 2), 3]))
def test_townships_within_counties_are_safe(table):
    assert_safe(*table)


def test_the_check_itself_finds_a_cell_that_follows_from_its_margins():
    span = Span()
    span.learn({"a": Fraction(1), "b": Fraction(1)})
    assert not span.knows({"a": Fraction(1)})
    span.learn({"b": Fraction(1)})
    assert span.knows({"a": Fraction(1)})


@settings(max_examples=60, deadline=None)
@given(tables_of([3, (2, 2), 3]))
def test_a_table_is_the_same_asked_for_and_as_a_margin(table):
    finest, depths = table
    whole = family(finest, depths, SMALLEST)
    for level, margin in whole.tables.items():
        kept = [at for at, depth in enumerate(level) if depth]
        rows = {tuple(cell[at] for at in kept): tally for cell, tally in margin.tallies.items()}
        alone = family(rows, tuple(level[at] for at in kept), SMALLEST)
        own = alone.tables[tuple(level[at] for at in kept)]
        assert {tuple(cell[at] for at in kept) for cell in margin.withheld} == own.withheld


@given(tables_of([6]))
def test_a_small_count_stays_uncertain_by_as_much_as_a_group_must_have(table):
    finest, depths = table
    found = family(finest, depths, SMALLEST).tables[depths]
    total = sum(tally.count for tally in finest.values())
    if any(tally.small(SMALLEST) for tally in finest.values()) and total >= SMALLEST:
        assert sum(found.tally(cell).count for cell in found.withheld) >= SMALLEST


def test_nothing_is_withheld_where_no_group_is_small():
    finest = {((a,), (b,)): Tally(5 + a + b) for a in range(3) for b in range(3)}
    assert not any(table.withheld for table in family(finest, (1, 1), SMALLEST).tables.values())


def test_the_next_smallest_group_is_withheld_with_the_only_small_one():
    finest = {((name,),): Tally(count) for name, count in {"a": 3, "b": 40, "c": 9, "d": 70}.items()}
    assert family(finest, (1,), SMALLEST).tables[1,].withheld == {(("a",),), (("c",),)}


def test_two_small_groups_that_are_too_few_together_take_a_third():
    finest = {((name,),): Tally(count) for name, count in {"a": 1, "b": 1, "c": 30, "d": 70}.items()}
    withheld = family(finest, (1,), SMALLEST).tables[1,].withheld
    assert (("c",),) in withheld
    assert (("d",),) not in withheld


def test_a_cell_for_which_one_cube_has_too_little_room_does_not_withhold_its_whole_table():
    """No other kind of the small county has more than two: only several of them together leave it uncertain."""
    counts = {("small", kind, state): 1 + (kind + state) % 2 for kind in range(6) for state in range(2)}
    counts |= {(county, kind, state): 40 for county in "abcd" for kind in range(6) for state in range(2)}
    finest = {tuple((value,) for value in cell): Tally(count) for cell, count in counts.items()}
    depths = (1, 1, 1)
    found = family(finest, depths, SMALLEST)
    assert_safe(finest, depths)
    table = found.tables[depths]
    assert table.shows((("d",), (5,), (1,)))
    assert len(table.withheld) <= 24  # the small county, and another one


def test_a_measure_with_too_few_values_withholds_its_group():
    finest = {
        (("a",),): Tally(50, (2,), (Decimal(7),)),
        (("b",),): Tally(60, (60,), (Decimal(600),)),
        (("c",),): Tally(70, (70,), (Decimal(700),)),
    }
    assert family(finest, (1,), SMALLEST).tables[1,].withheld == {(("a",),), (("b",),)}


def test_a_total_that_is_small_withholds_everything():
    found = family({((name,),): Tally(2) for name in "ab"}, (1,), SMALLEST)
    assert found.tables[0,].withheld == {((),)}
    assert found.tables[1,].withheld == {(("a",),), (("b",),)}


@pytest.mark.parametrize("values", [(3, 4), (1, 1)])
def test_the_size_counts_combinations_without_rows_too(values):
    finest = {((a,), (b,)): Tally(1) for a, b in product(*map(range, values))}
    assert size(finest, (1, 1)) == values[0] * values[1]
