"""Excel files as people make them: titles above the header, merged cells, totals below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from python_calamine import CalamineError, CalamineWorkbook

from hub.sources.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

SEARCHED_ROWS = 20
"""The header is looked for in this many rows."""
DEEPEST_HEADER = 3

Cells = list[Any]


def read_rows(path: Path) -> list[Cells]:
    """Return the first sheet's rows. A sheet is held whole: it has at most 1,048,576 rows.

    Raises ``SourceUnreachable``.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        return list(workbook.get_sheet_by_index(0).to_python(skip_empty_area=False))
    except (CalamineError, OSError, IndexError) as error:
        raise SourceUnreachable(f"The file {path.name} is not a readable Excel file: {type(error).__name__}.") from None


def find_header(rows: Sequence[Cells], wanted: Iterable[str]) -> tuple[int, list[str]] | None:
    """Return the number of rows up to the header's end, and the name of each column.

    The header is the first block of up to three rows that names every column wanted. In a block, a column is
    named by its lowest cell that is not empty: a merged cell's text stands in its upper left cell, and a
    group's label stands above the names of its columns.
    """
    needed = set(wanted)
    for end in range(1, min(len(rows), SEARCHED_ROWS) + 1):
        for depth in range(1, min(DEEPEST_HEADER, end) + 1):
            names = _names(rows[end - depth : end])
            if needed <= set(names):
                return end, names
    return None


def best_names(rows: Sequence[Cells], wanted: Iterable[str]) -> set[str]:
    """Return the names in the likeliest header of a sheet that has no complete one; for a message."""
    needed = set(wanted)
    blocks = (
        set(_names(rows[end - depth : end]))
        for end in range(1, min(len(rows), SEARCHED_ROWS) + 1)
        for depth in range(1, min(DEEPEST_HEADER, end) + 1)
    )
    return max(blocks, key=lambda names: len(names & needed), default=set())


def _names(block: Sequence[Cells]) -> list[str]:
    width = max(map(len, block))
    columns = ([row[index] if index < len(row) else "" for row in reversed(block)] for index in range(width))
    return [next((str(cell).strip() for cell in column if str(cell).strip()), "") for column in columns]


def data_rows(rows: Sequence[Cells], start: int, ignore: frozenset[str]) -> Iterator[Cells]:
    """Yield what stands below the header and is neither empty nor a line of totals."""
    for row in rows[start:]:
        if any(cell != "" for cell in row) and str(row[0]).strip() not in ignore:
            yield row
