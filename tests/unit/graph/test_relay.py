"""Connections are Relay's: any client that knows Relay can page through the hub."""

from __future__ import annotations

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from hub.domain import CATALOGUE
from hub.graph import build_schema


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(CATALOGUE)


def connections(schema: GraphQLSchema) -> dict[str, GraphQLObjectType]:
    return {
        name: named
        for name, named in schema.type_map.items()
        if name.endswith("Connection") and isinstance(named, GraphQLObjectType)
    }


def test_every_root_and_every_link_to_many_is_a_connection_or_declared_plain(schema):
    expected = {f"Query.{item.root}" for item in CATALOGUE if item.root}
    expected |= {f"Subscription.{item.root}" for item in CATALOGUE if item.log}
    expected |= {
        f"{owner.name}.{many.graphql}" for owner in CATALOGUE for many in owner.many.values() if not many.plain
    }
    found = {
        f"{name}.{key}"
        for name, named in schema.type_map.items()
        if isinstance(named, GraphQLObjectType)
        for key, item in named.fields.items()
        if str(item.type).endswith("Connection")
    }
    assert found == expected


def test_a_connection_has_edges_nodes_and_page_info_and_an_edge_has_cursor_and_node(schema):
    assert connections(schema)
    for name, connection in connections(schema).items():
        prefix = name.removesuffix("Connection")
        edge = schema.type_map[f"{prefix}Edge"]
        assert isinstance(edge, GraphQLObjectType)
        target = str(edge.fields["node"].type).removesuffix("!")
        totals = {field.total_name: "Int" for field in CATALOGUE[target].fields.values() if field.total}
        assert {key: str(item.type) for key, item in connection.fields.items()} == totals | {
            "edges": f"[{prefix}Edge!]!",
            "nodes": f"[{target}!]!",
            "pageInfo": "PageInfo!",
            "totalCount": "Int",
        }
        assert str(edge.fields["cursor"].type) == "String!"
        node = schema.type_map[target]
        assert isinstance(node, GraphQLObjectType)
        assert [interface.name for interface in node.interfaces] == ["Node"]


def test_page_info_is_relays(schema):
    page_info = schema.type_map["PageInfo"]
    assert isinstance(page_info, GraphQLObjectType)
    assert {key: str(item.type) for key, item in page_info.fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


def test_every_connection_takes_the_same_arguments(schema):
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType):
            for key, item in named.fields.items():
                if str(item.type).endswith("Connection") and named is not schema.subscription_type:
                    edges = connections(schema)[str(item.type)].fields["nodes"].type
                    target = str(edges).strip("[]!")
                    assert {name: str(arg.type) for name, arg in item.args.items()} == {
                        "first": "Int",
                        "after": "String",
                        "last": "Int",
                        "before": "String",
                        "where": f"{target}Where",
                        "orderBy": f"[{target}Order!]",
                    }, f"{named.name}.{key}"


def test_node_finds_anything_by_its_id(schema):
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert schema.query_type is not None
    assert str(schema.query_type.fields["node"].type) == "Node"
    assert str(schema.query_type.fields["nodes"].type) == "[Node]!"
    implementing = {item.name for item in schema.get_possible_types(node)}
    assert {declared.name for declared in CATALOGUE if declared.root} <= implementing


def test_a_connection_that_is_followed_takes_what_has_one_order_and_one_direction(schema):
    for item in schema.subscription_type.fields.values():
        asked = next(each for each in schema.query_type.fields.values() if each.type is item.type)
        assert set(item.args) == {"first", "after", "where"}
        assert all(str(item.args[name].type) == str(asked.args[name].type) for name in item.args)
