"""graphql-core executes introspection and the data catalogue, and nothing that holds data."""

from __future__ import annotations

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_introspection_query, graphql_sync

from hub.domain import CATALOGUE
from hub.graph import build_schema
from hub.graph.schema import NotPlanned


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(CATALOGUE)


def test_introspection_answers(schema):
    result = graphql_sync(schema, get_introspection_query(input_value_deprecation=True))
    assert result.errors is None
    assert result.data is not None
    assert {kind["name"] for kind in result.data["__schema"]["types"]} >= {"Person", "PersonWhere", "Money"}


def test_a_default_value_is_introspected(schema):
    result = graphql_sync(schema, '{ __type(name: "PersonOrder") { inputFields { name defaultValue } } }')
    assert result.data == {
        "__type": {
            "inputFields": [{"name": "field", "defaultValue": None}, {"name": "direction", "defaultValue": "ASC"}]
        }
    }


def test_every_field_that_holds_data_refuses_a_resolver(schema):
    open_types = {"CatalogueEntry", "CatalogueItem", "CatalogueUpdate", "CatalogueVersion"}
    open_fields = {("Query", "catalogue"), ("Query", "catalogueVersion")}
    for name, named in schema.type_map.items():
        if isinstance(named, GraphQLObjectType) and not name.startswith("__") and name not in open_types:
            for key, item in named.fields.items():
                if (name, key) not in open_fields:
                    with pytest.raises(NotPlanned):
                        item.resolve(None, type("Info", (), {"parent_type": named, "field_name": key}))


def test_executing_data_with_graphql_core_fails(schema):
    result = graphql_sync(schema, "{ recipients { nodes { id } } }")
    assert result.data == {"recipients": None}
    assert result.errors is not None
    assert "answered by a plan" in result.errors[0].message


def test_the_data_catalogue_states_what_the_regulation_asks_for(schema):
    result = graphql_sync(
        schema,
        """{ catalogue { name zh en provider format frequency share legalBasis departments method conditions class
             items { name zh en type class share legalBasis sealed lookup filter sort masked link } } }""",
    )
    assert result.errors is None
    assert result.data is not None
    entries = {entry["name"]: entry for entry in result.data["catalogue"]}
    assert set(entries) == {declared.name for declared in CATALOGUE}
    for name, entry in entries.items():
        assert {item["name"] for item in entry["items"]} == set(CATALOGUE[name].members)
        assert all(entry[key] for key in ("zh", "en", "provider", "format", "frequency", "method", "conditions"))
        assert entry["legalBasis"] or entry["share"] != "NOT_SHARED"
        assert entry["departments"] == [department.name for department in CATALOGUE[name].departments]
    person = entries["Person"]
    assert (person["share"], person["class"]) == ("CONDITIONAL", "SENSITIVE")
    items = {item["name"]: item for item in person["items"]}
    assert items["idNumber"] == {
        "name": "idNumber",
        "zh": "公民身份号码",
        "en": "Citizen identity number (GB 11643)",
        "type": "String",
        "class": "SENSITIVE",
        "share": "CONDITIONAL",
        "legalBasis": None,
        "sealed": True,
        "lookup": True,
        "filter": False,
        "sort": False,
        "masked": True,
        "link": False,
    }
    assert items["recipients"]["link"]
    assert items["recipients"]["type"] == "Recipient"
