"""The schema follows from the declarations: same names, nothing added, nothing lost."""

from __future__ import annotations

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    parse,
    validate,
    validate_schema,
)

from hub.catalog import Date, Integer, Sensitivity, Share, Text, build, entity, field, link, links
from hub.catalog.declare import DECLARED
from hub.domain import CATALOGUE
from hub.graph import build_schema

# The names that partners rely on.
FIXED_QUERY = """
{ recipients(first: 3, where: {region: {within: "230502"}}) {
    edges { cursor node { id category status monthlyAmount region
      person { name idNumber birthDate phone }
      household { id size address members(first: 10) { edges { node { name } } }
        meansChecks(first: 2) { edges { node { outcome checkedAt findings { department kind value } } } } } } }
    pageInfo { hasNextPage endCursor } } }
"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(CATALOGUE)


def object_type(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def input_type(schema: GraphQLSchema, name: str) -> GraphQLInputObjectType:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLInputObjectType)
    return found


def test_the_schema_is_valid(schema):
    assert validate_schema(schema) == []


def test_the_query_that_partners_rely_on_validates(schema):
    assert validate(schema, parse(FIXED_QUERY)) == []


@pytest.mark.parametrize(
    "document",
    [
        '{ person(idNumber: "x") { name households { edges { relationship node { size } } } } }',
        """{ needs(where: {person: {idNumber: {eq: "x"}}, or: [{status: {eq: OPEN}}, {not: {urgency: {in: [LOW]}}}]}) {
             totalCount nodes { kind } } }""",
        "{ regions(orderBy: [{field: CODE, direction: DESC}, {field: ID}]) { nodes { code parent { name } } } }",
        '{ node(id: "x") { id ... on SyncRun { rowsRead quarantined(last: 1, before: "c") { nodes { rule } } } } }',
        '{ nodes(ids: ["x"]) { __typename ... on CharityResource { organisation { name } } } }',
        '{ meansChecks(where: {checkedAt: {gte: "2026-01-31T08:00:00+08:00"}}) { nodes { outcome } } }',
        "{ households(where: {declaredMonthlyIncome: {lt: 650.5}, size: {isNull: false}}) { nodes { address } } }",
        "{ people { nodes { sex } } syncRuns { nodes { id } } charityResources { nodes { title } } }",
    ],
)
def test_documents_of_many_kinds_validate(schema, document):
    assert validate(schema, parse(document)) == []


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ('{ households(where: {address: {eq: "x"}}) { nodes { id } } }', "address"),
        ("{ people(orderBy: [{field: NAME}]) { nodes { id } } }", "NAME"),
        ("{ people(where: {name: {isNull: true}}) { nodes { id } } }", "isNull"),
        ("{ meansChecks { nodes { findings(first: 1) { id } } } }", "first"),
        ("{ householdMembers { nodes { id } } }", "householdMembers"),
    ],
)
def test_what_the_declarations_do_not_allow_cannot_be_asked(schema, document, complaint):
    assert any(complaint in error.message for error in validate(schema, parse(document)))


def test_every_declared_member_is_in_the_schema_and_nothing_else(schema):
    for declared in CATALOGUE:
        if declared.name not in schema.type_map:
            continue
        assert set(object_type(schema, declared.name).fields) == set(declared.members), declared.name


def test_only_entities_that_stand_between_two_others_have_no_type_of_their_own(schema):
    absent = {declared.name for declared in CATALOGUE if declared.name not in schema.type_map}
    between = {many.through for declared in CATALOGUE for many in declared.many.values() if many.through is not None}
    assert "HouseholdMember" in absent == between
    assert "relationship" in object_type(schema, "HouseholdMembersEdge").fields


def test_a_field_may_be_null_unless_it_is_the_id(schema):
    for declared in CATALOGUE:
        if declared.name in schema.type_map:
            for name, item in object_type(schema, declared.name).fields.items():
                assert str(item.type).endswith("!") is (name == "id"), f"{declared.name}.{name}"


def test_a_filter_has_the_fields_that_can_be_filtered_or_looked_up(schema):
    for declared in CATALOGUE:
        if declared.name in schema.type_map:
            expected = {item.graphql for item in declared.fields.values() if item.operators}
            expected |= {item.graphql for item in declared.filter_links} | {"and", "or", "not"}
            assert set(input_type(schema, f"{declared.name}Where").fields) == expected, declared.name


def test_every_operator_of_a_field_is_in_its_filter(schema):
    for declared in CATALOGUE:
        if declared.name in schema.type_map:
            where = input_type(schema, f"{declared.name}Where")
            for item in declared.fields.values():
                if item.operators:
                    operators = where.fields[item.graphql].type
                    assert isinstance(operators, GraphQLInputObjectType)
                    assert set(item.operators) <= set(operators.fields), f"{declared.name}.{item.name}"


def test_a_sealed_field_can_only_be_asked_for_its_exact_value(schema):
    person = input_type(schema, "PersonWhere")
    assert str(person.fields["idNumber"].type) == str(person.fields["name"].type) == "LookupFilter"
    assert set(input_type(schema, "LookupFilter").fields) == {"eq", "in"}


def test_an_order_names_the_fields_that_can_be_sorted_in_capitals(schema):
    for declared in CATALOGUE:
        if declared.name in schema.type_map:
            names = schema.type_map[f"{declared.name}OrderField"]
            assert isinstance(names, GraphQLEnumType)
            sortable = {item.name for item in declared.fields.values() if item.sort}
            assert {name.lower() for name in names.values} == sortable, declared.name


def test_every_type_field_argument_and_value_says_what_it_means(schema):
    silent = []
    for name, named in schema.type_map.items():
        if name.startswith("__"):
            continue
        if not named.description:
            silent.append(name)
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for key, item in named.fields.items():
                silent += [] if item.description else [f"{name}.{key}"]
                silent += [f"{name}.{key}({arg})" for arg, given in item.args.items() if not given.description]
        elif isinstance(named, GraphQLInputObjectType):
            silent += [f"{name}.{key}" for key, item in named.fields.items() if not item.description]
        elif isinstance(named, GraphQLEnumType):
            silent += [f"{name}.{key}" for key, value in named.values.items() if not value.description]
    assert silent == []


def test_a_description_carries_both_languages_class_and_source(schema):
    described = object_type(schema, "Person").fields["idNumber"].description or ""
    for part in ("公民身份号码", "Citizen identity number", "sensitive, sealed", "Source: 公安"):
        assert part in described


def test_custom_scalars_are_described_by_their_declaration(schema):
    money = schema.type_map["Money"]
    assert isinstance(money, GraphQLScalarType)
    assert money.description is not None
    assert "CNY" in money.description


def test_building_the_schema_leaves_the_declarations_as_they_are():
    build_schema(CATALOGUE)
    for declared in CATALOGUE:
        for item in declared.fields.values():
            assert not hasattr(item.type, "__strawberry_definition__"), item.name
    assert not hasattr(Share, "__strawberry_definition__")
    assert not hasattr(Sensitivity, "__strawberry_definition__")


def test_a_new_entity_needs_no_more_than_its_declaration():
    before = list(DECLARED)
    said = {"provider": "p", "frequency": "f", "share": Share.CONDITIONAL, "conditions": "c"}
    public = Sensitivity.PUBLIC

    @entity(zh="船", en="A ship", root="ships", **said)
    class Ship:
        built_in_year = field(Integer, public, filter=True, sort=True, zh="年", en="Year")
        voyages = links("Voyage", by="ship", zh="航次", en="Voyages")
        ports = links("Port", through="Voyage", by="ship", to="port", zh="港口", en="Ports")

    @entity(zh="港口", en="A port", root="ports", **said)
    class Port:
        name = field(Text, public, zh="名", en="Name")

    @entity(zh="航次", en="A voyage", **said)
    class Voyage:
        ship = link("Ship", zh="船", en="Ship")
        port = link("Port", zh="港口", en="Port")
        sailed_on = field(Date, public, zh="日期", en="Date")

    DECLARED[:] = before
    schema = build_schema(build([Ship, Port, Voyage]))  # type: ignore[list-item]
    assert validate_schema(schema) == []
    document = """{ ships(where: {builtInYear: {gt: 1990}}, orderBy: {field: BUILT_IN_YEAR}) { nodes {
        voyages { nodes { ship { id } } } ports { edges { sailedOn node { name } } } } } }"""
    assert validate(schema, parse(document)) == []
