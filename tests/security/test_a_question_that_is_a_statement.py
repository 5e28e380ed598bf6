"""Attack: have a department's database do something else than answer, by an identity number or by a declaration."""

from __future__ import annotations

import asyncpg
import pytest
from pydantic import ValidationError

from hub.domain.codes import AnswerState
from hub.postgres import embedded
from hub.sources.asking import Answers, asking
from hub.store.pool import dsn

NUMBER = "11010519491231002X"


def declared(select):
    return Answers.model_validate({
        "source": "office", "title": "x", "department": "TAX", "kind": "sql", "mandatory": True,
        "items": {"tax": {"select": select, "id_number": "id_card"}},
    })  # fmt: skip


@pytest.mark.parametrize(
    "select",
    [
        "DELETE FROM t WHERE id_card = :id_number", "SELECT 1; DROP TABLE t -- :id_number",
        "SELECT id_card FROM t WHERE id_card = ':id_number'", "SELECT id_card FROM t",
        "SELECT id_card INTO kept FROM t WHERE id_card = :id_number",
        "SELECT id_card FROM t WHERE id_card = :id_number FOR UPDATE",
        "SELECT id_card FROM t WHERE id_card = :id_number /* ; */", "WITH x AS (DELETE FROM t) SELECT :id_number",
        "SELECT id_card FROM t WHERE id_card = :id_number UNION SELECT 1 FROM (UPDATE t SET x = 1)",
        "COPY t TO '/tmp/:id_number'", "EXPLAIN SELECT :id_number",
    ],
)  # fmt: skip
def test_a_declaration_that_is_no_plain_select_is_refused(select):
    with pytest.raises(ValidationError):
        declared(select)


@pytest.mark.parametrize(
    "number", ["' OR '1'='1", "x'; DELETE FROM t; --", "$1", ":id_number", "\\' OR 1=1 -- ", "\x00"]
)
async def test_a_number_is_a_value_and_never_part_of_the_statement(server, number, request):
    url = await embedded.create_database(server.url, f"asked_by_{abs(hash(request.node.name)) % 10**9}")
    connection = await asyncpg.connect(dsn(url))
    await connection.execute("CREATE TABLE t (id_card text); INSERT INTO t VALUES ('11010519491231002X')")
    async with asking([declared("SELECT id_card FROM t WHERE id_card = :id_number")], {"office": url}) as asker:
        answer = await asker.ask("office", number, ["tax"])
        assert answer.state is not AnswerState.ANSWERED
        assert (await asker.ask("office", NUMBER, ["tax"])).state is AnswerState.ANSWERED
    assert await connection.fetchval("SELECT count(*) FROM t") == 1
    await connection.close()
