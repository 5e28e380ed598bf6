import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from drawing_criteria import WIDTHS
from hub.catalog import Money
from hub.catalog.predicate import ALWAYS
from hub.cli.json_lines import line_of, lines_of
from hub.domain import CATALOGUE
from hub.matching.criteria import parse
from hub.matching.nights import needs
from hub.matching.nights.given import _nearness


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(1966, 11, 26), date(2026, 11, 25), 59),
        (date(1966, 11, 26), date(2026, 11, 26), 60),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
    ],
)
def test_ages_are_full_years(birth, day, age):
    assert needs._age(birth, day) == age


def everything():
    """Criteria that ask of everything, all of it necessary."""
    parts = [
        {"op": ">=", "args": [{"property": "age"}, 60]},
        {"op": "=", "args": [{"property": "sex"}, "MALE"]},
        {"op": "<", "args": [{"property": "income_per_person"}, 1000]},
        {"op": "=", "args": [{"property": "disability"}, True]},
        {"op": "=", "args": [{"property": "household_size"}, 2]},
        {"op": "like", "args": [{"property": "division"}, "230502%"]},
        {"op": "a_overlaps", "args": [{"property": "categories"}, ["DIBAO", "ORPHAN"]]},
    ]
    return parse({"op": "and", "args": parts}, WIDTHS)


@pytest.mark.parametrize("plain", [ALWAYS, everything().plain], ids=["all", "plain"])
def test_no_statement_decides_by_age_sex_income_or_disability(plain):
    statement = needs.statement_of(plain)
    listed, _, decided = statement.partition("FROM (")
    listed, subqueries = listed.split("CASE WHEN n.reached")
    for column in ("birth_date", "sex", "declared_monthly_income"):
        assert re.findall(rf"\b{column}\b", listed) == [column]
        assert not re.search(rf"\b{column}\b", subqueries + decided)
    assert "DISABILITY" not in statement
    assert "DISABILITY_SUBSIDY" not in needs._HOUSEHOLD_WIDE


def test_what_is_kept_in_plain_is_decided_by_the_database():
    statement = needs.statement_of(everything().plain)

    for text in ("asked.household_size = 2", "asked.division >= '230502'", "asked.category_orphan"):
        assert text in statement


def test_a_field_that_is_sealed_is_opened_for_its_row():
    """As income will be: the same rows, sealed, give the same columns."""
    row = uuid4()

    class Vault:
        def opener(self, table, column, group):
            assert (table, column, group.value) == ("finding", "amount", "finance")
            return self

        def open(self, row_id, sealed):
            assert row_id == row.bytes
            return sealed.decode()

    assert CATALOGUE["Finding"].fields["amount"].sealed
    assert CATALOGUE["Finding"].fields["amount"].type is Money
    opened = needs._opener(Vault(), "Finding", "amount")
    assert opened(row, b"650.00") == Decimal("650.00")
    assert opened(row, None) is None


def test_near_resources_fit_better():
    assert [_nearness(area, 300) for area in ("23", "2305", "230502", "230502001", "230502001001")] == [
        0, 100, 200, 300, 300,
    ]  # fmt: skip


def test_only_the_outermost_divisions_of_each_kind_are_asked_for():
    offered = [("FOOD", "2305"), ("FOOD", "230502"), ("FUEL", "230502001"), ("FUEL", "230503")]

    assert sorted(needs._reach(offered)) == ["FOOD2305", "FUEL230502001", "FUEL230503"]


def test_the_line_of_a_fault_is_found_in_the_file():
    text = '{\n  "kind": "FOOD",\n  "criteria": {\n    "op": "and",\n    "args": [\n      1,\n      {"a/b": 2}\n]}}'
    lines = lines_of(text)

    assert line_of(lines, "/criteria/args/0") == 6
    assert line_of(lines, "/criteria/args/1/a~1b") == 7
    assert line_of(lines, "/criteria/args/5/op") == 5
    assert line_of(lines, "/missing") == 1
    assert line_of(lines_of("{"), "/kind") is None
