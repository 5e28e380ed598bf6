"""Documents in unusual forms that the specification allows: what they mean, and what is refused."""

from __future__ import annotations

from uuid import uuid4

import pytest

from hub.query.errors import ArgumentRefused, PageRefused, VariableRefused
from seeded_hub import CITY


async def test_a_direction_left_to_a_variable_that_is_not_given_is_the_default(seeded):
    document = """query ($direction: OrderDirection) {
        households(first: 5, orderBy: [{field: SIZE, direction: $direction}]) { nodes { size } } }"""
    smallest = {"households": {"nodes": [{"size": 1}] * 5}}
    assert await seeded.ask(CITY, document) == await seeded.ask(CITY, document, {"direction": "ASC"}) == smallest
    assert await seeded.ask(CITY, document, {"direction": "DESC"}) != smallest


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (
            """query ($direction: OrderDirection) {
                households(orderBy: [{field: SIZE, direction: $direction}]) { nodes { size } } }""",
            {"direction": None},
        ),
        ('query ($id: ID = "Person:1") { node(id: $id) { id } }', {"id": None}),
        ('query ($id: ID = "Person:1") { nodes(ids: [$id]) { id } }', {"id": None}),
        (
            """query ($size: Int = 1) { households(where: {size: {in: [$size]}}) { nodes { id } } }""",
            {"size": None},
        ),
        ("query ($seen: Boolean = true) { households { totalCount @include(if: $seen) } }", {"seen": None}),
    ],
)
async def test_null_through_a_variable_is_refused_where_there_must_be_a_value(seeded, document, variables):
    with pytest.raises(VariableRefused, match="must not be null here"):
        await seeded.ask(CITY, document, variables)


async def test_an_empty_filter_holds_for_every_row_inside_or(seeded):
    count = "{ totalCount }"
    whole = await seeded.ask(CITY, f"{{ households {count} }}")
    assert await seeded.ask(CITY, f"{{ households(where: {{or: [{{}}]}}) {count} }}") == whole
    assert await seeded.ask(CITY, f"{{ households(where: {{or: [{{}}, {{size: {{eq: 99}}}}]}}) {count} }}") == whole
    none = await seeded.ask(CITY, f"{{ households(where: {{or: []}}) {count} }}")
    assert none == {"households": {"totalCount": 0}}


@pytest.mark.parametrize(("given", "share"), [("and", True), ("or", False)])
async def test_an_empty_list_of_filters_may_come_from_a_variable(seeded, given, share):
    document = f"query ($all: [HouseholdWhere!]) {{ households(where: {{{given}: $all}}) {{ totalCount }} }}"
    found = await seeded.ask(CITY, document, {"all": []})
    assert found["households"]["totalCount"] == (len(seeded.rows["Household"]) if share else 0)


async def test_a_row_that_only_joins_two_others_is_no_node(seeded):
    member = seeded.rows["HouseholdMember"][0]
    document = "query ($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }"
    assert await seeded.ask(CITY, document, {"id": f"HouseholdMember:{member['id']}"}) == {
        "node": None,
        "nodes": [None],
    }


async def test_of_several_ids_the_one_that_is_none_is_named(seeded):
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    person = f"Person:{seeded.rows['Person'][0]['id']}"
    with pytest.raises(ArgumentRefused, match=r"nodes\(ids:\) item 2 must be the id of a node"):
        await seeded.ask(CITY, document, {"ids": [person, "Person:1"]})
    with pytest.raises(ArgumentRefused, match=r"node\(id:\) must be the id of a node"):
        await seeded.ask(CITY, "query ($id: ID!) { node(id: $id) { id } }", {"id": "Person:1"})


async def test_the_bound_on_ids_holds_for_a_document_that_was_answered_before(seeded):
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    person = f"Person:{seeded.rows['Person'][0]['id']}"
    assert await seeded.ask(CITY, document, {"ids": [person]}) == {"nodes": [{"id": person}]}
    with pytest.raises(PageRefused, match="at most 1000 ids"):
        await seeded.ask(CITY, document, {"ids": [person, *(f"Person:{uuid4()}" for _ in range(1000))]})
