"""Answers of executions that shared a statement are made at once, and kept no longer than anybody needs them."""

from __future__ import annotations

import gc

import orjson
import pytest

from hub.query.answer.answer import Answer
from hub.query.coalescing import FetchedTogether, PointAnswers, SharedRows, write_several
from hub.query.fetch import Fetched
from seeded_hub import CITY


def answer(group):
    if "broken" in group:
        raise ValueError("one of them cannot be made")
    return Answer(orjson.Fragment(b"{}"), len(group), frozenset(group))


class Making:
    def __init__(self):
        self.asked = []

    def __call__(self, groups):
        self.asked.append(groups)
        return [answer(group) for group in groups]


def together(*groups):
    shared = SharedRows(groups)
    return [FetchedTogether({None: rows}, shared, place) for place, rows in enumerate(groups)]


def test_answers_of_a_shared_statement_are_made_once_for_all():
    make = Making()
    points = PointAnswers(make)
    fetched = together(["a"], ["b"], [])
    assert [points.answer(each).subjects for each in reversed(fetched)] == [frozenset(), {"b"}, {"a"}]
    assert make.asked == [(["a"], ["b"], [])]


def test_where_one_cannot_be_made_each_is_made_by_itself():
    make = Making()
    points = PointAnswers(make)
    first, broken, last = together(["a"], ["broken"], ["c"])
    assert points.answer(first).subjects == {"a"}
    assert points.answer(last).subjects == {"c"}
    with pytest.raises(ValueError, match="cannot be made"):
        points.answer(broken)
    assert len(make.asked) == 4


def test_what_was_shared_is_forgotten_with_its_rows():
    points = PointAnswers(Making())
    fetched = together(["a"], ["b"])
    points.answer(fetched[0])
    assert len(points._known) == 1
    del fetched
    gc.collect()
    assert len(points._known) == 0


def test_rows_of_one_execution_alone_are_not_kept_at_all():
    points = PointAnswers(Making())
    assert points.answer(Fetched({None: ["a"]})).subjects == {"a"}
    assert len(points._known) == 0


def test_a_statement_for_several_takes_an_array_of_what_differs_and_one_of_what_does_not(engine):
    document = """query ($id: ID!) { node(id: $id) { ... on Household {
        meansChecks(first: 1, where: {outcome: {eq: CONSISTENT}}) { nodes { outcome } } } } }"""
    variables = {"id": "Household:00000000-0000-7000-8000-000000000001"}
    operation = engine.operation(document, None, CITY)
    planned = engine.plan(operation, variables, CITY)
    [node] = planned.sql
    several = write_several(node, planned.layout, engine.catalogue)
    assert [planned.plan.binders[param.index].where for param in several.arrays] == ["node(id:)"]
    assert "unnest($" in several.text
    assert several.text.count("each.p") == 1
