from itertools import product
from math import prod
from pathlib import Path

import numpy as np
import orjson
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drawing_criteria import WIDTHS, expressions, parsed, rows
from hub.catalog.predicate import And, Compare, Not, OneOf, Or, Within, fields_of, truth
from hub.errors import SettingsError
from hub.matching.columns import column, decide, divisions
from hub.matching.criteria import COLUMNS, PLAIN, CriteriaRefused, load_widths, parse
from hub.matching.criteria.narrow import contradictions
from hub.matching.criteria.reading import Branch, Reading


def asked(op, name, *constants):
    return {"op": op, "args": [{"property": name}, *constants]}


def both(*parts, op="and"):
    return {"op": op, "args": list(parts)}


ELDERLY = asked(">=", "age", 60)
POOR = asked("a_overlaps", "categories", ["DIBAO", "TEKUN"])


def test_criteria_become_predicates_of_the_catalogue():
    criteria = parse(both(ELDERLY, POOR, asked("like", "division", "230502%"), asked("=", "sex", "FEMALE")), WIDTHS)

    assert criteria.predicate == And((
        Compare("age", "gte", 60),
        Or((Compare("category_dibao", "eq", value=True), Compare("category_tekun", "eq", value=True))),
        Within("division", ("230502",)),
        OneOf("sex", ("FEMALE",)),
    ))  # fmt: skip


def test_amounts_are_compared_in_fen():
    assert parse(asked("<", "income_per_person", 1000), WIDTHS).predicate == Compare("income_per_person", "lt", 100_000)


def test_what_a_database_may_decide_by_has_no_age_sex_income_or_disability():
    criteria = parse(
        both(ELDERLY, POOR, asked("<", "income_per_person", 1000), asked("=", "disability", True),
             both(asked("=", "sex", "MALE"), asked("=", "household_size", 2), op="or")),
        WIDTHS,
    )  # fmt: skip

    assert fields_of(criteria.plain) == {"category_dibao", "category_tekun"}
    assert {"age", "sex", "income_per_person", "disability"} & PLAIN == set()


def test_spaces_and_the_order_of_keys_make_no_other_criteria():
    one = parse('{"op": ">=", "args": [{"property": "age"}, 60]}', WIDTHS)
    other = parse('{"args":[{"property":"age"},60],"op":">="}', WIDTHS)

    assert one.digest == other.digest
    assert orjson.loads(one.text) == ELDERLY


