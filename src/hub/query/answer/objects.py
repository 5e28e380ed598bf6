"""What rows become: the functions that make an object of each, and of the lists that hang on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.query.answer.cells import cells_shape
from hub.query.answer.columns import (
    NULL,
    JsonShape,
    column_shape,
    json_lists,
    json_object,
    same_text,
    server_json,
    where_present,
)
from hub.query.answer.pages import ConnectionMaker, joined_pages
from hub.query.answer.values import id_shape, value_shape
from hub.query.plan.fields import (
    CellsField,
    IdField,
    LinkField,
    ListField,
    PlainList,
    TypeNameField,
    ValueField,
    WithheldField,
)
from hub.query.statement.layout import JsonRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.crypto import Vault
    from hub.query.answer.execution import Execution, ListColumn
    from hub.query.plan.fields import RelayConnection, RowField, RowObject
    from hub.query.statement.layout import FetchedRow, Layout


@dataclass(frozen=True, slots=True)
class ObjectMaker:
    """Makes shapes of what a plan says of rows; ``layout`` says where everything is found in them."""

    vault: Vault
    layout: Layout

    def object(self, made: RowObject) -> JsonShape:
        """The object that a row becomes."""
        return json_object(
            [
                (None, server_json(self.layout.places[item]))
                if isinstance(item, JsonRun)
                else (item.key, self.field(item))
                for item in self.layout.divided[made]
            ]
        )

    def field(self, item: RowField) -> JsonShape:
        """A field of an object, or of an edge."""
        match item:
            case TypeNameField(_, name):
                return same_text(name)
            case WithheldField():
                return JsonShape((NULL,))
            case IdField():
                return id_shape(item, self.layout)
            case ValueField():
                return value_shape(item, self.layout, self.vault)
            case LinkField(_, present, made):
                return where_present(self.layout.places[present], self.object(made))
            case CellsField():
                return cells_shape(item, self.layout)
            case ListField(_, listed):
                parent = listed.node.parent
                assert parent is not None  # noqa: S101 - it hangs on this row
                return where_present(self.layout.places[parent.key], self._hanging(listed))

    def lists(self, listed: PlainList | RelayConnection) -> ListColumn:
        """The list of each sequence of rows."""
        if isinstance(listed, PlainList):
            return self._plain_lists(listed)
        return ConnectionMaker(listed, self.layout, self.vault, self.object, self.field).lists()

    def _plain_lists(self, listed: PlainList) -> ListColumn:
        node, shape = listed.node, self.object(listed.object)

        def make(
            groups: Sequence[Sequence[FetchedRow]], parents: Sequence[FetchedRow], run: Execution
        ) -> Sequence[bytes]:
            pages = joined_pages(groups, [False] * len(groups), parents)
            run.shown[node] = pages.rows
            return json_lists(shape.pieces(pages.rows, run), pages.bounds)

        return make

    def _hanging(self, listed: PlainList | RelayConnection) -> JsonShape:
        place = self.layout.places[listed.node]
        if listed.node in self.layout.lists:
            return server_json(place)
        below = self.lists(listed)

        def read(rows: Sequence[FetchedRow], run: Execution) -> Sequence[bytes]:
            return below([row[place] for row in rows], rows, run)

        return column_shape(read)
