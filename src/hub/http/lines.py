"""Rows as lines, NDJSON or CSV, with a digest of what was written: what ``POST /export`` sends.

NDJSON: ``{"head": …}``, then ``{"row": …}`` for each row, after each page ``{"checkpoint": …}``, at last
``{"end": …}``, or ``{"error": …}`` where it broke off. Its digest is that of the row lines.

CSV: the names of the columns, a line for each row, at last one line that begins with ``#`` and has what NDJSON's
head, end or error line has. No other line begins so, because every text is in quotes. Its digest is that of all
that stands above the last line. Absent values are empty, empty texts are ``""``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BOM: Final = b"\xef\xbb\xbf"
"""Tells a spreadsheet that a file is UTF-8."""
_FORMULA: Final = re.compile(r"[=+\-@＝＋－＠\t\r\n']")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Lines(Protocol):
    """One export being written. ``rows`` counts, ``digest`` sums up what was written so far."""

    media_type: str
    rows: int

    def head(self, about: Mapping[str, Any]) -> bytes:
        """What stands before the first row."""

    def page(self, rows: Sequence[Any]) -> bytes:
        """The rows of a page."""

    def checkpoint(self, cursor: str | None) -> bytes:
        """What stands between pages."""

    def end(self, cursor: str | None) -> bytes:
        """What stands after the last row of a whole export."""

    def error(self, error: Mapping[str, Any]) -> bytes:
        """What stands where an export broke off."""


@dataclass(slots=True)
class Ndjson:
    """One JSON object a line."""

    media_type: str = "application/x-ndjson; charset=utf-8"
    rows: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def head(self, about: Mapping[str, Any]) -> bytes:
        """What the rows are, and what of them was masked or withheld."""
        return _line("head", about)

    def page(self, rows: Sequence[Any]) -> bytes:
        """One line a row."""
        text = b"".join([_line("row", row) for row in rows])
        self._digest.update(text)
        self.rows += len(rows)
        return text

    def checkpoint(self, cursor: str | None) -> bytes:
        """Where a later request goes on, and how to prove that all above is whole."""
        return _line("checkpoint", self._state(cursor))

    def end(self, cursor: str | None) -> bytes:
        """As a checkpoint; without this line the export is not whole."""
        return _line("end", self._state(cursor))

    def error(self, error: Mapping[str, Any]) -> bytes:
        """What went wrong, and where a later request goes on."""
        return _line("error", error)

    def _state(self, cursor: str | None) -> dict[str, Any]:
        return {"rows": self.rows, "digest": f"sha256:{self._digest.hexdigest()}", "cursor": cursor}


@dataclass(slots=True)
class Csv:
    """Comma-separated values as RFC 4180 describes them, safe to open in a spreadsheet.

    ``columns``: the keys that lead to each cell. ``bom``: begin with a byte order mark.
    """

    columns: Sequence[Sequence[str]]
    bom: bool = False
    media_type: str = "text/csv; charset=utf-8; header=present"
    rows: int = 0
    _about: Mapping[str, Any] = field(default_factory=dict)
    _digest: Any = field(default_factory=hashlib.sha256)

    def head(self, about: Mapping[str, Any]) -> bytes:
        """The names of the columns: the keys joined by dots. What was withheld stands in the last line."""
        self._about = about
        text = (
            BOM if self.bom else b""
        ) + f"{','.join(csv_cell('.'.join(path)) for path in self.columns)}\r\n".encode()
        self._digest.update(text)
        return text

    def page(self, rows: Sequence[Any]) -> bytes:
        """One record a row."""
        text = "".join(
            [f"{','.join([csv_cell(_at(row, path)) for path in self.columns])}\r\n" for row in rows]
        ).encode()
        self._digest.update(text)
        self.rows += len(rows)
        return text

    def checkpoint(self, _cursor: str | None) -> bytes:
        """Nothing: a spreadsheet would take it for a row."""
        return b""

    def end(self, cursor: str | None) -> bytes:
        """Count, digest and cursor; without this line the export is not whole."""
        state = {"rows": self.rows, "digest": f"sha256:{self._digest.hexdigest()}", "cursor": cursor, **self._about}
        return b"# " + orjson.dumps({"end": state}) + b"\r\n"

    def error(self, error: Mapping[str, Any]) -> bytes:
        """What went wrong, and where a later request goes on."""
        return b"# " + orjson.dumps({"error": error}) + b"\r\n"


def _line(kind: str, content: Any) -> bytes:
    return orjson.dumps({kind: content}, option=orjson.OPT_APPEND_NEWLINE)


def _at(row: Any, path: Sequence[str]) -> Any:
    for key in path:
        if row is None:
            return None
        row = row[key]
    return row


def guarded(text: str) -> str:
    """The text, guarded where a spreadsheet would take it for a formula.

    The guard is an apostrophe before the first character, as OWASP recommends against CSV injection. A text that
    begins with an apostrophe is given another, so taking one away always yields the value.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def csv_cell(value: Any) -> str:
    """One cell of CSV. Texts are in quotes, and guarded."""
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    text = f"{value}"
    if not isinstance(value, str):
        return text
    return '"' + guarded(text).replace('"', '""') + '"'
