"""What a bundle of rules may not be: each fault is named with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from hub.means.rules import NoStandard, RulesRefused, load_rules, read_rules
from hub.means.rules.bundle import UNKNOWN
from hub.means.rules.cases import load_cases, run_case

DIRECTORY = Path(__file__).parents[4] / "schema" / "rules"
RULES = load_rules(DIRECTORY)


def changed(change):
    bundle = yaml.safe_load(RULES.text)
    change(bundle)
    return yaml.safe_dump(bundle, allow_unicode=True)


def standards(bundle):
    return bundle["parameters"]["standard"]["values"]["2305"]


def row(name, at, when):
    return lambda b: b["decide"].insert(at, {**b["decide"][2], "id": name, "when": when})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b: standards(b)[0].update(until=date(2026, 4, 1)), "parameters.standard.values.2305: the values from"),
        (lambda b: standards(b)[0].update(until=date(2026, 3, 1)), "nothing holds from 2026-03-02 to 2026-03-31"),
        (lambda b: standards(b)[0].pop("until"), "overlap"),
        (lambda b: b["divisions"].append("2306"), "2306 has no standard: a division without a standard is no zero"),
        (lambda b: b.update(begins=date(2020, 1, 1)), "2305 has no standard from 2020-01-01 to 2021-06-30"),
        (lambda b: standards(b)[1].update(until=date(2026, 12, 31)), "2305 has no standard after 2026-12-31"),
        (
            lambda b: b["parameters"]["limit.homes"]["values"]["*"][0].update(until=date(2027, 1, 1)),
            "parameters.limit.homes.values.*: nothing holds after 2027-01-01; only what is named exempt.… may end",
        ),
        (lambda b: b["property"][0].update(when="cars > 1"), "property.vehicles.when: column 1"),
        (lambda b: b["property"][0].update(when="vehicle.count"), "is a number; it must be true or false"),
        (lambda b: b["property"][0].update(cite="DB-99"), "property.vehicles: cites DB-99, which is not in articles"),
        (lambda b: b.update(demo=False), "parameters.standard.values.2305 from 2021-07-01: cites no text"),
        (lambda b: b["decide"].pop(), "decide: the last row must hold for whatever is left"),
        (lambda b: b["decide"].insert(2, {**b["decide"][-1], "id": "early"}), "decide.dibao: is never reached"),
        (
            lambda b: b["decide"].insert(3, {**b["decide"][2], "id": "again"}),
            "decide.again: is never reached: whenever it holds, dibao",
        ),
        # It is not the text that counts, but what follows: less than the standard is less than one and a half times it.
        (row("late", 3, "S * n > I"), "decide.late: is never reached: whenever it holds, dibao"),
        (row("late", 3, "2 * I < S * n"), "decide.late: is never reached: whenever it holds, dibao"),
        (row("late", 6, "I < S * n * 1.2 and paid > 0"), "decide.late: is never reached: whenever it holds, margin"),
        (row("late", 6, "I - S * n < 0 and not was_dibao"), "decide.late: is never reached: whenever it holds, dibao"),
        (row("late", 1, "doubtful and paid > 100"), "decide.late: is never reached: whenever it holds, unknown"),
        (row("late", 2, "(property_over or source_missing) and n > 1"), "decide.late: is never reached: whenever it"),
        (row("never", 2, "paid > 100 and paid <= 100"), "decide.never: its condition never holds"),
        (row("never", 2, "was_dibao and not was_dibao"), "decide.never: its condition never holds"),
        (row("never", 2, "margin.factor > 2"), "decide.never: its condition never holds"),
        (row("never", 2, "exit.months == 3 and n > 2"), "decide.never: its condition never holds"),
        (lambda b: b["income"]["rows"].append({**b["income"]["rows"][0], "id": "w2"}), "2 rows are for wage"),
        (lambda b: b["compare"].append(b["compare"][0]), "compare: 2 rows have the id income"),
        (lambda b: b["compare"][0].update(found="doubtful"), "doubtful is no number of a household"),
        (lambda b: b["compare"][0].update(items=["yacht"]), "yacht is no item"),
        (lambda b: b["income"].update(total="I"), "I is what this row says"),
        (
            lambda b: b.pop("absurd_property"),
            "absurd_property: say above which amount a report of property is not believed",
        ),
        (lambda b: b.update(absurd_property="much"), "absurd_property: there is no parameter much"),
        (lambda b: b.update(standard="line"), "standard: there is no parameter line"),
        (lambda b: b["parameters"].update(n=b["parameters"]["margin.factor"]), "this name means something else"),
    ],
)
def test_a_fault_is_named_with_its_place(change, said):
    with pytest.raises(RulesRefused) as refused:
        read_rules(changed(change), RULES.articles, "means.yaml")
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("at", "when"),
    [(2, "I < S * n * 0.5"), (3, "I < S * n * 1.2"), (3, "I <= S * n"), (2, "property_over or paid > 3"), (5, "n > 3")],
)
def test_a_row_that_something_reaches_is_not_refused(at, when):
    read_rules(changed(row("more", at, when)), RULES.articles, "means.yaml")


def test_rules_of_the_demo_are_used_for_the_demo_alone_and_say_what_rests_on_nothing():
    with pytest.raises(RulesRefused, match="these rules are for the demo"):
        load_rules(DIRECTORY, demo=False)
    assert any(place.startswith("parameters.standard") for place in RULES.unread)
    assert UNKNOWN == "unknown"


def test_a_month_without_a_standard_is_an_error_and_no_zero():
    with pytest.raises(NoStandard, match="Nothing says what standard is in 2306 on 2026-05-01"):
        RULES.at("230622", date(2026, 5, 1))
    with pytest.raises(NoStandard, match="2021-06-30"):
        RULES.at("230521", date(2021, 6, 30))


@pytest.mark.parametrize("golden", load_cases(DIRECTORY), ids=lambda golden: golden.name)
def test_every_golden_case_holds(golden):
    assert run_case(RULES, golden).wrong == ()
