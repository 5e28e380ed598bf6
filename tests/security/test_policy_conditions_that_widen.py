"""A condition that the row filter could only approximate must stop the start, not widen a query."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.domain import CATALOGUE
from hub.policy import PolicyError, bundle

TERMS = (Path(__file__).parents[2] / "schema" / "policies" / "purposes.yaml").read_text(encoding="utf-8")
REGION = "resource has region && "


def refused(condition: str, scope: str = "principal, action, resource is Need") -> str:
    with pytest.raises(PolicyError) as error:
        bundle({"x.cedar": f'@id("p") permit ({scope}) when {{ {condition} }};'}, TERMS, CATALOGUE)
    assert error.value.message.startswith("x.cedar: policy p: ")
    return error.value.message


@pytest.mark.parametrize(
    ("condition", "operator"),
    [
        ('resource.kind like "C*"', "like"),
        ("resource.kind == resource.status", "=="),
        ('[resource.kind, "FOOD"].contains(resource.status)', "contains"),
        ('["CARE", resource.status].contains("FOOD")', "contains"),
        ('(if resource.consented then resource.kind else "FOOD") == "FOOD"', "=="),
        ('resource == Need::"00000000-0000-0000-0000-000000000000"', "=="),
        ('resource in Division::"2305"', "in"),
        (f"{REGION}[resource.region].containsAny(principal.regions)", "containsAny"),
        (f'{REGION}Division::"230502" in resource.region', "in"),
        ('resource is Need in Division::"2305"', "is"),
        ("{kind: resource.kind}.kind == context.field", "=="),
    ],
)
def test_an_operator_on_the_row_without_an_exact_row_filter_is_refused(condition: str, operator: str) -> None:
    message = refused(condition)
    assert f"uses the operator {operator} on the row" in message or "does not fit the schema" in message


@pytest.mark.parametrize(
    ("condition", "operator"),
    [
        ("9223372036854775807 + 1 == 0", "+"),
        ("1 < 2", "<"),
        ('ip("10.0.0.1").isLoopback()', "isLoopback"),
        ('decimal("1.0") == decimal("1.1")', "decimal"),
        ('Division::"230502" in principal.regions', "in"),
        ("resource.consented && 9223372036854775807 * 2 == 0", "*"),
    ],
)
def test_an_operator_that_can_fail_when_evaluated_is_refused(condition: str, operator: str) -> None:
    assert f"uses the operator {operator}" in refused(condition)


@pytest.mark.parametrize(
    "scope",
    ['principal == Partner::"viewer", action, resource', 'principal, action, resource == Need::"x"'],
)  # fmt: skip
def test_a_policy_for_one_partner_or_one_row_is_refused(scope: str) -> None:
    assert "policies speak of" in refused("true", scope)


def test_a_policy_for_rows_in_a_row_is_refused() -> None:
    refused("true", 'principal, action, resource is Need in Division::"2305"')
