"""Fixtures for tests against real servers: a private MariaDB for the session, where its programs are installed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import asyncmy
import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_READY_WITHIN = 60.0


@pytest_asyncio.fixture(scope="session")
async def mariadb_url() -> AsyncIterator[str]:
    """URL of an empty MariaDB server of this session's own, on 127.0.0.1; the user may make databases."""
    server = shutil.which("mariadbd", path=_PATH) or shutil.which("mysqld", path=_PATH)
    install = shutil.which("mariadb-install-db", path=_PATH)
    if server is None or install is None:
        pytest.skip("no MariaDB here: install mariadb-server to run this test")
    home = Path(tempfile.mkdtemp(prefix="hub-mariadb-"))
    os.chmod(home, 0o711)  # noqa: PTH101, S103 - the server's own user must reach its directory below
    try:
        async with _running(server, install, home) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.asynccontextmanager
async def _running(server: str, install: str, home: Path) -> AsyncIterator[str]:
    data, password, port = home / "data", secrets.token_hex(16), _free_port()
    user = ["--user=mysql"] if os.geteuid() == 0 else []
    made = await asyncio.create_subprocess_exec(
        install,
        "--no-defaults",
        f"--datadir={data}",
        "--skip-test-db",
        "--auth-root-authentication-method=normal",
        *user,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await made.communicate()
    assert made.returncode == 0, output.decode(errors="replace")
    grants = data / "grants.sql"
    grants.write_text(
        f"CREATE USER hub@'%' IDENTIFIED BY '{password}';\nGRANT ALL ON *.* TO hub@'%' WITH GRANT OPTION;\n"
    )
    grants.chmod(0o644)
    with (home / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            server,
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={data / 's'}",
            f"--pid-file={data / 'pid'}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=64M",
            f"--init-file={grants}",
            *user,
            stdout=log,
            stderr=log,
        )
    try:
        await _ready(process, port, password, home / "log")
        yield f"mysql://hub:{password}@127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(process: asyncio.subprocess.Process, port: int, password: str, log: Path) -> None:
    async with asyncio.timeout(_READY_WITHIN):
        while True:
            assert process.returncode is None, f"MariaDB did not start; see {log}"
            try:
                connection = await asyncmy.connect(host="127.0.0.1", port=port, user="hub", password=password)
            except Exception:  # noqa: BLE001 - whatever it is, the server is not ready yet
                await asyncio.sleep(0.1)
            else:
                await connection.ensure_closed()
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
