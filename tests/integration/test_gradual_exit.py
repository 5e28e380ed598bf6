"""Whoever takes up work leaves the minimum living guarantee gradually, once and for six months (DB 33, N22 1(3))."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from acting_hub import acting_on
from checking import SOCIAL, Checking, schema_with, social_office
from hub import write
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.store.pool import dsn
from proposing import numbers

__all__ = ["numbers"]  # a fixture of another file

TODAY = day_of(datetime.now(UTC))
WAGE, PAID = 1_000, 400  # above the standard of the district, below one and a half times it
LATER = """
UPDATE check_report SET made_on = made_on - make_interval(months => $2)
WHERE household_check_id IN (SELECT id FROM household_check WHERE household_id = $1)
"""


@pytest.fixture(scope="module")
async def offices(server, migrated_template, tmp_path_factory):
    office = await embedded.create_database(server.url, "exit_office")
    await social_office(office)
    url = await embedded.create_database(server.url, "gradual_exit", template=migrated_template)
    schema = schema_with(tmp_path_factory.mktemp("exit"), SOCIAL)
    connection = await asyncpg.connect(dsn(office))
    async with acting_on(url, schema_dir=schema, demo_rules=True) as acting:
        yield Checking(acting, {"social-office": office}), connection
    await connection.close()


@pytest.fixture
async def home(offices, numbers):
    """Somebody who receives the guarantee, and has a wage now."""
    checking, office = offices
    number = numbers()
    await office.execute("INSERT INTO insured VALUES ($1, $2, $3, '木材厂')", number, WAGE, f"{TODAY:%Y-%m}")
    home = await checking.authorised(number, declared_monthly_income=WAGE)
    values = {
        "household": home.household, "person": home.people[number], "category": "DIBAO", "status": "ACTIVE",
        "region": "230502001001", "monthly_amount": PAID,
    }  # fmt: skip
    owners = write.writable(checking.acting.runtime.vault)
    async with checking.acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        row = write.PlainRow(write.new_id(), values, "insert")
        await write.load(tx, write.seal_rows(owners["Recipient"], [row]))
    return home


async def reported(offices, home):
    """A check of the household today, finished; return what its report indicates, what is paid, for how many months."""
    checking, _ = offices
    row = await checking.running(home)
    await checking.ask()
    content = (await checking.seen(row))["reports"]["nodes"][-1]["content"]
    await checking.taken("finish", {"id": row})
    return content["indication"], content["pay"], content["months"]


async def months_later(offices, home, months):
    await offices[0].acting.runtime.pool.execute(LATER, home.household, months)


async def test_later_reports_say_what_is_left_and_after_six_months_it_is_over(offices, home):
    assert await reported(offices, home) == ("EXIT", str(PAID), 6)
    assert await reported(offices, home) == ("EXIT", str(PAID), 6)
    await months_later(offices, home, 4)
    assert await reported(offices, home) == ("EXIT", str(PAID), 2)
    await months_later(offices, home, 2)
    assert (await reported(offices, home))[0] == "MARGIN"
    # It does not begin anew because a report said something else once it was over.
    assert (await reported(offices, home))[0] == "MARGIN"


async def test_who_lost_the_work_and_found_another_leaves_gradually_again(offices, home):
    checking, office = offices
    number = next(iter(home.people))
    assert await reported(offices, home) == ("EXIT", str(PAID), 6)
    await months_later(offices, home, 5)
    await office.execute("UPDATE insured SET wage = 300 WHERE id_card = $1", number)
    await declare(checking, home, 300)
    assert (await reported(offices, home))[0] == "DIBAO"
    await months_later(offices, home, 3)
    await office.execute("UPDATE insured SET wage = $2 WHERE id_card = $1", number, WAGE)
    await declare(checking, home, WAGE)
    assert await reported(offices, home) == ("EXIT", str(PAID), 6)


async def declare(checking, home, income):
    owners = write.writable(checking.acting.runtime.vault)
    async with checking.acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        row = write.PlainRow(UUID(str(home.household)), {"declared_monthly_income": income}, "update")
        await write.load(tx, write.seal_rows(owners["Household"], [row]))
