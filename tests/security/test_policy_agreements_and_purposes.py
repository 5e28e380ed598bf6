"""Roles, purposes and agreements narrow each other; none of them replaces another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from granting import agreed
from hub.catalog.predicate import ALWAYS, NEVER
from hub.domain import CATALOGUE, groups
from hub.policy import ACTIONS, Principal, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

POLICIES = load(Path(__file__).parents[2] / "schema" / "policies", CATALOGUE)
ROLES = tuple(POLICIES.terms.roles)
OWN_RECORDS = {each.name for each in CATALOGUE if not each.departments and groups.PUBLISHED not in each.groups}
"""The hub's own, which no department could agree to share."""
LOGS = {entity.name for entity in CATALOGUE if entity.log}
"""What is read of a log is what its rows' viewers may see: it opens nothing by itself."""
PUBLISHED = {entity.name for entity in CATALOGUE if groups.PUBLISHED in entity.groups}


def viewer(roles: Iterable[str], purpose: str, *granted: str, regions: Iterable[str] = ("2305",)) -> Principal:
    return Principal("x", "x", frozenset(roles), frozenset(regions), purpose, agreed(*granted))


def rights(principal: Principal) -> Iterator[tuple[str, str, str]]:
    for entity in CATALOGUE:
        for item in (*entity.fields, *entity.links, *entity.many):
            for action in ACTIONS:
                if POLICIES.decide(principal, action, entity, item).where != NEVER:
                    yield entity.name, item, action


@pytest.mark.parametrize("role", ROLES)
def test_a_purpose_that_the_role_does_not_have_opens_nothing_at_all(role: str) -> None:
    for purpose in (
        *POLICIES.purposes() - set(POLICIES.terms.roles[role].purposes),
        "",
        "unheard-of",
        '" || true || "',
    ):
        assert list(rights(viewer([role], purpose, "*"))) == []


@pytest.mark.parametrize("role", ["", "admin", "Civil-Affairs", 'charity", "auditor', "civil-affairs\n"])
def test_a_role_that_is_not_declared_opens_nothing_at_all(role: str) -> None:
    for purpose in POLICIES.purposes():
        assert list(rights(viewer([role], purpose, "*"))) == []


def test_two_roles_do_not_lend_each_other_their_purposes() -> None:
    both = viewer(["social-security", "civil-affairs"], "assistance-review", "*")
    alone = viewer(["civil-affairs"], "assistance-review", "*")
    assert set(rights(both)) == set(rights(alone))


def test_forbids_of_one_role_hold_for_whoever_has_another_role_as_well() -> None:
    both = viewer(["charity", "civil-affairs"], "means-check", "*")
    assert POLICIES.rows(both, CATALOGUE["Person"]).where == NEVER
    assert POLICIES.rows(both, CATALOGUE["Person"]).policies == ("charity-no-identity",)


@pytest.mark.parametrize("role", ROLES)
def test_without_an_agreement_only_published_data_and_the_hubs_own_records_are_open(role: str) -> None:
    for purpose in POLICIES.terms.roles[role].purposes:
        assert {entity for entity, _, _ in rights(viewer([role], purpose))} - OWN_RECORDS == PUBLISHED


def test_an_agreement_on_one_field_opens_that_field_and_the_existence_of_its_rows() -> None:
    someone = viewer(["civil-affairs"], "means-check", "Recipient.category")
    assert {item for entity, item, _ in rights(someone) if entity == "Recipient"} == {"id", "category"}
    assert {entity for entity, _, _ in rights(someone)} - OWN_RECORDS == {*PUBLISHED, "Recipient"}


def test_an_agreement_does_not_open_what_the_policies_do_not_permit() -> None:
    someone = viewer(["charity"], "charity-matching", "Need.description", "Person.name", "Need.kind")
    assert {item for entity, item, _ in rights(someone) if entity == "Need"} == {"id", "kind"}
    assert not any(entity == "Person" for entity, _, _ in rights(someone))


@pytest.mark.parametrize(
    "grant", ["Recipient.*", "*.category", "recipient.category", "Recipient", "Recipient.category "]
)
def test_a_grant_that_is_not_spelt_exactly_opens_no_field(grant: str) -> None:
    someone = viewer(["civil-affairs"], "means-check", grant)
    assert {item for entity, item, _ in rights(someone) if entity == "Recipient"} <= {"id"}


def test_nobody_filters_sorts_or_groups_by_what_may_not_be_read_plain() -> None:
    for role in ROLES:
        for purpose in POLICIES.terms.roles[role].purposes:
            someone = viewer([role], purpose, "*", regions=["230502"])
            for entity in CATALOGUE:
                # Of whose rows none is ever read, groups are filtered and counted, large ones only.
                alone = POLICIES.rows(someone, entity).where == NEVER
                for item in (*entity.fields, *entity.links, *entity.many):
                    read = POLICIES.decide(someone, "read", entity, item).where
                    for action in ("sort",) if alone else ("filter", "sort", "aggregate"):
                        assert POLICIES.decide(someone, action, entity, item).where in (NEVER, read), (
                            entity.name,
                            item,
                        )


def test_statistics_reach_no_personal_data_whatever_the_role() -> None:
    for roles in ([role] for role in ROLES):
        for entity, item, _ in rights(viewer(roles, "statistics", "*")):
            members = {**CATALOGUE[entity].fields, **CATALOGUE[entity].links, **CATALOGUE[entity].many}
            assert members[item].sensitivity.name in ("PUBLIC", "INTERNAL")


def test_a_raw_row_reaches_its_provider_only() -> None:
    rows = CATALOGUE["QuarantinedRow"]
    for role in ROLES:
        for purpose in POLICIES.terms.roles[role].purposes:
            where = POLICIES.decide(viewer([role], purpose, "*"), "read", rows, "row").where
            assert where != ALWAYS
            assert (where != NEVER) == (
                role in ("civil-affairs", "social-security") and purpose not in ("statistics", "data-sharing")
            )


def test_a_charity_reaches_no_item_of_a_person() -> None:
    found = {(entity, item) for entity, item, _ in rights(viewer(["charity"], "charity-matching", "*"))}
    assert {entity for entity, _ in found} - LOGS == {
        *PUBLISHED, "Need", "DisposalNotice", "Proposal", "ProposalStep", "ProposalClock", "ProposalReason",
    }  # fmt: skip
    assert not {item for entity, item in found if entity == "Proposal"} & {"need", "person", "region", "division"}
    assert {item for entity, item in found if entity == "Need"} == {
        "id", "kind", "status", "county", "county_division", "urgent",
    }  # fmt: skip
