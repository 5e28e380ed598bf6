"""Fields with a value as JSON: opened, masked, or as the server gives them. Sealed values are opened here alone."""

from __future__ import annotations

from datetime import datetime
from json.encoder import encode_basestring as quoted
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from hub.catalog import Scalar
from hub.query.answer.columns import BOOLEANS, NULL, JsonShape, column_shape
from hub.query.nodeid import node_id
from hub.query.plan.cursors import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.catalog import Field, Mask
    from hub.crypto import Opener, Vault
    from hub.query.answer.columns import JsonPiece
    from hub.query.plan.fields import IdField, ValueField
    from hub.query.statement.layout import FetchedRow, Layout

    Shown = Callable[[str, FetchedRow], str]
    """What becomes of a text in its row."""

_QUOTE: Final = b'"'
_ESCAPED: Final = bytes(range(0x20)) + b'"\\'
"""What stands in no JSON text as it is (RFC 8259, section 7)."""
_PLAIN: Final = frozenset({"code", "numeric", "date"})
"""Storages whose text is JSON between quotes as it stands. The server gives amounts and times as text."""
_WHOLE_SECONDS: Final = len("2026-01-31 08:00:00+00")


def id_shape(item: IdField, layout: Layout) -> JsonShape:
    """Global ids."""
    place, start = layout.places[item.column], node_id(item.column.table.entity.name, "").encode()
    return column_shape(lambda rows, _run: [b'"%s%s"' % (start, str(UUID(bytes=row[place])).encode()) for row in rows])


def value_shape(item: ValueField, layout: Layout, vault: Vault) -> JsonShape:
    """A field."""
    place = layout.places[item.column]
    read, shown = itemgetter(place), _shown(item, layout)
    if item.field.sealed:
        return _opened(item, layout, vault, shown)
    if shown is not None:
        return column_shape(
            lambda rows, _run: [NULL if (v := row[place]) is None else _quoted(shown(v, row)) for row in rows]
        )
    written = _json_of(item.field)
    return column_shape(lambda rows, _run: [NULL if v is None else written(v) for v in map(read, rows)])


def _shown(item: ValueField, layout: Layout) -> Shown | None:
    """Return what becomes of a text in its row; None if it is shown as it is."""
    mask: Mask | None = item.mask
    if mask is None or item.masked is False:
        return None
    if item.masked is True:
        return lambda text, _row: mask(text)
    is_plain = layout.places[item.masked]
    return lambda text, row: text if row[is_plain] else mask(text)


def _opened(item: ValueField, layout: Layout, vault: Vault, shown: Shown | None) -> JsonShape:
    place, row_id, field = layout.places[item.column], layout.places[item.row_id], item.field
    assert field.group is not None  # noqa: S101 - a sealed field names its group, or the hub does not start
    opener = vault.opener(item.column.table.entity.table, field.column, field.group)
    if shown is None:
        return JsonShape((_opening(place, row_id, opener, _bare_texts if _is_number(field) else quoted_texts),))
    open_ = opener.open
    return column_shape(
        lambda rows, _run: [
            NULL if (sealed := row[place]) is None else _quoted(shown(open_(row[row_id], sealed), row)) for row in rows
        ]
    )


def _opening(
    place: int, row_id: int, opener: Opener, written: Callable[[Sequence[bytes | None]], Sequence[JsonPiece]]
) -> Callable[[Sequence[FetchedRow], Any], Sequence[JsonPiece]]:
    each, sealed, id_ = opener.each, itemgetter(place), itemgetter(row_id)

    def pieces(rows: Sequence[FetchedRow], _run: Any) -> Sequence[JsonPiece]:
        values = list(map(sealed, rows))
        if None not in values:
            return written(each(list(map(id_, rows)), values))
        there = [row for row in rows if row[place] is not None]
        opened = iter(each(list(map(id_, there)), list(map(sealed, there))))
        return written([None if value is None else next(opened) for value in values])

    return pieces


def quoted_texts(values: Sequence[bytes | None]) -> Sequence[JsonPiece]:
    """Quote what was opened; all of a column is looked through at once for what JSON would escape."""
    there = [value for value in values if value is not None]
    whole = b"".join(there)
    if len(whole.translate(None, _ESCAPED)) != len(whole):
        return ([NULL if value is None else _quoted(value.decode()) for value in values],)
    if len(there) == len(values):
        return _QUOTE, there, _QUOTE
    return ([NULL if value is None else b'"' + value + b'"' for value in values],)


def _is_number(field: Field) -> bool:
    return isinstance(field.type, Scalar) and field.type.storage == "integer"


def _bare_texts(values: Sequence[bytes | None]) -> Sequence[JsonPiece]:
    """Whole numbers that were opened, which the hub itself wrote: they are JSON as they stand."""
    return ([NULL if value is None else value for value in values],)


def _quoted(text: str) -> bytes:
    return quoted(text).encode()


def _moment(text: str) -> bytes:
    """Write a time as RFC 3339 does. ``text``: the server's, in UTC, with as many decimals as it needs."""
    if len(text) == _WHOLE_SECONDS:
        return f'"{text[:10]}T{text[11:19]}Z"'.encode()
    moment = ENDLESS.get(text) or datetime.fromisoformat(text)
    return f'"{moment.isoformat()[:-6]}Z"'.encode()


def _json_of(field: Field) -> Callable[[Any], bytes]:
    """Return the function from a value, as the driver gives it, to JSON."""
    storage = field.type.storage if isinstance(field.type, Scalar) else "code"
    if storage in _PLAIN:
        return lambda value: b'"%s"' % str(value).encode()
    match storage:
        case "uuid":
            return lambda value: b'"%s"' % str(UUID(bytes=value)).encode()
        case "integer" | "bigint" | "jsonb":
            return lambda value: str(value).encode()
        case "boolean" | "days":
            return BOOLEANS.__getitem__
        case "timestamptz":
            return _moment
        case _:
            return _quoted
