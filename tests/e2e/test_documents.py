"""Whatever GraphQL allows in a document, the hub understands: aliases, fragments, directives, variables, node ids."""

from __future__ import annotations

import pytest


async def test_aliases_answer_under_their_own_names(ask):
    found = await ask.data(
        "civil-affairs",
        """{ big: regions(where: {level: {eq: COUNTY}}, orderBy: [{field: CODE}], first: 1) {
             rows: nodes { a: code b: code } }
             small: regions(where: {level: {eq: VILLAGE}}, first: 2) { nodes { code } } }""",
    )
    assert list(found) == ["big", "small"]
    assert found["big"]["rows"] == [{"a": "230502", "b": "230502"}]
    assert [len(node["code"]) for node in found["small"]["nodes"]] == [12, 12]


async def test_fragments_say_the_same_as_what_they_stand_for(ask):
    spelled = (
        """{ recipients(first: 5) { nodes { id category person { name phone } household { size person: id } } } }"""
    )
    with_fragments = """
        query { recipients(first: 5) { ...page } }
        fragment page on RecipientConnection { nodes { id ... on Recipient { category } ...who household { size } } }
        fragment who on Recipient { person { name ...more } ... { household { person: id } } }
        fragment more on Person { phone }
    """
    expected = (await ask.data("civil-affairs", spelled))["recipients"]["nodes"]
    assert (await ask.data("civil-affairs", with_fragments))["recipients"]["nodes"] == expected


async def test_the_same_field_twice_is_one_with_both_selections(ask):
    found = await ask.data(
        "civil-affairs",
        """{ recipients(first: 2) { nodes { person { name } person { idNumber }
             household { id } household { size } } } }""",
    )
    for node in found["recipients"]["nodes"]:
        assert set(node["person"]) == {"name", "idNumber"}
        assert set(node["household"]) == {"id", "size"}


@pytest.mark.parametrize("phones", [True, False])
async def test_skip_and_include_leave_out_fields_links_and_fragments(ask, phones):
    query = """query ($yes: Boolean!) { recipients(first: 1) { nodes { id
        person @include(if: $yes) { name phone @skip(if: $yes) }
        ... on Recipient @skip(if: $yes) { category }
        ...h @include(if: $yes) } } }
        fragment h on Recipient { household { id } }"""
    [node] = (await ask.data("civil-affairs", query, {"yes": phones}))["recipients"]["nodes"]
    assert set(node) == ({"id", "person", "household"} if phones else {"id", "category"})
    if phones:
        assert set(node["person"]) == {"name"}


async def test_typename_is_answered_everywhere(ask):
    found = await ask.data(
        "civil-affairs",
        """{ __typename recipients(first: 1) { __typename
             edges { __typename node { __typename person { __typename } } }
             pageInfo { __typename } }
             households(first: 1) { nodes { members { __typename edges { __typename } } } } }""",
    )
    assert found["__typename"] == "Query"
    assert found["recipients"]["__typename"] == "RecipientConnection"
    [edge] = found["recipients"]["edges"]
    assert edge == {
        "__typename": "RecipientEdge",
        "node": {"__typename": "Recipient", "person": {"__typename": "Person"}},
    }
    [household] = found["households"]["nodes"]
    assert household["members"]["__typename"] == "HouseholdMembersConnection"
    assert {member["__typename"] for member in household["members"]["edges"]} == {"HouseholdMembersEdge"}


async def test_variables_have_defaults_and_may_stand_anywhere(ask):
    query = """query ($codes: [RegionCode!]! = ["230502"], $level: RegionLevel = COUNTY, $n: Int = 1) {
        regions(first: $n, where: {and: [{code: {in: $codes}}, {level: {eq: $level}}]}) { nodes { code } } }"""
    assert (await ask.data("civil-affairs", query))["regions"]["nodes"] == [{"code": "230502"}]
    given = {"codes": ["230502", "230503", "2305"], "n": 5}
    found = (await ask.data("civil-affairs", query, given))["regions"]["nodes"]
    assert {node["code"] for node in found} == {"230502", "230503"}


async def test_the_same_document_with_other_values_gives_other_rows(ask):
    query = "query ($r: RegionCode!) { regions(where: {code: {eq: $r}}) { nodes { code } } }"
    for code in ("230502", "230503", "230502"):
        assert (await ask.data("civil-affairs", query, {"r": code}))["regions"]["nodes"] == [{"code": code}]


