"""Whatever goes wrong while a decision is made, the answer is no."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import cedarpy
import pytest

from hub.catalog.predicate import ALWAYS, NEVER
from hub.domain import CATALOGUE
from hub.policy import ALL_GRANTED, Policies, Principal, bundle

TERMS = (Path(__file__).parents[2] / "schema" / "policies" / "purposes.yaml").read_text(encoding="utf-8")
NEED = CATALOGUE["Need"]
VIEWER = Principal("x", "x", frozenset({"charity"}), frozenset({"2305"}), "charity-matching", ALL_GRANTED)
OPEN = '@id("all") permit (principal, action, resource);'
SHUT = (
    '@id("shut") @reason("shut") @reason_zh("因")'
    ' forbid (principal, action, resource is Need) when { resource.status == "MET" };'
)


def answering(**changes: Any) -> Any:
    real = cedarpy.is_authorized_partial

    def answer(*arguments: Any) -> Any:
        found = real(*arguments)
        values = {"diagnostics": found.diagnostics, "residuals": found.residuals}
        return SimpleNamespace(**{**values, **{name: change(found) for name, change in changes.items()}})

    return answer


def fresh() -> Policies:
    return bundle({"x.cedar": OPEN + SHUT}, TERMS, CATALOGUE)


def test_the_bundle_permits_while_nothing_goes_wrong() -> None:
    assert fresh().decide(VIEWER, "read", NEED, "kind").where not in (ALWAYS, NEVER)


def test_an_error_in_the_diagnostics_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = answering(diagnostics=lambda _: SimpleNamespace(errors=["attribute missing"]))
    policies = fresh()
    monkeypatch.setattr(cedarpy, "is_authorized_partial", failed)
    decision = policies.decide(VIEWER, "read", NEED, "kind")
    assert (decision.where, decision.policies) == (NEVER, ())
    assert "could not be evaluated: attribute missing" in decision.reason


def test_a_policy_that_is_missing_from_the_answer_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = answering(residuals=lambda found: {name: it for name, it in found.residuals.items() if name != "shut"})
    policies = fresh()
    monkeypatch.setattr(cedarpy, "is_authorized_partial", lost)
    decision = policies.decide(VIEWER, "read", NEED, "kind")
    assert decision.where == NEVER
    assert "left policies out" in decision.reason


@pytest.mark.parametrize(
    "expression",
    [
        {"Var": "context"},
        {"==": {"left": {".": {"left": {"Var": "context"}, "attr": "x"}}, "right": {"Value": 1}}},
        {"like": {"left": {".": {"left": {"Var": "resource"}, "attr": "kind"}}, "pattern": ["Wildcard"]}},
        {".": {"left": {"Var": "resource"}, "attr": "description"}},
        {"==": {"left": {".": {"left": {"Var": "resource"}, "attr": "id"}}, "right": {"Value": "x"}}},
        {"novelty": {}},
        {"Value": "text"},
        {"&&": {"left": {"Value": True}, "right": {"Value": True}}, "||": {}},
        [],
    ],
)
def test_a_residual_that_is_not_understood_denies(monkeypatch: pytest.MonkeyPatch, expression: Any) -> None:
    def strange(found: Any) -> Any:
        shut = {**found.residuals["shut"], "conditions": [{"kind": "when", "body": expression}]}
        return {**found.residuals, "shut": shut}

    policies = fresh()
    monkeypatch.setattr(cedarpy, "is_authorized_partial", answering(residuals=strange))
    decision = policies.decide(VIEWER, "read", NEED, "kind")
    assert decision.where == NEVER
    assert "could not be evaluated" in decision.reason


def test_a_policy_that_slipped_past_the_check_denies() -> None:
    # As if the check at load time had a hole: the row filter itself must refuse what it has no exact form for.
    loaded = fresh()
    like = {"like": {"left": {".": {"left": {"Var": "resource"}, "attr": "kind"}}, "pattern": ["Wildcard"]}}
    slipped = {**loaded.policies["shut"], "conditions": [{"kind": "when", "body": like}]}
    holed = Policies(
        digest=loaded.digest, terms=loaded.terms, schema=loaded.schema,
        policies=MappingProxyType({**loaded.policies, "shut": slipped}),
    )  # fmt: skip
    assert holed.decide(VIEWER, "read", NEED, "kind").where == NEVER
