"""Amounts that nobody can have: never counted, never silent, each with the limit that it is beyond."""

from __future__ import annotations

import pytest

from hub.means.composing import compose
from hub.means.printed import page
from hub.means.rules import read_kept
from reporting import CODE, RULES, inputs

ANSWERED = [{**each, "state": "EMPTY"} for each in inputs()["asked"]]


def report(item, amount, rules=RULES, **changes):
    fact = {**inputs()["facts"][0], "item": item, "amount": amount, "department": "BANKS", **changes}
    return compose(inputs(facts=[fact], asked=ANSWERED), rules)[0]


@pytest.mark.parametrize(
    ("item", "amount", "why", "limit"),
    [
        ("deposit", "1000000000000000", "absurd", ("absurd.property", "10000000", "rules")),
        ("securities", "10000000.01", "absurd", ("absurd.property", "10000000", "rules")),
        ("wage", "9999999", "absurd", ("absurd.monthly", "1000000", "rules")),
        ("pension", "1000000.01", "absurd", ("absurd.monthly", "1000000", "rules")),
        ("deposit", "-0.01", "negative", None), ("wage", "-5", "negative", None), ("deposit", None, "no amount", None),
    ],
)  # fmt: skip
def test_what_nobody_can_have_leaves_the_outcome_open_and_says_why(item, amount, why, limit):
    content = report(item, amount)
    assert (content["outcome"], content["indication"], content["pay"]) == ("UNDECIDED", "UNDECIDED", None)
    assert content["facts"][0]["unusable"] == why
    assert content["income"] == "800"  # what was declared: nothing of it is counted
    [line] = [each for each in content["lines"] if each["rule"] == "facts.F1"]
    assert line["value"] == why
    assert (None if len(line["inputs"]) == 1 else tuple(line["inputs"][1])) == limit
    assert line["cites"] == ([] if limit is None else ["unknown"])
    assert "无法采用、未计入的记录：F1" in page(content, CODE)


@pytest.mark.parametrize(("item", "amount"), [("deposit", "10000000"), ("wage", "1000000")])
def test_the_limit_itself_is_believed(item, amount):
    assert report(item, amount)["outcome"] != "UNDECIDED"


def test_rules_of_before_the_limit_say_what_they_said():
    text = RULES.text.replace("absurd_property: absurd.property\n", "")
    old = read_kept(text, RULES.articles, "old")
    content = report("deposit", "1000000000000000", old)
    assert (content["outcome"], content["facts"][0]["unusable"]) == ("CONSISTENT", None)
    [line] = [each for each in report("wage", "9999999", old)["lines"] if each["rule"] == "facts.F1"]
    assert (line["inputs"], line["cites"]) == ([["report", "F1", "BANKS"]], [])
