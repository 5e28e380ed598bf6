"""A decision for each cell, where a viewer asks for it: which null is none, and which is not to be seen.

Beside the fields of each object stands one more that says what policy decides of each of them in this row; it is taken
out of the answer again (``hub.query.answer.cells``). Plans of those who do not ask have none.

Three things must not be told. Whether a withheld value exists: *withheld* is said of a row whatever it has, and was
decided without looking at the value. Whether a link leads to a row that is not visible, or nowhere. And, by the
decision itself, what stands in an attribute that the policy looks at and this viewer may not see: then every null is
*undisclosed*, whichever it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.catalog import Field, Link, Links
from hub.catalog.predicate import ALWAYS, NEVER, And, Linked, Not, Or, fields_of
from hub.query.plan.builder import response_path
from hub.query.plan.fields import HIDDEN, Cell, CellsField

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.catalog import Entity
    from hub.catalog.predicate import Predicate
    from hub.query.plan.builder import FieldPath, NodeBuilder, PlanBuilder, SelectedFields
    from hub.query.plan.tree import Flag, NodeTable


def decided_cells(
    build: PlanBuilder, node: NodeBuilder, table: NodeTable, selected: SelectedFields, path: FieldPath
) -> list[CellsField]:
    """Note what is decided of the selected fields of one of a node's tables; nothing where nobody asks."""
    if not build.explains_cells:
        return []
    found = []
    for key, nodes in selected.items():
        item = table.entity.members.get(nodes[0].name.value)
        if item is None or item.name == "id":
            continue
        found.append(_cell(build, node, table, item, key, (*path, (key, nodes[0].name.value))))
    made = CellsField(HIDDEN, len(build.cells), tuple(found))
    build.cells.append(made)
    return [made]


def _cell(
    build: PlanBuilder, node: NodeBuilder, table: NodeTable, item: Field | Link | Links, key: str, path: FieldPath
) -> Cell:
    rights = build.rights.field(table.entity, item)
    read, plain, told = rights.selected, rights.plain, _told(build, table.entity, (rights.plain, rights.masked))
    if isinstance(item, Link):
        visible = build.rights.rows(build.catalogue[item.target]).where
        read = plain = NEVER if visible == NEVER else read
        # Whether it leads nowhere, or to a row that does not exist for this viewer, is one and the same to it.
        told = told and (visible == ALWAYS or read == NEVER)
    elif isinstance(item, Links):
        target, joining = build.catalogue[item.target], build.catalogue.joining(item)
        if any(build.rights.rows(each).where == NEVER for each in (target, joining) if each is not None):
            read = plain = NEVER
    text = ".".join(response_path(path))
    return Cell(key, text, _by_row(node, table, read), _by_row(node, table, plain), told)


def _by_row(node: NodeBuilder, table: NodeTable, holds: Predicate) -> Flag | bool:
    return holds == ALWAYS if holds in (ALWAYS, NEVER) else node.flag(table, holds)


def _told(build: PlanBuilder, entity: Entity, predicates: Iterable[Predicate]) -> bool:
    """Whether all that the predicates look at is shown plain to this viewer in every row that it sees."""
    looked_at = [predicate for predicate in predicates if predicate not in (ALWAYS, NEVER)]
    return not any(map(_looks_elsewhere, looked_at)) and all(
        build.rights.field(entity, entity.fields[name]).plain == ALWAYS
        for predicate in looked_at
        for name in fields_of(predicate)
    )


def _looks_elsewhere(predicate: Predicate) -> bool:
    """Whether it looks at another row."""
    match predicate:
        case Linked():
            return True
        case And(parts) | Or(parts):
            return any(map(_looks_elsewhere, parts))
        case Not(part):
            return _looks_elsewhere(part)
        case _:
            return False
