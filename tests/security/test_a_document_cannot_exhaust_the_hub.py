"""Attack: a small document that costs much. Its cost is bounded before it is validated."""

from __future__ import annotations

import pytest


def fragments_that_double(levels: int) -> str:
    parts = [
        f"fragment f{n} on Region {{ parent {{ ...f{n + 1} }} p: parent {{ ...f{n + 1} }} }}" for n in range(levels)
    ]
    return " ".join(["{ regions { nodes { ...f0 } } }", *parts, f"fragment f{levels} on Region {{ id }}"])


def wide(count: int) -> str:
    return "{ " + " ".join(f"a{n}: regions(first: 1) {{ nodes {{ id }} }}" for n in range(count)) + " }"


@pytest.mark.parametrize(
    "query",
    [
        fragments_that_double(14),
        fragments_that_double(40),
        wide(900),
        "{ regions { nodes { " + "children { nodes { " * 20 + "id" + " } }" * 20 + " } } }",
        "{" * 5000,
        "{ regions(where: " + "{not: " * 2000 + "{}" + "}" * 2000 + ") { nodes { id } } }",
        "{ a(b: " + "[" * 3000 + "]" * 3000 + ") }",
        "# " + "x" * 100_000 + "\n{ __typename }",
        "{ regions { nodes { ...f } } } fragment f on Region { parent { ...f } }",
    ],
    ids=["doubling 14", "doubling 40", "wide", "deep", "braces", "nested input", "nested lists", "long", "circle"],
)
async def test_a_document_over_the_limits_is_refused(ask, query):
    error = await ask.refusal("civil-affairs", query)
    assert error["status"] == 400
    assert error["extensions"]["code"].startswith("HUB-1")


async def test_pages_within_pages_are_bounded_together(ask):
    query = """{ regions(first: 1000) { nodes { children(first: 1000) { nodes {
        children(first: 1000) { nodes { id } } } } } } }"""
    error = await ask.refusal("civil-affairs", query)
    assert error["status"] == 400
    assert "rows" in error["message"] or "limit" in error["message"]


@pytest.mark.parametrize(("depth", "statuses"), [(200, {200, 400}), (3000, {400}), (20000, {400})])
async def test_deeply_nested_variables_are_refused(ask, depth, statuses):
    where = '{"not":' * depth + "{}" + "}" * depth
    query = "query ($w: RegionWhere) { regions(where: $w) { totalCount } }"
    body = f'{{"query": "{query.replace(chr(34), "")}", "variables": {{"w": {where}}}}}'
    headers = {**ask.headers("civil-affairs"), "Content-Type": "application/json"}
    response = await ask.client.post("/graphql", content=body.encode(), headers=headers)
    assert response.status_code in statuses
    assert (await ask.client.get("/healthz")).status_code == 200


async def test_a_great_many_values_are_refused_or_answered(ask):
    query = "query ($c: [RegionCode!]!) { regions(where: {code: {in: $c}}) { totalCount } }"
    response = await ask.post("civil-affairs", query, {"c": ["230502"] * 50_000})
    assert response.status_code in (200, 400, 413)
    assert (await ask.client.get("/healthz")).status_code == 200
