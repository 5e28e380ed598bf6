"""Decisions: what they say, what they deny by default, and that they are remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hub.catalog.predicate import ALWAYS, NEVER, Compare, Within, fields_of
from hub.domain import CATALOGUE
from hub.policy import ACTIONS, ALL_GRANTED, Decision, Principal, PrincipalRefused, bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.policy import Policies

    Viewer = Callable[..., Principal]

NEED, PERSON, RECIPIENT = CATALOGUE["Need"], CATALOGUE["Person"], CATALOGUE["Recipient"]


def test_a_denial_says_what_was_asked_by_whom_and_for_what(policies: Policies, viewer: Viewer) -> None:
    decision = policies.decide(viewer("charity", "charity-matching"), "readMasked", PERSON, "phone")
    assert decision == Decision(
        NEVER, (), "no policy permits readMasked of Person.phone to charity for purpose charity-matching"
    )


def test_a_cutting_forbid_is_named_with_its_reason(policies: Policies, viewer: Viewer) -> None:
    decision = policies.decide(viewer("auditor", "audit"), "read", RECIPIENT, "person")
    assert decision == Decision(
        NEVER, ("auditor-no-people",), "read of Recipient.person is forbidden: an audit needs no person"
    )


def test_a_condition_is_said_in_words(policies: Policies, viewer: Viewer) -> None:
    decision = policies.decide(viewer("charity", "charity-matching"), "read", NEED, "kind")
    assert decision.policies == ("charity-open-needs", "charity-consented-needs-only", "charity-needs-among-others")
    assert decision.reason == (
        "charity-open-needs permits read of Need.kind to charity for purpose charity-matching "
        "where consented = true and status = OPEN and region is known and region within 230502 "
        "and among_others = true"
    )


def test_rights_on_one_field_may_differ_by_row(policies: Policies, viewer: Viewer) -> None:
    own = viewer("civil-affairs", "means-check")
    plain = policies.decide(own, "read", PERSON, "name").where
    masked = policies.decide(own, "readMasked", PERSON, "name").where
    assert Within("region", ("230502",)) in plain.parts
    assert Within("region", ("2305",)) in masked.parts


def test_the_rows_that_exist_are_those_whose_id_may_be_read(policies: Policies, viewer: Viewer) -> None:
    someone = viewer("social-security", "means-check")
    assert policies.rows(someone, PERSON) == policies.decide(someone, "read", PERSON, "id")
    assert policies.rows(viewer("charity", "charity-matching"), PERSON).where == NEVER


def test_an_action_that_the_declaration_does_not_provide_for_is_denied(terms_text: str, viewer: Viewer) -> None:
    everything = bundle({"x.cedar": '@id("all") permit (principal, action, resource);'}, terms_text, CATALOGUE)
    someone = viewer("charity", "charity-matching")
    assert everything.decide(someone, "filter", PERSON, "birth_date").where == ALWAYS
    for action, item in (
        ("filter", "name"), ("sort", "name"), ("aggregate", "birth_date"), ("lookup", "registered_address"),
        ("readMasked", "sex"), ("lookup", "sex"), ("sort", "needs"), ("aggregate", "needs"), ("readMasked", "needs"),
    ):  # fmt: skip
        decision = everything.decide(someone, action, PERSON, item)
        assert decision == Decision(NEVER, (), f"the declaration does not provide for {action} of Person.{item}")


def test_what_no_policy_mentions_is_denied(terms_text: str, viewer: Viewer) -> None:
    nothing = bundle({"x.cedar": ""}, terms_text, CATALOGUE)
    for entity in CATALOGUE:
        for item in (*entity.fields, *entity.links, *entity.many):
            for action in ACTIONS:
                assert nothing.decide(viewer("auditor", "audit"), action, entity, item).where == NEVER


def test_a_forbid_cuts_from_a_permit_row_by_row(terms_text: str, viewer: Viewer) -> None:
    text = (
        '@id("all") permit (principal, action, resource is Need);'
        '@id("not-open") @reason("closed") @reason_zh("因") forbid (principal, action, resource is Need)'
        'when { resource.status != "OPEN" };'
    )
    decision = bundle({"x.cedar": text}, terms_text, CATALOGUE).decide(viewer("auditor", "audit"), "read", NEED, "kind")
    assert decision.where == Compare("status", "eq", "OPEN")
    assert decision.policies == ("all", "not-open")


def test_a_forbid_that_leaves_no_row_of_a_permit_is_a_denial(terms_text: str, viewer: Viewer) -> None:
    text = (
        '@id("open") permit (principal, action, resource is Need) when { resource.consented };'
        '@id("shut") @reason("shut") @reason_zh("因") forbid (principal, action, resource is Need) when { true };'
    )
    decision = bundle({"x.cedar": text}, terms_text, CATALOGUE).decide(viewer("auditor", "audit"), "read", NEED, "kind")
    assert decision == Decision(NEVER, ("shut",), "read of Need.kind is forbidden: shut")


def test_a_wide_right_swallows_a_narrow_one(policies: Policies, viewer: Viewer) -> None:
    decision = policies.decide(viewer("civil-affairs", "means-check"), "read", RECIPIENT, "category")
    assert decision.policies == ("civil-affairs-own-divisions", "civil-affairs-prefecture")
    assert decision.where.parts[-1] == Within("region", ("2305",))


def test_regions_within_other_regions_of_the_viewer_are_left_out(policies: Policies, viewer: Viewer) -> None:
    someone = viewer("social-security", "means-check", "230502001", "230502", "230503001")
    where = policies.rows(someone, PERSON).where
    assert where.parts[-1] == Within("region", ("230502", "230503001"))


def test_a_viewer_without_regions_has_no_rows_of_any_region(policies: Policies) -> None:
    nowhere = Principal("x", "x", frozenset({"social-security"}), frozenset(), "means-check", ALL_GRANTED)
    assert policies.rows(nowhere, PERSON).where == NEVER


def test_row_filters_use_only_what_the_declaration_opens_to_policies(policies: Policies, viewer: Viewer) -> None:
    for name, role in policies.terms.roles.items():
        for purpose in role.purposes:
            for entity in CATALOGUE:
                used = fields_of(policies.rows(viewer(name, purpose), entity).where)
                assert used <= {field.name for field in entity.policy_fields}


def test_purposes_and_roles_are_the_declared_ones(policies: Policies) -> None:
    assert "means-check" in policies.purposes()
    assert policies.purposes() == frozenset(policies.terms.purposes)
    assert policies.terms.purposes_of(["charity", "ghost"]) == frozenset({"charity-matching", "data-sharing"})


def test_a_decision_is_made_once(policies: Policies, viewer: Viewer) -> None:
    first = policies.decide(viewer("auditor", "audit", "230521"), "read", NEED, "kind")
    assert policies.decide(viewer("auditor", "audit", "230521"), "read", NEED, "kind") is first


def test_what_does_not_exist_cannot_be_asked_for(policies: Policies, viewer: Viewer) -> None:
    someone = viewer("auditor", "audit")
    with pytest.raises(KeyError, match="delete"):
        policies.decide(someone, "delete", NEED, "kind")
    with pytest.raises(KeyError, match=r"Need\.aura"):
        policies.decide(someone, "read", NEED, "aura")


@pytest.mark.parametrize("code", ["", "2", "2305x", "23050", "%", "二三"])
def test_a_region_that_is_no_region_code_is_refused_before_anything_is_decided(code: str) -> None:
    with pytest.raises(PrincipalRefused, match="A region of partner 'x' must be a region code") as refused:
        Principal("x", "x", frozenset(), frozenset({code}), "audit")
    assert refused.value.code == "HUB-202"


def test_a_long_list_of_regions_is_cut_short_in_the_reason(policies: Policies, viewer: Viewer) -> None:
    villages = [f"230502001{number:03}" for number in range(1, 40)]
    reason = policies.rows(viewer("social-security", "means-check", *villages), PERSON).reason
    assert reason.endswith("230502001012, … (39 in all)")


def test_partners_are_told_apart_by_name_only_for_purposes_whose_policies_speak_of_names(
    policies: Policies, viewer: Viewer
) -> None:
    assert policies.impersonal == frozenset(policies.terms.purposes) - {"data-sharing", "charity-matching"}
    someone = viewer("social-security", "means-check")
    assert policies.profile(someone) == policies.profile(replace(someone, name="somebody else"))
    assert policies.profile(someone) != policies.profile(replace(someone, granted=frozenset()))
    asking = viewer("social-security", "data-sharing")
    assert policies.profile(asking) != policies.profile(replace(asking, name="somebody else"))
