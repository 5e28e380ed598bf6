"""What comes in: coerced to the declarations' values, refused in words that do not repeat what was sent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, get_variable_values, parse, validate

from hub.domain import CATALOGUE
from hub.domain.codes import AssistanceCategory
from hub.graph import build_schema

DOCUMENT = """query ($where: RecipientWhere, $order: [RecipientOrder!], $checks: MeansCheckWhere) {
    recipients(where: $where, orderBy: $order) { nodes { id } } meansChecks(where: $checks) { nodes { id } } }"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(CATALOGUE)


def coerce(schema: GraphQLSchema, **given: Any) -> Any:
    definition = parse(DOCUMENT).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return get_variable_values(schema, definition.variable_definitions, given)


def test_values_arrive_as_the_declarations_have_them(schema):
    where = {
        "monthlyAmount": {"gte": "650.5"},
        "approvedOn": {"lt": "2026-01-31"},
        "category": {"in": ["DIBAO"]},
        "not": {"region": {"within": "2305"}},
    }
    coerced = coerce(schema, where=where, checks={"checkedAt": {"eq": "2026-01-31T08:00:00Z"}}).coerced
    assert coerced["where"] == {
        "monthlyAmount": {"gte": Decimal("650.50")},
        "approvedOn": {"lt": date(2026, 1, 31)},
        "category": {"in": [AssistanceCategory.DIBAO]},
        "not": {"region": {"within": "2305"}},
    }
    assert coerced["checks"]["checkedAt"]["eq"] == datetime(2026, 1, 31, 8, tzinfo=UTC)


def test_enum_values_carry_their_graphql_names_and_an_order_leads_back_to_its_field(schema):
    [order] = coerce(schema, order=[{"field": "MONTHLY_AMOUNT"}]).coerced["order"]
    assert (order["field"].name, order["direction"].name) == ("MONTHLY_AMOUNT", "ASC")
    assert order["field"].name.lower() in CATALOGUE["Recipient"].fields


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"region": {"within": "23050x"}}, "region code of 2, 4, 6, 9 or 12 digits"),
        ({"region": {"within": 230502}}, "must be text"),
        ({"monthlyAmount": {"gt": "many"}}, "must be an amount in CNY"),
        ({"approvedOn": {"eq": "1980.1.1"}}, "must be a date as YYYY-MM-DD"),
    ],
)
def test_a_refused_value_names_variable_and_place_and_is_not_repeated(schema, test, expected):
    [error] = coerce(schema, where=test)
    [(field, operators)] = test.items()
    [(operator, value)] = operators.items()
    assert f"$where' has invalid value at .{field}.{operator}" in error.message
    assert expected in error.message
    assert str(value) not in error.message


def test_a_refused_literal_says_where_it_stands_and_is_not_repeated(schema):
    [error] = validate(schema, parse('{ recipients(where: {region: {within: "23x"}}) { nodes { id } } }'))
    assert [(place.line, place.column) for place in error.locations or ()] == [(1, 39)]
    assert "RegionCode must be a region code" in error.message
    assert "23x" not in error.message
