"""What a row becomes: its values, what it links to, and the lists that hang on it.

Links to one row are joined into the row's node; links to many rows become nodes of their own. What the viewer may not
read is left out of every node, and noted for ``extensions.access``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.catalog import Field, Link, Links
from hub.catalog.predicate import ALWAYS, NEVER
from hub.query.plan.cells import decided_cells
from hub.query.plan.fields import LinkField, ListField, RelayConnection, RowObject, TypeNameField, WithheldField
from hub.query.plan.lists import plan_list
from hub.query.plan.tree import Parent
from hub.query.plan.values import plan_value

if TYPE_CHECKING:
    from graphql import FieldNode

    from hub.query.plan.builder import FieldPath, NodeBuilder, PlanBuilder, SelectedFields
    from hub.query.plan.fields import RowField
    from hub.query.plan.rights import FieldRights
    from hub.query.plan.tree import NodeTable


def plan_object(
    build: PlanBuilder, node: NodeBuilder, table: NodeTable, selected: SelectedFields, path: FieldPath
) -> RowObject:
    """Plan the object that a row of one of a node's tables becomes. ``path``: where the object stands."""
    node.note_subject(table)
    members = table.entity.members
    fields: list[RowField] = []
    for key, nodes in selected.items():
        name = nodes[0].name.value
        below = (*path, (key, name))
        match members.get(name):
            case Field() as item:
                fields.append(plan_value(build, node, table, item, key, below))
            case Link() as link:
                fields.append(_link(build, node, table, link, key, nodes, below))
            case Links() as links:
                fields.append(_list(build, node, table, links, key, nodes, below))
            case None:
                assert name == "__typename"  # noqa: S101 - validation has refused what is not declared
                fields.append(TypeNameField(key, table.entity.name))
    return RowObject((*fields, *decided_cells(build, node, table, selected, path)))


def _link(
    build: PlanBuilder,
    node: NodeBuilder,
    table: NodeTable,
    link: Link,
    key: str,
    nodes: list[FieldNode],
    path: FieldPath,
) -> RowField:
    target = build.catalogue[link.target]
    followed, visible = build.rights.field(table.entity, link), build.rights.rows(target)
    if NEVER in (followed.plain, visible.where):
        build.withhold(path, followed if followed.plain == NEVER else visible)
        return WithheldField(key)
    _note(build, path, followed)
    joined = node.join(target, table, link, followed.plain, visible.where)
    present = node.column(joined, "id")
    return LinkField(key, present, plan_object(build, node, joined, build.collect(target.name, nodes), path))


def _list(
    build: PlanBuilder,
    node: NodeBuilder,
    table: NodeTable,
    links: Links,
    key: str,
    nodes: list[FieldNode],
    path: FieldPath,
) -> RowField:
    entity = table.entity
    followed = build.rights.field(entity, links)
    if followed.plain == NEVER:
        build.withhold(path, followed)
        return WithheldField(key)
    _note(build, path, followed)
    own_key = "id" if links.via is None else entity.links[links.via].column
    holder = build.catalogue.joining(links) or build.catalogue[links.target]
    parent = Parent(node.column(table, own_key, followed.plain), holder.links[links.by].column)
    owner: Any = build.schema.type_map[entity.name]
    rows = plan_list(
        build, build.catalogue[links.target], owner, nodes, path, plan_object, link=links, parent=parent
    )  # fmt: skip
    if rows is None:
        return WithheldField(key)
    node.children += [rows.node, *rows.totals] if isinstance(rows, RelayConnection) else [rows.node]
    return ListField(key, rows)


def _note(build: PlanBuilder, path: FieldPath, followed: FieldRights) -> None:
    if followed.plain == ALWAYS:
        build.show(path)
    else:
        build.note(path, "CONDITIONAL", followed)
