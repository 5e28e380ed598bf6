"""Planned, not resolved: the SQL that really runs, as PostgreSQL sees it."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import pytest
import pytest_asyncio

from hub.domain import CATALOGUE

FIXED_QUERY = """
{ recipients(first: 3, where: {region: {within: "230502"}}) {
    edges { cursor node { id category status monthlyAmount region
      person { name idNumber birthDate phone }
      household { id size address members(first: 10) { edges { node { name } } }
        meansChecks(first: 2) { edges { node { outcome checkedAt findings { department kind value } } } } } } }
    pageInfo { hasNextPage endCursor } } }
"""
NODES = 6
"""recipients, person, household, members, meansChecks, findings"""

LOGGED = re.compile(r"^\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] LOG:  (?:execute [^:]*|statement): ", re.MULTILINE)
TABLES = re.compile(rf'\b(?:FROM|JOIN) "?({"|".join(entity.table for entity in CATALOGUE)})"?\b', re.IGNORECASE)
WHO_ASKS = re.compile(
    r"FROM partner_token|WHERE requester = \$1 AND purpose = \$2|items::text FROM sharing_request WHERE id = ANY"
    r"|FROM check_question|FROM household_check c|FROM death_recheck d|FROM estimate WHERE state"
)


@dataclass
class Recorder:
    """Reads from the server's log which statements on the declared tables have run, but for those of who asks or works.

    These read the partner and its agreements, and run when they have to: they belong to no query.
    """

    log: object
    statements: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def recording(self):
        self.statements = []
        began = self.log.stat().st_size
        yield self
        with self.log.open("rb") as stream:
            stream.seek(began)
            text = stream.read().decode(errors="replace")
        self.statements = [part for part in LOGGED.split(text)[1:] if TABLES.search(part) and not WHO_ASKS.search(part)]


@pytest_asyncio.fixture(scope="module")
async def sql(hub, ask):
    """Let the server log every statement of the hub's database for as long as the module runs."""
    log = hub.home / "postgres" / "log"
    owner = await asyncpg.connect(hub.database)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'hub' AND pid <> pg_backend_pid()"
    try:
        await owner.execute("ALTER DATABASE hub SET log_statement = 'all'")
        await owner.execute(others)  # a session has its database's settings from its start on
        await back_again(ask)
        yield Recorder(log)
    finally:
        await owner.execute("ALTER DATABASE hub RESET log_statement")
        await owner.execute(others)
        await owner.close()
        await back_again(ask)


async def back_again(ask):
    """Wait until the hub has connected again; meanwhile it refuses with 503, and answers nothing."""
    for _ in range(20):
        status = (await ask.post("auditor", "{ regions(first: 1) { nodes { id } } }")).status_code
        if status == 200:
            return
        assert status == 503
        await asyncio.sleep(0.2)
    pytest.fail("the hub does not come back after its sessions were ended")


async def test_no_query_runs_more_statements_than_it_has_nodes(ask, sql):
    async with sql.recording():
        await ask.data("civil-affairs", FIXED_QUERY)
    assert 1 <= len(sql.statements) <= NODES
    assert any("finding" in statement for statement in sql.statements)


async def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(ask, sql):
    counts = set()
    for size in (1, 50, 500):
        async with sql.recording():
            await ask.data(
                "civil-affairs",
                """query ($n: Int) { households(first: $n) { nodes { members { nodes { name recipients {
                     nodes { category } } } } } } }""",
                {"n": size},
            )
        counts.add(len(sql.statements))
    assert len(counts) == 1
    assert counts.pop() <= 3


async def test_a_link_to_one_row_costs_no_statement_of_its_own(ask, sql):
    async with sql.recording():
        await ask.data("civil-affairs", "{ recipients(first: 5) { nodes { person { name } household { size } } } }")
    assert len(sql.statements) == 1


async def test_only_selected_columns_are_read(ask, sql):
    async with sql.recording():
        await ask.data("civil-affairs", "{ recipients(first: 5) { nodes { category } } }")
    [statement] = sql.statements
    # The person's row id is read as well: the audit says whom an answer was about.
    for column in ("monthly_amount", "approved_on", "valid_until", "id_number", "household"):
        assert column not in statement


async def test_what_a_viewer_may_not_see_is_never_selected(ask, sql):
    async with sql.recording():
        await ask.data("civil-affairs", FIXED_QUERY)
    assert all(any(name in each for each in sql.statements) for name in ("phone", "address", "id_number"))
    async with sql.recording():
        await ask.data("social-security", FIXED_QUERY)
    assert any("id_number" in each for each in sql.statements)
    assert not any(name in each for each in sql.statements for name in ("phone", "address"))
    async with sql.recording():
        await ask.data("auditor", "{ recipients(first: 3) { nodes { category monthlyAmount household { address } } } }")
    assert sql.statements
    assert {table for each in sql.statements for table in TABLES.findall(each)} <= {
        "recipient",
        "household",
    }
    names = ("phone", "address", "id_number", "birth_date", "monthly_amount")
    assert not any(name in each for each in sql.statements for name in names)


async def test_what_a_viewer_has_no_right_on_is_not_asked_of_the_database(ask, sql):
    async with sql.recording():
        await ask.refusal("charity", FIXED_QUERY)
    assert sql.statements == []


async def test_the_row_filter_of_the_policy_is_part_of_the_statement(ask, sql):
    async with sql.recording():
        await ask.data("charity", "{ needs { nodes { kind } } }")
    [statement] = sql.statements
    assert "consented" in statement
    assert "status" in statement
    assert "region" in statement


async def test_a_static_answer_needs_no_statement(ask, sql):
    async with sql.recording():
        await ask.data("auditor", "{ __typename __schema { queryType { name } } }")
    assert sql.statements == []
