"""What a row is that a predicate is asked about here rather than in the database."""

from __future__ import annotations

import pytest

from hub.catalog.predicate import Not, OneOf, admits


@pytest.mark.parametrize("sex", ["FEMALE", None])
def test_none_of_no_values_is_what_it_is_in_sql_also_where_nothing_is_known(sex):
    assert not admits(OneOf("sex", ()), {"sex": sex})
    assert admits(Not(OneOf("sex", ())), {"sex": sex})


def test_whether_an_unknown_value_is_among_some_is_unknown():
    assert not admits(OneOf("sex", ("FEMALE",)), {"sex": None})
    assert not admits(Not(OneOf("sex", ("FEMALE",))), {"sex": None})
