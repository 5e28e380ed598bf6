"""What a member may do is what both it and its partner may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from hub.auth.profile import narrowed
from hub.auth.rights import beyond, rights, within
from hub.policy import Grant
from hub.store.members import Member
from hub.store.partners import Partner

PARTNER = Partner(
    UUID(int=1), "office", "尖山区民政局", "civil-affairs", ("auditor", "civil-affairs"), ("2305",),
    ("assistance-review", "audit"), "active", datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
MEMBER = Member(bytes(16), ("civil-affairs",), ("230502",), ("assistance-review",), None)
GRANT = Grant(frozenset({"Recipient.category"}), "SOCIAL_SECURITY", frozenset({"2305"}), "active")


def test_the_partners_own_system_has_all_that_the_partner_has():
    found = rights(PARTNER, None)
    assert (found.roles, found.regions, found.purposes) == (PARTNER.roles, PARTNER.regions, PARTNER.purposes)
    assert not found.narrowed


def test_a_member_has_what_both_have():
    found = rights(PARTNER, MEMBER)
    assert found.narrowed
    assert (found.roles, found.regions, found.purposes) == (("civil-affairs",), ("230502",), ("assistance-review",))


def test_what_the_partner_lost_since_its_members_lost_too():
    less = replace(PARTNER, roles=("auditor",), regions=("230503",), purposes=("audit",))
    found = rights(less, MEMBER)
    assert (found.roles, found.regions, found.purposes) == ((), (), ())


def test_an_agreement_counts_for_a_member_in_the_members_divisions():
    assert narrowed(frozenset({GRANT}), ["230502"]) == {replace(GRANT, regions=frozenset({"230502"}))}


def test_an_agreement_for_other_divisions_does_not_count_for_the_member():
    assert narrowed(frozenset({replace(GRANT, regions=frozenset({"230503"}))}), ["230502"]) == frozenset()


@pytest.mark.parametrize("standing", ["suspended", "ended"])
def test_that_an_agreement_is_over_is_so_for_its_members_too(standing):
    over = replace(GRANT, regions=frozenset(), standing=standing)
    assert narrowed(frozenset({over}), ["230502"]) == {over}


def test_a_member_in_charge_of_all_that_the_partner_is_has_its_agreements_as_they_are():
    assert not rights(PARTNER, replace(MEMBER, regions=("2305",))).narrowed


@pytest.mark.parametrize(
    ("ones", "others", "both"),
    [
        (["2305"], ["230502"], ("230502",)),
        (["230502"], ["2305"], ("230502",)),
        (["2305", "2306"], ["230502", "2306"], ("230502", "2306")),
        (["2305"], ["2306"], ()),
        (["2305"], [], ()),
    ],
)
def test_divisions_that_lie_in_both(ones, others, both):
    assert within(ones, others) == both


def test_a_division_above_ones_own_is_beyond_it():
    assert beyond(["230502", "23", "2306"], ["2305"]) == ["23", "2306"]
