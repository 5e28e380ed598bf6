"""Rows as lines of CSV: exact, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from hub.http.lines import Csv


def written(value):
    lines = Csv([("person", "name"), ("last",)])
    lines.head({})
    return lines.page([{"person": {"name": value}, "last": 1}]).decode()


@pytest.mark.parametrize("text", ["=1+1", "+861", "-x", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "\t=1", "\r=1", "'x"])
def test_a_text_that_a_spreadsheet_would_calculate_is_guarded(text):
    [cells] = csv.reader(io.StringIO(written(text), newline=""))
    assert cells == [f"'{text}", "1"]


@pytest.mark.parametrize("text", ["", "a", "-5", "-5.00", "12", "#x", 'a"b', "a,b", "a\r\nb", "李", "a=b", "1-2"])
def test_any_other_text_is_as_it_was(text):
    [cells] = csv.reader(io.StringIO(written(text), newline=""))
    assert cells == [text, "1"]


def test_a_number_with_a_formula_behind_it_is_no_number():
    assert written("-1+cmd|' /C calc'!A0").startswith("\"'-1+cmd")


def test_what_is_absent_is_not_an_empty_text():
    assert written(None) == ",1\r\n"
    assert written("") == '"",1\r\n'


def test_below_what_is_absent_all_cells_are_empty():
    assert Csv([("person", "home", "street"), ("last",)]).page([{"person": None, "last": True}]) == b",true\r\n"


def test_only_the_last_line_begins_with_a_hash():
    lines = Csv([("#name",)])
    text = lines.head({}) + lines.page([{"#name": "# not the end"}]) + lines.checkpoint("c") + lines.end(None)
    assert [line[:1] for line in text.splitlines()] == [b'"', b'"', b"#"]
