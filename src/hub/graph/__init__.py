"""The GraphQL schema, derived from the declarations. Strawberry defines it; the hub's planner answers it."""

from hub.graph.changes import Change, changes
from hub.graph.restrict import restrict
from hub.graph.schema import build_schema, sdl

__all__ = ["Change", "build_schema", "changes", "restrict", "sdl"]
