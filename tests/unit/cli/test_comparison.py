"""Marks and reasons of the demo's one record."""

from __future__ import annotations

import pytest

from hub.cli.comparison import VIEWERS, Reasons

PURPOSES = dict.fromkeys(VIEWERS, "means-check")


def entry(path, decision, policies=()):
    return {"path": path, "decision": decision, "reason": "said at length", "policies": list(policies)}


@pytest.fixture
def reasons():
    given = [
        entry("people.edges.node.name", "MASKED", ["names-masked"]),
        entry("people.edges.node.household", "WITHHELD"),
        entry("people.edges.node.phone", "CONDITIONAL", ["own-district"]),
    ]
    answers = {viewer: {"extensions": {"access": given if viewer == "charity" else []}} for viewer in VIEWERS}
    return Reasons(answers, PURPOSES)


def test_a_value_that_is_simply_shown_has_no_mark(reasons):
    assert reasons.cell("charity", ("people", "region"), "2305") == "2305"


def test_a_value_that_is_not_there_is_not_taken_for_withheld(reasons):
    assert reasons.cell("charity", ("people", "region"), None) == "∅"


def test_a_masked_value_has_its_mark_and_a_reason(reasons):
    assert reasons.cell("charity", ("people", "name"), "贺***") == "▒贺***¹"
    assert reasons.texts == ["charity: masked by policy names-masked"]


def test_what_stands_below_something_withheld_is_withheld_for_the_same_reason(reasons):
    assert reasons.cell("charity", ("people", "household", "size"), None) == "⊘¹"
    assert reasons.cell("charity", ("people", "household", "address"), None) == "⊘¹"
    assert reasons.texts == ["charity: no policy permits it for means-check"]


def test_where_the_row_decides_nothing_there_may_be_either(reasons):
    assert reasons.cell("charity", ("people", "phone"), None) == "⊘ or ∅¹"
    assert reasons.cell("charity", ("people", "phone"), "14036068020") == "14036068020¹"


def test_reasons_are_each_viewers_own(reasons):
    assert reasons.cell("civil-affairs", ("people", "name"), "贺雪洁") == "贺雪洁"
