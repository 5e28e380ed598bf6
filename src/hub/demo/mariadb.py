"""A private MariaDB for the social-security department, where its programs are installed.

It listens on the loopback address only, keeps its data below the demo's home, and ends with the hub.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import asyncmy
import asyncmy.errors
import orjson

from hub.errors import HubError
from hub.postgres import launch
from hub.settings import write_private

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_READY_WITHIN: Final = 60.0


class MariaDbFailed(HubError):
    """The private MariaDB did not start."""

    code = "HUB-917"


def installed() -> tuple[str, str] | None:
    """Return the paths of server and installer, None where MariaDB is not installed."""
    server = shutil.which("mariadbd", path=_PATH)
    install = shutil.which("mariadb-install-db", path=_PATH)
    return (server, install) if server and install else None


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[str]:
    """Run a server on ``home`` and give its URL; port and password stay the same from one run to the next.

    Raises ``MariaDbFailed`` where it is not installed or does not start.
    """
    programs = installed()
    if programs is None:
        raise MariaDbFailed("MariaDB is not installed: apt install mariadb-server")
    server, install = programs
    data, port, password = await asyncio.to_thread(_prepare, home, install)
    with (home / "log").open("ab") as log:
        arguments = [
            server, "--no-defaults", f"--datadir={data}", f"--socket={data / 's'}", f"--pid-file={data / 'pid'}",
            f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-buffer-pool-size=64M",
            f"--init-file={home / 'grants.sql'}", *_user(),
        ]  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *launch.command("same", signal.SIGTERM, arguments), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        await _ready(process, port, password, home / "log")
        yield f"mysql://hub:{password}@127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _user() -> list[str]:
    # Another user would lose the wish to end with the hub: the kernel clears it at a change of identity.
    return ["--user=root"] if os.geteuid() == 0 else []


def _prepare(home: Path, install: str) -> tuple[Path, int, str]:
    data, settings = home / "data", home / "server.json"
    if settings.exists():
        known = orjson.loads(settings.read_bytes())
        return data, known["port"], known["password"]
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, mode=0o700)
    command = [
        install, "--no-defaults", f"--datadir={data}", "--skip-test-db", "--auth-root-authentication-method=normal",
        *_user(),
    ]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the command is ours
    if made.returncode != 0:
        raise MariaDbFailed(f"mariadb-install-db failed: {(made.stderr or made.stdout).strip()[-300:]}")
    password = secrets.token_hex(16)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    grants = (
        f"CREATE USER IF NOT EXISTS hub@'%' IDENTIFIED BY '{password}';\n"
        "GRANT ALL ON *.* TO hub@'%' WITH GRANT OPTION;\nDELETE FROM mysql.global_priv WHERE User = 'root';\n"
        "FLUSH PRIVILEGES;\n"
    )
    write_private(home / "grants.sql", grants.encode())
    write_private(settings, orjson.dumps({"port": port, "password": password}))
    return data, port, password


async def _ready(process: asyncio.subprocess.Process, port: int, password: str, log: Path) -> None:
    for _ in range(int(_READY_WITHIN * 10)):
        if process.returncode is not None:
            break
        try:
            connection = await asyncmy.connect(host="127.0.0.1", port=port, user="hub", password=password)
        except (asyncmy.errors.MySQLError, OSError):
            await asyncio.sleep(0.1)
        else:
            await connection.ensure_closed()
            return
    raise MariaDbFailed(f"MariaDB did not start; its log is {log}.")
