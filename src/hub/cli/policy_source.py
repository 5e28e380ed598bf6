"""Where policies are read from by commands: a directory, a bundle, or a git revision."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from hub.crypto import Envelope
from hub.errors import SettingsError
from hub.policy.packed import Packed, is_packed_name, pack, read_packed
from hub.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE_HELP = "Directory, bundle or git revision; default schema/policies"


def packed_from(where: str | None) -> Packed:
    """Read policies with their cases; nothing of them is checked yet.

    A revision has the directory of the policies as git has it: ``HEAD~1``, or ``HEAD~1:other/directory``. Raises
    ``SettingsError`` where there is nothing, and as ``pack`` and ``read_packed`` do.
    """
    path = Settings.load().schema_directory / "policies" if where is None else Path(where)
    if path.is_dir():
        return pack(path, 1)
    if path.is_file():
        return read_packed(Envelope.parse(path.read_bytes()).payload)
    return _from_git(str(where))


def _from_git(where: str) -> Packed:
    revision, _, given = where.partition(":")
    home = Path(given) if given else Settings.load().schema_directory / "policies"
    home = home if home.is_dir() else Path.cwd()
    below = given if given and not Path(given).is_dir() else "."
    listed = _git(home, ["ls-tree", "-r", "--name-only", "--end-of-options", revision, f"{below}/"])
    if listed is None:
        raise SettingsError(f"{where} is no directory, no bundle, and no git revision that has policies.")
    files = {}
    for line in listed.splitlines():
        name = Path(line).relative_to(below).as_posix()
        if is_packed_name(name):
            files[name] = _git(home, ["show", "--end-of-options", f"{revision}:./{line}"]) or ""
    if not files:
        raise SettingsError(f"{where} has no policies.")
    return Packed(version=1, files=files)


def _git(home: Path, arguments: Sequence[str]) -> str | None:
    done = subprocess.run(  # noqa: S603 - what is given stands behind --end-of-options
        ["git", *arguments],  # noqa: S607 - found on PATH, as a person would
        cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout if done.returncode == 0 else None
