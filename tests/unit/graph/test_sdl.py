"""The schema's text is checked in, so that a reviewer sees what changes for partners."""

from __future__ import annotations

from graphql import build_schema as parse_schema
from graphql import validate_schema

from hub.domain import CATALOGUE
from hub.graph import build_schema, sdl
from hub.graph.steps import steps_of


def test_the_same_declarations_give_the_same_text():
    assert sdl(build_schema(CATALOGUE)) == sdl(build_schema(CATALOGUE))


def test_the_text_is_the_whole_schema():
    made = build_schema(CATALOGUE)
    parsed = parse_schema(sdl(made))
    assert validate_schema(parsed) == []
    assert set(parsed.type_map) == set(made.type_map)
    assert sdl(parsed) == sdl(made)
    declared = {step.mutation(entity.name) for entity, step in steps_of(CATALOGUE)}
    assert set(parsed.mutation_type.fields) == declared
