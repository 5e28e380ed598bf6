"""Folding predicates never changes which rows are seen: tried on drawn predicates and rows with absent values."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.catalog.predicate import (
    ALWAYS,
    NEVER,
    And,
    Compare,
    IsNull,
    Linked,
    Not,
    OneOf,
    Or,
    Within,
    admits,
    conj,
    disj,
    negate,
    outermost,
    simplified,
)
from hub.query.plan.rights import still_to_test

REGIONS = ("23", "2305", "230502", "230502001", "230503", "2306")
KINDS = ("A", "B", "C")

rows = st.fixed_dictionaries(
    {
        "region": st.none() | st.sampled_from(REGIONS),
        "home": st.none() | st.sampled_from(REGIONS),
        "kind": st.none() | st.sampled_from(KINDS),
        "amount": st.none() | st.integers(0, 3),
        "other": st.none() | st.fixed_dictionaries({"kind": st.none() | st.sampled_from(KINDS)}),
    }
)
leaves = st.one_of(
    st.sampled_from([ALWAYS, NEVER]),
    st.builds(
        Within,
        st.sampled_from(["region", "home"]),
        st.lists(st.sampled_from(REGIONS), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Compare, st.just("kind"), st.just("eq"), st.sampled_from(KINDS)),
    st.builds(Compare, st.just("amount"), st.sampled_from(["eq", "gt", "gte", "lt", "lte"]), st.integers(0, 3)),
    st.builds(OneOf, st.just("kind"), st.lists(st.sampled_from(KINDS), max_size=3).map(tuple)),
    st.builds(IsNull, st.sampled_from(["region", "home", "kind", "amount"])),
    st.builds(Linked, st.just("other"), st.builds(Compare, st.just("kind"), st.just("eq"), st.sampled_from(KINDS))),
)
predicates = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)


@settings(max_examples=500)
@given(predicates, rows)
def test_a_tidied_filter_admits_the_same_rows(predicate, row):
    assert admits(simplified(predicate), row) is admits(predicate, row)


@settings(max_examples=500)
@given(predicates, predicates, rows)
def test_what_is_left_to_test_in_known_rows_decides_as_all_of_it_would(known, asked, row):
    assume(admits(known, row))
    assert admits(still_to_test(asked, known=known), row) is admits(asked, row)


@settings(max_examples=300)
@given(predicates, predicates, rows)
def test_filters_of_known_and_asked_admit_the_same_with_what_is_left(known, asked, row):
    both = admits(known, row) and admits(asked, row)
    assert admits(conj((known, still_to_test(asked, known=known))), row) is both


@settings(max_examples=300)
@given(st.lists(predicates, max_size=4), rows)
def test_joining_and_dividing_say_what_they_are_made_of(parts, row):
    assert admits(conj(parts), row) is all(admits(part, row) for part in parts)
    assert admits(disj(parts), row) is any(admits(part, row) for part in parts)


@settings(max_examples=300)
@given(predicates, rows)
def test_a_predicate_and_its_negation_never_admit_one_row_both(predicate, row):
    assert not (admits(predicate, row) and admits(negate(predicate), row))
    assert admits(negate(negate(predicate)), row) is admits(predicate, row)


@pytest.mark.parametrize(
    ("known", "asked", "left"),
    [
        (Within("region", ("230502",)), Within("region", ("2305",)), ALWAYS),
        (Within("region", ("2305",)), Within("region", ("230502",)), Within("region", ("230502",))),
        (Within("region", ("230502", "230503")), Within("region", ("2305",)), ALWAYS),
        (Within("region", ("230502", "2306")), Within("region", ("2305",)), Within("region", ("2305",))),
        (Within("home", ("230502",)), Within("region", ("2305",)), Within("region", ("2305",))),
        (Compare("kind", "eq", "A"), Or((Compare("kind", "eq", "A"), IsNull("amount"))), ALWAYS),
        (
            And((Not(IsNull("region")), Within("region", ("230502",)))),
            And((Within("region", ("2305",)), Compare("kind", "eq", "A"))),
            Compare("kind", "eq", "A"),
        ),
        (ALWAYS, Compare("kind", "eq", "A"), Compare("kind", "eq", "A")),
    ],
)
def test_what_the_rows_already_fulfil_is_not_asked_again(known, asked, left):
    assert still_to_test(asked, known=known) == left


def test_of_regions_within_each_other_the_outer_one_stays():
    assert outermost(["230502001", "2305", "230502", "44"]) == ("2305", "44")
