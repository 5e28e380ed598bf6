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
    assert error.value.message.startswith("x.cedar:1: policy p: ")
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
        ('duration("1d") < duration("2d")', "<"),
        ('resource has created_on && resource.created_on.toTime() == duration("0h")', "=="),
        ('resource has created_on && resource.created_on.offset(duration("1d")) < datetime("2026-01-01")', "<"),
        ('resource has created_on && resource.created_on < datetime("2026-01-01").offset(duration("1d"))', "offset"),
        ('Division::"230502" in principal.regions', "in"),
        ("resource.consented && 9223372036854775807 * 2 == 0", "*"),
    ],
)
def test_an_operator_that_can_fail_when_evaluated_is_refused(condition: str, operator: str) -> None:
    assert f"uses the operator {operator}" in refused(condition)


@pytest.mark.parametrize(
    "moment", ["2026-01-01T00:00:00Z", "2026-01-01T08:00:00+0800", "2026-01-01T00:00:00.001Z", "0000-01-01"]
)
def test_a_moment_that_is_no_day_is_refused_where_rows_have_days(moment: str) -> None:
    message = refused(f'resource has created_on && resource.created_on <= datetime("{moment}")')
    assert "no day" in message or "a moment where rows have a day" in message


@pytest.mark.parametrize(
    "condition",
    [
        'resource.created_on < datetime("2026-01-01")',
        'resource has created_on && resource.created_on < "2026-01-01"',
        "resource has created_on && resource.created_on < 20260101",
        'resource has created_on && resource.created_on < datetime("2026-02-30")',
        'resource.kind < "FOOD"',
        "resource has urgency && resource.urgency < 3",
    ],
)
def test_a_comparison_that_could_fail_or_means_nothing_is_refused(condition: str) -> None:
    refused(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "resource has size && resource.size + 1 > 3",
        "resource has size && resource.size > 9223372036854775807 + 1",
        "resource has size && resource.size * 2 > 3",
        "resource has size && -resource.size > 3",
        "resource has size && resource.size > 9223372036854775808",
        "resource.size > 3",
    ],
)
def test_arithmetic_on_the_row_is_refused_because_it_could_overflow(condition: str) -> None:
    with pytest.raises(PolicyError) as error:
        bundle(
            {"x.cedar": f'@id("p") permit (principal, action, resource is Household) when {{ {condition} }};'},
            TERMS,
            CATALOGUE,
        )
    assert error.value.message.startswith("x.cedar:1: ")


@pytest.mark.parametrize(
    "scope",
    ['principal == Partner::"viewer", action, resource', 'principal, action, resource == Need::"x"'],
)  # fmt: skip
def test_a_policy_for_one_partner_or_one_row_is_refused(scope: str) -> None:
    assert "policies speak of" in refused("true", scope)


def test_a_policy_for_rows_in_a_row_is_refused() -> None:
    refused("true", 'principal, action, resource is Need in Division::"2305"')
