"""The schema of a viewer has what exists for it, and no trace of anything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from graphql import graphql_sync, validate_schema

from hub.catalog import build
from hub.domain import CATALOGUE, groups
from hub.graph import build_schema, restrict, sdl
from hub.policy import ALL_GRANTED, Principal, Visibility, existing, load, visibility

POLICIES = load(Path(__file__).parents[3] / "schema" / "policies", CATALOGUE)
FULL = build_schema(CATALOGUE)
PROPOSALS = {"Proposal", "ProposalClock", "ProposalReason", "ProposalStep"}
PUBLISHED = [entity.name for entity in CATALOGUE if groups.PUBLISHED in entity.groups]
VIEWERS = [("civil-affairs", "assistance-review"), ("civil-affairs", "statistics"), ("social-security", "means-check"),
           ("charity", "charity-matching"), ("auditor", "audit"), ("charity", "audit")]  # fmt: skip


def principal(role, purpose):
    return Principal(role, role, frozenset({role}), frozenset({"2305"}), purpose, ALL_GRANTED)


def shown(role, purpose):
    return restrict(FULL, CATALOGUE, visibility(POLICIES, principal(role, purpose), CATALOGUE))


def accepted(role, purpose):
    return restrict(FULL, CATALOGUE, existing(POLICIES, principal(role, purpose), CATALOGUE))


def test_with_everything_visible_nothing_is_lost():
    assert sdl(restrict(FULL, CATALOGUE, Visibility(frozenset(CATALOGUE.entities)))) == sdl(FULL)


@pytest.mark.parametrize(("role", "purpose"), VIEWERS)
def test_every_viewers_schema_is_a_valid_one(role, purpose):
    assert validate_schema(shown(role, purpose)) == []
    assert validate_schema(accepted(role, purpose)) == []


@pytest.mark.parametrize(("role", "purpose"), VIEWERS)
def test_what_is_shown_is_part_of_what_is_accepted_and_that_part_of_the_whole(role, purpose):
    for less, more in ((shown(role, purpose), accepted(role, purpose)), (accepted(role, purpose), FULL)):
        assert less.type_map.keys() <= more.type_map.keys()
        for name, kind in less.type_map.items():
            for member, field in getattr(kind, "fields", {}).items():
                assert str(field.type) == str(more.type_map[name].fields[member].type)
            assert getattr(kind, "values", {}).keys() <= getattr(more.type_map[name], "values", {}).keys()


@pytest.mark.parametrize(("role", "purpose"), VIEWERS)
def test_no_type_and_no_member_leads_to_a_denied_entity(role, purpose):
    made = accepted(role, purpose)
    denied = CATALOGUE.entities.keys() - existing(POLICIES, principal(role, purpose), CATALOGUE).entities
    parts = ("", "Edge", "Connection", "Where", "Order", "OrderField")
    assert not {f"{name}{part}" for name in denied for part in parts} & made.type_map.keys()
    assert not {CATALOGUE[name].root for name in denied} & made.query_type.fields.keys()


def test_a_schema_without_an_entity_is_the_one_in_which_it_was_never_declared():
    named = PUBLISHED
    alone = {name: {key: each for key, each in CATALOGUE[name].many.items() if each.target in named} for name in named}
    never = build(replace(CATALOGUE[name], many=many) for name, many in alone.items())
    assert sdl(restrict(FULL, CATALOGUE, Visibility(frozenset(named)))) == sdl(build_schema(never))


def test_a_charity_is_shown_what_it_may_read_filter_and_sort_of_a_need():
    made = shown("charity", "charity-matching")
    readable = {"id", "kind", "status", "county", "countyDivision", "urgent"}
    assert set(made.type_map["Need"].fields) == readable
    assert set(made.type_map["NeedWhere"].fields) <= readable | {"and", "or", "not"}
    assert "consented" not in made.type_map["NeedWhere"].fields
    assert {"ID", "URGENT"} <= set(made.type_map["NeedOrderField"].values)
    assert {kind.name for kind in made.get_possible_types(made.type_map["Node"])} == {
        "DisposalNotice", "Event", "Need", *PROPOSALS, *PUBLISHED
    }  # fmt: skip


def test_a_denied_field_of_an_entity_that_exists_is_accepted_but_a_link_to_a_denied_entity_is_not():
    made = accepted("charity", "charity-matching")
    assert {"description", "consented"} <= set(made.type_map["Need"].fields)
    assert not {"person", "household"} & set(made.type_map["Need"].fields)
    assert not {"person", "household"} & set(made.type_map["NeedWhere"].fields)
    assert not {"members"} & set(accepted("auditor", "audit").type_map["Household"].fields)


def test_a_look_up_without_reading_keeps_its_place_in_where_alone():
    seen = Visibility(frozenset({"Person"}), frozenset({("lookup", "Person", "phone"), ("read", "Person", "sex")}))
    made = restrict(FULL, CATALOGUE, seen)
    assert set(made.type_map["Person"].fields) == {"id", "sex"}
    assert set(made.type_map["PersonWhere"].fields) == {"id", "phone", "and", "or", "not"}
    assert "person" not in made.query_type.fields  # found by the ID number


def test_an_edges_own_fields_go_with_the_rights_on_what_stands_between():
    shown_to = shown("social-security", "means-check").type_map["HouseholdMembersEdge"].fields
    assert set(shown_to) == {"cursor", "node"}
    assert "relationship" in FULL.type_map["HouseholdMembersEdge"].fields


def test_the_catalogue_query_lists_what_exists_for_the_viewer():
    found = graphql_sync(shown("charity", "charity-matching"), "{ catalogue { name items { name type } } }")
    assert found.errors is None
    listed = {entry["name"]: entry["items"] for entry in found.data["catalogue"]}
    assert set(listed) == {"DisposalNotice", "Event", "Need", *PROPOSALS, *PUBLISHED}
    assert {item["name"] for item in listed["Need"]} == {
        "id", "kind", "status", "county", "countyDivision", "urgent",
    }  # fmt: skip


def test_values_of_a_restricted_order_are_still_the_declared_ones():
    part, whole = (made.type_map["RecipientOrderField"] for made in (shown("auditor", "audit"), FULL))
    assert whole.values.keys() - part.values.keys() == {"MONTHLY_AMOUNT"}
    assert part.parse_value("CATEGORY") is whole.parse_value("CATEGORY")


def test_who_may_add_up_and_not_group_has_counts_without_groups():
    rights = frozenset({("read", "Recipient", "id"), ("aggregate", "Recipient", "monthly_amount")})
    made = restrict(FULL, CATALOGUE, Visibility(frozenset({"Recipient"}), rights))
    assert validate_schema(made) == []
    assert made.query_type.fields["recipientStats"].args.keys() == {"where"}
    assert "RecipientStatsGrouping" not in made.type_map
