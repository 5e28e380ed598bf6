"""A charity states criteria so that being eligible, or not, tells of somebody's age, income or disability.

All criteria together tell no more than the places of their cuts do, which a file declares; the vocabulary is closed;
what is stated counts once somebody approved it; and counts are told of five or more.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import pytest

from drawing_criteria import WIDTHS
from hub.catalog.predicate import truth
from hub.domain import CATALOGUE
from hub.matching.criteria import VOCABULARY, CriteriaRefused, parse


def asked(op, name, *constants):
    return {"op": op, "args": [{"property": name}, *constants]}


def told_apart(name, values, bounds):
    """All that criteria may ask of a number at all, and which of its values they leave together."""
    accepted = []
    for op, bound in product(("=", "<>", "<", "<=", ">", ">="), bounds):
        with suppress(CriteriaRefused):
            accepted.append(parse(asked(op, name, bound), WIDTHS))
    assert accepted
    together = {}
    for value in values:
        together.setdefault(tuple(truth(each.predicate, {name: value}) for each in accepted), []).append(value)
    return list(together.values())


def test_all_criteria_together_tell_an_age_no_closer_than_ten_years():
    bands = told_apart("age", range(120), range(130))

    assert min(len(ages) for ages in bands if ages[0] >= 6) >= 10


def test_all_criteria_together_tell_an_income_no_closer_than_five_hundred():
    bands = told_apart("income_per_person", range(0, 800_000, 100), range(0, 8_000, 50))

    assert min(band[-1] - band[0] for band in bands) >= 49_900


def test_what_names_a_person_cannot_be_asked_at_all():
    fields = {field for owner in CATALOGUE for field in owner.fields}
    for name in sorted(fields - VOCABULARY.keys()):
        with pytest.raises(CriteriaRefused, match="nothing of this name"):
            parse(asked("=", name, "1"), WIDTHS)


def test_nobody_is_found_by_having_no_disability_or_by_what_is_not_known():
    for expression in (
        asked("=", "disability", False),
        asked("<>", "disability", True),
        {"op": "not", "args": [asked("=", "disability", True)]},
        {"op": "isNull", "args": [{"property": "age"}]},
    ):
        with pytest.raises(CriteriaRefused):
            parse(expression, WIDTHS)


def test_a_division_smaller_than_a_township_cannot_be_named():
    with pytest.raises(CriteriaRefused, match="smallest division"):
        parse(asked("like", "division", "230502001005%"), WIDTHS)
