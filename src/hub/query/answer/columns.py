"""Rows of an answer as JSON: each object is pieces side by side, and all pieces of a list are joined once.

A call for every value of every row, and a dict for every object, would cost more than all else in an answer. So a
column is made in one go and laid into its place in all rows at once, between the words that are the same in every
row: ``{"size":`` 3 ``}``. Whatever comes from a row is quoted, or is a number, an id, a date or a code, which need no
escaping.

It is bytes all the way from the server and the cipher to the client: characters would be made for every value,
widened for a page with Chinese in it, and unmade again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring as quoted
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from hub.catalog import Scalar
from hub.query.bind import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.catalog import Field, Mask
    from hub.crypto import Opener, Vault
    from hub.query.fetch import Row
    from hub.query.plan.tree import Value

Column = Callable[[Any, Any], Sequence[bytes]]
"""From rows, or pages (and what else the execution knows), to one JSON text for each."""
Piece = bytes | Sequence[bytes]
"""The same in every row, or one for each."""
Part = bytes | int | Callable[[Any, Any], Sequence[Piece]]
"""Of an object: words that stand in every row, the column of a row where the server has spelled JSON, or what makes
pieces for the rows."""

NULL: Final = b"null"
BOOLEANS: Final = {True: b"true", False: b"false"}
_QUOTE: Final = b'"'
_ESCAPED: Final = bytes(range(0x20)) + b'"\\'
"""What stands in no JSON text as it is (RFC 8259, section 7)."""
_PLAIN: Final = frozenset({"code", "numeric", "date"})
"""Storages whose text is JSON between quotes as it stands. The server gives amounts and times as text."""
_WHOLE_SECONDS: Final = len("2026-01-31 08:00:00+00")


@dataclass(frozen=True, slots=True)
class Shape:
    """What an object is made of, part by part."""

    parts: tuple[Part, ...]

    def pieces(self, rows: Any, run: Any) -> list[Piece]:
        """The pieces that the objects of rows, or pages, are made of."""
        made: list[Piece] = []
        for part in self.parts:
            if isinstance(part, bytes):
                made.append(part)
            elif isinstance(part, int):
                made.append([row[part] for row in rows])
            else:
                made += part(rows, run)
        return made

    def texts(self, rows: Sequence[Row], run: Any) -> Sequence[bytes]:
        """The JSON of each row."""
        return texts(self.pieces(rows, run), len(rows))


def texts(pieces: Sequence[Piece], count: int) -> list[bytes]:
    """Put the pieces of ``count`` rows together, row by row."""
    if count == 1:
        return [b"".join([piece if isinstance(piece, bytes) else piece[0] for piece in pieces])]
    whole, width = laid(pieces, count)
    return [b"".join(whole[at : at + width]) for at in range(0, count * width, width)]


def lists(pieces: Sequence[Piece], bounds: Sequence[tuple[int, int]]) -> list[bytes]:
    """Put the pieces of all rows together to JSON lists; ``bounds``: where each begins and ends among the rows."""
    whole, width = laid([b",", *pieces], bounds[-1][1] if bounds else 0)
    made = []
    for start, end in bounds:
        items = whole[start * width : end * width]
        if items:
            items[0] = b"[" + items[0][1:]
        else:
            items = [b"["]
        items.append(b"]")
        made.append(b"".join(items))
    return made


def laid(pieces: Sequence[Piece], count: int) -> tuple[list[bytes], int]:
    """Lay the pieces of ``count`` rows one behind the other; return them, and how many each row has."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, bytes) and isinstance(last := merged[-1], bytes):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    width = len(merged)
    whole = [b""] * (width * count)
    for at, piece in enumerate(merged):
        whole[at::width] = [piece] * count if isinstance(piece, bytes) else piece
    return whole, width


def objects(members: Iterable[tuple[str | None, Shape]]) -> Shape:
    """The object that has these members, or runs of members (without key)."""
    parts: list[Part] = []
    for key, shape in members:
        parts.append((b"," if parts else b"{") + (b"" if key is None else b'"%s":' % key.encode()))
        parts += shape.parts
    return Shape((*(parts or [b"{"]), b"}"))


def text(value: str) -> Shape:
    """The same text in every row; a name of the schema's."""
    return Shape((b'"%s"' % value.encode(),))


def one(column: Column) -> Shape:
    """A shape that is one column of JSON texts."""
    return Shape((lambda rows, run: (column(rows, run),),))


