"""Write sample rows into the files that departments hand over: CSV in GBK, CSV with a BOM, Excel with titles."""

from __future__ import annotations

import csv
from datetime import date
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from openpyxl import Workbook

from hub.demo import words
from hub.demo.tables import CutShort

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from hub.demo.tables import SampleRow, SampleTable

_AREA: Final = "面积(㎡)"
_ID: Final = "证件号码"
_DATE: Final = "登记时间"
_OWNER: Final = ("权利人", _ID)


class Export(Protocol):
    """A file that takes rows in the order of the table's columns."""

    def write(self, rows: Iterable[SampleRow]) -> None:
        """Append the rows."""

    def close(self) -> None:
        """Finish the file."""


class CsvExport:
    """A CSV file; ``order`` says in which order its columns stand."""

    def __init__(self, file: Path, names: Sequence[str], order: Sequence[int], encoding: str) -> None:
        self._stream: IO[str] = file.open("w", encoding=encoding, newline="")
        self._writer = csv.writer(self._stream)
        self._order = order
        self._writer.writerow([names[index] for index in order])

    def write(self, rows: Iterable[SampleRow]) -> None:
        """Append the rows; one that is cut short ends in the middle of its third value."""
        for row in rows:
            cells = [row[index] for index in self._order]
            if isinstance(row, CutShort):
                cells = [*cells[:2], str(cells[2])[:9]]
            self._writer.writerow(cells)

    def close(self) -> None:
        """Finish the file."""
        self._stream.close()


class ExcelExport:
    """An Excel file with title rows above the header and a totals row below the data.

    With ``grouped`` the header takes two rows: the two columns about the owner share a label above their
    names, the names of all others are merged downwards.
    """

    def __init__(self, file: Path, title: str, names: Sequence[str], order: Sequence[int], *, grouped: bool) -> None:
        self._file = file
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("导出")
        self._names = [names[index] for index in order]
        self._order = order
        self._total = 0.0
        self._rows = 0
        self._titles(title, three=grouped)
        self._header(grouped=grouped)

    def _titles(self, title: str, *, three: bool) -> None:
        lines = [title, f"导出日期：{words.AS_OF:%Y-%m-%d}"] + (["内部资料  注意保管"] if three else [])
        for line in lines:
            self._append([line])
            self._merge(self._rows, 1, self._rows, len(self._names))

    def _header(self, *, grouped: bool) -> None:
        if not grouped:
            self._append(self._names)
            return
        upper = ["权利人信息" if name in _OWNER else name for name in self._names]
        first = min(self._names.index(name) for name in _OWNER)
        upper[first + 1] = ""
        self._append(upper)
        self._append([name if name in _OWNER else None for name in self._names])
        self._merge(self._rows - 1, first + 1, self._rows - 1, first + 2)
        for column, name in enumerate(self._names, start=1):
            if name not in _OWNER:
                self._merge(self._rows - 1, column, self._rows, column)

    def write(self, rows: Iterable[SampleRow]) -> None:
        """Append the rows; areas become numbers, some dates real dates, rounded ID numbers floats."""
        for row in rows:
            cells = [self._cell(self._names[at], row[index]) for at, index in enumerate(self._order)]
            self._total += cells[self._names.index(_AREA)]
            self._append(cells)

    def _cell(self, name: str, value: Any) -> Any:
        if name == _AREA:
            return float(value)
        if name == _ID and value and value.endswith("E+17"):
            return float(value)
        if name == _DATE and "-" in value:
            return date.fromisoformat(value)
        return value

    def close(self) -> None:
        """Write the totals row and save the file."""
        self._append([])
        totals: list[Any] = [None] * len(self._names)
        totals[0] = "合计"
        totals[self._names.index(_AREA)] = round(self._total, 2)
        self._append(totals)
        self._book.save(self._file)

    def _append(self, cells: Sequence[Any]) -> None:
        self._rows += 1
        self._sheet.append(cells)

    def _merge(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        self._sheet.merged_cells.add(f"{_letter(first_column)}{first_row}:{_letter(last_column)}{last_row}")


def _letter(column: int) -> str:
    return "ABCDEFGHIJ"[column - 1]


# How the columns of a county's export are ordered; the two about the owner stay together.
_ORDERS: Final = ((0, 1, 2, 3, 4, 5, 6), (1, 2, 0, 3, 5, 4, 6), (0, 3, 4, 5, 1, 2, 6), (6, 0, 1, 2, 3, 4, 5))


def real_estate(directory: Path, tables: Sequence[SampleTable]) -> dict[SampleTable, Export]:
    """Open one file a county: CSV in GBK or Excel, in different orders of columns."""
    directory.mkdir(parents=True, exist_ok=True)
    opened: dict[SampleTable, Export] = {}
    kinds = {"csv": 0, "xlsx": 0}
    for table in tables:
        kind = table.file.rpartition(".")[2]
        turn = kinds[kind]
        kinds[kind] += 1
        file, order = directory / table.file, _ORDERS[turn % len(_ORDERS)]
        if kind == "csv":
            opened[table] = CsvExport(file, table.names, order, "gbk")
        else:
            # The totals row is found by its first cell, so the first column must not be a date there.
            order = _ORDERS[turn % (len(_ORDERS) - 1)]
            title = f"双鸭山市{file.stem.rpartition('_')[2]}不动产登记信息"
            opened[table] = ExcelExport(file, title, table.names, order, grouped=turn % 2 == 1)
    return opened


def charity(directory: Path, tables: Sequence[SampleTable]) -> dict[SampleTable, Export]:
    """Open the CSV files of the charity federation; the one of the services starts with a BOM."""
    directory.mkdir(parents=True, exist_ok=True)
    return {
        table: CsvExport(
            directory / table.file,
            table.names,
            range(len(table.columns)),
            "utf-8-sig" if table.name == "service" else "utf-8",
        )
        for table in tables
    }
