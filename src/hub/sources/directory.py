"""Departments that hand over a directory of CSV and Excel files."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing
from itertools import islice
from typing import IO, TYPE_CHECKING

from hub.sources import lines, sheets
from hub.sources.errors import SourceBroken, SourceShape, SourceUnreachable
from hub.sources.rows import BATCH, Broken, Row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator, Sequence
    from pathlib import Path

    from hub.sources.rows import TableRef

EXCEL = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})


class DirectorySource:
    """The files of one directory. A table is all files that its pattern matches."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def missing(self, table: TableRef, columns: Sequence[str]) -> dict[str, str]:
        """Return the columns that a file's header lacks, each with the first such file."""
        return await asyncio.to_thread(self._missing, table, columns)

    def _missing(self, table: TableRef, columns: Sequence[str]) -> dict[str, str]:
        lacking: dict[str, str] = {}
        for path in self._files(table):
            for place, names in _names(path, table, columns):
                lacking = {column: place for column in columns if column not in names} | lacking
        return lacking

    async def rows(self, table: TableRef, columns: Sequence[str]) -> AsyncIterator[list[Row | Broken]]:
        """Yield the rows of all files, in the order of their names."""
        for path in await asyncio.to_thread(self._files, table):
            read = _excel if path.suffix.lower() in EXCEL else _csv
            with closing(read(path, table, columns)) as items:
                # Files are read beside the event loop, a batch at a time.
                while batch := await asyncio.to_thread(_take, items, path):
                    yield batch

    def _files(self, table: TableRef) -> list[Path]:
        pattern = table.files or f"{table.name}.*"
        found = sorted(path for path in self._directory.glob(pattern) if path.is_file())
        # Excel leaves lock files beside open workbooks.
        found = [path for path in found if not path.name.startswith(("~$", "."))]
        if not found:
            raise SourceShape(f"No file in the directory matches {pattern}.")
        return found


def _names(path: Path, table: TableRef, columns: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """Yield the names of the columns in a file, or in each sheet of a workbook, with the place for a message."""
    if path.suffix.lower() not in EXCEL:
        with _open(path, table.encoding) as stream:
            yield path.name, set(_header(lines.records(stream, path.name), path))
        return
    read = list(sheets.read_sheets(path, table.sheets))
    if not read:
        yield path.name, set()
    for sheet, rows in read:
        complete = sheets.find_header(rows, columns) is not None
        yield _place(path, sheet, read), set(columns) if complete else sheets.best_names(rows, columns)


def _place(path: Path, sheet: str, read: Sequence[object]) -> str:
    return path.name if len(read) == 1 else f"{path.name}, sheet {sheet},"


def _take(items: Iterator[Row | Broken], path: Path) -> list[Row | Broken]:
    try:
        return list(islice(items, BATCH))
    except (OSError, UnicodeError) as error:
        raise SourceBroken(f"Reading {path.name} stopped: {type(error).__name__}.") from None


def _open(path: Path, encoding: str) -> IO[str]:
    return path.open(encoding=lines.encoding_of(path, encoding), errors="surrogateescape", newline="")


def _header(found: Iterator[lines.Record | Broken], path: Path) -> list[str]:
    first = next(found, None)
    if not isinstance(first, lines.Record):
        raise SourceShape(f"{path.name} has no readable header line; is its encoding the one that the mapping names?")
    return first.cells


def _csv(path: Path, table: TableRef, columns: Sequence[str]) -> Generator[Row | Broken]:
    with _open(path, table.encoding) as stream:
        found = lines.records(stream, path.name)
        header = _header(found, path)
        if not set(columns) <= set(header):
            raise SourceShape(f"{path.name} lacks a column of the mapping.")
        order = [header.index(column) for column in columns]
        for record in found:
            if isinstance(record, Broken):
                yield record
            elif record.cells[0] in table.ignore:
                continue
            elif len(record.cells) != len(header):
                yield Broken(record.text, f"{path.name}, line {record.line}")
            else:
                yield Row(tuple([record.cells[index] for index in order]))


def _excel(path: Path, table: TableRef, columns: Sequence[str]) -> Generator[Row | Broken]:
    for sheet, rows in sheets.read_sheets(path, table.sheets):
        header = sheets.find_header(rows, columns)
        if header is None:
            raise SourceShape(f"{path.name}, sheet {sheet}, has no header with all columns of the mapping.")
        start, names = header
        order = [names.index(column) for column in columns]
        for row in sheets.data_rows(rows, start, table.ignore):
            yield Row(tuple([row[index] for index in order]))


@asynccontextmanager
async def open_directory(path: Path) -> AsyncIterator[DirectorySource]:
    """Check that the directory is there."""
    if not await asyncio.to_thread(path.is_dir):
        raise SourceUnreachable(f"There is no directory {path}.")
    yield DirectorySource(path)
