"""Attack: use a cursor that was made for somebody else, or for another list. It does not open."""

from __future__ import annotations

import pytest

LIST = (
    "query ($after: String) { regions(first: 3, after: $after, orderBy: [{field: NAME}]) { pageInfo { endCursor } } }"
)


async def cursor(ask, viewer="civil-affairs"):
    found = (await ask.data(viewer, LIST))["regions"]["pageInfo"]["endCursor"]
    assert (await ask.data(viewer, LIST, {"after": found}))["regions"]["pageInfo"]["endCursor"] != found
    return found


async def test_another_viewers_cursor_does_not_open(ask):
    error = await ask.refusal("charity", LIST, {"after": await cursor(ask)})
    assert error["status"] == 400
    assert "cursor" in error["message"].lower()


@pytest.mark.parametrize(
    "other",
    [
        "query ($after: String) { regions(after: $after, orderBy: [{field: NAME, direction: DESC}]) { nodes { id } } }",
        "query ($after: String) { regions(after: $after, orderBy: [{field: CODE}]) { nodes { id } } }",
        """query ($after: String) { regions(after: $after, orderBy: [{field: NAME}], where: {code: {within: "23"}}) {
             nodes { id } } }""",
        "query ($after: String) { people(after: $after) { nodes { id } } }",
    ],
)
async def test_another_lists_cursor_does_not_open(ask, other):
    error = await ask.refusal("civil-affairs", other, {"after": await cursor(ask)})
    assert error["status"] == 400


async def test_a_changed_cursor_does_not_open(ask):
    good = await cursor(ask)
    for at in (0, len(good) // 2, len(good) - 3):
        other = "A" if good[at] != "A" else "B"
        error = await ask.refusal("civil-affairs", LIST, {"after": good[:at] + other + good[at + 1 :]})
        assert error["status"] == 400


async def test_a_cursor_shows_nothing_of_the_row_that_it_points_at(ask):
    query = "{ people(first: 50, orderBy: [{field: BIRTH_DATE}]) { edges { cursor node { birthDate } } } }"
    for edge in (await ask.data("civil-affairs", query))["people"]["edges"]:
        assert edge["node"]["birthDate"] not in edge["cursor"]
        assert edge["node"]["birthDate"].replace("-", "") not in edge["cursor"]
