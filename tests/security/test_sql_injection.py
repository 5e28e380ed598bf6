"""Attack: put SQL where a value belongs. It is a value."""

from __future__ import annotations

import pytest

QUOTES = [
    "' OR '1'='1",
    "'; DROP TABLE region; --",
    "x' UNION SELECT token_hash FROM partner_token --",
    "\\'; --",
    "%",
    "$1",
    "\x00",
]


@pytest.mark.parametrize("text", QUOTES)
async def test_sql_in_a_value_matches_nothing_and_breaks_nothing(ask, text):
    query = """query ($t: String!) { regions(where: {or: [{name: {eq: $t}}, {name: {in: [$t]}}]}) { totalCount } }"""
    response = await ask.post("civil-affairs", query, {"t": text})
    body = response.json()
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert body["data"] == {"regions": {"totalCount": 0}}
    else:
        assert body["errors"][0]["extensions"]["code"].startswith("HUB-1")
    assert (await ask.data("civil-affairs", "{ regions { totalCount } }"))["regions"]["totalCount"] > 800


@pytest.mark.parametrize("text", QUOTES)
async def test_sql_in_a_region_an_id_a_cursor_or_a_name_is_refused_or_finds_nothing(ask, text):
    for query in (
        "query ($t: RegionCode!) { recipients(where: {region: {within: $t}}) { totalCount } }",
        "query ($t: ID!) { node(id: $t) { id } }",
        "query ($t: String!) { regions(after: $t) { totalCount } }",
        "query ($t: String!) { people(where: {name: {eq: $t}}) { totalCount } }",
        "query ($t: String!) { person(idNumber: $t) { id } }",
    ):
        response = await ask.post("civil-affairs", query, {"t": text})
        assert response.status_code in (200, 400), response.text
        if response.status_code == 200:
            assert response.json()["data"] in ({"people": {"totalCount": 0}}, {"person": None}, {"node": None})


async def test_sql_in_an_alias_or_operation_name_reaches_no_statement(ask):
    response = await ask.client.post(
        "/graphql",
        json={"query": "query A { __typename }", "operationName": "A'; DROP TABLE region; --"},
        headers=ask.headers("civil-affairs"),
    )
    assert response.status_code == 400
