from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from hub.sync.authority import resolve

RANKS = {"public-security": 1, "civil-affairs": 2, "charity": 3}


def test_the_source_with_the_first_rank_stands_and_the_others_are_kept():
    statements = {"civil-affairs": "张三", "public-security": "章三"}
    assert resolve(statements, RANKS) == ("public-security", {"civil-affairs": "张三"})


def test_the_only_source_stands():
    assert resolve({"civil-affairs": "张三"}, RANKS) == ("civil-affairs", {})


def test_nobody_stands_where_nobody_speaks():
    assert resolve({}, RANKS) == (None, {})


def test_a_source_that_no_mapping_knows_comes_last():
    assert resolve({"gone": "x", "charity": "y"}, RANKS)[0] == "charity"


@given(st.dictionaries(st.sampled_from(sorted(RANKS)), st.text(max_size=3)))
def test_the_order_in_which_sources_speak_makes_no_difference(statements):
    results = {
        (standing, tuple(sorted(losing.items())))
        for order in permutations(statements.items())
        for standing, losing in [resolve(dict(order), RANKS)]
    }
    assert len(results) == 1
