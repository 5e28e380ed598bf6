"""Columns of an answer: rows in, one JSON text in UTF-8 for each row out, and templates that put them together.

A call for every value of every row, and a dict for every object, would cost more than all else in an answer. So
a column is made in one go, and objects are templates with a place for each value: ``{"size":%s}``. Whatever
comes from a row is quoted, or is a number, an id, a date or a code, which need no escaping; what stands in
templates are GraphQL names, which have neither quotes nor per cent signs.

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

from hub.catalog import Scalar
from hub.query.bind import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.catalog import Field, Mask
    from hub.crypto import Vault
    from hub.query.fetch import Row
    from hub.query.plan import Value

Column = Callable[[Sequence["Row"], Any], Sequence[Any]]
"""From rows (and what else the execution knows) to one value for each row, to stand in a template."""

NULL: Final = b"null"
BOOLEANS: Final = {True: b"true", False: b"false"}
_ESCAPED: Final = bytes(range(0x20)) + b'"\\'
"""What stands in no JSON text as it is (RFC 8259, section 7)."""
_PLAIN: Final = frozenset({"code", "numeric", "date", "uuid"})
"""Storages whose text is JSON between quotes as it stands. The server gives amounts and times as text."""
_WHOLE_SECONDS: Final = len("2026-01-31 08:00:00+00")


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON template, and the columns whose values fill its places."""

    template: bytes
    columns: tuple[Column, ...] = ()

    def fill(self, rows: Sequence[Row], run: Any) -> Sequence[bytes]:
        """Return the JSON of each row."""
        if not self.columns:
            return [self.template] * len(rows)
        return filled(self.template, [column(rows, run) for column in self.columns])


def filled(template: bytes, columns: Sequence[Sequence[bytes]]) -> list[bytes]:
    """Fill the template once for each line across the columns."""
    return list(map(template.__mod__, zip(*columns, strict=True)))


def objects(parts: Iterable[tuple[str | None, Shape]]) -> Shape:
    """The object that has these members, or runs of members (without key); objects within objects are one template."""
    known = list(parts)
    members = [shape.template if key is None else b'"%s":%s' % (key.encode(), shape.template) for key, shape in known]
    return Shape(
        b"{" + b",".join(members) + b"}",
        tuple(column for _, shape in known for column in shape.columns),
    )


def text(value: str) -> Shape:
    """The same text in every row; a name of the schema's."""
    return Shape(b'"%s"' % value.encode())


def one(column: Column) -> Shape:
    """A shape that is one column of JSON texts."""
    return Shape(b"%s", (column,))


def where_present(key: int, column: Column) -> Column:
    """Make the column for rows that have a value at ``key``; null stands for the others."""
    present = itemgetter(key)

    def some(rows: Sequence[Row], run: Any) -> Sequence[bytes]:
        here = [value is not None for value in map(present, rows)]
        if all(here):
            return column(rows, run)
        found = iter(column([row for row, is_here in zip(rows, here, strict=True) if is_here], run))
        return [next(found) if is_here else NULL for is_here in here]

    return some


def plain(at: int) -> Column:
    """The JSON that the server has spelled."""
    value = itemgetter(at)
    return lambda rows, _run: list(map(value, rows))


def node_ids(start: str, at: int) -> Column:
    """Global ids that begin so."""
    before = start.encode()
    return lambda rows, _run: [b'"%s%s"' % (before, str(row[at]).encode()) for row in rows]


def value(cell: Value, vault: Vault) -> Shape:
    """A field."""
    at, item = cell.column, cell.field
    read, shown = itemgetter(at), _shown(cell.mask, cell.masked)
    if item.sealed:
        return one(_opened(cell, vault, shown))
    if shown is not None:
        return one(lambda rows, _run: [NULL if (v := row[at]) is None else _quoted(shown(v, row)) for row in rows])
    spell = _spelling(item)
    return one(lambda rows, _run: [NULL if v is None else spell(v) for v in map(read, rows)])


def _opened(cell: Value, vault: Vault, shown: Callable[[str, Row], str] | None) -> Column:
    at, row_id, item = cell.column, cell.row_id, cell.field
    assert item.group is not None  # noqa: S101 - a sealed field names its group, or the hub does not start
    opener = vault.opener(cell.table, item.column, item.group)
    if shown is None:
        utf8 = opener.utf8
        return lambda rows, _run: quoted_texts(
            [None if (sealed := row[at]) is None else utf8(row[row_id].bytes, sealed) for row in rows]
        )
    open_ = opener.open
    return lambda rows, _run: [
        NULL if (sealed := row[at]) is None else _quoted(shown(open_(row[row_id].bytes, sealed), row)) for row in rows
    ]


def quoted_texts(values: Sequence[bytes | None]) -> Sequence[bytes]:
    """Quote what was opened; all of a column is looked through at once for what JSON would escape."""
    whole = b"".join([value for value in values if value is not None])
    if len(whole.translate(None, _ESCAPED)) == len(whole):
        return [NULL if value is None else b'"' + value + b'"' for value in values]
    return [NULL if value is None else _quoted(value.decode()) for value in values]


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
        case "integer" | "bigint":
            return lambda value: str(value).encode()
        case "boolean":
            return BOOLEANS.__getitem__
        case "timestamptz":
            return _moment
        case _:
            return _quoted
