"""Single residuals, in Cedar's JSON, and the row filters that they become."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.catalog.predicate import ALWAYS, NEVER, And, Compare, IsNull, Not, OneOf, Or, Predicate, Within
from hub.domain import CATALOGUE
from hub.policy.expression import Untranslatable
from hub.policy.simplify import either
from hub.policy.translate import conditions, translate

NEED, SYNC_RUN = CATALOGUE["Need"], CATALOGUE["SyncRun"]
ROW = {"unknown": [{"Value": "resource"}]}
CONSENTED = Compare("consented", "eq", value=True)
OPEN = Compare("status", "eq", "OPEN")
KNOWN = Not(IsNull("region"))


def attr(name: str) -> dict[str, Any]:
    return {".": {"left": ROW, "attr": name}}


def two(operator: str, left: Any, right: Any) -> dict[str, Any]:
    return {operator: {"left": left, "right": right}}


def value(plain: Any) -> dict[str, Any]:
    return {"Value": plain}


def region(code: str) -> dict[str, Any]:
    return value({"__entity": {"type": "Division", "id": code}})


DAY = {"datetime": [value("2026-01-31")]}
IS_OPEN = two("==", attr("status"), value("OPEN"))


@pytest.mark.parametrize(
    ("residual", "expected"),
    [
        (value(True), ALWAYS),
        (value(False), NEVER),
        (attr("consented"), CONSENTED),
        ({"!": {"arg": attr("consented")}}, Not(CONSENTED)),
        ({"is": {"left": ROW, "entity_type": "Need"}}, ALWAYS),
        ({"is": {"left": ROW, "entity_type": "Person"}}, NEVER),
        ({"has": {"left": ROW, "attr": "region"}}, KNOWN),
        ({"has": {"left": ROW, "attr": "kind"}}, ALWAYS),
        ({"has": {"left": ROW, "attr": "description"}}, NEVER),
        (IS_OPEN, OPEN),
        (two("==", value("OPEN"), attr("status")), OPEN),
        (two("!=", attr("status"), value("OPEN")), Not(OPEN)),
        (two("==", attr("consented"), value(False)), Compare("consented", "eq", value=False)),
        (two("==", attr("region"), region("2305")), Compare("region", "eq", "2305")),
        (two("in", attr("region"), region("2305")), Within("region", ("2305",))),
        (
            two("in", attr("region"), {"Set": [region("2308"), region("230502"), region("2305")]}),
            Within("region", ("2305", "2308")),
        ),
        (two("in", attr("region"), {"Set": []}), NEVER),
        (two("contains", {"Set": [value("FUEL"), value("CARE")]}, attr("kind")), OneOf("kind", ("CARE", "FUEL"))),
        (two("contains", value(["FUEL", "CARE"]), attr("kind")), OneOf("kind", ("CARE", "FUEL"))),
        (two("contains", {"Set": [region("2305")]}, attr("region")), OneOf("region", ("2305",))),
        (two("<", attr("created_on"), DAY), Compare("created_on", "lt", date(2026, 1, 31))),
        (two("<=", DAY, attr("created_on")), Compare("created_on", "gte", date(2026, 1, 31))),
        ({"!": {"arg": two("<=", attr("created_on"), DAY)}}, Compare("created_on", "gt", date(2026, 1, 31))),
        ({"!": {"arg": two("<", DAY, attr("created_on"))}}, Compare("created_on", "lte", date(2026, 1, 31))),
        (two("==", attr("created_on"), DAY), Compare("created_on", "eq", date(2026, 1, 31))),
        (two("contains", {"Set": [DAY]}, attr("created_on")), Compare("created_on", "eq", date(2026, 1, 31))),
        (two("contains", {"Set": [value(True)]}, attr("consented")), CONSENTED),
        (two("&&", attr("consented"), IS_OPEN), And((CONSENTED, OPEN))),
        (two("||", attr("consented"), IS_OPEN), Or((CONSENTED, OPEN))),
        (two("&&", value(False), {"novelty": {}}), NEVER),
        (two("||", value(True), {"novelty": {}}), ALWAYS),
        ({"if-then-else": {"if": value(True), "then": attr("consented"), "else": {"novelty": {}}}}, CONSENTED),
        ({"if-then-else": {"if": value(False), "then": {"novelty": {}}, "else": attr("consented")}}, CONSENTED),
        (
            {"if-then-else": {"if": attr("consented"), "then": IS_OPEN, "else": value(True)}},
            Or((And((CONSENTED, OPEN)), Not(CONSENTED))),
        ),
    ],
)
def test_each_operator_has_its_row_filter(residual: Any, expected: Predicate) -> None:
    assert translate(residual, NEED) == expected


@pytest.mark.parametrize(
    "residual",
    [
        {"Var": "context"},
        ROW,
        attr("description"),
        attr("aura"),
        {".": {"left": attr("region"), "attr": "region"}},
        value("text"),
        value(1),
        two("==", attr("kind"), attr("status")),
        two("==", value("CARE"), value("CARE")),
        two("==", attr("kind"), value(1.5)),
        two("==", attr("kind"), {"Set": [value("CARE")]}),
        two("==", attr("region"), value({"__entity": {"type": "Person", "id": "x"}})),
        two("in", ROW, region("2305")),
        two("in", region("2305"), attr("region")),
        two("in", attr("region"), {"Set": [value(True)]}),
        two("contains", attr("kind"), value("CARE")),
        two("<", attr("kind"), value(1)),
        two("<", attr("kind"), value("FOOD")),
        two("<", attr("consented"), value(True)),
        two("<", attr("created_on"), value(1)),
        two("<", attr("created_on"), attr("created_on")),
        two("<", attr("created_on"), {"datetime": [value("2026-01-31T00:00:00Z")]}),
        two("<", attr("created_on"), {"datetime": [value("0000-01-01")]}),
        two("<", attr("created_on"), {"decimal": [value("1.0")]}),
        two("<", attr("created_on"), {"offset": [DAY, {"duration": [value("1d")]}]}),
        two("contains", {"Set": [value(1)]}, attr("created_on")),
        {"lessThan": [attr("created_on")]},
        {"is": {"left": ROW, "entity_type": "Need", "in": region("2305")}},
        {"has": {"left": attr("region"), "attr": "x"}},
        {},
        {"&&": {}, "||": {}},
        None,
    ],
)
def test_what_has_no_exact_row_filter_is_refused(residual: Any) -> None:
    with pytest.raises(Untranslatable):
        translate(residual, NEED)


def test_conditions_add_up_and_unless_turns_one_round() -> None:
    policy = {"conditions": [{"kind": "when", "body": attr("consented")}, {"kind": "unless", "body": IS_OPEN}]}
    assert conditions(policy, NEED) == And((CONSENTED, Not(OPEN)))
    assert conditions({"conditions": []}, NEED) == ALWAYS


def test_of_two_rights_the_wider_is_enough() -> None:
    narrow, wide = Within("region", ("230502", "230503")), Within("region", ("2305",))
    apart = Within("region", ("230502", "2308"))
    assert either([And((CONSENTED, narrow)), wide]) == wide
    assert either([wide, And((narrow, CONSENTED))]) == wide
    assert either([narrow, wide, OPEN]) == Or((wide, OPEN))
    assert either([apart, wide]) == Or((apart, wide))
    assert either([And((CONSENTED, wide)), And((OPEN, narrow))]) == Or((And((CONSENTED, wide)), And((OPEN, narrow))))
    assert either([NEVER, ALWAYS, OPEN]) == ALWAYS
    assert either([]) == NEVER
