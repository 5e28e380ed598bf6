"""JSON that PostgreSQL writes (see ``hub.query.statement.layout`` for which).

It equals what ``hub.query.answer`` writes, character for character, but for a line break that begins each row of a
list: JSON has no raw line break elsewhere, so whoever accounts for the answer can count rows by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Text, bindparam, case, cast, func, literal_column, select

from hub.catalog import Scalar
from hub.catalog.predicate import ALWAYS
from hub.query.nodeid import node_id
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
    TypeNameField,
    ValueField,
    WithheldField,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Select

    from hub.catalog import Field
    from hub.query.plan.fields import EdgeField, RelayConnection, RowField, RowObject
    from hub.query.plan.tree import Column, ReadNode
    from hub.query.statement.layout import JsonRun

    JsonText = str | ColumnElement[Any]

ROW: Final = "\n"
"""Begins each row."""
_BARE: Final = frozenset({"integer", "bigint", "boolean", "days", "jsonb"})
_QUOTED: Final = frozenset({"code", "numeric", "uuid"})
_MOMENT: Final = 'YYYY-MM-DD"T"HH24:MI:SS'


@dataclass(frozen=True, slots=True)
class JsonWriter:
    """Writes the rows of one node.

    ``column``: the expression of a column; ``below``: of a list that hangs on the row.
    """

    column: Callable[[Column], ColumnElement[Any]]
    below: Callable[[ReadNode], ColumnElement[Any]]

    def items(self, listed: PlainList | RelayConnection) -> list[ColumnElement[Any]]:
        """The JSON of a row, for each time that the rows stand in the answer. The first begins with ``ROW``."""
        made: list[list[JsonText]] = []
        if isinstance(listed, PlainList):
            made.append(self._object(listed.object))
        else:
            for part in listed.fields:
                if isinstance(part, NodesField):
                    made.append(self._object(part.object))
                elif isinstance(part, EdgesField):
                    made.append(["{", *self._members(part.fields), "}"])
        return [_joined([ROW, *texts] if at == 0 else texts) for at, texts in enumerate(made)]

    def run(self, run: JsonRun) -> ColumnElement[Any]:
        """The JSON of neighbouring fields, without braces."""
        return as_bytes(_joined(self._members(run.fields)))

    def _object(self, made: RowObject) -> list[JsonText]:
        return ["{", *self._members(made.fields), "}"]

    def _members(self, fields: Iterable[RowField | EdgeField]) -> list[JsonText]:
        texts: list[JsonText] = []
        for item in fields:
            texts += [f'{"," if texts else ""}"{item.key}":', *self._field(item)]
        return texts

    def _field(self, item: RowField | EdgeField) -> list[JsonText]:
        match item:
            case TypeNameField(_, name):
                return [f'"{name}"']
            case WithheldField():
                return ["null"]
            case IdField(_, column):
                return [f'"{node_id(column.table.entity.name, "")}', cast(self.column(column), Text), '"']
            case EdgeNodeField(_, made):
                return self._object(made)
            case LinkField(_, present, made):
                return [_or_null(self.column(present), _joined(self._object(made)))]
            case ListField(_, listed):
                node = listed.node
                assert node.parent is not None  # noqa: S101 - it hangs on this row
                return [_or_null(self.column(node.parent.key), self.below(node))]
            case ValueField():
                return self._value(item)
            case CursorField() | CellsField():  # pragma: no cover - a list with either is not written here
                raise AssertionError(item)

    def _value(self, item: ValueField) -> list[JsonText]:
        texts = _json_value(item.field, self.column(item.column))
        if not item.field.nullable and item.column.when == ALWAYS:
            return texts
        return [func.coalesce(_joined(texts), literal_column("'null'", Text))]


def gathered(listed: PlainList | RelayConnection, items: Select[Any]) -> Select[Any]:
    """Put the JSON of rows (``JsonWriter.items``) together to that of the list."""
    each = items.subquery()
    lists: Iterator[list[JsonText]] = iter(
        [["[", func.coalesce(func.string_agg(item, literal_column("','")), literal_column("''", Text)), "]"]
         for item in each.c]
    )  # fmt: skip
    if isinstance(listed, PlainList):
        return select(_joined(next(lists)))
    texts: list[JsonText] = []
    for part in listed.fields:
        shown = [f'"{part.name}"'] if isinstance(part, TypeNameField) else next(lists)
        texts += [f'{"," if texts else "{"}"{part.key}":', *shown]
    return select(_joined([*texts, "}"]))


def as_bytes(json: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON as it goes to the client, in UTF-8: the driver need not make characters of it."""
    return func.convert_to(json, literal_column("'UTF8'"))


def _or_null(present: ColumnElement[Any], json: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((present.is_not(None), json), else_=literal_column("'null'", Text))


def _json_value(field: Field, value: ColumnElement[Any]) -> list[JsonText]:
    storage = field.type.storage if isinstance(field.type, Scalar) else "code"
    if storage in _BARE:
        return [cast(value, Text)]
    if storage in _QUOTED:
        return ['"', cast(value, Text), '"']
    if storage == "date":
        return ['"', _finite(value, cast(value, Text), date), '"']
    if storage == "timestamptz":
        whole = func.date_trunc(literal_column("'second'"), value) == value
        written = case((whole, _formatted(value, _MOMENT)), else_=_formatted(value, f"{_MOMENT}.US"))
        return ['"', _finite(value, written, datetime), 'Z"']
    return [cast(func.to_json(cast(value, Text)), Text)]


def _formatted(value: ColumnElement[Any], form: str) -> ColumnElement[Any]:
    return func.to_char(value, literal_column(f"'{form}'"))


def _finite(value: ColumnElement[Any], written: ColumnElement[Any], kind: type[date | datetime]) -> ColumnElement[Any]:
    """The first and the last day or moment stand for what the server calls infinite, as they do in the driver."""
    first, last = literal_column(f"'{kind.min.isoformat()}'", Text), literal_column(f"'{kind.max.isoformat()}'", Text)
    epoch = literal_column("'1970-01-01'", value.type)
    return case((func.isfinite(value), written), (value > epoch, last), (value < epoch, first))  # else absent


def _joined(pieces: Sequence[JsonText]) -> ColumnElement[Any]:
    """One text. Words of the answer are parameters: a client's aliases stand in no SQL."""
    whole: list[JsonText] = []
    for piece in pieces:
        if isinstance(piece, str) and whole and isinstance(whole[-1], str):
            whole[-1] += piece
        else:
            whole.append(piece)
    texts: list[ColumnElement[Any]] = [
        bindparam(None, piece, type_=Text(), unique=True) if isinstance(piece, str) else piece for piece in whole
    ]
    # Halves of halves, not one after the other: SQLAlchemy goes down an expression by recursion.
    while len(texts) > 1:
        pairs = zip_longest(texts[::2], texts[1::2])
        texts = [left if right is None else left.op("||")(right) for left, right in pairs]
    return texts[0]
