"""The language of rules: what it computes, and what it refuses, with the place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.means.rules import RulesRefused
from hub.means.rules.expressions import FLAG, NUMBER, parse

NAMES = {"a": NUMBER, "b.c": NUMBER, "yes": FLAG}
VALUES = {"a": Decimal(7), "b.c": Decimal("0.5"), "yes": True}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("-a + 10", 3), ("a / 2", Decimal("3.5")), ("10 - 2 - 3", 5),
        ("ceil(a * b.c)", 4), ("ceil(3.0)", 3), ("min(a, 2)", 2), ("max(a, 2, 9)", 9), ("a > 6 and yes", True),
        ("a < 6 or not yes", False), ("not a == 7", False), ("not not yes", True), ("a>=7 and a<=7", True),
        ("a != 7", False), ("yes or a / 0 > 1", True), ("ceil(10 / 3 * 3)", 10),
    ],
)  # fmt: skip
def test_what_it_computes(text, value):
    assert parse(text, NAMES, "x").compute(VALUES) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a + ", "column 5"), ("a b", "«b» is one too many"), ("a + yes", "+ needs a number"),
        ("not a", "not needs true or false"), ("yes and a", "and needs true or false"),
        ("a < 1 < 2", "two comparisons"),
        ("q > 1", "q is no name that rules know"), ("a; b", "«;» is no part of the language"),
        ("__import__('os')", "no name that rules know"), ("min(a)", "min takes 2 to 9"), ("(a", "«)» is missing"),
        ("a " * 300, "at most 500 characters"), ("(" * 40 + "a" + ")" * 40, "at most 30 deep"),
        ("-" * 40 + "a", "at most 30 deep"), ("", "a number, a name or a bracket is missing"), ("a.b", "no name"),
        ("yes > 1", "> needs a number"), ("and", "is missing before «and»"),
    ],
)  # fmt: skip
def test_what_it_refuses_and_where(text, said):
    with pytest.raises(RulesRefused, match="somewhere") as refused:
        parse(text, NAMES, "somewhere")
    assert said in refused.value.message


def test_it_says_which_names_it_reads():
    assert parse("a + b.c > 1 or yes", NAMES, "x").names == {"a", "b.c", "yes"}
