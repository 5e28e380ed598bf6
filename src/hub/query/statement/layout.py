"""What each row of a node has, and where: one layout, by which statements are written and answers are made.

PostgreSQL writes as JSON whatever needs nothing opened, masked or sealed. A whole *list* of such rows comes as one
text for each parent, not as rows that would be taken apart here and put together again: for a page with two rows below
each of its own that is a fifth of all work. Of other rows, *runs* of such fields come as one text each. So a row has
the columns that this process still needs, then what hangs on it, then the runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.query.plan.fields import (
    CellsField,
    CursorField,
    EdgeNodeField,
    EdgesField,
    IdField,
    LinkField,
    ListField,
    NodesField,
    PlainList,
    RelayConnection,
    TypeNameField,
    ValueField,
)
from hub.query.plan.roots import ConnectionRoot, NodesRoot, OneRoot
from hub.query.plan.tree import Column, Flag, Node, ReadNode, TotalNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hub.query.plan.fields import ConnectionField, RowField, RowObject
    from hub.query.plan.roots import ReadPlan, Rows


@dataclass(frozen=True, slots=True)
class JsonRun:
    """Neighbouring fields of an object that the server writes: ``"category":"DIBAO","status":"ACTIVE"``."""

    fields: tuple[RowField, ...]


Item = Column | Flag | ReadNode | TotalNode | JsonRun
"""What a row has at one place."""
FetchedRow = Sequence[Any]
"""A row as it is read: the items of its node, in order; last, where several executions shared a statement, which of
them it is for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of a plan is found.

    ``rows``: what each row of a node has, in order; ``places``: of each item, its place in the row. ``lists``: the
    lists that the server writes whole, by their node. ``divided``: of objects that this process writes, the runs and
    the fields between them. ``numbers``: of nodes, parents first; aliases in the SQL are made of them.
    """

    rows: Mapping[ReadNode, tuple[Item, ...]]
    places: Mapping[Item, int]
    lists: Mapping[ReadNode, PlainList | RelayConnection]
    divided: Mapping[RowObject, tuple[RowField | JsonRun, ...]]
    numbers: Mapping[Node, int]


def lay_out(plan: ReadPlan) -> Layout:
    """Lay out the rows of all statements of a plan."""
    build = _LayoutBuilder()
    for root in plan.roots:
        match root:
            case ConnectionRoot(_, connection):
                build.rows_of(connection)
            case OneRoot(_, rows):
                build.by_id(rows)
            case NodesRoot(_, _, kinds):
                for rows in kinds.values():
                    build.by_id(rows)
            case _:
                pass
    numbers: dict[Node, int] = {}
    for node in plan.statements():
        _number(node, numbers)
    laid_out = {node: build.row(node) for node in build.needed}
    places = {item: place for row in laid_out.values() for place, item in enumerate(row)}
    return Layout(laid_out, places, build.lists, build.divided, numbers)


def _number(node: Node, numbers: dict[Node, int]) -> None:
    numbers[node] = len(numbers)
    if isinstance(node, ReadNode):
        for child in node.children:
            _number(child, numbers)


@dataclass(slots=True)
class _LayoutBuilder:
    """What was found so far, on the way through what rows become: of each node what is needed of its rows."""

    needed: dict[ReadNode, set[Column | Flag]] = field(default_factory=dict)
    runs: dict[ReadNode, dict[JsonRun, JsonRun]] = field(default_factory=dict)
    lists: dict[ReadNode, PlainList | RelayConnection] = field(default_factory=dict)
    divided: dict[RowObject, tuple[RowField | JsonRun, ...]] = field(default_factory=dict)

    def row(self, node: ReadNode) -> tuple[Item, ...]:
        """What each row of a node has."""
        needed = self.needed[node]
        columns = [column for column in node.columns if column in needed]
        return (*columns, *node.children, *self.runs[node])

    def by_id(self, rows: Rows) -> None:
        """Look at rows that are asked for one by one."""
        self._begin(rows.node).add(rows.id)
        self._object(rows.node, rows.object)

    def rows_of(self, listed: PlainList | RelayConnection) -> None:
        """Look at a list whose rows come one by one."""
        node = listed.node
        needed = self._begin(node)
        if isinstance(listed, PlainList):
            self._object(node, listed.object)
            return
        needed.update(listed.position)
        for part in listed.fields:
            if isinstance(part, NodesField):
                self._object(node, part.object)
            elif isinstance(part, EdgesField):
                for edge in part.fields:
                    if isinstance(edge, EdgeNodeField):
                        self._object(node, edge.object)
                    elif not isinstance(edge, CursorField):
                        self._alone(node, edge)

    def _begin(self, node: ReadNode) -> set[Column | Flag]:
        self.runs[node] = {}
        needed = self.needed[node] = set[Column | Flag](node.subjects)
        return needed

    def _object(self, node: ReadNode, made: RowObject) -> None:
        runs = self.runs[node]
        divided: list[RowField | JsonRun] = []
        for item in in_runs(made.fields):
            if isinstance(item, JsonRun):
                divided.append(runs.setdefault(item, item))
            else:
                divided.append(item)
                self._alone(node, item)
        self.divided[made] = tuple(divided)

    def _alone(self, node: ReadNode, item: RowField) -> None:
        """Look at a field that is in no run."""
        needed = self.needed[node]
        match item:
            case IdField():
                needed.add(item.column)
            case ValueField():
                needed.update((item.column, item.row_id))
                if isinstance(item.masked, Flag):
                    needed.add(item.masked)
            case CellsField(_, _, cells):
                needed.update(flag for cell in cells for flag in (cell.read, cell.plain) if isinstance(flag, Flag))
            case LinkField():
                needed.add(item.present)
                self._object(node, item.object)
            case ListField(_, listed):
                if listed.node.parent is not None:
                    needed.add(listed.node.parent.key)
                if is_json_list(listed):
                    self.lists.update(_with_lists_below(listed))
                else:
                    self.rows_of(listed)
            case _:
                pass


def in_runs(fields: Sequence[RowField]) -> Iterator[JsonRun | RowField]:
    """Divide an object's fields into runs that the server writes, and others."""
    run: list[RowField] = []
    for item in (*fields, None):
        if item is not None and _is_simple(item):
            run.append(item)
            continue
        if any(isinstance(each, ValueField | IdField) for each in run):
            yield JsonRun(tuple(run))
        else:
            yield from run
        run = []
        if item is not None:
            yield item


