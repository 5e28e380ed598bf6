"""CSV as departments export it: read to the end, whatever stands in the middle."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from typing import IO, TYPE_CHECKING, NamedTuple

from hub.sources.rows import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_RECORD = 50
"""Lines that one quoted cell may span. A stray quote would otherwise swallow the rest of the file."""


class Record(NamedTuple):
    """A line that reads as CSV, with the number of its first line."""

    cells: list[str]
    text: str
    line: int


def records(stream: IO[str], file: str) -> Iterator[Record | Broken]:
    """Yield every line of a CSV stream as cells, or as ``Broken`` where it does not read as CSV.

    A record over several lines counts only with as many cells as the first record, the header, has.

    Open ``stream`` with ``errors="surrogateescape"`` and ``newline=""``: a line with bytes that are not in the
    encoding is broken, and only that line.
    """
    lines = enumerate(stream, start=1)
    waiting: deque[tuple[int, str]] = deque()
    width: int | None = None
    while True:
        first = waiting.popleft() if waiting else next(lines, None)
        if first is None:
            return
        number, text = first
        joined = [first]
        while _open(text) and len(joined) < LONGEST_RECORD:
            more = waiting.popleft() if waiting else next(lines, None)
            if more is None:
                break
            joined.append(more)
            text += more[1]
        cells = None if _open(text) else _cells(text)
        if len(joined) > 1 and (cells is None or width not in (None, len(cells))):
            # The quote was a stray one: only its own line is lost, not those up to the next stray quote.
            waiting.extendleft(reversed(joined[1:]))
            cells, text = None, first[1]
        if cells is None:
            yield Broken(_shown(text), f"{file}, line {number}")
        elif any(cells):
            width = width or len(cells)
            yield Record(cells, _shown(text), number)


def _shown(text: str) -> str:
    """Return a line as it can be stored: bytes that are not in its encoding become U+FFFD."""
    return text.rstrip("\r\n").encode(errors="surrogateescape").decode(errors="replace")


def _open(text: str) -> bool:
    return text.count('"') % 2 == 1


def _cells(text: str) -> list[str] | None:
    """Return the cells of one record; None where it is not CSV or not in its encoding."""
    try:
        text.encode()
        parsed = list(csv.reader([text], strict=True))
    except (csv.Error, UnicodeEncodeError):
        return None
    return [cell.strip() for cell in parsed[0]] if len(parsed) == 1 else [] if not parsed else None


def encoding_of(path: Path, declared: str) -> str:
    """Return the encoding of a file: what its byte order mark says, else what the mapping declares."""
    with path.open("rb") as file:
        start = file.read(3)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # GBK as it is written is what GB 18030 contains and Python's "gbk" lacks in places.
    return "gb18030" if declared.lower() in {"gbk", "gb2312"} else declared
