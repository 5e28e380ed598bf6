"""Departments are asked in their own databases, as real servers run them: whose rows, within limits, reading alone."""

from __future__ import annotations

import asyncio

import aiosqlite
import asyncmy
import asyncpg
import pytest
import pytest_asyncio
import yaml

from checking import BANKS
from hub.demo.databases import mysql_arguments
from hub.domain.codes import AnswerState
from hub.postgres import embedded
from hub.sources.asking import Answers, asking
from hub.sources.asking.files import AnswerFileRefused, Asked, read_answers, write_questions
from hub.store.pool import dsn

ANNA, BORIS = "11010519491231002X", "230502198001010016"
ROWS = [(ANNA, "1,234.50", "2026-10", "木材厂"), (ANNA, "100", "2026-09", "50% 工"), (BORIS, "900", "2026-10", "x")]


def declared(select, **changes):
    item = {
        "select": select, "id_number": "id_card", "amount": "amount", "day": "month", "text": "{employer}",
    }  # fmt: skip
    given = {
        "source": "office", "title": "x", "department": "TAX", "kind": "sql", "mandatory": True, "seconds": 2,
        "items": {"wage": item}, **changes,
    }  # fmt: skip
    return Answers.model_validate(given)


SELECT = "SELECT id_card, amount, month, employer FROM wage WHERE id_card = :id_number"


@pytest_asyncio.fixture(scope="module")
async def postgres(server):
    url = await embedded.create_database(server.url, "asked_office")
    connection = await asyncpg.connect(dsn(url))
    await connection.execute("CREATE TABLE wage (id_card text, amount text, month text, employer text)")
    await connection.executemany("INSERT INTO wage VALUES ($1, $2, $3, $4)", ROWS)
    await connection.close()
    return url


@pytest_asyncio.fixture(scope="module")
async def sqlite(tmp_path_factory):
    file = tmp_path_factory.mktemp("asked") / "office.db"
    async with aiosqlite.connect(file) as connection:
        await connection.execute("CREATE TABLE wage (id_card text, amount text, month text, employer text)")
        await connection.executemany("INSERT INTO wage VALUES (?, ?, ?, ?)", ROWS)
        await connection.commit()
    return f"sqlite:///{file}"


@pytest_asyncio.fixture(scope="module")
async def mariadb(mariadb_url):
    connection = await asyncmy.connect(**mysql_arguments(mariadb_url))
    async with connection.cursor() as cursor:
        await cursor.execute("DROP DATABASE IF EXISTS asked_office")
        await cursor.execute("CREATE DATABASE asked_office CHARACTER SET utf8mb4")
        await cursor.execute(
            "CREATE TABLE asked_office.wage (id_card varchar(40), amount text, month text, employer text)"
        )
        await cursor.executemany("INSERT INTO asked_office.wage VALUES (%s, %s, %s, %s)", ROWS)
    await connection.commit()
    connection.close()
    base, _, query = mariadb_url.partition("?")
    return f"{base.rstrip('/')}/asked_office{'?' + query if query else ''}"


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def office(request):
    return request.getfixturevalue(request.param)


async def ask(url, made, number=ANNA, item="wage"):
    async with asking([made], {"office": url}) as asker:
        return await asker.ask("office", number, [item])


async def test_a_department_answers_in_its_own_database(office):
    answer = await ask(office, declared(SELECT))
    assert answer.state is AnswerState.ANSWERED
    assert sorted(answer.rows, key=lambda row: row["on"]) == [
        {"item": "wage", "amount": "100", "on": "2026-09-01", "text": "50% 工"},
        {"item": "wage", "amount": "1234.50", "on": "2026-10-01", "text": "木材厂"},
    ]
    nobody = await ask(office, declared(SELECT), "230502198001010024")
    assert (nobody.state, nobody.rows) == (AnswerState.EMPTY, ())


async def test_one_row_of_somebody_else_and_nothing_of_it_is_believed(office):
    answer = await ask(office, declared(SELECT.replace("id_card = :id_number", "id_card <> :id_number")))
    assert (answer.state, answer.rows, answer.reason) == (AnswerState.REFUSED, (), "another person")


async def test_a_table_that_is_gone_was_not_heard_and_a_column_that_is_gone_is_not_understood(office):
    answer = await ask(office, declared(SELECT.replace("FROM wage", "FROM wages")))
    assert (answer.state, answer.reason) == (AnswerState.DOWN, "unreachable")
    answer = await ask(office, declared(SELECT.replace("amount, ", "")))
    assert (answer.state, answer.reason) == (AnswerState.REFUSED, "not understood")


