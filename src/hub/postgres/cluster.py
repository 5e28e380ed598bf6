"""The directory of an embedded PostgreSQL: who owns it, whose rights it has, what it is made of.

All functions here work on files and return at once; `embedded` puts them in order.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import HubError
from hub.postgres import launch

if TYPE_CHECKING:
    from hub.postgres.binaries import Binaries

USER = "hub"


class HomeInUse(HubError):
    """Another hub runs on this home."""

    code = "HUB-911"


class HomeUnusable(HubError):
    """The home cannot hold a database: wrong rights, or a part of it is missing."""

    code = "HUB-912"


@dataclass(frozen=True, slots=True)
class NewCluster:
    """A cluster in the making: ``program`` makes it inside ``work``, then `keep` moves it into its place."""

    work: Path
    program: list[str]


def base_of(home: Path) -> Path:
    """Give the directory of the embedded server under the hub's home."""
    return home.absolute() / "postgres"


def lock(base: Path) -> int:
    """Take ``base`` for this process and give the descriptor that holds it; make the directory if needed.

    The kernel releases the lock at the process's death, so a killed hub leaves nothing to clean up.
    Raises HomeInUse, naming the other process; HomeUnusable.
    """
    try:
        base.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        base.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(base / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise HomeUnusable(f"{base} cannot be used: {error.strerror}. Choose another home") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
        os.close(descriptor)
        raise HomeInUse(
            f"another hub (process {owner}) runs on {base.parent}. Stop it, or choose another home"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def identity() -> launch.Identity:
    """Give the identity that a server of this process can have.

    PostgreSQL refuses to be root, and a user without an entry in the user database, as some container
    platforms make them up.
    """
    root = os.geteuid() == 0
    if not root and launch.is_known(os.geteuid()):
        return "same"
    probe = launch.command("mapped", signal.SIGKILL, ["/bin/true"])
    mapped = subprocess.run(probe, capture_output=True, check=False)  # noqa: S603 - the command is built here
    if mapped.returncode == 0:
        return "mapped"
    return "nobody" if root else "same"


def major_of(data: Path) -> int | None:
    """Give the major version that made ``data``, None where there is no data yet."""
    if not data.exists():
        return None
    try:
        return int((data / "PG_VERSION").read_text())
    except (OSError, ValueError):
        raise HomeUnusable(
            f"{data} is no PostgreSQL data directory: its PG_VERSION cannot be read. Restore it from a backup, "
            "or move it away to start with an empty database"
        ) from None


def prepare(base: Path, binaries: Binaries, identity: launch.Identity) -> None:
    """Check that these programs under this identity can serve the data, and set the owners right.

    Raises HomeUnusable.
    """
    data = base / "data"
    made_by = major_of(data)
    if made_by not in (None, binaries.major):
        raise HomeUnusable(
            f"{data} was made by PostgreSQL {made_by}, and {binaries.directory} is version {binaries.major}. "
            f"Use version {made_by}, or dump the data with it and load it with the new one"
        )
    if identity == "nobody":
        _open_to_nobody(base, binaries)
    if made_by is not None:
        password(base)
        _own(data, identity)


def begin(base: Path, binaries: Binaries, identity: launch.Identity) -> NewCluster:
    """Begin a new cluster with a random password, beside the place where it will be."""
    for leftover in base.glob("new-*"):
        shutil.rmtree(leftover)
    work = Path(tempfile.mkdtemp(prefix="new-", dir=base))
    secret = work / "password"
    secret.touch(mode=0o600)
    secret.write_text(secrets.token_urlsafe(32))
    for path in (work, secret):
        os.chown(path, *_owner(identity))
    program = [
        str(binaries.directory / "initdb"), "-D", str(work / "data"), "-U", USER, "-E", "UTF8",
        "--locale=C.UTF-8", "-A", "scram-sha-256", f"--pwfile={secret}",
    ]  # fmt: skip
    return NewCluster(work, program)


def keep(made: NewCluster) -> None:
    """Move a finished cluster into its place; the data last, so that a start killed here begins anew."""
    base = made.work.parent
    secret = made.work / "password"
    os.chown(secret, os.geteuid(), os.getegid())
    secret.rename(base / "password")
    (made.work / "data").rename(base / "data")
    made.work.rmdir()


def discard(made: NewCluster) -> None:
    """Remove a cluster that could not be made."""
    shutil.rmtree(made.work, ignore_errors=True)


def password(base: Path) -> str:
    """Read the server's password. Raises HomeUnusable where it is missing."""
    try:
        return (base / "password").read_text().strip()
    except OSError:
        raise HomeUnusable(
            f"{base / 'password'} cannot be read, so {base / 'data'} cannot be opened. Restore the file, or "
            f"move {base} away to start with an empty database"
        ) from None


def _owner(identity: launch.Identity) -> tuple[int, int]:
    return launch.stand_in() if identity == "nobody" else (os.geteuid(), os.getegid())


def _open_to_nobody(base: Path, binaries: Binaries) -> None:
    # Passing through is enough: the directories of the hub stay unreadable to others.
    for directory in (base.parent, base):
        directory.chmod(directory.stat().st_mode | 0o011)
    for end in (base, binaries.directory.resolve()):
        for directory in (end, *end.parents):
            if not directory.stat().st_mode & 0o001:
                raise HomeUnusable(
                    "PostgreSQL does not run as root, this kernel allows no user namespaces, and the user "
                    f"nobody may not enter {directory}. Run the hub as an ordinary user, or move it elsewhere"
                )


def _own(data: Path, identity: launch.Identity) -> None:
    owner = _owner(identity)
    if data.stat().st_uid == owner[0]:
        return
    try:
        # Bottom up: the top changes last, so that an interrupted walk is repeated at the next start.
        for directory, _, names in os.walk(data, topdown=False):
            for path in (*(f"{directory}/{name}" for name in names), directory):
                os.chown(path, *owner, follow_symlinks=False)
    except PermissionError:
        raise HomeUnusable(f"{data} belongs to another user. Run the hub as that user, or change the owner") from None
