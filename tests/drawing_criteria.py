"""Criteria and rows drawn by chance: criteria as a charity might write them, rows with values beside every cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from hub.matching.criteria import COLUMNS, VOCABULARY, Criteria, CriteriaRefused, load_widths, parse

WIDTHS = load_widths(Path(__file__).parents[1] / "schema" / "matching" / "criteria.yaml")
DIVISIONS = ("23", "2305", "230502", "230503", "230502001", "230502001005", "230599")

_CUTS = {"age": (6, 18, 60, 70), "income_per_person": (500, 1000, 2000), "household_size": (2, 3, 6)}


def _asked(op: str, name: str, *constants: Any) -> dict[str, Any]:
    return {"op": op, "args": [{"property": name}, *constants]}


def _comparisons() -> st.SearchStrategy[dict[str, Any]]:
    number = st.sampled_from(sorted(_CUTS)).flatmap(
        lambda name: st.builds(_asked, st.sampled_from(("<", ">=")), st.just(name), st.sampled_from(_CUTS[name]))
    )
    sizes = st.builds(_asked, st.sampled_from(("=", "<>", "<=", ">")), st.just("household_size"), st.integers(2, 5))
    between = st.just(_asked("between", "age", 18, 59))
    sexes = st.builds(_asked, st.sampled_from(("=", "<>")), st.just("sex"), st.sampled_from(VOCABULARY["sex"].codes))
    kinds = st.lists(st.sampled_from(VOCABULARY["categories"].codes), min_size=1, max_size=3)
    categories = st.builds(_asked, st.just("a_overlaps"), st.just("categories"), kinds)
    places = st.sampled_from([code for code in DIVISIONS if len(code) <= 9]).map(lambda code: f"{code}%")
    divisions = st.builds(_asked, st.just("like"), st.just("division"), places)
    disability = st.just(_asked("=", "disability", True))
    return st.one_of(number, sizes, between, sexes, categories, divisions, disability)


def expressions() -> st.SearchStrategy[dict[str, Any]]:
    """CQL2 over the vocabulary; not all of it is possible."""
    return st.recursive(
        _comparisons(),
        lambda below: st.one_of(
            st.builds(lambda op, args: {"op": op, "args": args}, st.sampled_from(("and", "or")),
                      st.lists(below, min_size=2, max_size=4)),
            below.map(lambda one: {"op": "not", "args": [one]}),
        ),
        max_leaves=8,
    )  # fmt: skip


def parsed(expression: dict[str, Any]) -> Criteria | None:
    """The criteria; None where they are refused."""
    try:
        return parse(expression, WIDTHS)
    except CriteriaRefused:
        return None


def rows() -> st.SearchStrategy[dict[str, Any]]:
    """One need as the columns of criteria have it; None where a value is not known."""

    def values(column: str) -> st.SearchStrategy[Any]:
        asked = COLUMNS[column]
        match asked.form:
            case "number":
                cuts = [cut * asked.scale for cut in _CUTS[asked.name]]
                near = sorted({cut + off for cut in cuts for off in (-1, 0, 1)})
                return st.none() | st.sampled_from(near)
            case "code":
                return st.none() | st.sampled_from(asked.codes)
            case "flag":
                return st.none() | st.just(value=True)
            case "categories":
                return st.booleans()
            case _:
                return st.none() | st.sampled_from(DIVISIONS)

    return st.fixed_dictionaries({column: values(column) for column in COLUMNS})