def where_present(key: int, shape: Shape) -> Shape:
    """Make the shape for rows that have a value at ``key``; null stands for the others."""
    present = itemgetter(key)

    def some(rows: Sequence[Row], run: Any) -> Sequence[Piece]:
        here = [value is not None for value in map(present, rows)]
        if all(here):
            return shape.pieces(rows, run)
        found = iter(shape.texts([row for row, is_here in zip(rows, here, strict=True) if is_here], run))
        return ([next(found) if is_here else NULL for is_here in here],)

    return Shape((some,))


def plain(at: int) -> Shape:
    """The JSON that the server has spelled."""
    return Shape((at,))


def node_ids(start: str, at: int) -> Column:
    """Global ids that begin so."""
    before = start.encode()
    return lambda rows, _run: [b'"%s%s"' % (before, str(UUID(bytes=row[at])).encode()) for row in rows]


def value(cell: Value, vault: Vault) -> Shape:
    """A field."""
    at, item = cell.column, cell.field
    read, shown = itemgetter(at), _shown(cell.mask, cell.masked)
    if item.sealed:
        return _opened(cell, vault, shown)
    if shown is not None:
        return one(lambda rows, _run: [NULL if (v := row[at]) is None else _quoted(shown(v, row)) for row in rows])
    spell = _spelling(item)
    return one(lambda rows, _run: [NULL if v is None else spell(v) for v in map(read, rows)])


def _opened(cell: Value, vault: Vault, shown: Callable[[str, Row], str] | None) -> Shape:
    at, row_id, item = cell.column, cell.row_id, cell.field
    assert item.group is not None  # noqa: S101 - a sealed field names its group, or the hub does not start
    opener = vault.opener(cell.table, item.column, item.group)
    if shown is None:
        return Shape((_opening(at, row_id, opener),))
    open_ = opener.open
    return one(
        lambda rows, _run: [
            NULL if (sealed := row[at]) is None else _quoted(shown(open_(row[row_id], sealed), row)) for row in rows
        ]
    )


def _opening(at: int, row_id: int, opener: Opener) -> Callable[[Sequence[Row], Any], Sequence[Piece]]:
    each, sealed, id_ = opener.each, itemgetter(at), itemgetter(row_id)

    def pieces(rows: Sequence[Row], _run: Any) -> Sequence[Piece]:
        values = list(map(sealed, rows))
        if None not in values:
            return quoted_texts(each(list(map(id_, rows)), values))
        there = [row for row in rows if row[at] is not None]
        opened = iter(each(list(map(id_, there)), list(map(sealed, there))))
        return quoted_texts([None if value is None else next(opened) for value in values])

    return pieces


def quoted_texts(values: Sequence[bytes | None]) -> Sequence[Piece]:
    """Quote what was opened; all of a column is looked through at once for what JSON would escape."""
    there = [value for value in values if value is not None]
    whole = b"".join(there)
    if len(whole.translate(None, _ESCAPED)) != len(whole):
        return ([NULL if value is None else _quoted(value.decode()) for value in values],)
    if len(there) == len(values):
        return _QUOTE, there, _QUOTE
    return ([NULL if value is None else b'"' + value + b'"' for value in values],)


def _quoted(text: str) -> bytes:
    return quoted(text).encode()


def _shown(mask: Mask | None, masked: bool | int) -> Callable[[str, Row], str] | None:  # noqa: FBT001 - as plans have it
    """Return what becomes of a text in its row; None if it is shown as it is."""
    if mask is None or masked is False:
        return None
    if masked is True:
        return lambda text, _row: mask(text)
    return lambda text, row: text if row[masked] else mask(text)


def _moment(text: str) -> bytes:
    """Spell a time as RFC 3339 does. ``text``: the server's, in UTC, with as many decimals as it needs."""
    if len(text) == _WHOLE_SECONDS:
        return f'"{text[:10]}T{text[11:19]}Z"'.encode()
    moment = ENDLESS.get(text) or datetime.fromisoformat(text)
    return f'"{moment.isoformat()[:-6]}Z"'.encode()


def _spelling(item: Field) -> Callable[[Any], bytes]:
    """Return the function from a value, as the driver gives it, to JSON."""
    storage = item.type.storage if isinstance(item.type, Scalar) else "code"
    if storage in _PLAIN:
        return lambda value: b'"%s"' % str(value).encode()
    match storage:
        case "uuid":
            return lambda value: b'"%s"' % str(UUID(bytes=value)).encode()
        case "integer" | "bigint":
            return lambda value: str(value).encode()
        case "boolean":
            return BOOLEANS.__getitem__
        case "timestamptz":
            return _moment
        case _:
            return _quoted
