"""Attack: export what a page would not show. An export has the rows and fields of paging, for every viewer."""

from __future__ import annotations

import orjson
import pytest

LISTS = {
    "civil-affairs": "recipients",
    "social-security": "recipients",
    "charity": "needs",
}
FIELDS = {
    "recipients": "id category monthlyAmount person { name idNumber phone } household { size address }",
    "needs": "id kind urgency region description",
}


async def export(ask, viewer, query, **beside):
    """Return the status and the lines of an export, or the body of its refusal."""
    response = await ask.client.post("/export", json={"query": query, **beside}, headers=ask.headers(viewer))
    return response.status_code, [orjson.loads(line) for line in response.text.splitlines()]


async def pages(ask, viewer, connection, fields):
    """Return rows and access as a client that pages sees them."""
    query = f"""query ($after: String) {{ {connection}(first: 211, after: $after) {{
        nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    found, after, access = [], None, None
    while True:
        body = await ask.answer(viewer, query, {"after": after})
        page = body["data"][connection]
        found += page["nodes"]
        access = body["extensions"]["access"]
        if not page["pageInfo"]["hasNextPage"]:
            return found, access
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("viewer", LISTS)
async def test_an_export_has_the_rows_the_values_and_the_reasons_of_paging(ask, viewer):
    connection = LISTS[viewer]
    shown, access = await pages(ask, viewer, connection, FIELDS[connection])
    status, lines = await export(ask, viewer, f"{{ {connection} {{ nodes {{ {FIELDS[connection]} }} }} }}")
    assert status == 200
    assert [line["row"] for line in lines if "row" in line] == shown
    assert len(shown) >= 5  # a charity is shown no needs of which there are fewer
    assert lines[0]["head"]["access"] == access
    assert lines[-1]["end"]["rows"] == len(shown)


async def test_what_a_viewer_may_not_read_at_all_is_refused_and_is_no_empty_file(ask):
    query = "{ recipients { nodes { id } } }"
    status, [body] = await export(ask, "charity", query)
    refused = await ask.post("charity", query)
    assert status in {400, 403}
    assert body["errors"][0]["extensions"]["code"] in {"HUB-103", "HUB-201"}
    assert "row" not in str(refused.json().get("data"))


async def test_a_right_to_filter_is_needed_as_in_a_query(ask):
    query = '{ needs(where: {person: {region: {within: "2305"}}}) { nodes { id } } }'
    error = await ask.refusal("charity", query)
    status, [body] = await export(ask, "charity", query)
    assert (status, body["errors"][0]["extensions"]["code"]) == (error["status"], error["extensions"]["code"])


async def test_another_viewers_checkpoint_does_not_open(ask):
    query = "{ regions { nodes { code } } }"
    _, lines = await export(ask, "civil-affairs", query)
    cursor = next(line["checkpoint"]["cursor"] for line in lines if "checkpoint" in line)
    status, [body] = await export(ask, "charity", query, after=cursor)
    assert (status, body["errors"][0]["extensions"]["code"]) == (400, "HUB-107")


async def test_strangers_export_nothing(ask):
    response = await ask.client.post("/export", json={"query": "{ regions { nodes { id } } }"})
    assert response.status_code == 401
    response = await ask.client.get("/export", headers=ask.headers("civil-affairs"))
    assert response.status_code == 405
