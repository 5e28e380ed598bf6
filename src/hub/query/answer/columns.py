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
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.query.statement.layout import FetchedRow

JsonColumn = Callable[[Any, Any], Sequence[bytes]]
"""From rows, or pages (and what else the execution knows), to one JSON text for each."""
JsonPiece = bytes | Sequence[bytes]
"""The same in every row, or one for each."""
JsonPart = bytes | int | Callable[[Any, Any], Sequence[JsonPiece]]
"""Of an object: words that stand in every row, the place of a row where the server has written JSON, or what makes
pieces for the rows."""

NULL: Final = b"null"
BOOLEANS: Final = {True: b"true", False: b"false"}


@dataclass(frozen=True, slots=True)
class JsonShape:
    """What an object is made of, part by part."""

    parts: tuple[JsonPart, ...]

    def pieces(self, rows: Any, run: Any) -> list[JsonPiece]:
        """The pieces that the objects of rows, or pages, are made of."""
        made: list[JsonPiece] = []
        for part in self.parts:
            if isinstance(part, bytes):
                made.append(part)
            elif isinstance(part, int):
                made.append([row[part] for row in rows])
            else:
                made += part(rows, run)
        return made

    def texts(self, rows: Sequence[FetchedRow], run: Any) -> Sequence[bytes]:
        """The JSON of each row."""
        return json_texts(self.pieces(rows, run), len(rows))


def json_texts(pieces: Sequence[JsonPiece], count: int) -> list[bytes]:
    """Put the pieces of ``count`` rows together, row by row."""
    if count == 1:
        return [b"".join([piece if isinstance(piece, bytes) else piece[0] for piece in pieces])]
    whole, width = interleaved(pieces, count)
    return [b"".join(whole[at : at + width]) for at in range(0, count * width, width)]


def json_lists(pieces: Sequence[JsonPiece], bounds: Sequence[tuple[int, int]]) -> list[bytes]:
    """Put the pieces of all rows together to JSON lists; ``bounds``: where each begins and ends among the rows."""
    whole, width = interleaved([b",", *pieces], bounds[-1][1] if bounds else 0)
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


def interleaved(pieces: Sequence[JsonPiece], count: int) -> tuple[list[bytes], int]:
    """Put the pieces of ``count`` rows one behind the other; return them, and how many each row has."""
    merged: list[JsonPiece] = []
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


def json_object(members: Iterable[tuple[str | None, JsonShape]]) -> JsonShape:
    """The object that has these members, or runs of members (without key)."""
    parts: list[JsonPart] = []
    for key, shape in members:
        parts.append((b"," if parts else b"{") + (b"" if key is None else b'"%s":' % key.encode()))
        parts += shape.parts
    return JsonShape((*(parts or [b"{"]), b"}"))


def same_text(value: str) -> JsonShape:
    """The same text in every row; a name of the schema's."""
    return JsonShape((b'"%s"' % value.encode(),))


def column_shape(column: JsonColumn) -> JsonShape:
    """A shape that is one column of JSON texts."""
    return JsonShape((lambda rows, run: (column(rows, run),),))


def where_present(key: int, shape: JsonShape) -> JsonShape:
    """Make the shape for rows that have a value at ``key``; null stands for the others."""
    present = itemgetter(key)

    def some(rows: Sequence[FetchedRow], run: Any) -> Sequence[JsonPiece]:
        here = [value is not None for value in map(present, rows)]
        if all(here):
            return shape.pieces(rows, run)
        found = iter(shape.texts([row for row, is_here in zip(rows, here, strict=True) if is_here], run))
        return ([next(found) if is_here else NULL for is_here in here],)

    return JsonShape((some,))


def server_json(place: int) -> JsonShape:
    """The JSON that the server has written."""
    return JsonShape((place,))
