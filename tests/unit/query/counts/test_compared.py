"""Two tables of counts, one after the other: no difference of the two tells of a few rows, with exact arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from exact_sums import Span, total_of
from hub.query.counts.compared import compared, decoded, encoded, standing
from hub.query.counts.suppression import NOTHING, Tally

SMALLEST = 5
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 4, 7, 9, tzinfo=UTC)
SIDES = {"category": 3, "region": (2, 2), "status": 2}
FINEST = list(product(*[
    [(a, f"{a}{b}") for a in range(sides[0]) for b in range(sides[1])] if isinstance(sides, tuple)
    else [(value,) for value in range(sides)]
    for sides in SIDES.values()
]))  # fmt: skip
QUESTIONS = [
    (("category", 1),),
    (("region", 1),),
    (("category", 1), ("region", 1)),
    (("category", 1), ("region", 2)),
    (("category", 1), ("status", 1)),
    (("region", 2), ("status", 1)),
    (("category", 1), ("region", 1), ("status", 1)),
]
COUNTS = st.one_of(st.integers(0, 9), st.just(0), st.integers(10, 60))
ROWS = st.lists(COUNTS, min_size=len(FINEST), max_size=len(FINEST))
CHANGES = st.lists(st.one_of(st.just(0), st.just(0), st.integers(-3, 3), st.integers(-20, 20)),
                   min_size=len(FINEST), max_size=len(FINEST))  # fmt: skip


def cell_for(finest, dimensions):
    names, levels = list(SIDES), dict(dimensions)
    return tuple(finest[names.index(name)][: levels[name]] for name, _ in dimensions)


def asked(counts, dimensions, before=(), at=AT, rows="rows", measures=()):
    table = {}
    for finest, count in zip(FINEST, counts, strict=True):
        if count:
            sums = tuple(Decimal(100 * count) for _ in measures)
            tally = Tally(count, tuple(count for _ in measures), sums)
            cell = cell_for(finest, dimensions)
            table[cell] = table.get(cell, NOTHING) + tally
    return compared(at, rows, dimensions, measures, table, before, SMALLEST)


def below(cell, level, dimensions, tag=None):
    """The finest cells that make up a cell of a table at a level."""
    depths = tuple((name, depth) for (name, _), depth in zip(dimensions, level, strict=True))
    made = [finest for finest in FINEST if cell_for(finest, depths) == cell]
    return [(tag, finest) for finest in made]


def shown_by(table, tag=None):
    for level, made in table.tables.tables.items():
        for cell in table.tables.below(((),) * len(level), level):
            if made.shows(cell):
                yield total_of(below(cell, level, table.dimensions, tag))


def span_of(*sums):
    span = Span()
    for each in sums:
        for vector in each:
            span.learn(vector)
    return span


def levels_of(question):
    return product(*(range(depth + 1) for _, depth in question))


@settings(max_examples=120)
@given(ROWS, CHANGES, st.sampled_from(QUESTIONS), st.sampled_from(QUESTIONS))
def test_no_change_by_a_few_rows_follows_from_two_tables(counts, changes, first, second):
    after = [max(0, count + change) for count, change in zip(counts, changes, strict=True)]
    one = asked(counts, first)
    two = asked(after, second, [one], LATER)
    span = span_of(shown_by(one, "before"), shown_by(two, "after"))
    for level in levels_of(second):
        depths = tuple((name, depth) for (name, _), depth in zip(second, level, strict=True))
        for cell in {cell_for(finest, depths) for finest in FINEST}:
            cells = [finest for _, finest in below(cell, level, second)]
            net = sum(after[FINEST.index(each)] - counts[FINEST.index(each)] for each in cells)
            if 0 < abs(net) < SMALLEST:
                vector = total_of(("after", each) for each in cells)
                vector |= {("before", each): -value for each, value in total_of(cells).items()}
                assert not span.knows(vector), (cell, net)


@settings(max_examples=200)
@given(ROWS, CHANGES, st.lists(st.sampled_from(QUESTIONS), min_size=2, max_size=4))
def test_who_takes_what_is_shown_alike_for_unchanged_learns_no_small_cell_from_several_tables(
    counts, changes, questions
):
    after = [max(0, count + change) for count, change in zip(counts, changes, strict=True)]
    same = {finest for finest, old, new in zip(FINEST, counts, after, strict=True) if old == new}
    tables = []
    for at, question in enumerate(questions):
        tables.append(asked(after if at else counts, question, list(tables), LATER if at else AT))
    told = [(table, "after" if at else "before") for at, table in enumerate(tables) if table.shows_total]
    shown = {tag: set() for tag in ("before", "after")}
    for table, tag in told:
        shown[tag] |= {frozenset(each for _, each in vector) for vector in shown_by(table)}
    alike = {each for cells in shown["before"] & shown["after"] if cells <= same for each in cells}

    def known(vectors):
        for vector in vectors:
            yield {("same" if each in alike else tag, each): value for (tag, each), value in vector.items()}

    span = span_of(*(known(shown_by(table, tag)) for table, tag in told))
    for table, tag in told:
        for level, made in table.tables.tables.items():
            for cell, tally in made.tallies.items():
                if tally.small(SMALLEST):
                    [vector] = known([total_of(below(cell, level, table.dimensions, tag))])
                    assert not span.knows(vector)


def test_a_cell_whose_number_is_known_from_before_hides_no_other():
    counts = [0] * len(FINEST)
    counts[8] = 5
    first = asked(counts, QUESTIONS[0])
    counts[0], counts[16] = 1, 6
    assert asked(counts, QUESTIONS[0]).tables.tables[1,].withheld == {((0,),), ((1,),)}
    assert asked(counts, QUESTIONS[0], [first], LATER).tables.tables[1,].withheld == {((0,),), ((2,),)}


def test_a_cell_that_hid_another_is_not_shown_when_a_smaller_one_could_hide_it():
    counts = [0] * len(FINEST)
    for place, count in zip((0, 8, 16), (2, 12, 16), strict=True):
        counts[place] = count
    first = asked(counts, QUESTIONS[0])
    assert first.tables.tables[1,].withheld == {((0,),), ((1,),)}
    counts[16] = 11
    alone = asked(counts, QUESTIONS[0])
    assert alone.tables.tables[1,].withheld == {((0,),), ((2,),)}
    second = asked(counts, QUESTIONS[0], [first], LATER)
    assert not second.tables.tables[1,].shows(((1,),))


@given(ROWS)
def test_the_same_rows_counted_again_are_shown_and_withheld_as_before(counts):
    first = asked(counts, QUESTIONS[-1])
    again = asked(counts, QUESTIONS[-1], [first], LATER)
    for level, table in first.tables.tables.items():
        assert again.tables.tables[level] == table


def test_a_change_by_one_row_is_withheld_with_its_neighbour_and_a_large_one_is_shown():
    counts = [0] * len(FINEST)
    for place, count in zip((0, 8, 16), (40, 50, 60), strict=True):
        counts[place] = count
    by_category = QUESTIONS[0]
    first = asked(counts, by_category)
    assert not any(table.withheld for table in first.tables.tables.values())
    moved = list(counts)
    moved[0], moved[8], moved[16] = 41, 49, 70
    second = asked(moved, by_category, [first], LATER)
    assert second.tables.tables[1,].withheld == {((0,),), ((1,),)}
    assert second.tables.tables[0,].shows(((),))


def test_a_sum_that_changed_without_a_row_is_withheld():
    tally = Tally(40, (40,), (Decimal(4000),))
    other = Tally(50, (50,), (Decimal(5000),))
    first = compared(AT, "rows", QUESTIONS[0], ("amount",), {((0,),): tally, ((1,),): other}, [], SMALLEST)
    raised = Tally(40, (40,), (Decimal(4050),))
    second = compared(LATER, "rows", QUESTIONS[0], ("amount",), {((0,),): raised, ((1,),): other}, [first], SMALLEST)
    assert not second.shows_total
    counted = compared(LATER, "rows", QUESTIONS[0], (), {((0,),): Tally(40), ((1,),): Tally(50)}, [first], SMALLEST)
    assert counted.shows_total  # no sum is asked for, and as many rows are there


@given(ROWS, st.sampled_from(QUESTIONS))
def test_a_table_is_the_same_after_it_was_kept(counts, question):
    first = asked([count + 1 for count in counts], question, measures=("amount",))
    table = asked(counts, question, [first], measures=("amount",))
    assert decoded(table.at, encoded(table), SMALLEST) == table


@given(ROWS, ROWS, st.sampled_from(QUESTIONS), st.sampled_from(QUESTIONS))
def test_a_margin_of_a_table_is_shown_and_withheld_as_in_the_table(earlier, counts, first, question):
    whole = asked(counts, QUESTIONS[-1], [asked(earlier, first)])
    narrow = tuple((name, depth) for name, depth in question if depth <= dict(QUESTIONS[-1])[name])
    found = standing([whole], "rows", narrow, (), since=AT, smallest=SMALLEST)
    if found is None:
        return
    names = [name for name, _ in QUESTIONS[-1]]
    for level, table in found.tables.tables.items():
        by_name = dict(zip([name for name, _ in narrow], level, strict=True))
        same = whole.tables.tables[tuple(by_name.get(name, 0) for name in names)]
        places = [[name for name, _ in narrow].index(name) if name in by_name else None for name in names]
        assert {tuple(() if at is None else cell[at] for at in places) for cell in table.withheld} == same.withheld


def test_a_question_about_other_rows_other_measures_or_finer_groups_has_no_standing_answer():
    counts = [7] * len(FINEST)
    table = asked(counts, QUESTIONS[2])
    for rows, dimensions, measures in (
        ("others", QUESTIONS[2], ()),
        ("rows", QUESTIONS[3], ()),
        ("rows", QUESTIONS[4], ()),
        ("rows", QUESTIONS[2], ("amount",)),
    ):
        assert standing([table], rows, dimensions, measures, since=AT, smallest=SMALLEST) is None
    assert standing([table], "rows", QUESTIONS[2], (), since=LATER, smallest=SMALLEST) is None
    assert standing([table], "rows", QUESTIONS[0], (), since=AT, smallest=SMALLEST) is not None
