"""Keyset pages against the rows themselves: nothing is missed, nothing comes twice, whatever the order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.query.errors import CursorRefused, PageRefused
from seeded_hub import AUDITOR, CITY, COUNTY

ORDERS = [
    "",
    "orderBy: [{field: ID, direction: DESC}]",
    "orderBy: [{field: CATEGORY}]",
    "orderBy: [{field: CATEGORY, direction: DESC}]",
    "orderBy: [{field: MONTHLY_AMOUNT}]",
    "orderBy: [{field: MONTHLY_AMOUNT, direction: DESC}]",
    "orderBy: [{field: STATUS}, {field: MONTHLY_AMOUNT, direction: DESC}]",
    "orderBy: [{field: MONTHLY_AMOUNT}, {field: STATUS, direction: DESC}]",
    "orderBy: [{field: REGION, direction: DESC}, {field: APPROVED_ON}, {field: ID, direction: DESC}]",
    "orderBy: [{field: VALID_UNTIL}, {field: CATEGORY}]",  # no row has the first
    "orderBy: [{field: VALID_UNTIL, direction: DESC}, {field: MONTHLY_AMOUNT}]",
]
INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def listing(order: str) -> str:
    arguments = f"first: $first, last: $last, after: $after, before: $before{', ' + order if order else ''}"
    return f"""query ($first: Int, $last: Int, $after: String, $before: String) {{
        recipients({arguments}) {{ edges {{ cursor node {{ id }} }} totalCount {INFO} }} }}"""


async def page(seeded, order, viewer=CITY, **variables):
    found = (await seeded.ask(viewer, listing(order), variables))["recipients"]
    return [edge["node"]["id"] for edge in found["edges"]], found["pageInfo"], found


async def forward(seeded, order, size, viewer=CITY):
    ids, pages, after = [], [], None
    while True:
        found, info, _ = await page(seeded, order, viewer, first=size, after=after)
        ids += found
        pages.append(len(found))
        assert info["hasPreviousPage"] is (after is not None)
        if not info["hasNextPage"]:
            return ids, pages
        after = info["endCursor"]


async def backward(seeded, order, size, viewer=CITY):
    ids, before = [], None
    while True:
        found, info, _ = await page(seeded, order, viewer, last=size, before=before)
        ids = found + ids
        assert info["hasNextPage"] is (before is not None)
        if not info["hasPreviousPage"]:
            return ids
        before = info["startCursor"]


@pytest.mark.parametrize("order", ORDERS)
async def test_every_walk_gives_each_row_once_in_the_order_of_one_big_page(seeded, order):
    whole, info, found = await page(seeded, order, first=1000)
    assert len(whole) == len(set(whole)) == found["totalCount"] == len(seeded.rows["Recipient"])
    assert info["hasNextPage"] is info["hasPreviousPage"] is False
    walked, sizes = await forward(seeded, order, 37)
    assert walked == whole
    assert set(sizes[:-1]) == {37}
    assert await backward(seeded, order, 53) == whole


@pytest.mark.parametrize(
    ("order", "key", "descending"),
    [
        ("MONTHLY_AMOUNT", "monthly_amount", False),
        ("MONTHLY_AMOUNT", "monthly_amount", True),
        ("REGION", "region", True),
    ],
)
async def test_absent_values_come_last_in_either_direction_and_ids_break_ties(seeded, order, key, descending):
    direction = "DESC" if descending else "ASC"
    found, _, _ = await page(seeded, f"orderBy: [{{field: {order}, direction: {direction}}}]", first=1000)
    rows = seeded.rows["Recipient"]
    present = sorted((row for row in rows if row[key] is not None), key=lambda row: (row[key], row["id"]))
    absent = sorted((row for row in rows if row[key] is None), key=lambda row: row["id"])
    if descending:
        present.reverse()
        absent.reverse()
    assert found == [f"Recipient:{row['id']}" for row in (*present, *absent)]


@pytest.mark.parametrize("order", ORDERS)
async def test_between_two_cursors_stands_what_stands_between_them(seeded, order):
    whole, _, found = await page(seeded, order, first=1000)
    cursors = [edge["cursor"] for edge in found["edges"]]
    between, info, _ = await page(seeded, order, first=500, after=cursors[90], before=cursors[120])
    assert between == whole[91:120]
    assert (info["startCursor"], info["endCursor"]) == (cursors[91], cursors[119])
    last, info, _ = await page(seeded, order, last=7, after=cursors[90], before=cursors[120])
    assert last == whole[113:120]
    assert info["hasPreviousPage"] is True


async def test_a_cursor_may_be_of_a_row_that_is_gone(seeded):
    _, _, found = await page(seeded, "", first=10)
    cursors = [edge["cursor"] for edge in found["edges"]]
    async with seeded.runtime.pool.acquire() as connection:
        kept = await connection.fetchrow("SELECT * FROM recipient ORDER BY id OFFSET 4 LIMIT 1")
        await connection.execute("DELETE FROM recipient WHERE id = $1", kept["id"])
        try:
            following, _, _ = await page(seeded, "", first=5, after=cursors[4])
        finally:
            names = ", ".join(kept.keys())
            places = ", ".join(f"${at}" for at in range(1, len(kept) + 1))
            await connection.execute(f"INSERT INTO recipient ({names}) VALUES ({places})", *kept.values())
    assert following == [edge["node"]["id"] for edge in found["edges"][5:10]]


async def test_an_empty_page_has_no_cursors_and_a_page_of_none_still_knows_of_more(seeded):
    _, _, found = await page(seeded, "", first=1000)
    nothing, info, _ = await page(seeded, "", first=10, after=found["edges"][-1]["cursor"])
    assert nothing == []
    assert info == {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}
    nothing, info, _ = await page(seeded, "", first=0)
    assert nothing == []
    assert info["hasNextPage"] is True


async def test_nested_pages_can_be_walked_below_their_parent(seeded):
    document = """query ($first: Int, $after: String, $id: ID!) { node(id: $id) { ... on Household {
        meansChecks(first: $first, after: $after, orderBy: [{field: CHECKED_AT, direction: DESC}]) {
            edges { cursor node { id } } totalCount pageInfo { hasNextPage endCursor } } } } }"""
    checks = seeded.rows["MeansCheck"]
    household = checks[0]["household_id"]
    mine = sorted((row for row in checks if row["household_id"] == household), key=lambda row: row["checked_at"])
    found, after = [], None
    for _ in range(len(mine)):
        variables = {"first": 1, "after": after, "id": f"Household:{household}"}
        below = (await seeded.ask(CITY, document, variables))["node"]["meansChecks"]
        assert below["totalCount"] == len(mine)
        found += [edge["node"]["id"] for edge in below["edges"]]
        after = below["pageInfo"]["endCursor"]
    assert found == [f"MeansCheck:{row['id']}" for row in reversed(mine)]
    assert below["pageInfo"]["hasNextPage"] is False


async def test_each_parent_has_a_page_and_a_count_of_its_own(seeded):
    found = await seeded.ask(
        CITY,
        """{ households(first: 150) { nodes { id members(first: 1) { totalCount pageInfo { hasNextPage }
             edges { relationship node { id } } } recipients { totalCount } } } }""",
    )
    members = seeded.rows["HouseholdMember"]
    for household in found["households"]["nodes"]:
        mine = sorted(
            (row for row in members if f"Household:{row['household_id']}" == household["id"]),
            key=lambda row: row["person_id"],
        )
        assert household["members"] == {
            "totalCount": len(mine),
            "pageInfo": {"hasNextPage": len(mine) > 1},
            "edges": [{"relationship": mine[0]["relationship"], "node": {"id": f"Person:{mine[0]['person_id']}"}}],
        }
        assert household["recipients"]["totalCount"] == 1


async def test_the_total_counts_what_the_filter_and_the_policy_leave(seeded):
    document = '{ recipients(where: {category: {eq: TEKUN}, region: {within: "230502"}}) { totalCount } }'
    rows = [
        row for row in seeded.rows["Recipient"] if row["category"] == "TEKUN" and row["region"].startswith("230502")
    ]
    for viewer in (CITY, COUNTY, AUDITOR):
        assert (await seeded.ask(viewer, document))["recipients"]["totalCount"] == len(rows) > 0


async def test_a_cursor_is_refused_to_another_viewer_purpose_filter_or_order(seeded):
    by_amount = ORDERS[4]
    _, info, _ = await page(seeded, by_amount, first=5)
    cursor = info["endCursor"]
    assert (await page(seeded, by_amount, first=5, after=cursor))[0]
    document = """query ($after: String, $region: RegionCode) {
        recipients(first: 5, after: $after, where: {region: {within: $region}}) { edges { cursor } } }"""
    here = await seeded.ask(CITY, document, {"region": "230502"})
    filtered = here["recipients"]["edges"][-1]["cursor"]
    assert await seeded.ask(CITY, document, {"region": "230502", "after": filtered})
    with pytest.raises(CursorRefused):
        await page(seeded, by_amount, COUNTY, first=5, after=cursor)
    with pytest.raises(CursorRefused):
        await page(seeded, by_amount, replace(CITY, name="another"), first=5, after=cursor)
    with pytest.raises(CursorRefused):
        await page(seeded, by_amount, replace(CITY, purpose="means-check"), first=5, after=cursor)
    with pytest.raises(CursorRefused):
        await page(seeded, ORDERS[5], first=5, after=cursor)
    with pytest.raises(CursorRefused):
        await seeded.ask(CITY, document, {"region": "230503", "after": filtered})
    with pytest.raises(CursorRefused):
        await seeded.ask(CITY, document, {"region": "230502", "after": cursor})


@pytest.mark.parametrize(
    "change",
    [
        lambda c: ("B" if c[0] == "A" else "A") + c[1:],
        lambda c: c[:-2] + ("BB" if c.endswith("AA") else "AA"),
        lambda c: c[:-4],
        lambda _: "",
        lambda c: c * 2,
    ],
)
async def test_a_changed_cursor_is_refused_and_named_by_its_argument(seeded, change):
    _, info, _ = await page(seeded, "", first=5)
    cursor = change(info["endCursor"])
    assert cursor != info["endCursor"]
    with pytest.raises(CursorRefused, match=r"recipients\.after"):
        await page(seeded, "", first=5, after=cursor)


async def test_a_page_has_one_direction_and_a_bound_that_is_said(seeded):
    with pytest.raises(PageRefused, match="first or for last"):
        await page(seeded, "", first=1, last=1)
    for size in (-1, seeded.runtime.settings.page_limit + 1):
        with pytest.raises(PageRefused, match=f"between 0 and {seeded.runtime.settings.page_limit}"):
            await page(seeded, "", first=size)
        with pytest.raises(PageRefused, match=f"between 0 and {seeded.runtime.settings.page_limit}"):
            await page(seeded, "", last=size)


BELOW = "... on Household { meansChecks { nodes { id checkedAt } } }"


async def test_times_with_decimals_and_without_end_are_spelled_and_paged_by(seeded):
    """The server's text of a time has as many decimals as it needs, and words for the first and the last moment."""
    pool, row = seeded.runtime.pool, seeded.rows["MeansCheck"][0]
    document = """query ($after: String) { meansChecks(first: 1, after: $after,
        orderBy: [{field: CHECKED_AT, direction: DESC}],
        where: {household: {id: {eq: "Household:%s"}}}) { edges { cursor node { id checkedAt } } } }"""
    document %= row["household_id"]
    try:
        for text, spelled in (
            ("2099-01-02 03:04:05.5+00", "2099-01-02T03:04:05.500000Z"),
            ("2099-01-02 03:04:05.000001+00", "2099-01-02T03:04:05.000001Z"),
            ("2099-01-02 03:04:05+00", "2099-01-02T03:04:05Z"),
            ("infinity", "9999-12-31T23:59:59.999999Z"),
            ("-infinity", "0001-01-01T00:00:00Z"),
        ):
            await pool.execute(
                "UPDATE means_check SET checked_at = $2::text::timestamptz WHERE id = $1", row["id"], text
            )
            # As PostgreSQL spells them, in lists that it can spell.
            below = await seeded.ask(CITY, f'{{ node(id: "Household:{row["household_id"]}") {{ {BELOW} }} }}')
            assert {"id": f"MeansCheck:{row['id']}", "checkedAt": spelled} in below["node"]["meansChecks"]["nodes"]
            if text == "-infinity":
                continue  # not the first of the list
            [first] = (await seeded.ask(CITY, document))["meansChecks"]["edges"]
            assert first["node"] == {"id": f"MeansCheck:{row['id']}", "checkedAt": spelled}
            [second] = (await seeded.ask(CITY, document, {"after": first["cursor"]}))["meansChecks"]["edges"]
            assert second["node"]["id"] != first["node"]["id"]
    finally:
        await pool.execute("UPDATE means_check SET checked_at = $2 WHERE id = $1", row["id"], row["checked_at"])
