"""What becomes of rows: the fields of an answer, each with its response key and the columns that it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hub.catalog import Field, Mask
    from hub.query.plan.parameters import CursorScope
    from hub.query.plan.tree import Column, Flag, ReadNode, TotalNode

# --- of an object that is made of a row ---


@dataclass(frozen=True, slots=True)
class TypeNameField:
    """``__typename``."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class WithheldField:
    """A field that this viewer may read in no row: always null, and nothing was selected for it."""

    key: str


@dataclass(frozen=True, slots=True)
class IdField:
    """The global id."""

    key: str
    column: Column


@dataclass(frozen=True, slots=True)
class ValueField:
    """A field with a value. ``row_id``: the row's id, for opening.

    ``masked``: whether it is masked, or what says for each row whether it is plain.
    """

    key: str
    field: Field
    column: Column
    row_id: Column
    mask: Mask | None
    masked: bool | Flag


@dataclass(frozen=True, slots=True)
class LinkField:
    """A to-one link: null where the linked row's id (``present``) is null."""

    key: str
    present: Column
    object: RowObject


@dataclass(frozen=True, slots=True)
class ListField:
    """Rows of a node that hangs on this row."""

    key: str
    rows: PlainList | RelayConnection


@dataclass(frozen=True, slots=True)
class Cell:
    """What is decided of a field of an object. ``path``: where ``extensions.access`` speaks of it.

    ``read``, ``plain``: whether the value is read in a row, and whether it is read plain. ``told``: whether the viewer
    may know which of two nulls a null is.
    """

    key: str
    path: str
    read: Flag | bool
    plain: Flag | bool
    told: bool


@dataclass(frozen=True, slots=True)
class CellsField:
    """What is decided of the other fields of an object, row by row. ``number``: among those of the plan."""

    key: str
    number: int
    cells: tuple[Cell, ...]


HIDDEN: Final = ""
"""The response key of ``CellsField``, which is taken out again: no name of GraphQL's."""

RowField = TypeNameField | WithheldField | IdField | ValueField | LinkField | ListField | CellsField


@dataclass(frozen=True, slots=True, eq=False)
class RowObject:
    """What one row, or one that is joined to it, becomes."""

    fields: tuple[RowField, ...]


# --- of lists ---


@dataclass(frozen=True, slots=True)
class PlainList:
    """A list without pages."""

    node: ReadNode
    object: RowObject


@dataclass(frozen=True, slots=True)
class RelayConnection:
    """A page of a list. ``position``: the columns of the order's keys, which a cursor holds.

    ``totals``: nodes that count the list; they hang where it does.
    """

    node: ReadNode
    totals: tuple[TotalNode, ...]
    fields: tuple[ConnectionField, ...]
    position: tuple[Column, ...]
    scope: CursorScope


@dataclass(frozen=True, slots=True)
class CursorField:
    """``cursor`` of an edge."""

    key: str


@dataclass(frozen=True, slots=True)
class EdgeNodeField:
    """``node`` of an edge, which is always there."""

    key: str
    object: RowObject


EdgeField = CursorField | EdgeNodeField | TypeNameField | WithheldField | IdField | ValueField | CellsField
"""Besides cursor and node, an edge has the fields of a joining entity."""


@dataclass(frozen=True, slots=True)
class EdgesField:
    """``edges`` of a connection."""

    key: str
    fields: tuple[EdgeField, ...]


@dataclass(frozen=True, slots=True)
class NodesField:
    """``nodes``: the rows without their edges."""

    key: str
    object: RowObject


@dataclass(frozen=True, slots=True)
class PageInfoField:
    """``pageInfo``: response keys and which of its fields each is."""

    key: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TotalCountField:
    """``totalCount``, or the sum of a field."""

    key: str
    node: TotalNode


ConnectionField = EdgesField | NodesField | PageInfoField | TotalCountField | TypeNameField | WithheldField
