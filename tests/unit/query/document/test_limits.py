"""A document over a limit is refused before it is validated, by a count that is linear in the document."""

from __future__ import annotations

import pytest
from graphql import parse

from hub.query.document.limits import Limits, require_variables_within_limits, require_within_limits
from hub.query.errors import LimitExceeded

LIMITS = Limits()


def doubling(levels):
    parts = [
        f"fragment f{n} on Region {{ parent {{ ...f{n + 1} }} p: parent {{ ...f{n + 1} }} }}" for n in range(levels)
    ]
    return " ".join(["{ regions { nodes { ...f0 } } }", *parts, f"fragment f{levels} on Region {{ id }}"])


@pytest.mark.parametrize(
    ("document", "code", "said"),
    [
        ("query a{x} " * 51, "HUB-122", "51 operations and fragments; the limit is 50"),
        ("{a" * 17 + "}" * 17, "HUB-123", "17 levels deep; the limit is 16"),
        ("{a" * 40 + "}" * 40, "HUB-123", "40 levels deep; the limit is 16"),
        ("{r{" + "a " * 500 + "}}", "HUB-124", "501 fields; the limit is 500"),
        ("{" + "a " * 51 + "}", "HUB-125", "51 fields on its first level; the limit is 50"),
        ("{...f ...f ...f} fragment f on Query {" + "a " * 17 + "}", "HUB-125", "51 fields on its first level"),
        ("{r{" + "".join(f"a{n}:a " for n in range(201)) + "}}", "HUB-126", "201 aliases; the limit is 200"),
        ("{r{...f ...f}} fragment f on R {" + "a:b " * 101 + "}", "HUB-126", "202 aliases; the limit is 200"),
        ("{a " + "@skip(if:false)" * 201 + "}", "HUB-127", "201 directives; the limit is 200"),
        ("query " + "@a" * 201 + "{a}", "HUB-127", "201 directives; the limit is 200"),
        ("{a(b:" + "[" * 33 + "]" * 33 + ")}", "HUB-128", "more than 32 levels deep"),
        ("{a(b:" + "{c:" * 33 + "1" + "}" * 33 + ")}", "HUB-128", "more than 32 levels deep"),
        ("query($v:W={c:" + "[" * 33 + "]" * 33 + "}){a}", "HUB-128", "more than 32 levels deep"),
    ],
)  # fmt: skip
def test_each_limit_has_its_code_and_says_what_there_was(document, code, said):
    with pytest.raises(LimitExceeded) as refused:
        require_within_limits(parse(document), LIMITS)
    assert refused.value.code == code
    assert said in refused.value.message


@pytest.mark.parametrize(
    "document",
    ["{a" * 16 + "}" * 16, "{r{" + "a " * 499 + "}}", "{" + "a " * 50 + "}", "{a(b:" + "[" * 32 + "]" * 32 + ")}",
     "{r{" + "".join(f"a{n}:a " for n in range(200)) + "}}", "query a{x} " * 50],
)  # fmt: skip
def test_a_document_at_a_limit_passes(document):
    require_within_limits(parse(document), LIMITS)


@pytest.mark.parametrize("levels", [5, 10, 40, 200])
def test_fragments_that_double_are_looked_at_once_each(levels):
    wide = Limits(fields=2**300, aliases=2**300, depth=1000, definitions=1000)
    document = parse(doubling(levels))
    assert require_within_limits(document, wide) == 3 + 4 * levels + 1  # the query's, four a fragment, and the last id


def test_the_fragments_that_once_took_seconds_are_refused():
    document = doubling(14)
    assert 700 < len(document) < 1000
    with pytest.raises(LimitExceeded):
        require_within_limits(parse(document), LIMITS)


def test_a_fragment_that_contains_itself_is_left_to_validation():
    require_within_limits(
        parse("{...f} fragment f on Query {a ...f} fragment g on Query {...h} fragment h on Query {...g}"), LIMITS
    )


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"w": {"or": [{"a": {"eq": n}} for n in range(500)]}}, "HUB-129"),
        ({"w": [[] for _ in range(1000)]}, "HUB-129"),
        ({f"w{n}": {} for n in range(1001)}, "HUB-129"),
    ],
)
def test_variables_with_too_many_objects_are_refused(variables, code):
    with pytest.raises(LimitExceeded) as refused:
        require_variables_within_limits(variables, LIMITS)
    assert refused.value.code == code


def test_variables_nested_too_deep_are_refused_and_long_lists_of_values_are_not():
    nested = {}
    for _ in range(33):
        nested = {"not": nested}
    with pytest.raises(LimitExceeded) as refused:
        require_variables_within_limits({"w": nested}, LIMITS)
    assert refused.value.code == "HUB-128"
    require_variables_within_limits({"codes": ["230502"] * 50_000}, LIMITS)