async def test_filters_are_joined_by_and_or_not(ask):
    query = """query ($w: RegionWhere) { regions(first: 1000, where: $w) { nodes { code level } } }"""

    async def codes(where):
        return {node["code"] for node in (await ask.data("civil-affairs", query, {"w": where}))["regions"]["nodes"]}

    county, within = {"level": {"eq": "COUNTY"}}, {"code": {"within": "230502"}}
    counties, jianshan = await codes(county), await codes(within)
    assert await codes({"and": [county, within]}) == counties & jianshan == {"230502"}
    assert await codes({"or": [county, within]}) == counties | jianshan
    assert await codes({"and": [within], "not": county}) == jianshan - counties
    assert await codes({**county, "not": {"or": [within]}}) == counties - jianshan
    assert await codes({"parent": {"code": {"eq": "2305"}}}) == counties


async def test_a_filter_through_a_link_finds_the_same_rows_as_the_link_itself(ask):
    query = """query ($w: RecipientWhere) { recipients(first: 1000, where: $w) { nodes { id household { size } } } }"""
    everything = (await ask.data("civil-affairs", query, {"w": {}}))["recipients"]["nodes"]
    large = (await ask.data("civil-affairs", query, {"w": {"household": {"size": {"gte": 4}}}}))["recipients"]["nodes"]
    assert large
    assert all(node["household"]["size"] >= 4 for node in large)
    if len(everything) < 1000:
        expected = {node["id"] for node in everything if node["household"] and node["household"]["size"] >= 4}
        assert {node["id"] for node in large} == expected


async def test_a_node_is_found_again_by_its_id_and_nodes_keep_their_order(ask):
    page = await ask.data(
        "civil-affairs", "{ recipients(first: 2) { nodes { id category } } regions(first: 1) { nodes { id code } } }"
    )
    ids = [node["id"] for node in page["recipients"]["nodes"]] + [page["regions"]["nodes"][0]["id"]]
    query = """query ($ids: [ID!]!, $id: ID!) { node(id: $id) { id ... on Recipient { category } }
        nodes(ids: $ids) { __typename id ... on Recipient { category } ... on Region { code } } }"""
    wanted = [ids[2], ids[0], ids[1]]
    found = await ask.data("civil-affairs", query, {"ids": wanted, "id": ids[0]})
    assert [node["id"] for node in found["nodes"]] == wanted
    assert found["nodes"][0] == {"__typename": "Region", **page["regions"]["nodes"][0]}
    assert found["node"] == page["recipients"]["nodes"][0]


async def test_an_id_that_leads_nowhere_is_null_and_nonsense_is_refused(ask):
    [node] = (await ask.data("civil-affairs", "{ recipients(first: 1) { nodes { id } } }"))["recipients"]["nodes"]
    swapped = node["id"][:-4] + ("aaaa" if not node["id"].endswith("aaaa") else "bbbb")
    response = await ask.post("civil-affairs", "query ($id: ID!) { node(id: $id) { id } }", {"id": swapped})
    assert response.json().get("data") in (None, {"node": None})
    error = await ask.refusal("civil-affairs", '{ node(id: "nonsense") { id } }')
    assert error["status"] == 400


async def test_the_edge_between_household_and_member_says_how_they_are_related(ask):
    found = await ask.data(
        "civil-affairs", "{ households(first: 50) { nodes { size members { edges { relationship node { id } } } } } }"
    )
    for household in found["households"]["nodes"]:
        relations = [edge["relationship"] for edge in household["members"]["edges"]]
        assert relations.count("HEAD") <= 1
    assert any("HEAD" in [edge["relationship"] for edge in h["members"]["edges"]] for h in found["households"]["nodes"])


async def test_links_may_be_followed_in_a_circle(ask):
    found = await ask.data(
        "civil-affairs",
        """{ recipients(first: 3) { nodes { id person { id recipients { nodes { id person { id
             households { nodes { members { nodes { id } } } } } } } } } } }""",
    )
    for node in found["recipients"]["nodes"]:
        person = node["person"]
        again = person["recipients"]["nodes"]
        assert node["id"] in {item["id"] for item in again}
        for item in again:
            assert item["person"]["id"] == person["id"]
            for household in item["person"]["households"]["nodes"]:
                assert person["id"] in {member["id"] for member in household["members"]["nodes"]}
