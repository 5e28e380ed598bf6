"""Lists: which rows, in which order, which page, and what of it stands in the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import get_named_type

from hub.catalog import ID, Field
from hub.catalog.predicate import ALWAYS, NEVER, Predicate, conj
from hub.query.errors import PageRefused
from hub.query.plan.arguments import Const, Leaf, arguments, magnitude
from hub.query.plan.builder import NodeBuilder, response_path, schema_path
from hub.query.plan.cells import decided_cells
from hub.query.plan.cursors import canonical_form
from hub.query.plan.fields import (
    CursorField,
    EdgeNodeField,
    EdgesField,
    NodesField,
    PageInfoField,
    PlainList,
    RelayConnection,
    RowObject,
    TotalCountField,
    TypeNameField,
    WithheldField,
)
from hub.query.plan.parameters import Binder, CursorKey, CursorScope, Param
from hub.query.plan.tree import KeysetPage, NodeTable, OrderKey, Through, TotalNode
from hub.query.plan.values import plan_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import FieldNode, GraphQLObjectType

    from hub.catalog import Entity, Links
    from hub.query.plan.arguments import Tree
    from hub.query.plan.builder import FieldPath, PlanBuilder, SelectedFields
    from hub.query.plan.fields import ConnectionField, EdgeField
    from hub.query.plan.parameters import FoundBy
    from hub.query.plan.tree import Parent

PlanObject = Callable[["PlanBuilder", NodeBuilder, NodeTable, "SelectedFields", "FieldPath"], RowObject]
"""Plans what one row becomes (``hub.query.plan.objects``): rows have lists, and lists have rows."""


@dataclass(frozen=True, slots=True)
class _Selected:
    """A list where it is selected. ``link``: what leads to it, None at a root; ``path``: where it stands."""

    entity: Entity
    owner: GraphQLObjectType
    link: Links | None
    nodes: list[FieldNode]
    path: FieldPath

    @property
    def field(self) -> Any:
        """The list's field in the schema."""
        return self.owner.fields[self.nodes[0].name.value]


def plan_list(
    build: PlanBuilder,
    entity: Entity,
    owner: GraphQLObjectType,
    nodes: list[FieldNode],
    path: FieldPath,
    plan_object: PlanObject,
    *,
    link: Links | None = None,
    parent: Parent | None = None,
) -> RelayConnection | PlainList | None:
    """Plan the list that a field of ``owner`` gives; None where this viewer may see no row of it."""
    visible = build.rights.rows(entity)
    through, joining_rows = _through(build, link, path)
    if visible.where == NEVER:
        build.withhold(path, visible)
    if NEVER in (visible.where, joining_rows):
        return None
    selected = _Selected(entity, owner, link, nodes, path)
    given = arguments(selected.field, nodes[0], build.variables)
    table, first = NodeTable(entity), len(build.binders)
    found_by: FoundBy = "each row" if parent is None else "nothing"
    asked = build.filters.where(entity, given.get("where"), f"{schema_path(path)}.where", found_by=found_by)
    order, sortable = build.filters.order(table, given.get("orderBy"), f"{schema_path(path)}.orderBy")
    if through is not None:
        # A row may be joined to its parent twice: then the joining rows' own ids tell its edges apart.
        order = (*order, OrderKey(through.table, ID, order[-1].descending))
    where = conj((visible.where, sortable, asked))
    parameters = tuple(Param(at) for at in range(first, len(build.binders)))
    build.count_node()
    node = NodeBuilder(table, parent, through)
    if link is not None and link.plain:
        row = plan_object(build, node, table, build.collect(entity.name, nodes), path)
        return PlainList(node.finished(where, order=order, limit=link.limit), row)
    type_name = get_named_type(selected.field.type).name
    # A list is the same whether it is asked for or followed: a cursor of the one goes on in the other.
    above = "Query" if parent is None else owner.name
    form = canonical_form(type_name, f"{above}.{nodes[0].name.value}", order, where, first)
    scope = CursorScope(form, parameters)
    page = _page(build, given, order, scope, path)
    position = tuple(node.column(key.table, key.field.column) for key in order)
    fields = _connection_fields(build, node, selected, where, plan_object)
    return RelayConnection(
        node.finished(where, order=order, page=page, limit=None),
        tuple(field.node for field in fields if isinstance(field, TotalCountField)),
        fields,
        position,
        scope,
    )


def _through(build: PlanBuilder, link: Links | None, path: FieldPath) -> tuple[Through | None, Predicate]:
    joining = None if link is None else build.catalogue.joining(link)
    if link is None or joining is None:
        return None, ALWAYS
    visible = build.rights.rows(joining)
    if visible.where == NEVER:
        build.withhold(path, visible)
    return Through(NodeTable(joining), joining.links[link.to or ""].column, visible.where), visible.where


# --- pages ---


