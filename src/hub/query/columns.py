"""Columns of an answer: rows in, one JSON text for each row out, and templates that put them together.

A call for every value of every row, and a dict for every object, would cost more than all else in an answer. So
a column is made in one go, and objects are templates with a place for each value: ``{"size":%s}``. Whatever
comes from a row is quoted, or is a number, an id, a date or a code, which need no escaping; what stands in
templates are GraphQL names, which have neither quotes nor per cent signs.
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

NULL: Final = "null"
BOOLEANS: Final = {True: "true", False: "false"}
_PLAIN: Final = frozenset({"code", "numeric", "date", "uuid"})
"""Storages whose text is JSON between quotes as it stands. The server gives amounts and times as text."""
_WHOLE_SECONDS: Final = len("2026-01-31 08:00:00+00")
_BARE: Final = frozenset({"integer", "bigint"})


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON template, and the columns whose values fill its places."""

    template: str
    columns: tuple[Column, ...] = ()

    def fill(self, rows: Sequence[Row], run: Any) -> Sequence[str]:
        """Return the JSON of each row."""
        if not self.columns:
            return [self.template] * len(rows)
        return filled(self.template, [column(rows, run) for column in self.columns])


def filled(template: str, columns: Sequence[Sequence[Any]]) -> list[str]:
    """Fill the template once for each line across the columns."""
    return list(map(template.__mod__, zip(*columns, strict=True)))


def objects(parts: Iterable[tuple[str | None, Shape]]) -> Shape:
    """The object that has these members, or runs of members (without key); objects within objects are one template."""
    known = list(parts)
    members = [shape.template if key is None else f'"{key}":{shape.template}' for key, shape in known]
    return Shape(
        "{" + ",".join(members) + "}",
        tuple(column for _, shape in known for column in shape.columns),
    )


def text(value: str) -> Shape:
    """The same text in every row; a name of the schema's."""
    return Shape(f'"{value}"')


def one(column: Column) -> Shape:
    """A shape that is one column of JSON texts."""
    return Shape("%s", (column,))


def where_present(key: int, column: Column) -> Column:
    """Make the column for rows that have a value at ``key``; null stands for the others."""
    present = itemgetter(key)

    def some(rows: Sequence[Row], run: Any) -> Sequence[str]:
        here = [value is not None for value in map(present, rows)]
        if all(here):
            return column(rows, run)
        found = iter(column([row for row, is_here in zip(rows, here, strict=True) if is_here], run))
        return [next(found) if is_here else NULL for is_here in here]

    return some


def plain(at: int) -> Column:
    """The values as the driver gives them."""
    value = itemgetter(at)
    return lambda rows, _run: list(map(value, rows))


def value(cell: Value, vault: Vault, *, certain: bool) -> Shape:
    """A field. ``certain``: it has a value in every row."""
    at, item = cell.column, cell.field
    read, shown = itemgetter(at), _shown(cell.mask, cell.masked)
    if item.sealed:
        return one(_opened(cell, vault, shown))
    storage = item.type.storage if isinstance(item.type, Scalar) else "code"
    if shown is not None:
        return one(lambda rows, _run: [NULL if (v := row[at]) is None else quoted(shown(v, row)) for row in rows])
    if certain and storage in _PLAIN:
        return Shape('"%s"', (plain(at),))
    if certain and storage in _BARE:
        return Shape("%s", (plain(at),))
    if storage in _PLAIN:
        return one(lambda rows, _run: [NULL if v is None else f'"{v}"' for v in map(read, rows)])
    if storage == "timestamptz":
        return one(lambda rows, _run: [NULL if v is None else _moment(v) for v in map(read, rows)])
    spell = _spelling(item)
    return one(lambda rows, _run: [NULL if v is None else spell(v) for v in map(read, rows)])


def _opened(cell: Value, vault: Vault, shown: Callable[[str, Row], str] | None) -> Column:
    at, row_id, item = cell.column, cell.row_id, cell.field
    assert item.group is not None  # noqa: S101 - a sealed field names its group, or the hub does not start
    open_ = vault.opener(cell.table, item.column, item.group).open
    if shown is None:
        return lambda rows, _run: [
            NULL if (sealed := row[at]) is None else quoted(open_(row[row_id].bytes, sealed)) for row in rows
        ]
    return lambda rows, _run: [
        NULL if (sealed := row[at]) is None else quoted(shown(open_(row[row_id].bytes, sealed), row)) for row in rows
    ]


def _shown(mask: Mask | None, masked: bool | int) -> Callable[[str, Row], str] | None:  # noqa: FBT001 - as plans have it
    """Return what becomes of a text in its row; None if it is shown as it is."""
    if mask is None or masked is False:
        return None
    if masked is True:
        return lambda text, _row: mask(text)
    return lambda text, row: text if row[masked] else mask(text)


def _moment(text: str) -> str:
    """Spell a time as RFC 3339 does. ``text``: the server's, in UTC, with as many decimals as it needs."""
    if len(text) == _WHOLE_SECONDS:
        return f'"{text[:10]}T{text[11:19]}Z"'
    moment = ENDLESS.get(text) or datetime.fromisoformat(text)
    return f'"{moment.isoformat()[:-6]}Z"'


def _spelling(item: Field) -> Callable[[Any], str]:
    """Return the function from a value, as the driver gives it, to JSON."""
    match item.type.storage if isinstance(item.type, Scalar) else "text":
        case "integer" | "bigint":
            return str
        case "boolean":
            return BOOLEANS.__getitem__
        case _:
            return quoted