@pytest.mark.parametrize(
    ("expression", "at", "word"),
    [
        (asked(">=", "height", 60), "/args/0/property", "nothing of this name"),
        (both(ELDERLY, asked(">=", "id_number", 60)), "/args/1/args/0/property", "nothing of this name"),
        (asked("~", "age", 60), "/op", "unknown operator"),
        (asked("s_within", "division", "230502"), "/op", "unknown operator"),
        (asked("in", "age", [60]), "/op", "age is asked by"),
        (asked("<", "sex", "MALE"), "/op", "sex is asked by"),
        (asked("=", "sex", "male"), "/args/1", "no code of sex"),
        (asked("a_overlaps", "categories", ["DIBAO", "DISABILITY_SUBSIDY"]), "/args/1/1", "Ask .*disability"),
        (asked("a_overlaps", "categories", []), "/args/1", "list of codes"),
        (asked(">=", "age", 17.5), "/args/1", "bisect an age"),
        (asked(">=", "age", "60"), "/args/1", "must be a number"),
        (asked(">=", "age", True), "/args/1", "must be a number"),
        (asked(">=", "age", 10**9), "/args/1", "from 0 to"),
        (asked("=", "disability", False), "/args/1", "nothing shows"),
        (asked("like", "division", "230502"), "/args/1", "percent sign"),
        (asked("like", "division", "%"), "/args/1", "percent sign"),
        (asked("like", "division", "230502001005%"), "/args/1", "smaller than the smallest"),
        (asked("between", "age", 60, 18), "/args", "contradictory"),
        (asked("between", "age", 60), "/args", "takes a property and 2"),
        ({"op": ">=", "args": [60, {"property": "age"}]}, "/args/0", "a property stands first"),
        ({"op": ">=", "args": "age"}, "/args", "must be a list"),
        ({"op": "and", "args": [ELDERLY]}, "/args", "two expressions"),
        ({"op": "not", "args": [ELDERLY, POOR]}, "/args", "one expression"),
        ({"op": "and", "args": [ELDERLY, True]}, "/args/1", "must be an object"),
        ({"op": ">=", "args": [{"property": "age"}, 60], "note": "?"}, "", "nothing else"),
        ("{", "", "not JSON"),
        ('{"op": NaN}', "", "not JSON"),
        (both(*[asked("=", "sex", "MALE")] * 33), "/args/32", "more than 32 comparisons"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_where_it_stands(expression, at, word):
    with pytest.raises(CriteriaRefused, match=word) as refused:
        parse(expression, WIDTHS)

    assert at in {fault.pointer for fault in refused.value.faults}


def test_criteria_that_are_nested_too_deeply_or_too_long_are_refused():
    nested = ELDERLY
    for _ in range(9):
        nested = {"op": "not", "args": [nested]}
    with pytest.raises(CriteriaRefused, match="nested more than 8"):
        parse(nested, WIDTHS)
    for _ in range(2_000):
        nested = {"op": "not", "args": [nested]}
    with pytest.raises(CriteriaRefused, match=r"nested too deeply|longer than"):
        parse(nested, WIDTHS)
    with pytest.raises(CriteriaRefused, match="longer than"):
        parse(both(*[asked("a_overlaps", "categories", ["DIBAO"] * 600)] * 2), WIDTHS)


def test_every_fault_is_told_with_its_place_in_the_document_around_it():
    with pytest.raises(CriteriaRefused) as refused:
        parse(both(asked(">=", "age", 17.5), asked("=", "sex", "?")), WIDTHS, at="/criteria")

    assert [fault.pointer for fault in refused.value.faults] == ["/criteria/args/0/args/1", "/criteria/args/1/args/1"]


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        (both(ELDERLY, asked("<", "age", 65)), "cuts age at 65"),
        (asked("=", "age", 60), "cuts age at 61"),
        (asked("<>", "age", 60), "cuts age at 61"),
        (asked("between", "age", 60, 64), "cuts age at 65"),
        # Whoever is not eligible is between 60 and 65.
        ({"op": "not", "args": [both(ELDERLY, asked("<", "age", 65))]}, "cuts age at 65"),
        (both(asked("<", "age", 60), asked(">=", "age", 65), op="or"), "cuts age at 65"),
        # Told apart by another property.
        (both(both(ELDERLY, asked("=", "sex", "MALE")), both(asked(">=", "age", 65), POOR), op="or"), "age at 65"),
        # By a second criterion, beside one that cuts at 60.
        (asked(">=", "age", 61), "cuts age at 61"),
        (asked(">", "age", 60), "cuts age at 61"),
        (asked("<", "age", 3), "may be cut at 6, 18"),
        (asked(">=", "age", 95), "may be cut at 6, 18"),
        (asked("<", "income_per_person", 650), "cuts income_per_person at 650"),
        (asked("<=", "income_per_person", 1000), "cuts income_per_person at 1000.01"),
        (asked("=", "household_size", 9), "may be cut at 2, 3"),
    ],
)
def test_what_is_narrower_than_the_widths_is_refused_however_it_is_spelled(expression, word):
    with pytest.raises(CriteriaRefused, match=word):
        parse(expression, WIDTHS)


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        (both(ELDERLY, asked("<", "age", 18)), ""),
        (both(asked("=", "sex", "MALE"), asked("=", "sex", "FEMALE")), ""),
        (both(POOR, {"op": "not", "args": [POOR]}), ""),
        (both(asked("like", "division", "230502%"), asked("like", "division", "230503%")), ""),
        ({"op": "not", "args": [asked("=", "disability", True)]}, ""),
        (both(POOR, both(ELDERLY, asked("<", "age", 18)), op="or"), "/args/1"),
        (both(asked("like", "division", "230502%"), {"op": "not", "args": [asked("like", "division", "2305%")]}), ""),
    ],
)
def test_what_nobody_can_fulfil_is_refused(expression, at):
    with pytest.raises(CriteriaRefused, match="contradictory") as refused:
        parse(expression, WIDTHS)

    assert [fault.pointer for fault in refused.value.faults] == [at]


