"""Connections: what they are set to, and what a server that does not fit gets told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

import asyncpg
import pytest

from hub.store.pool import DatabaseUnreachable, ServerUnfit, open_pool

if TYPE_CHECKING:
    from hub.postgres import embedded


async def test_a_pool_takes_libpqs_and_sqlalchemys_urls(database_url: str) -> None:
    for url in (
        database_url,
        database_url.replace("postgresql://", "postgres://"),
        database_url.replace("postgresql://", "postgresql+asyncpg://"),
    ):
        async with await open_pool(url, size=2) as pool:
            assert await pool.fetchval("select 1") == 1


async def test_uuids_and_times_come_as_python_has_them(database_url: str) -> None:
    async with await open_pool(database_url) as pool:
        row = await pool.fetchrow("select gen_random_uuid(), now(), current_setting('timezone')")
    assert row is not None
    assert isinstance(row[0], uuid.UUID)
    assert row[1].tzinfo == dt.UTC
    assert row[2] == "UTC"


async def test_a_statement_that_takes_too_long_is_ended(database_url: str) -> None:
    async with await open_pool(database_url, statement_seconds=0.05) as pool:
        with pytest.raises(asyncpg.QueryCanceledError):
            await pool.execute("select pg_sleep(60)")
        assert await pool.fetchval("select 1") == 1


async def test_no_limit_is_a_choice(database_url: str) -> None:
    async with await open_pool(database_url, statement_seconds=0) as pool:
        assert await pool.fetchval("show statement_timeout") == "0"


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("postgresql://hub:planted-password@127.0.0.1:1/hub", "database 127.0.0.1/hub cannot be used"),
        ("postgresql://hub:planted-password@127.0.0.1:not-a-port/hub", "cannot be used"),
    ],
)
async def test_a_server_that_does_not_answer_is_named_without_the_password(broken: str, why: str) -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        await open_pool(broken)
    assert why in str(caught.value)
    assert "planted-password" not in str(caught.value)


async def test_a_wrong_password_is_told_apart_and_not_repeated(server: embedded.Server) -> None:
    password = server.url.split(":")[2].split("@")[0]
    with pytest.raises(DatabaseUnreachable, match="password authentication failed") as caught:
        await open_pool(server.url.replace(password, "planted-password"))
    assert "planted-password" not in str(caught.value)


async def test_a_database_that_is_not_utf8_is_refused(server: embedded.Server) -> None:
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute("create database latin encoding 'LATIN1' locale 'C' template template0")
    finally:
        await connection.close()
    with pytest.raises(ServerUnfit, match="encoding LATIN1"):
        await open_pool(server.url.rsplit("/", 1)[0] + "/latin")


async def test_a_server_that_is_too_old_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.pool.OLDEST_POSTGRESQL", 99)
    with pytest.raises(ServerUnfit, match="needs version 99 or newer"):
        await open_pool(database_url)
