"""Connections: one page below each parent row; a root has one page and no parent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from hub.query.answer.columns import (
    BOOLEANS,
    NULL,
    JsonShape,
    column_shape,
    json_lists,
    json_object,
    json_texts,
    same_text,
)
from hub.query.plan.cursors import cursor_sealer
from hub.query.plan.fields import (
    CursorField,
    EdgeNodeField,
    EdgesField,
    NodesField,
    PageInfoField,
    TotalCountField,
    WithheldField,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.crypto import Vault
    from hub.query.answer.columns import JsonColumn
    from hub.query.answer.execution import Execution, ListColumn
    from hub.query.plan.fields import ConnectionField, EdgeField, RelayConnection, RowField, RowObject
    from hub.query.plan.tree import KeysetPage
    from hub.query.statement.layout import FetchedRow, Layout


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one connection. ``rows``: those of all pages, in order. ``bounds``: where each page begins and ends.

    ``more``: whether there are rows beyond each, in the direction of reading.
    """

    rows: Sequence[FetchedRow]
    bounds: Sequence[tuple[int, int]]
    more: Sequence[bool]
    parents: Sequence[FetchedRow]


def joined_pages(groups: Sequence[Sequence[FetchedRow]], more: Sequence[bool], parents: Sequence[FetchedRow]) -> Pages:
    """Put the rows below each parent one behind the other."""
    if len(groups) == 1:
        return Pages(groups[0], [(0, len(groups[0]))], more, parents)
    rows = [row for group in groups for row in group]
    return Pages(rows, list(pairwise(accumulate(map(len, groups), initial=0))), more, parents)


@dataclass(frozen=True, slots=True)
class ConnectionMaker:
    """Makes one connection. ``make_object``, ``make_field``: what rows, and fields of edges, become."""

    connection: RelayConnection
    layout: Layout
    vault: Vault
    make_object: Callable[[RowObject], JsonShape]
    make_field: Callable[[RowField], JsonShape]

    @property
    def page(self) -> KeysetPage:
        """The page that is read."""
        page = self.connection.node.page
        assert page is not None  # noqa: S101 - connections have pages
        return page

    def lists(self) -> ListColumn:
        """Return what makes the connection of each sequence of rows."""
        node, page = self.connection.node, self.page
        size, backward = page.size.index, page.backward
        shape = json_object([(part.key, column_shape(self._part(part))) for part in self.connection.fields])

        def make(
            groups: Sequence[Sequence[FetchedRow]], parents: Sequence[FetchedRow], run: Execution
        ) -> Sequence[bytes]:
            wanted = run.bound.values[size]
            more = [len(group) > wanted for group in groups]
            # The row beyond the page only tells that there is one: it is neither opened nor shown.
            taken = [group[:wanted] if cut else group for group, cut in zip(groups, more, strict=True)]
            pages = joined_pages([group[::-1] for group in taken] if backward else taken, more, parents)
            run.shown[node] = pages.rows
            return json_texts(shape.pieces(pages, run), len(groups))

        return make

    def _part(self, part: ConnectionField) -> JsonColumn:
        match part:
            case EdgesField(_, fields):
                edge = json_object([(field.key, self._edge_field(field)) for field in fields])
                return lambda pages, run: json_lists(edge.pieces(pages.rows, run), pages.bounds)
            case NodesField(_, made):
                node = self.make_object(made)
                return lambda pages, run: json_lists(node.pieces(pages.rows, run), pages.bounds)
            case PageInfoField(_, fields):
                return self._page_info(fields)
            case TotalCountField(_, counted):
                if counted.parent is None:
                    return lambda _pages, run: [b"%d" % run.fetched[counted][0][0]]
                place = self.layout.places[counted]
                return lambda pages, _run: [b"%d" % parent[place] for parent in pages.parents]
            case WithheldField():
                return lambda pages, _run: [NULL] * len(pages.bounds)
            case _:
                name = part.name.encode()
                return lambda pages, _run: [b'"%s"' % name] * len(pages.bounds)

    def _edge_field(self, field: EdgeField) -> JsonShape:
        match field:
            case CursorField():
                return column_shape(self._cursors())
            case EdgeNodeField(_, made):
                return self.make_object(made)
            case _:
                return self.make_field(field)

    def _cursors(self) -> JsonColumn:
        seal, scope = cursor_sealer(self.vault), self.connection.scope
        places = [self.layout.places[column] for column in self.connection.position]

        def cursors(rows: Sequence[FetchedRow], run: Execution) -> Sequence[bytes]:
            context = run.context(scope)
            return [b'"%s"' % seal([row[place] for place in places], context).encode() for row in rows]

        return cursors

    def _page_info(self, fields: Sequence[tuple[str, str]]) -> JsonColumn:
        cursors, page = self._cursors(), self.page
        backward, behind, ahead = page.backward, page.after is not None, page.before is not None

        def item(name: str, pages: Pages, run: Execution, at: int) -> bytes:
            start, end = pages.bounds[at]
            match name:
                case "hasNextPage":
                    return BOOLEANS[ahead if backward else pages.more[at]]
                case "hasPreviousPage":
                    return BOOLEANS[pages.more[at] if backward else behind]
                case _ if start == end:
                    return NULL
                case _:
                    found: bytes = cursors([pages.rows[start if name == "startCursor" else end - 1]], run)[0]
                    return found

        def shape_of(name: str) -> JsonShape:
            if name == "__typename":
                return same_text("PageInfo")
            return column_shape(lambda pages, run: [item(name, pages, run, at) for at in range(len(pages.bounds))])

        shape = json_object([(key, shape_of(name)) for key, name in fields])
        return lambda pages, run: json_texts(shape.pieces(pages, run), len(pages.bounds))