async def test_more_rows_than_a_person_has_are_no_answer(office):
    many = SELECT.replace("FROM wage", "FROM wage, (SELECT 1 AS a UNION ALL SELECT 2) x1")
    for place in range(2, 11):
        many = many.replace(" WHERE", f", (SELECT 1 AS a UNION ALL SELECT 2) x{place} WHERE")
    assert (await ask(office, declared(many))).reason == "too much"


SLOW = {
    "postgres": "(SELECT pg_sleep(5)) IS NULL",
    "mariadb": "SLEEP(5) = 0",
    "sqlite": "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 9e8) SELECT max(x) FROM c)",
}


@pytest.mark.parametrize("kind", SLOW)
async def test_a_slow_answer_is_given_up_and_the_next_question_is_answered(kind, request):
    url = request.getfixturevalue(kind)
    slow = declared(f"{SELECT} AND {SLOW[kind]}", seconds=0.3)
    async with asking([slow], {"office": url}) as asker:
        began = asyncio.get_running_loop().time()
        answer = await asker.ask("office", ANNA, ["wage"])
        assert answer.state is AnswerState.DOWN
        assert asyncio.get_running_loop().time() - began < 3
    assert (await ask(url, declared(SELECT))).state is AnswerState.ANSWERED


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
async def test_the_session_reads_and_nothing_else_whatever_the_user_may_do(kind, request):
    """A function that writes would get past a look at the statement; the session refuses it."""
    url = request.getfixturevalue(kind)
    if kind == "postgres":
        connection = await asyncpg.connect(dsn(url))
        await connection.execute(
            "CREATE OR REPLACE FUNCTION take(text) RETURNS text LANGUAGE plpgsql AS"
            " $$ BEGIN DELETE FROM wage; RETURN $1; END $$"
        )
        await connection.close()
    else:
        connection = await asyncmy.connect(**mysql_arguments(url))
        async with connection.cursor() as cursor:
            await cursor.execute("DROP FUNCTION IF EXISTS asked_office.take")
            await cursor.execute(
                "CREATE FUNCTION asked_office.take(x text) RETURNS text DETERMINISTIC MODIFIES SQL DATA"
                " BEGIN DELETE FROM asked_office.wage; RETURN x; END"
            )
        connection.close()
    answer = await ask(url, declared(SELECT.replace("= :id_number", "= take(:id_number)")))
    assert answer.state is AnswerState.DOWN
    assert (await ask(url, declared(SELECT))).state is AnswerState.ANSWERED


async def test_a_source_that_does_not_hear_is_left_alone(unused_tcp_port):
    made = declared(SELECT, at_once=2)
    async with asking([made], {"office": f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/x"}) as asker:
        reasons = [(await asker.ask("office", ANNA, ["wage"])).reason for _ in range(6)]
        assert reasons == ["unreachable"] * 5 + ["resting"]
        assert asker.rests("office")


def test_what_is_answered_by_file_is_matched_by_reference_and_number(tmp_path):
    banks = Answers.model_validate(yaml.safe_load(BANKS))
    asked, answered = tmp_path / "asked.csv", tmp_path / "answered.csv"
    assert write_questions(banks, [Asked("r1", ANNA, "安娜"), Asked("r2", BORIS, "鲍里斯")], asked) == 2
    with pytest.raises(FileExistsError):
        write_questions(banks, [], asked)
    lines = [
        "编号,公民身份号码,事项,余额,日期",
        f'r1,{ANNA},存款,"1,000.00",20261031',
        f'r1,{ANNA},存款,"1,000.00",20261031', f"r2,{ANNA},存款,5,20261031", "r9,x,存款,5,20261031",
        f"r3,{BORIS},无,,—", f"r4,{BORIS},股票,,", f"r5,{BORIS},存款,多,",
    ]  # fmt: skip
    answered.write_text("\n".join(lines), encoding="gb18030")
    numbers = {"r1": ANNA, "r2": BORIS, "r3": BORIS, "r4": BORIS, "r5": BORIS, "r6": BORIS}
    found = read_answers(banks, answered, numbers)
    assert found.unknown == ["r9"]
    assert {name: (each.state.name, each.reason) for name, each in found.answers.items()} == {
        "r1": ("ANSWERED", None), "r2": ("REFUSED", "another person"), "r3": ("EMPTY", None),
        "r4": ("REFUSED", "not understood"), "r5": ("REFUSED", "not understood"),
    }  # fmt: skip
    assert found.answers["r1"].rows == ({"item": "deposit", "amount": "1000.00", "on": "2026-10-31"},)
    answered.write_text("编号\nr1", encoding="gb18030")
    with pytest.raises(AnswerFileRefused, match="no column 事项"):
        read_answers(banks, answered, numbers)
    answered.write_bytes("编号,事项\nr1,存款".encode("utf-16"))
    with pytest.raises(AnswerFileRefused):
        read_answers(banks, answered, numbers)
