"""The migrations make exactly the tables that the declarations derive."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

import hub
from hub.crypto import Keyring, open_vault
from hub.domain import CATALOGUE
from hub.postgres import embedded
from hub.store import catalogue_versions, ledger, migrate, processes, provenance, tables
from hub.store.audit import AuditRecord, decisions, verify
from hub.store.pool import DatabaseUnreachable
from hub.store.sequencer import Sequencer
from hub.store.tables import METADATA
from trial_department import WITH_CARDS

if TYPE_CHECKING:
    from sqlalchemy import Connection

# All that a database says about its tables; what Alembic's own comparison leaves out (collations, checks, triggers) is
# in here. Not the order of columns: a column that is added later stands last in the table, wherever it is declared.
PORTRAIT = {
    "columns": """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
               pg_get_expr(d.adbin, d.adrelid), l.collname, col_description(c.oid, a.attnum)
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        left join pg_collation l on l.oid = a.attcollation
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'alembic_version'
        order by 1, 2""",
    "tables": """
        select relname, relkind, relrowsecurity, obj_description(oid) from pg_class
        where relnamespace = 'public'::regnamespace and relname not like 'alembic_version%' order by 1""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'alembic_version'
        order by 1, 2""",
    "indexes": """
        select indexname, indexdef from pg_indexes
        where schemaname = 'public' and tablename <> 'alembic_version' order by 1""",
    "triggers": "select tgname, tgenabled, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1",
    "functions": """
        select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace order by 1""",
}


async def portrait(url: str) -> dict[str, list[tuple[object, ...]]]:
    connection = await asyncpg.connect(url)
    try:
        return {part: [tuple(row) for row in await connection.fetch(sql)] for part, sql in PORTRAIT.items()}
    finally:
        await connection.close()


@pytest_asyncio.fixture
async def empty_url(server: embedded.Server, request: pytest.FixtureRequest) -> str:
    return await embedded.create_database(server.url, f"m_{abs(hash(request.node.name))}")


@pytest_asyncio.fixture(scope="module")
async def derived(server: embedded.Server) -> dict[str, list[tuple[object, ...]]]:
    url = await embedded.create_database(server.url, "derived")
    await migrate._in_transaction(url, METADATA.create_all)
    return await portrait(url)


async def test_a_migrated_database_equals_the_derived_tables(
    migrated_url: str, derived: dict[str, list[tuple[object, ...]]]
) -> None:
    migrated = await portrait(migrated_url)
    for part in PORTRAIT:
        assert migrated[part] == derived[part], part
    assert {row[0] for row in derived["columns"]} == set(METADATA.tables)
    assert {
        ledger.AUDIT_RECORD.name,
        catalogue_versions.CATALOGUE_VERSION.name,
        processes.IDEMPOTENCY_KEY.name,
        provenance.CLAIM_WAITING.name,
    } < set(METADATA.tables)


async def test_alembic_finds_nothing_left_to_migrate(migrated_url: str) -> None:
    def compare(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, METADATA)

    assert await migrate._in_transaction(migrated_url, compare) == []


async def test_the_migration_of_a_new_entity_is_drafted_and_makes_its_table(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(migrate.directory(), tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "directory", lambda: tmp_path / "migrations")
    await migrate.upgrade(empty_url)
    before = await migrate.current(empty_url)
    assert await migrate.draft(empty_url, "nothing at all") is None

    declared = MetaData(naming_convention=METADATA.naming_convention)
    for table in METADATA.tables.values():
        if table.name not in {tables.TABLES[entity.name].name for entity in CATALOGUE}:
            table.to_metadata(declared)
    tables.derive(WITH_CARDS, declared)
    file = await migrate.draft(empty_url, "trial certificates", declared)

    assert file is not None
    assert file.name == f"{int(before or 0) + 1:04}_trial_certificates.py"
    await migrate.upgrade(empty_url)
    assert await migrate.draft(empty_url, "nothing more", declared) is None
    await migrate.downgrade(empty_url, before or "base")
    file.unlink()
    assert await migrate.draft(empty_url, "nothing at all") is None


async def test_up_down_and_up_again_ends_where_up_ends(
    empty_url: str, derived: dict[str, list[tuple[object, ...]]]
) -> None:
    await migrate.upgrade(empty_url)
    await migrate.downgrade(empty_url, "base")
    assert await migrate.current(empty_url) is None
    assert all(rows == [] for rows in (await portrait(empty_url)).values())
    await migrate.upgrade(empty_url)
    assert await portrait(empty_url) == derived


async def test_an_upgrade_done_before_changes_nothing(empty_url: str) -> None:
    first = await migrate.upgrade(empty_url)
    assert first is not None
    assert await migrate.upgrade(empty_url) == first
    assert await migrate.current(empty_url) == first


async def test_of_two_hubs_that_start_at_once_one_migrates(empty_url: str) -> None:
    revisions = await asyncio.gather(*(migrate.upgrade(empty_url) for _ in range(4)))
    assert len(set(revisions)) == 1


async def test_two_processes_that_start_at_once_both_succeed(empty_url: str) -> None:
    code = "import asyncio, sys; from hub.store import migrate; print(asyncio.run(migrate.upgrade(sys.argv[1])))"
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, empty_url, stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    said = [(await process.communicate())[0].decode().strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert said == [await migrate.current(empty_url)] * 2


async def test_the_installed_package_carries_its_migrations(empty_url: str, tmp_path: Path) -> None:
    source = Path(hub.__file__).parent
    shutil.copytree(source, tmp_path / "hub", ignore=shutil.ignore_patterns("__pycache__"))
    # As the wheel has it: pyproject.toml, force-include.
    shutil.copytree(source.parents[1] / "migrations", tmp_path / "hub" / "_migrations")
    code = (
        "import asyncio, sys; from hub.store import migrate; "
        "print(migrate.directory()); asyncio.run(migrate.upgrade(sys.argv[1]))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, empty_url,
        stdout=asyncio.subprocess.PIPE, cwd="/", env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0
    assert said.decode().strip() == str(tmp_path / "hub" / "_migrations")
    assert await migrate.current(empty_url) is not None


async def test_a_failed_upgrade_leaves_nothing_behind(empty_url: str) -> None:
    connection = await asyncpg.connect(empty_url)
    try:
        # In the way of the last but not of the first tables.
        await connection.execute("create table recipient (note text)")
        with pytest.raises(migrate.MigrationFailed):
            await migrate.upgrade(empty_url)
        assert await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 1
    finally:
        await connection.close()


async def test_the_database_of_a_newer_hub_is_refused(empty_url: str) -> None:
    await migrate.upgrade(empty_url)
    connection = await asyncpg.connect(empty_url)
    try:
        await connection.execute("update alembic_version set version_num = '9999'")
    finally:
        await connection.close()
    with pytest.raises(migrate.MigrationFailed, match="newer hub"):
        await migrate.upgrade(empty_url)


async def test_an_unreachable_database_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachable, match=r"database 127\.0\.0\.1/nowhere") as caught:
        await migrate.upgrade("postgresql://hub:planted-password@127.0.0.1:1/nowhere")
    assert "planted-password" not in str(caught.value)


async def test_a_chain_of_an_earlier_version_holds_when_its_tokens_are_joined(empty_url: str) -> None:
    await migrate.upgrade(empty_url)
    mac = (await open_vault(Keyring.generate(), [])).mac("audit chain")
    async with asyncpg.create_pool(empty_url, min_size=1) as pool:
        sequencer = Sequencer(pool, mac)
        for people in (0, 1, 100):
            await sequencer.append(record(people))
        await sequencer.close()
    stored = "SELECT seq, literals, subjects FROM audit_record ORDER BY seq"
    before = await rows_of(empty_url, stored)
    await migrate.downgrade(empty_url, "0001")
    for (_, literals, subjects), row in zip(before, await rows_of(empty_url, stored), strict=True):
        assert (b"".join(row["literals"]), b"".join(row["subjects"])) == (literals, subjects)
        assert {len(token) for token in (*row["literals"], *row["subjects"])} <= {16}
    await migrate.upgrade(empty_url)
    assert await rows_of(empty_url, stored) == before
    connection = await asyncpg.connect(empty_url)
    try:
        verdict = await verify(connection, mac)
        assert (verdict.records, verdict.fault) == (3, None)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute("truncate audit_record")
    finally:
        await connection.close()


def record(people: int) -> AuditRecord:
    return AuditRecord(
        at=datetime(2026, 1, 1, tzinfo=UTC), request_id="r", partner_id=None, purpose=None, action="query",
        operation=None, fields=decisions({}), literals=os.urandom(16), subjects=os.urandom(16 * people), rows=people,
        policy=None, outcome="answered",
    )  # fmt: skip


async def rows_of(url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("audit_record", "outcome"),
        *((tables.TABLES[f"{each.name}Step"].name, "partner") for each in CATALOGUE if each.process is not None),
    ],
)
async def test_audit_and_histories_refuse_change_and_removal(migrated_url: str, table: str, column: str) -> None:
    connection = await asyncpg.connect(migrated_url)
    try:
        for statement in (
            f"update {table} set {column} = 'x'",
            f"delete from {table}",
            f"truncate {table}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await connection.execute(statement)
    finally:
        await connection.close()
