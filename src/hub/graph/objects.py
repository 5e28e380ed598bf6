"""What a client may read: entities as nodes, and the connections between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.graph import describe
from hub.graph.inputs import connection_arguments
from hub.graph.scalars import type_name
from hub.graph.shapes import TypeMember

if TYPE_CHECKING:
    from hub.catalog import Catalogue, Entity, Links
    from hub.graph.shapes import Types

SUBSCRIPTION: Final = "Subscription"


def reachable(catalogue: Catalogue) -> tuple[Entity, ...]:
    """The entities that a query can arrive at: roots and the targets of links.

    One that only stands between two others shows itself as the edge of their connection.
    """
    targets = {link.target for entity in catalogue for link in entity.links.values()}
    targets |= {many.target for entity in catalogue for many in entity.many.values()}
    return tuple(entity for entity in catalogue if entity.root or entity.finder or entity.name in targets)


def add_common(types: Types) -> None:
    """Add ``Node`` and ``PageInfo``, as Relay has them."""
    types.interface("Node", "Anything that has an id of its own.", [TypeMember("id", "ID!", "标识 · Opaque id.")])
    types.object(
        "PageInfo",
        "Where a page stands in its connection.",
        [
            TypeMember("hasNextPage", "Boolean!", "Whether more follows this page."),
            TypeMember(
                "hasPreviousPage",
                "Boolean!",
                "Whether anything precedes this page; of a forward page, whether after was given.",
            ),
            TypeMember("startCursor", "String", "Cursor of the first edge; none on an empty page."),
            TypeMember("endCursor", "String", "Cursor of the last edge; none on an empty page."),
        ],
    )


def add_entity(types: Types, catalogue: Catalogue, entity: Entity) -> None:
    """Add an entity's type. Everything but the id may be null: a viewer may not be allowed to read it."""
    members = [
        TypeMember(field.graphql, type_name(field), describe.of_field(entity, field))
        for field in entity.fields.values()
        if field.name != "id"
    ]
    members += [TypeMember(link.graphql, link.target, describe.of_link(link)) for link in entity.links.values()]
    for many in entity.many.values():
        description = describe.of_link(many)
        if many.plain:
            members.append(TypeMember(many.graphql, f"[{many.target}!]", f"{description} At most {many.limit}."))
        else:
            arguments = connection_arguments(catalogue[many.target])
            members.append(TypeMember(many.graphql, connection_name(entity, many), description, arguments))
    types.object(entity.name, describe.of_entity(entity), members, interface="Node")


def connection_name(owner: Entity, many: Links) -> str:
    """The connection type of links: the target's, or one of its own where the edges have fields."""
    return f"{_prefix(owner, many)}Connection"


def edges_name(owner: Entity, many: Links, part: str = "Edge") -> str:
    """The edge type of links through a joining entity; with ``part`` "Connection", their connection type."""
    return f"{_prefix(owner, many)}{part}"


def _prefix(owner: Entity, many: Links) -> str:
    return many.target if many.through is None else owner.name + many.graphql[0].upper() + many.graphql[1:]


def add_connections(types: Types, catalogue: Catalogue) -> None:
    """Add the connection and edge types of every entity, and of every link through a joining entity."""
    for entity in reachable(catalogue):
        _add_connection(types, entity, entity.name, ())
    for owner in reachable(catalogue):
        for many in owner.many.values():
            joining = catalogue.joining(many)
            if joining is not None:
                _add_connection(types, catalogue[many.target], _prefix(owner, many), _edge_members(joining))


def _edge_members(joining: Entity) -> tuple[TypeMember, ...]:
    """The joining entity's own fields; its id and region serve the store and the policy only."""
    return tuple(
        TypeMember(field.graphql, type_name(field), describe.of_field(joining, field))
        for field in joining.fields.values()
        if field.name not in {"id", "region"}
    )


def _add_connection(types: Types, target: Entity, prefix: str, of_edge: tuple[TypeMember, ...]) -> None:
    about = describe.terms(target)
    types.object(
        f"{prefix}Edge",
        f"{about}: one row of a page.",
        [
            TypeMember("cursor", "String!", "Opaque place of this row in its connection; bound to viewer and query."),
            TypeMember("node", f"{target.name}!", f"{about}."),
            *of_edge,
        ],
    )
    types.object(
        f"{prefix}Connection",
        f"{about}: a page of rows.",
        [
            TypeMember("edges", f"[{prefix}Edge!]!", "The rows of this page with their cursors."),
            TypeMember("nodes", f"[{target.name}!]!", "The rows of this page."),
            TypeMember("pageInfo", "PageInfo!", "Where this page stands."),
            TypeMember(
                "totalCount",
                "Int",
                f"How many rows there are on all pages, of those that the viewer may see. Cost: {describe.TOTAL_COST}.",
            ),
            *(
                TypeMember(
                    field.total_name,
                    "Int",
                    f"{describe.terms(field)}: the sum over all pages, of the rows in which the viewer may see it; "
                    f"0 where there is none. Cost: {describe.TOTAL_COST}.",
                )
                for field in target.fields.values()
                if field.total
            ),
        ],
    )
