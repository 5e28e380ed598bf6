"""The audit in a real database: groups, several writers, what tampering leaves, what failure refuses."""

from __future__ import annotations

import asyncio
import contextlib
import os
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import postgresql

from hub.crypto import Keyring, open_vault
from hub.store.agreements import GRANT_EPOCH, PARTNER_GRANT_EPOCH, grants_changed
from hub.store.audit import AuditRecord, Head, decisions, head, verify
from hub.store.installations import POLICY_INSTALLATION
from hub.store.ledger import AUDIT_RECORD, METADATA
from hub.store.sequencer import AuditUnavailable, Recorded, Sequencer

AT = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))
FIELDS = decisions({"Recipient.person.idNumber": "masked", "Recipient.category": "plain"})


def record(number=0):
    return AuditRecord(
        at=AT,
        request_id=f"r-{number}",
        partner_id=UUID(int=7),
        purpose="assistance-review",
        action="query",
        operation=bytes(32),
        fields=FIELDS,
        literals=os.urandom(16),
        subjects=os.urandom(32),
        rows=2,
        policy=bytes(32),
        outcome="answered",
        member=os.urandom(16),
    )


def statements(method):
    made = []
    engine = create_mock_engine(
        "postgresql://", lambda ddl, *_, **__: made.append(str(ddl.compile(dialect=postgresql.dialect())))
    )
    method(engine, [AUDIT_RECORD, GRANT_EPOCH, PARTNER_GRANT_EPOCH, POLICY_INSTALLATION], checkfirst=False)
    return made


@pytest_asyncio.fixture
async def pool(database_url):
    async with asyncpg.create_pool(database_url, min_size=1, max_size=6) as opened:
        for statement in statements(METADATA.create_all):
            await opened.execute(statement)
        await opened.execute("INSERT INTO grant_epoch VALUES (true, 7)")
        yield opened
        for statement in statements(METADATA.drop_all):
            await opened.execute(statement)


@pytest.fixture
async def mac():
    return (await open_vault(Keyring.generate(), [])).mac("audit chain")


@pytest_asyncio.fixture
async def sequencer(pool, mac):
    made = Sequencer(pool, mac)
    yield made
    await made.close()


async def judged(pool, mac, known=None):
    async with pool.acquire() as connection:
        return await verify(connection, mac, known)


