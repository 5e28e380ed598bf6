"""Excel files as people make them: titles above the header, merged cells, totals below."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from hub.sources.errors import SourceShape, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

SEARCHED_ROWS = 20
"""The header is looked for in this many rows."""
DEEPEST_HEADER = 3

Cells = list[Any]


def read_sheets(path: Path, patterns: Sequence[str]) -> Iterator[tuple[str, list[Cells]]]:
    """Yield name and rows of the sheets that the patterns name, or of the only one with content.

    A sheet is held whole: it has at most 1,048,576 rows. Raises ``SourceUnreachable``; ``SourceShape`` where a pattern
    names no sheet with content, or where no pattern says which of several is meant.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        # Excel used to add empty sheets to every new workbook.
        filled = {
            name: sheet for name in workbook.sheet_names if _has_content(sheet := workbook.get_sheet_by_name(name))
        }
        for name in _chosen(path, list(filled), patterns):
            yield name, list(filled[name].to_python(skip_empty_area=False))
    except (CalamineError, OSError) as error:
        raise SourceUnreachable(f"The file {path.name} is not a readable Excel file: {type(error).__name__}.") from None


def _has_content(sheet: CalamineSheet) -> bool:
    return any(cell != "" for row in sheet.iter_rows() for cell in row)


def _chosen(path: Path, filled: Sequence[str], patterns: Sequence[str]) -> list[str]:
    there = ", ".join(filled) or "none with content"
    if not patterns and len(filled) > 1:
        raise SourceShape(f"{path.name} has several sheets ({there}): the mapping must say in sheets which to read.")
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in filled):
            raise SourceShape(f"{path.name} has no sheet {pattern} with content. There are: {there}.")
    return [name for name in filled if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)]


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