def _page(
    build: PlanBuilder, given: Mapping[str, Tree], order: tuple[OrderKey, ...], scope: CursorScope, path: FieldPath
) -> KeysetPage:
    first, last = given.get("first"), given.get("last")
    if first is not None and last is not None:
        raise PageRefused("Ask for first or for last, not for both.", path=response_path(path))
    backward = last is not None
    asked = last if backward else first
    size = asked if isinstance(asked, Leaf) else Leaf(Const(build.limits.default_page), build.limits.default_page)
    bound, word = build.limits.page, "last" if backward else "first"

    def check(value: object) -> int:
        if not isinstance(value, int) or not 0 <= value <= bound:
            raise PageRefused(
                f"{word} must be between 0 and {bound}, which is the bound of a page.", path=response_path(path)
            )
        return value

    def position(name: str) -> tuple[Param, ...] | None:
        cursor, where = given.get(name), ".".join((*response_path(path), name))
        if not isinstance(cursor, Leaf):
            return None
        return tuple(build.bind(CursorKey(cursor.source, at, key.field, scope, where)) for at, key in enumerate(order))

    return KeysetPage(
        size=build.bind(Binder(size.source, check, ".".join((*response_path(path), word)))),
        fixed=size.source.value if isinstance(size.source, Const) else None,
        most=magnitude(size.value),
        backward=backward,
        after=position("after"),
        before=position("before"),
    )


# --- what of it stands in the answer ---


def _connection_fields(
    build: PlanBuilder, node: NodeBuilder, selected: _Selected, where: Predicate, plan_object: PlanObject
) -> tuple[ConnectionField, ...]:
    made: list[ConnectionField] = []
    connection: Any = get_named_type(selected.field.type)
    for key, nodes in build.collect(connection.name, selected.nodes).items():
        name = nodes[0].name.value
        path = (*selected.path, (key, name))
        match name:
            case "edges":
                node.note_subject(node.table)  # even if the rows are shown by their cursors alone
                edge = get_named_type(connection.fields["edges"].type).name
                made.append(EdgesField(key, _edge_fields(build, node, edge, nodes, path, plan_object)))
            case "nodes":
                fields = build.collect(selected.entity.name, nodes)
                made.append(NodesField(key, plan_object(build, node, node.table, fields, path)))
            case "pageInfo":
                info = build.collect("PageInfo", nodes)
                made.append(PageInfoField(key, tuple((inner, found[0].name.value) for inner, found in info.items())))
            case "totalCount":
                build.used(schema_path(path), "COUNTED")
                made.append(TotalCountField(key, _total(build, node, where)))
            case "__typename":
                made.append(TypeNameField(key, connection.name))
            case _:
                field = next(field for field in selected.entity.fields.values() if field.total_name == name)
                made.append(_sum(build, node, where, field, key, path))
    return tuple(made)


def _total(build: PlanBuilder, node: NodeBuilder, where: Predicate, added: str | None = None) -> TotalNode:
    build.count_node()
    return TotalNode(node.table, where, node.parent, node.through, added)


def _sum(
    build: PlanBuilder, node: NodeBuilder, where: Predicate, field: Field, key: str, path: FieldPath
) -> TotalCountField | WithheldField:
    """Add a field up, in the rows in which it is seen plain: whoever sees each value may know the sum."""
    rights = build.rights.field(node.table.entity, field)
    if rights.plain == NEVER:
        build.withhold(path, rights)
        return WithheldField(key)
    if rights.plain == ALWAYS:
        build.show(path)
    else:
        build.note(path, "CONDITIONAL", rights)
    return TotalCountField(key, _total(build, node, conj((where, rights.plain)), field.column))


def _edge_fields(
    build: PlanBuilder,
    node: NodeBuilder,
    edge: str,
    nodes: list[FieldNode],
    above: FieldPath,
    plan_object: PlanObject,
) -> tuple[EdgeField, ...]:
    made: list[EdgeField] = []
    own: SelectedFields = {}
    for key, below in build.collect(edge, nodes).items():
        name = below[0].name.value
        path = (*above, (key, name))
        match name:
            case "cursor":
                made.append(CursorField(key))
            case "node":
                fields = build.collect(node.table.entity.name, below)
                made.append(EdgeNodeField(key, plan_object(build, node, node.table, fields, path)))
            case "__typename":
                made.append(TypeNameField(key, edge))
            case _:
                through = node.through
                assert through is not None  # noqa: S101 - only edges with a joining entity have further fields
                item = through.table.entity.members[name]
                assert isinstance(item, Field)  # noqa: S101 - the schema puts fields alone on an edge
                node.note_subject(through.table)
                made.append(plan_value(build, node, through.table, item, key, path))
                own[key] = below
    if node.through is not None and own:
        made += decided_cells(build, node, node.through.table, own, above)
    return tuple(made)
