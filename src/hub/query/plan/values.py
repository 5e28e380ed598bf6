"""A field with a value: plain, masked, either by the row, or withheld."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.catalog.predicate import ALWAYS, NEVER
from hub.query.plan.fields import IdField, ValueField, WithheldField

if TYPE_CHECKING:
    from hub.catalog import Field
    from hub.query.plan.builder import FieldPath, NodeBuilder, PlanBuilder
    from hub.query.plan.tree import Flag, NodeTable


def plan_value(
    build: PlanBuilder, node: NodeBuilder, table: NodeTable, item: Field, key: str, path: FieldPath
) -> IdField | ValueField | WithheldField:
    """Plan a field of one of a node's tables. What may be seen in no row is not selected."""
    if item.name == "id":
        build.show(path)
        return IdField(key, node.column(table, "id"))
    rights = build.rights.field(table.entity, item)
    if rights.selected == NEVER:
        build.withhold(path, rights)
        return WithheldField(key)
    column = node.column(table, item.column, rights.selected)
    masked: bool | Flag = rights.plain == NEVER
    if masked:
        build.note(path, "MASKED" if rights.masked == ALWAYS else "CONDITIONAL", rights)
    elif rights.plain == ALWAYS:
        build.show(path)
    else:
        masked = node.flag(table, rights.plain) if rights.masked != NEVER else False
        build.note(path, "CONDITIONAL", rights)
    mask = None if masked is False else item.mask
    return ValueField(key, item, column, node.column(table, "id"), mask, masked)
