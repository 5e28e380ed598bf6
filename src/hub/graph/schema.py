"""The whole schema, and its text.

graphql-core parses and validates against it and answers introspection and ``catalogue``. Everything else is
planned and executed by the hub, so every other field refuses to be resolved: a way of reading that goes
round policy and audit fails at its first field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema, is_specified_scalar_type, print_type
from strawberry.schema.config import StrawberryConfig

from hub.errors import HubError
from hub.graph import catalogue as data_catalogue
from hub.graph import describe
from hub.graph.inputs import add_directions, add_filters, add_order, add_where, connection_arguments
from hub.graph.objects import SUBSCRIPTION, add_common, add_connections, add_entity, reachable
from hub.graph.scalars import add_code_lists, add_scalars, type_name
from hub.graph.shapes import Argument, TypeMember, Types
from hub.graph.stats import add_stats, stats_members
from hub.graph.steps import MUTATION, add_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Catalogue

REFRESH = "hub schema derive"
FOLLOWED = ("first", "after", "where")
"""The arguments of a connection that is followed: it has one order and one direction."""
_HEADER = f"# Derived from the declarations in src/hub/domain. Do not edit; `{REFRESH}` writes it.\n"


class NotPlanned(HubError):
    """A field of data was about to be resolved by graphql-core; only the hub's planner may answer it."""

    code = "HUB-905"


def build_schema(catalogue: Catalogue) -> GraphQLSchema:
    """Derive the schema from the declarations.

    Fields have the GraphQL names of the declarations; the coerced value of an enum is a Python member whose
    ``name`` is the GraphQL name; an order's field is a declared field's name in capitals.
    """
    types = Types()
    entities = reachable(catalogue)
    scalars = add_scalars(types, catalogue, data_catalogue.SCALARS)
    add_code_lists(types, catalogue)
    add_directions(types)
    add_filters(types, entities)
    for entity in entities:
        add_where(types, entity)
        add_order(types, entity)
    add_common(types)
    add_connections(types, catalogue)
    for entity in entities:
        add_entity(types, catalogue, entity)
    add_stats(types, catalogue)
    data_catalogue.add_catalogue(types)
    types.object(
        "Query",
        "What can be asked of the hub. Where something is null, extensions.access says whether it was withheld.",
        _query_members(catalogue),
    )
    types.object(SUBSCRIPTION, "What can be followed: each answer is what is new.", _followed_members(catalogue))
    acts = add_steps(types, catalogue)
    defined = strawberry.Schema(
        query=types["Query"],
        mutation=types[MUTATION] if acts else None,
        subscription=types[SUBSCRIPTION] if any(entity.log for entity in catalogue) else None,
        types=[types[entity.name] for entity in entities],
        config=StrawberryConfig(scalar_map=scalars),
    )
    made = defined._schema  # noqa: SLF001 - Strawberry has no public way to the graphql-core schema
    _bind(made, data_catalogue.entries(catalogue))
    return made


def _query_members(catalogue: Catalogue) -> Iterator[TypeMember]:
    yield TypeMember(
        "node", "Node", f"The node with this id, if the viewer may see it. Cost: {describe.NODE_COST}.", (_NODE_ID,)
    )
    yield TypeMember(
        "nodes",
        "[Node]!",
        "The nodes with these ids, as many as a page may have, in their order; null where there is none. "
        f"Cost: {describe.LIST_COST}.",
        (_NODE_IDS,),
    )
    for entity in catalogue:
        about = describe.terms(entity)
        if entity.root is not None:
            described = f"{about}. Cost: {describe.LIST_COST}."
            yield TypeMember(entity.root, f"{entity.name}Connection", described, connection_arguments(entity))
        if entity.finder is not None:
            finder = entity.fields[entity.finder]
            argument = Argument(finder.graphql, f"{type_name(finder)}!", f"{describe.terms(finder)}.")
            name = entity.name[0].lower() + entity.name[1:]
            described = f"{about}: the one with this exact {finder.graphql}. Cost: {describe.LOOK_UP_COST}."
            yield TypeMember(name, entity.name, described, (argument,))
    yield from stats_members(catalogue)
    cost = f"Cost: {describe.CATALOGUE_COST}."
    yield TypeMember("catalogue", f"[{data_catalogue.ENTRY}!]!", f"数据目录 · The data catalogue. {cost}")
    yield TypeMember(
        "catalogueVersion", f"{data_catalogue.VERSION}!", f"目录版本 · State of the whole data catalogue. {cost}"
    )


def _followed_members(catalogue: Catalogue) -> Iterator[TypeMember]:
    for entity in catalogue:
        if entity.log and entity.root is not None:
            yield TypeMember(
                entity.root,
                f"{entity.name}Connection",
                f"{describe.terms(entity)}: first those behind after, then each as it happens. Cost of each answer: "
                f"{describe.LIST_COST}.",
                tuple(item for item in connection_arguments(entity) if item.name in FOLLOWED),
            )


_NODE_ID = Argument("id", "ID!", "Its id.")
_NODE_IDS = Argument("ids", "[ID!]!", "Their ids.")


def _bind(schema: GraphQLSchema, entries: list[dict[str, Any]]) -> None:
    """Let graphql-core resolve the catalogue and nothing else."""
    for named in schema.type_map.values():
        if not isinstance(named, GraphQLObjectType) or named.name.startswith("__"):
            continue
        for field in named.fields.values():
            field.resolve = None if named.name in data_catalogue.TYPES else _refuse
    if schema.query_type is not None:
        schema.query_type.fields["catalogue"].resolve = data_catalogue.catalogue_resolver(entries)
        schema.query_type.fields["catalogueVersion"].resolve = data_catalogue.resolve_version


def _refuse(_source: Any, info: Any, **_arguments: Any) -> NoReturn:
    raise NotPlanned(f"{info.parent_type.name}.{info.field_name} is answered by a plan, not by a resolver.")


def sdl(schema: GraphQLSchema) -> str:
    """Return the schema as text: types by name, members as declared. The same schema gives the same text."""
    shown = [
        named
        for name, named in sorted(schema.type_map.items())
        if not name.startswith("__") and not is_specified_scalar_type(named)
    ]
    return _HEADER + "\n" + "\n\n".join(map(print_type, shown)) + "\n"
