"""Documents that ask for everything: every cell of every row of every entity, and each way to follow a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLObjectType

from hub.catalog import Links
from hub.catalog.counting import counted, groupings, measures
from hub.domain import CATALOGUE
from property.documents import Drawing, literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from graphql import GraphQLSchema

    from hub.catalog import Entity, Link
    from property.cedar import Rights
    from property.reference import Store

PAGE = 1_000


def sweeps(random: Random, schema: GraphQLSchema, rights: Rights, store: Store) -> Iterator[str]:
    """Yield documents that have every cell in them: through lists, by id, and through links to one row and to many.

    And such that order and filter each list by each field that it may be ordered and filtered by in any row.
    """
    drawing = Drawing(random, schema, store, rights)
    for entity in CATALOGUE:
        if entity.name not in schema.type_map:
            continue
        if entity.root is not None and rights.exists(entity):
            connection = f"totalCount edges {{ cursor node {{ {_cells(entity)} {_links(entity, schema)} }} }}"
            yield f"{{ {entity.root}(first: {PAGE}) {{ {connection} }} }}"
            asked = [*_ordered(entity, rights), *_filtered(entity, drawing)]
            if asked:
                lists = (
                    f"a{at}: {entity.root}({each}) {{ totalCount nodes {{ id }} }}" for at, each in enumerate(asked)
                )
                yield f"{{ {' '.join(lists)} }}"
        ids = ", ".join(f'"{entity.name}:{row}"' for row in store[entity.name])
        yield f"{{ nodes(ids: [{ids}]) {{ ... on {entity.name} {{ {_cells(entity)} {_links(entity, schema)} }} }} }}"
        if rights.counts(entity) and counted(entity) is not None:
            yield from _counts(entity, rights)


def _ordered(entity: Entity, rights: Rights) -> Iterator[str]:
    for item in entity.fields.values():
        if item.sort and item.name != "id" and rights.ever("sort", entity, item.name):
            yield f"first: {PAGE}, orderBy: {{field: {item.name.upper()}, direction: DESC}}"


def _filtered(entity: Entity, drawing: Drawing) -> Iterator[str]:
    rows = list(drawing.store[entity.name].values())
    for item in entity.fields.values():
        action = "lookup" if item.sealed else "filter"
        if item.name == "id" or not item.operators or not drawing.rights.ever(action, entity, item.name):
            continue
        if "isNull" in item.operators and not item.sealed:
            test = f"isNull: {literal(drawing.chance(0.3))}"
        else:
            known = [row.values[item.column] for row in rows if row.values[item.column] is not None]
            if not known:
                continue
            value = drawing.random.choice(known)
            test = f"eq: {literal(drawing.said(entity, item, value))}"
        yield f"first: {PAGE}, where: {{{item.graphql}: {{{test}}}}}"


def _cells(entity: Entity) -> str:
    return " ".join(item.graphql for item in entity.fields.values())


def _links(entity: Entity, schema: GraphQLSchema) -> str:
    """Those that exist for the viewer: one through joining rows needs these as well as what it leads to."""
    links: list[Link | Links] = [*entity.links.values(), *entity.many.values()]
    shown = schema.type_map[entity.name]
    assert isinstance(shown, GraphQLObjectType)
    return " ".join(_link(link) for link in links if link.graphql in shown.fields)


def _link(link: Link | Links) -> str:
    target = CATALOGUE[link.target]
    if not isinstance(link, Links) or link.plain:
        return f"{link.graphql} {{ {_cells(target)} }}"
    joining = CATALOGUE.joining(link)
    if joining is None:
        return f"{link.graphql}(first: 8) {{ totalCount nodes {{ {_cells(target)} }} pageInfo {{ hasNextPage }} }}"
    own = " ".join(item.graphql for item in joining.fields.values() if item.name not in {"id", "region"})
    return f"{link.graphql}(first: 8) {{ totalCount edges {{ {own} node {{ {_cells(target)} }} }} }}"


def _counts(entity: Entity, rights: Rights) -> Iterator[str]:
    """Each way to count by itself: what may not be counted by in any row is refused."""
    for way in groupings(entity):
        if rights.ever("aggregate", entity, way.field.name):
            numbers = f"groups {{ {way.graphql} count }} total {{ count }}"
            yield f"{{ {counted(entity)}(groupBy: {way.enum}) {{ {numbers} }} }}"
    for field in measures(entity):
        if rights.ever("aggregate", entity, field.name):
            numbers = f"count sum {{ {field.graphql} }} average {{ {field.graphql} }}"
            yield f"{{ {counted(entity)} {{ total {{ {numbers} }} }} }}"
