"""Attack: count what one may not see. Totals, pages and links obey the row filter."""

from __future__ import annotations


async def test_a_total_counts_only_rows_that_the_viewer_may_see(ask):
    query = "{ needs(first: 1000) { totalCount nodes { id } } }"
    everyone = (await ask.data("civil-affairs", query))["needs"]
    charity = (await ask.data("charity", query))["needs"]
    assert charity["totalCount"] == len(charity["nodes"]) < everyone["totalCount"]


async def test_a_filter_cannot_widen_what_is_counted(ask):
    query = "query ($w: NeedWhere) { needs(where: $w) { totalCount } }"
    seen = (await ask.data("charity", query, {"w": {}}))["needs"]["totalCount"]
    for where in (
        {"or": [{"status": {"eq": "OPEN"}}, {"status": {"eq": "MET"}}]},
        {"not": {"status": {"eq": "MATCHED"}}},
        {"not": {"not": {"county": {"within": "23"}}}},
        {"status": {"in": ["OPEN", "MATCHED", "MET", "CLOSED"]}},
    ):
        assert (await ask.data("charity", query, {"w": where}))["needs"]["totalCount"] <= seen
    for status in ("MATCHED", "MET", "CLOSED"):
        assert (await ask.data("charity", query, {"w": {"status": {"eq": status}}}))["needs"]["totalCount"] == 0


async def test_a_row_that_is_hidden_is_not_found_by_its_id(ask):
    query = (
        "{ needs(first: 1000) { nodes { id } } recipients(first: 3) { nodes { id person { id } household { id } } } }"
    )
    everything = await ask.data("civil-affairs", query)
    visible = {
        node["id"] for node in (await ask.data("charity", "{ needs(first: 1000) { nodes { id } } }"))["needs"]["nodes"]
    }
    hidden = [node["id"] for node in everything["needs"]["nodes"] if node["id"] not in visible][:20]
    for recipient in everything["recipients"]["nodes"]:
        hidden += [recipient["id"], recipient["person"]["id"], recipient["household"]["id"]]
    found = await ask.data("charity", "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", {"ids": hidden})
    assert found["nodes"] == [None] * len(hidden)
    shown = await ask.data("charity", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": sorted(visible)[:3]})
    assert [node["id"] for node in shown["nodes"]] == sorted(visible)[:3]


async def test_rows_behind_a_link_obey_their_own_filter(ask):
    query = "{ syncRuns(first: 100) { totalCount nodes { source quarantined { totalCount nodes { source row } } } } }"
    found = (await ask.data("social-security", query))["syncRuns"]
    assert {run["source"] for run in found["nodes"]} == {"social-security"}
    assert found["totalCount"] == len(found["nodes"])
    everyone = (await ask.data("auditor", query))["syncRuns"]["nodes"]
    assert len({run["source"] for run in everyone}) >= 5
    assert all(row["row"] is None for run in everyone for row in run["quarantined"]["nodes"])
