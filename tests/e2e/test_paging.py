"""Keyset pages: walking a connection shows everything once, in order, in either direction."""

from __future__ import annotations

import pytest

INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


async def walk(ask, connection, *, arguments="", size=97, backward=False, fields="id", viewer="civil-affairs"):
    """Return all nodes of a root connection, in the connection's order, and the sizes of the pages."""
    count, place = ("last", "before") if backward else ("first", "after")
    more, cursor = ("hasPreviousPage", "startCursor") if backward else ("hasNextPage", "endCursor")
    query = f"""query ($size: Int, $place: String) {{
        {connection}({count}: $size, {place}: $place, {arguments}) {{ nodes {{ {fields} }} {INFO} }} }}"""
    found, sizes, at = [], [], None
    for _ in range(1000):
        page = (await ask.data(viewer, query, {"size": size, "place": at}))[connection]
        found = page["nodes"] + found if backward else found + page["nodes"]
        sizes.append(len(page["nodes"]))
        if not page["pageInfo"][more]:
            return found, sizes
        at = page["pageInfo"][cursor]
    pytest.fail("the walk does not end")


@pytest.mark.parametrize(
    ("connection", "arguments"),
    [
        ("regions", ""),
        ("regions", "orderBy: [{field: NAME}]"),
        ("regions", "orderBy: [{field: LEVEL, direction: DESC}, {field: CODE}]"),
        ("recipients", "orderBy: [{field: MONTHLY_AMOUNT, direction: DESC}]"),
        ("recipients", "orderBy: [{field: APPROVED_ON}, {field: STATUS, direction: DESC}]"),
        ("recipients", 'where: {region: {within: "230502"}}'),
        ("meansChecks", "orderBy: [{field: CHECKED_AT}]"),
        ("people", "orderBy: [{field: BIRTH_DATE}]"),
    ],
)
async def test_both_walks_show_everything_once_and_in_the_same_order(ask, connection, arguments):
    where = arguments if arguments.startswith("where") else ""
    counted = await ask.data("civil-affairs", f"{{ {connection}{f'({where})' if where else ''} {{ totalCount }} }}")
    size = 17 if where else 97
    forward, sizes = await walk(ask, connection, arguments=arguments, size=size)
    ids = [node["id"] for node in forward]
    assert len(ids) == len(set(ids)) == counted[connection]["totalCount"] > size
    assert set(sizes[:-1]) == {size}
    assert sizes[-1] > 0
    backward, _ = await walk(ask, connection, arguments=arguments, size=size, backward=True)
    assert [node["id"] for node in backward] == ids


async def test_pages_are_in_the_order_that_was_asked_for(ask):
    found, _ = await walk(ask, "recipients", arguments="orderBy: [{field: MONTHLY_AMOUNT}]", fields="monthlyAmount")
    amounts = [float(node["monthlyAmount"]) for node in found if node["monthlyAmount"] is not None]
    assert amounts == sorted(amounts)
    assert [node["monthlyAmount"] for node in found[len(amounts) :]] == [None] * (len(found) - len(amounts))


async def test_a_page_of_exactly_what_is_left_has_nothing_after_it(ask):
    query = f"query ($n: Int) {{ regions(first: $n, where: {{level: {{eq: COUNTY}}}}) {{ nodes {{ id }} {INFO} }} }}"
    exact = (await ask.data("civil-affairs", query, {"n": 8}))["regions"]
    assert (len(exact["nodes"]), exact["pageInfo"]["hasNextPage"]) == (8, False)
    short = (await ask.data("civil-affairs", query, {"n": 7}))["regions"]
    assert (len(short["nodes"]), short["pageInfo"]["hasNextPage"]) == (7, True)


async def test_an_empty_page_has_no_cursors(ask):
    page = await ask.data(
        "civil-affairs", f'{{ regions(where: {{code: {{eq: "99"}}}}) {{ nodes {{ id }} edges {{ cursor }} {INFO} }} }}'
    )
    assert page["regions"] == {
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_a_page_of_nothing_is_possible(ask):
    page = await ask.data("civil-affairs", "{ regions(first: 0) { nodes { id } totalCount } }")
    assert page["regions"]["nodes"] == []
    assert page["regions"]["totalCount"] > 800


async def test_nested_connections_page_each_on_its_own(ask):
    query = """query ($after: String) { regions(where: {code: {eq: "2305"}}) { nodes {
        children(first: 3, after: $after, orderBy: [{field: CODE}]) {
            totalCount nodes { code children(first: 2) { nodes { code } pageInfo { hasNextPage } } }
            pageInfo { hasNextPage endCursor } } } } }"""
    found, after = [], None
    for _ in range(5):
        page = (await ask.data("civil-affairs", query, {"after": after}))["regions"]["nodes"][0]["children"]
        assert page["totalCount"] == 8
        for county in page["nodes"]:
            assert all(town["code"].startswith(county["code"]) for town in county["children"]["nodes"])
            assert len(county["children"]["nodes"]) == 2
        found += [county["code"] for county in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(found) == len(set(found)) == 8
    assert found == sorted(found)


async def test_every_edges_cursor_leads_to_what_follows_it(ask):
    query = """query ($after: String) { regions(first: 5, after: $after, orderBy: [{field: CODE}]) {
        edges { cursor node { code } } } }"""
    page = (await ask.data("civil-affairs", query))["regions"]["edges"]
    for at, edge in enumerate(page[:-1]):
        following = (await ask.data("civil-affairs", query, {"after": edge["cursor"]}))["regions"]["edges"]
        assert following[0]["node"] == page[at + 1]["node"]