async def tampered(pool, *statements_):
    """Do what the owner of the table can do who first removes its guard."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE audit_record DISABLE TRIGGER ALL")
        for statement in statements_:
            await connection.execute(statement)
        await connection.execute("ALTER TABLE audit_record ENABLE ALWAYS TRIGGER audit_record_append_only")


async def test_an_appended_record_is_committed_before_append_returns(pool, mac, sequencer):
    written = record()
    assert await sequencer.append(written) == Recorded(1, 7)
    row = await pool.fetchrow("SELECT * FROM audit_record")
    assert (row["at"], row["request_id"], row["partner_id"]) == (AT, "r-0", UUID(int=7))
    assert (row["subjects"], row["literals"]) == (written.subjects, written.literals)
    assert row["fields"] == '{"Recipient.category": "plain", "Recipient.person.idNumber": "masked"}'
    assert await judged(pool, mac) == await judged(pool, mac, Head(1, row["mac"]))
    assert (await judged(pool, mac)).fault is None


async def test_records_that_wait_together_share_a_transaction(pool, mac, sequencer):
    numbers = await asyncio.gather(*(sequencer.append(record(number)) for number in range(700)))
    assert sorted(recorded.seq for recorded in numbers) == list(range(1, 701))
    transactions = await pool.fetchval("SELECT count(DISTINCT xmin::text) FROM audit_record")
    assert transactions == 2, "700 records fill two batches of at most 500"
    verdict = await judged(pool, mac)
    assert (verdict.records, verdict.fault) == (700, None)


async def test_several_writers_keep_one_chain(pool, mac):
    writers = [Sequencer(pool, mac) for _ in range(3)]

    async def work(writer):
        for number in range(40):
            await writer.append(record(number))

    await asyncio.gather(*(work(writer) for writer in writers))
    for writer in writers:
        await writer.close()
    verdict = await judged(pool, mac)
    assert (verdict.records, verdict.fault) == (120, None)


async def test_a_new_process_goes_on_where_the_last_one_ended(pool, mac):
    for number in range(3):
        writer = Sequencer(pool, mac)
        assert (await writer.append(record(number))).seq == number + 1
        await writer.close()
    assert (await judged(pool, mac)).records == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET outcome = 'answered'",
        "UPDATE audit_record SET outcome = 'answered' WHERE false",
        "DELETE FROM audit_record",
        "TRUNCATE audit_record",
        "SET session_replication_role = replica; DELETE FROM audit_record",
        "INSERT INTO audit_record SELECT * FROM audit_record ON CONFLICT (seq) DO UPDATE SET outcome = 'x'",
    ],
)
async def test_the_table_refuses_every_change(pool, sequencer, statement):
    await sequencer.append(record())
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute(statement)
        await connection.execute("RESET session_replication_role")
    assert await pool.fetchval("SELECT count(*) FROM audit_record") == 1


CHANGES = [
    "at = at + interval '1 microsecond'",
    "request_id = 'r-x'",
    "partner_id = NULL",
    "purpose = 'audit'",
    "action = 'export'",
    "operation = NULL",
    'fields = fields || \'{"Recipient.category": "masked"}\'',
    "literals = ''",
    "literals = literals || subjects",
    "subjects = ''",
    "subjects = substr(subjects, 17)",
    "subjects = substr(subjects, 2)",
    "subjects = subjects || ','",
    "subjects = substr(subjects, 17) || substr(subjects, 1, 16)",
    "rows = rows + 1",
    "policy = NULL",
    "outcome = 'refused:HUB-201'",
    "member = NULL",
    "member = substr(subjects, 1, 16)",
    "previous = mac",
    "mac = previous",
]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_record_is_found_whichever_column_it_is(pool, mac, sequencer, change):
    for number in range(3):
        await sequencer.append(record(number))
    await tampered(pool, f"UPDATE audit_record SET {change} WHERE seq = 2")
    verdict = await judged(pool, mac)
    assert (verdict.fault, verdict.seq, verdict.records) == ("changed", 2, 1)


async def test_every_column_of_a_record_is_protected():
    assert {change.split(" ")[0] for change in CHANGES} | {"seq"} == set(AUDIT_RECORD.columns.keys())


@pytest.mark.parametrize(("gone", "seq"), [(1, 1), (2, 2)])
async def test_a_removed_record_leaves_a_gap(pool, mac, sequencer, gone, seq):
    for number in range(3):
        await sequencer.append(record(number))
    await tampered(pool, f"DELETE FROM audit_record WHERE seq = {gone}")
    verdict = await judged(pool, mac)
    assert (verdict.fault, verdict.seq) == ("gap", seq)


async def test_a_removed_record_is_found_although_the_rest_is_renumbered(pool, mac, sequencer):
    for number in range(3):
        await sequencer.append(record(number))
    await tampered(pool, "DELETE FROM audit_record WHERE seq = 2", "UPDATE audit_record SET seq = 2 WHERE seq = 3")
    assert (await judged(pool, mac)).fault == "changed"


async def test_an_end_cut_off_is_found_against_a_head_that_was_noted(pool, mac, sequencer):
    for number in range(3):
        await sequencer.append(record(number))
    async with pool.acquire() as connection:
        noted = await head(connection)
    await tampered(pool, "DELETE FROM audit_record WHERE seq = 3")
    assert (await judged(pool, mac)).fault is None
    assert (await judged(pool, mac, noted)).fault == "cut"
    # Another answer takes the number of the one that was cut off.
    later = Sequencer(pool, mac)
    await later.append(record())
    await later.close()
    assert (await judged(pool, mac, noted)).fault == "cut"


async def test_a_chain_written_with_another_keyring_is_not_believed(pool, sequencer):
    await sequencer.append(record())
    other = (await open_vault(Keyring.generate(), [])).mac("audit chain")
    assert (await judged(pool, other)).fault == "changed"


async def test_an_empty_audit_is_whole(pool, mac):
    verdict = await judged(pool, mac)
    assert (verdict.records, verdict.head.seq, verdict.fault) == (0, 0, None)


async def test_nothing_leaves_when_the_database_refuses_and_all_is_well_after(pool, mac, sequencer, caplog):
    await sequencer.append(record())
    await pool.execute("ALTER TABLE audit_record RENAME TO elsewhere")
    results = await asyncio.gather(*(sequencer.append(record(number)) for number in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [AuditUnavailable] * 5
    assert results[0].status == 503
    assert "not written: UndefinedTableError" in caplog.text
    await pool.execute("ALTER TABLE elsewhere RENAME TO audit_record")
    assert (await sequencer.append(record())).seq == 2
    assert (await judged(pool, mac)).fault is None


async def test_a_lost_connection_refuses_at_most_what_was_under_way(pool, mac, sequencer):
    await sequencer.append(record())
    await pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with contextlib.suppress(AuditUnavailable):
        await sequencer.append(record())
    await sequencer.append(record())
    assert (await judged(pool, mac)).fault is None


async def test_a_database_that_hangs_refuses_after_a_while(pool, mac, monkeypatch):
    monkeypatch.setattr(Sequencer, "SECONDS", 0.2)
    writer = Sequencer(pool, mac)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE audit_record")
        with pytest.raises(AuditUnavailable):
            await writer.append(record())
    monkeypatch.undo()
    await writer.append(record())
    await writer.close()
    assert (await judged(pool, mac)).fault is None


async def test_an_answer_given_up_does_not_stop_the_others(pool, mac, sequencer):
    tasks = [asyncio.create_task(sequencer.append(record(number))) for number in range(5)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert [recorded.seq for recorded in (results[0], *results[2:])] == [1, 3, 4, 5]
    assert (await judged(pool, mac)).records == 5


async def test_a_full_queue_and_a_closed_one_refuse_at_once(pool, mac, monkeypatch):
    monkeypatch.setattr(Sequencer, "MOST_WAITING", 1)
    writer = Sequencer(pool, mac)
    results = await asyncio.gather(writer.append(record()), writer.append(record()), return_exceptions=True)
    assert results[0].seq == 1
    assert isinstance(results[1], AuditUnavailable)
    await writer.close()
    with pytest.raises(AuditUnavailable):
        await writer.append(record())


async def test_the_record_speaks_utc_whatever_the_offset_was(pool, mac, sequencer):
    await sequencer.append(record())
    assert await pool.fetchval("SELECT at FROM audit_record") == AT.astimezone(UTC)
    assert (await judged(pool, mac)).fault is None


async def test_a_record_comes_with_the_epoch_of_agreements_that_it_was_written_at(pool, sequencer):
    assert (await sequencer.append(record())).epoch == 7
    async with pool.acquire() as connection, connection.transaction():
        await grants_changed(connection, ["social-security"])
        assert (await sequencer.append(record())).epoch == 7, "what is not committed has not happened"
    assert (await sequencer.append(record())).epoch == 8
