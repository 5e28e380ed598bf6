"""What a change of the schema means to the queries that partners have."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import GraphQLError, GraphQLSchema, build_schema, find_breaking_changes, find_dangerous_changes

from hub.errors import HubError


class SchemaUnreadable(HubError):
    """A text that was to be compared is not a GraphQL schema."""

    code = "HUB-906"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    ``kind``: graphql-core's name for it. ``breaking``: a query that was valid may not be any more; else it stays
    valid, and its answer may be another.
    """

    kind: str
    description: str
    breaking: bool


def changes(old: str, new: str) -> list[Change]:
    """Compare two schemas as SDL, breaking changes first; ``SchemaUnreadable`` for what is none."""
    before, after = (_built(text, which) for text, which in ((old, "old"), (new, "new")))
    return [
        *(Change(found.type.name, found.description, True) for found in find_breaking_changes(before, after)),
        *(Change(found.type.name, found.description, False) for found in find_dangerous_changes(before, after)),
    ]


def _built(sdl: str, which: str) -> GraphQLSchema:
    try:
        return build_schema(sdl)
    except (GraphQLError, TypeError) as error:
        raise SchemaUnreadable(f"The {which} schema is no GraphQL schema: {error}") from None