def test_a_criterion_that_unfolds_into_thousands_of_alternatives_is_refused_at_once():
    pairs = [both(asked("=", "sex", "MALE"), POOR, op="or") for _ in range(8)]
    distinct = [
        both(asked("=", "household_size", 2 + place % 4), asked("a_overlaps", "categories", [code]), op="or")
        for place, code in enumerate(COLUMNS["category_dibao"].codes)
    ]
    assert parse(both(*pairs), WIDTHS)
    with pytest.raises(CriteriaRefused, match="unfolds into"):
        parse(both(*distinct, both(ELDERLY, asked("=", "sex", "MALE"), op="or")), WIDTHS)


def columns_of(drawn):
    made = {}
    for name, of in COLUMNS.items():
        values = [row[name] for row in drawn]
        match of.form:
            case "division":
                made[name] = divisions(values)
            case "code":
                made[name] = column(values, np.int8, of.codes)
            case "number":
                made[name] = column(values, np.int32)
            case _:
                made[name] = column(values, np.bool_)
    return made


@settings(max_examples=300, deadline=None)
@given(expressions(), st.lists(rows(), min_size=1, max_size=30))
def test_columns_decide_as_the_catalogue_does_row_by_row(expression, drawn):
    criteria = parsed(expression)
    assume(criteria is not None)

    found = decide(criteria.predicate, columns_of(drawn), len(drawn))

    told = [True if so else False if not_so else None for so, not_so in zip(found.so, found.not_so, strict=True)]
    assert told == [truth(criteria.predicate, row) for row in drawn]


@settings(max_examples=200, deadline=None)
@given(expressions(), st.lists(rows(), min_size=1, max_size=20))
def test_whoever_does_not_fulfil_the_plain_part_is_not_eligible(expression, drawn):
    criteria = parsed(expression)
    assume(criteria is not None)

    assert fields_of(criteria.plain) <= PLAIN
    for row in drawn:
        if truth(criteria.predicate, row) is True:
            assert truth(criteria.plain, row) is True


SHIPPED = Path(__file__).parents[3] / "schema" / "matching" / "criteria.yaml"


@pytest.mark.parametrize(
    ("part", "change", "word"),
    [
        ("age", {"cuts": [6, 18, 25]}, r"numbers\.age: .*lie 10 apart"),
        ("age", {"cuts": [18, 6]}, r"numbers\.age: .*must rise"),
        ("age", {"cuts": []}, r"numbers\.age\.cuts"),
        ("age", {"cuts": [17.5]}, r"numbers\.age\.cuts\.0"),
        ("age", {"reason": ""}, r"numbers\.age\.reason"),
        ("height", {}, "numbers must have age"),
    ],
)
def test_widths_that_do_not_fit_are_refused_with_their_place(tmp_path, part, change, word):
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    content["numbers"][part] = content["numbers"]["age"] | change
    file = tmp_path / "criteria.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")

    with pytest.raises(SettingsError, match=word):
        load_widths(file)


def _cells(column_name, bounds):
    """Every value of a column that criteria could tell from the others."""
    of = COLUMNS[column_name]
    match of.form:
        case "number":
            return [max(0, bound + off) for bound in sorted(bounds) or [0] for off in (-1, 0, 1)]
        case "code":
            return list(of.codes)
        case "flag":
            return [True]
        case "categories":
            return [False, True]
        case _:
            return ["23", "2305", "230502", "230503", "230502001", "230599", "110101"]


def _bounds(predicate):
    match predicate:
        case Compare(name, _, int() as bound):
            return {name: {bound}}
        case And(parts) | Or(parts):
            found = {}
            for part in parts:
                for name, some in _bounds(part).items():
                    found.setdefault(name, set()).update(some)
            return found
        case Not(part):
            return _bounds(part)
        case _:
            return {}


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_criteria_are_refused_as_contradictory_exactly_where_no_row_fulfils_them(expression):
    """Tried out over all rows that criteria could tell apart at all, beside the reasoning that refuses them."""
    reading = Reading()
    predicate = reading.expression(expression, "", 1)
    assume(not reading.faults)
    names = sorted(fields_of(predicate))
    bounds = _bounds(predicate)
    cells = [_cells(name, bounds.get(name, ())) for name in names]
    assume(prod(map(len, cells)) <= 20_000)

    possible = any(truth(predicate, dict(zip(names, row, strict=True))) is True for row in product(*cells))

    whole = list(contradictions([], Branch("", predicate)))
    assume(not any("unfolds" in fault.message for fault in whole))
    assert bool(whole) is not possible
