"""What every adapter offers, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

BATCH = 1000
"""Rows that are read, and later loaded, together."""


class Row(NamedTuple):
    """A row: the values of the columns asked for, in that order, as the source's driver gives them."""

    values: tuple[Any, ...]


class Broken(NamedTuple):
    """A line that is not a row. ``text`` is the line as far as it could be read, ``place`` file and line."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class TableRef:
    """Which table to read. The other items say how, for files only.

    ``files``: pattern of the files that make up the table, within the source's directory. ``encoding``: of CSV
    files; a byte order mark overrules it. ``ignore``: first cells of lines that are no data, such as totals.
    ``sheets``: patterns of the names of a workbook's sheets; none will do where one sheet alone has content.
    """

    name: str
    files: str | None = None
    encoding: str = "utf-8"
    ignore: frozenset[str] = frozenset()
    sheets: tuple[str, ...] = ()


class Source(Protocol):
    """An open source. Everything is read in one snapshot where the database offers one."""

    async def missing(self, table: TableRef, columns: Sequence[str]) -> dict[str, str]:
        """Return which of the columns are not there, each with the table or file that lacks it.

        Raises ``SourceShape`` if there is no such table.
        """
        ...

    def rows(self, table: TableRef, columns: Sequence[str]) -> AsyncIterator[list[Row | Broken]]:
        """Yield the rows in lists of at most ``BATCH``; ``SourceBroken`` if reading stops in the middle."""
        ...