def is_json_list(listed: PlainList | RelayConnection) -> bool:
    """Whether the server can write the whole list, with all that is below it."""
    if listed.node.subjects:
        return False  # whoever stands in an answer is named in its audit record
    if isinstance(listed, RelayConnection):
        # What only this process can tell of a list: its cursors, whether there are more pages, how many rows.
        backward = listed.node.page is not None and listed.node.page.backward
        if backward or not all(map(_is_written_alone, listed.fields)):
            return False
        if not any(isinstance(part, NodesField | EdgesField) for part in listed.fields):
            return False
    return all(_can_be_json(item) for item in row_fields(listed))


def _is_written_alone(part: ConnectionField) -> bool:
    if isinstance(part, EdgesField):
        return not any(isinstance(edge, CursorField) for edge in part.fields)
    return isinstance(part, NodesField | TypeNameField)


def _can_be_json(item: RowField) -> bool:
    match item:
        case LinkField():
            return all(map(_can_be_json, item.object.fields))
        case ListField(_, listed):
            return is_json_list(listed)
        case _:
            return _is_simple(item)


def _is_simple(item: RowField) -> bool:
    if isinstance(item, ValueField):
        return not item.field.sealed and item.mask is None
    return not isinstance(item, LinkField | ListField | CellsField)


def _with_lists_below(listed: PlainList | RelayConnection) -> dict[ReadNode, PlainList | RelayConnection]:
    """A list that the server writes, and those below it."""
    found: dict[ReadNode, PlainList | RelayConnection] = {listed.node: listed}

    def walk(fields: Iterable[RowField]) -> None:
        for item in fields:
            if isinstance(item, LinkField):
                walk(item.object.fields)
            elif isinstance(item, ListField):
                found.update(_with_lists_below(item.rows))

    walk(row_fields(listed))
    return found


def row_fields(listed: PlainList | RelayConnection) -> Iterator[RowField]:
    """Yield the fields of a list's rows, for each time that the rows stand in the answer."""
    if isinstance(listed, PlainList):
        yield from listed.object.fields
        return
    for part in listed.fields:
        if isinstance(part, NodesField):
            yield from part.object.fields
        elif isinstance(part, EdgesField):
            for edge in part.fields:
                if isinstance(edge, EdgeNodeField):
                    yield from edge.object.fields
                elif not isinstance(edge, CursorField):
                    yield edge
