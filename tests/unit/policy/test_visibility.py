"""What could ever be granted to each viewer, as the shipped policies have it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain import CATALOGUE, groups
from hub.policy import cached_visibility, existing, visibility
from hub.policy.cases import read_cases

FILES = Path(__file__).parents[3] / "schema" / "policies" / "cases"

PUBLISHED = {entity.name for entity in CATALOGUE if groups.PUBLISHED in entity.groups}
OWN_RECORDS = {entity.name for entity in CATALOGUE if not entity.departments}
CASES = [read_cases(path.read_text(encoding="utf-8"), path.name) for path in sorted(FILES.glob("*.yaml"))]
ENTITIES = {
    (role, purpose): {
        name
        for name, cases in rights.entities.items()
        if cases != "never"
        and any(
            case.where != "no row" and (("id" in case.items and "read" in case.actions) or "aggregate" in case.actions)
            for case in cases
        )
    }
    for file in CASES
    for rights in file.rights
    for purpose in rights.purposes
    for role in file.viewer.roles
}
"""Those whose id the golden cases let a viewer read, or of which something is counted."""


@pytest.mark.parametrize(("role", "purpose"), list(ENTITIES))
def test_the_entities_that_the_golden_cases_name_exist_for_the_viewer_and_no_others(policies, viewer, role, purpose):
    asking = viewer(role, purpose)
    assert existing(policies, asking, CATALOGUE).entities == ENTITIES[role, purpose]
    assert visibility(policies, asking, CATALOGUE).entities == ENTITIES[role, purpose]


def test_for_a_purpose_that_is_not_the_roles_nothing_exists(policies, viewer):
    asking = viewer("charity", "audit")
    assert existing(policies, asking, CATALOGUE).entities == visibility(policies, asking, CATALOGUE).entities == set()


@pytest.mark.parametrize(
    ("role", "purpose", "action", "entity", "item", "granted"),
    [
        ("social-security", "means-check", "read", "Person", "region", True),
        ("social-security", "means-check", "read", "Person", "id_number", True),  # masked only
        ("social-security", "means-check", "read", "Person", "phone", False),
        ("social-security", "means-check", "lookup", "Person", "id_number", True),
        ("social-security", "means-check", "lookup", "Person", "phone", False),
        ("social-security", "means-check", "filter", "Household", "declared_monthly_income", False),
        ("charity", "charity-matching", "read", "Need", "kind", True),  # in some rows
        ("charity", "charity-matching", "read", "Need", "description", False),
        ("charity", "charity-matching", "read", "Need", "person", False),
        ("charity", "charity-matching", "sort", "Need", "urgent", True),
        ("charity", "charity-matching", "read", "Recipient", "category", False),
        ("auditor", "audit", "read", "Recipient", "household", True),
        ("auditor", "audit", "read", "Recipient", "person", False),
        ("auditor", "audit", "sort", "Recipient", "monthly_amount", False),
    ],
)
def test_a_right_in_some_rows_or_masked_only_is_a_right(policies, viewer, role, purpose, action, entity, item, granted):
    assert visibility(policies, viewer(role, purpose), CATALOGUE).may(action, entity, item) is granted


def test_viewers_of_different_divisions_and_names_see_the_same(policies, viewer):
    here, there = viewer("charity", "charity-matching", "230502"), viewer("charity", "charity-matching", "230503")
    assert visibility(policies, here, CATALOGUE) == visibility(policies, there, CATALOGUE)


def test_without_agreements_there_is_what_is_shared_unconditionally_and_the_hubs_own_records(policies, viewer):
    seen = visibility(policies, viewer("auditor", "audit", granted=()), CATALOGUE)
    assert PUBLISHED < seen.entities <= PUBLISHED | OWN_RECORDS
    covering = visibility(policies, viewer("auditor", "audit", granted={"Recipient.category"}), CATALOGUE)
    assert covering.entities == seen.entities | {"Recipient"}
    assert covering.may("read", "Recipient", "category")
    assert not covering.may("read", "Recipient", "status")


def test_partners_of_one_profile_are_asked_about_once(policies, viewer):
    asked = []

    def find(*given):
        asked.append(given)
        return existing(*given)

    of = cached_visibility(find, policies, CATALOGUE)
    first = viewer("charity", "charity-matching")
    for name in ("one", "two", "one"):
        assert of(replace(first, name=name))
    assert len(asked) == 1
    of(viewer("auditor", "audit"))
    assert len(asked) == 2
