"""From a source's address to its adapter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from hub.sources.directory import open_directory
from hub.sources.errors import SourceUnreachable
from hub.sources.mariadb import open_mariadb
from hub.sources.postgresql import open_postgres
from hub.sources.sqlite import open_sqlite

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from hub.sources.rows import Source


def open_source(location: str | Path) -> AbstractAsyncContextManager[Source]:
    """Open a source by its address.

    ``postgresql://…``, ``mariadb://…`` or ``mysql://…``, ``sqlite:///path``, or the path of a directory of files
    or of an SQLite file. Raises ``SourceUnreachable``, whose message never repeats the address of a server.
    """
    text = str(location)
    scheme = text.partition("://")[0].partition("+")[0] if "://" in text else ""
    match scheme:
        case "postgresql" | "postgres":
            return open_postgres("postgresql://" + text.partition("://")[2])
        case "mariadb" | "mysql":
            return open_mariadb(text)
        case "sqlite":
            return open_sqlite(Path(unquote(text.partition("://")[2].removeprefix("/"))))
        case "file":
            return _path(Path(unquote(urlsplit(text).path)))
        case "":
            return _path(Path(text))
        case _:
            raise SourceUnreachable(f"A source is not opened by {scheme}: use postgresql, mariadb, sqlite or a path.")


def _path(path: Path) -> AbstractAsyncContextManager[Source]:
    return open_sqlite(path) if path.is_file() else open_directory(path)
