"""A change of the schema is named for what it does to queries that were valid."""

from __future__ import annotations

import pytest

from hub.domain import CATALOGUE
from hub.graph import build_schema, changes, sdl
from hub.graph.changes import SchemaUnreadable

OLD = """
type Query { needs(kind: Kind, first: Int): [Need!]! }
type Need { id: ID!, kind: Kind!, urgency: Int }
enum Kind { FOOD RENT }
"""


@pytest.mark.parametrize(
    ("was", "becomes", "kind", "named"),
    [
        ("urgency: Int", "", "FIELD_REMOVED", "Need.urgency"),
        ("kind: Kind!", "kind: Kind", "FIELD_CHANGED_KIND", "Need.kind"),
        ("first: Int", "first: Int!", "ARG_CHANGED_KIND", "first"),
        ("FOOD RENT", "FOOD", "VALUE_REMOVED_FROM_ENUM", "RENT"),
        ("first: Int", "first: Int, region: ID!", "REQUIRED_ARG_ADDED", "region"),
    ],
)
def test_what_breaks_a_query_is_breaking(was, becomes, kind, named):
    [found] = [one for one in changes(OLD, OLD.replace(was, becomes)) if one.breaking]
    assert found.kind == kind
    assert named in found.description


@pytest.mark.parametrize(
    ("was", "becomes", "kind"),
    [
        ("FOOD RENT", "FOOD RENT CARE", "VALUE_ADDED_TO_ENUM"),
        ("first: Int", "first: Int, region: ID", "OPTIONAL_ARG_ADDED"),
    ],
)
def test_what_only_changes_answers_is_not_breaking(was, becomes, kind):
    assert [(one.kind, one.breaking) for one in changes(OLD, OLD.replace(was, becomes))] == [(kind, False)]


def test_what_is_added_beside_is_no_change_to_anybody():
    assert changes(OLD, OLD + "type Other { id: ID! }") == []


def test_the_derived_schema_does_not_differ_from_itself():
    text = sdl(build_schema(CATALOGUE))
    assert changes(text, text) == []


@pytest.mark.parametrize("text", ["type {", "", "type Query { a: Missing }"])
def test_a_text_that_is_no_schema_is_said_to_be_none(text):
    with pytest.raises(SchemaUnreadable, match="old schema"):
        changes(text, OLD)
