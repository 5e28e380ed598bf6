"""Departments answer after a withdrawal, or what nobody can earn; and a report is bent in the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from acting_hub import acting_on
from checking import SOCIAL, VEHICLES, Checking, schema_with, social_office, vehicle_office
from consenting import step as with_consent
from hub.means.rerun import rerun
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.store.pool import dsn
from proposing import numbers

__all__ = ["numbers"]  # a fixture of another file

TODAY = day_of(datetime.now(UTC))


@pytest.fixture(scope="module")
async def offices(server, migrated_template, tmp_path_factory):
    """A hub, and two departments that it may ask: by SQL and over HTTP."""
    office = await embedded.create_database(server.url, "late_social_office")
    await social_office(office)
    url = await embedded.create_database(server.url, "answers_for_nothing", template=migrated_template)
    schema = schema_with(tmp_path_factory.mktemp("late"), SOCIAL, VEHICLES.replace("seconds: 1\n", "seconds: 5\n"))
    async with vehicle_office() as vehicles, acting_on(url, schema_dir=schema, demo_rules=True) as acting:
        connection = await asyncpg.connect(dsn(office))
        yield Checking(acting, {"social-office": office, "vehicle-office": vehicles.url}), vehicles, connection
        await connection.close()


async def test_what_a_department_answers_after_the_withdrawal_is_not_kept(offices, numbers):
    checking, vehicles, _ = offices
    number, pool = numbers(), checking.acting.runtime.pool
    home = await checking.authorised(number, declared_monthly_income=0)
    vehicles.cars[number] = [{"plate": "黑J54321", "registered": "2019-05-01", "kind": "轿车"}]
    row = await checking.running(home)
    vehicles.delay = 1.0
    try:
        asking, before = asyncio.create_task(checking.ask()), len(vehicles.asked)
        for _ in range(250):
            if len(vehicles.asked) > before:
                break
            await asyncio.sleep(0.02)
        consent = await pool.fetchval("SELECT id FROM consent WHERE household_id = $1", home.household)
        assert (await with_consent(checking.acting, "withdraw", {"id": f"Consent:{consent}"}))["errors"] == []
        await asking
    finally:
        vehicles.delay = 0
    seen = await checking.seen(row)
    assert (seen["state"], seen["reports"]["nodes"]) == ("WITHDRAWN", [])
    late = await pool.fetch(
        "SELECT state, answer FROM check_question WHERE household_check_id = $1 AND source = 'vehicle-office'",
        UUID(row.partition(":")[2]),
    )
    assert [tuple(each) for each in late] == [("CANCELLED", None)]


@pytest.mark.parametrize("wage", [-5, 10**9, None])
async def test_a_wage_that_nobody_can_have_leaves_the_outcome_open_and_is_named(offices, numbers, wage):
    checking, _, office = offices
    number = numbers()
    await office.execute("INSERT INTO insured VALUES ($1, $2, $3, '木材厂')", number, wage, f"{TODAY:%Y-%m}")
    row = await checking.running(await checking.authorised(number, declared_monthly_income=0))
    await checking.ask()
    seen = await checking.seen(row)
    assert (seen["outcome"], seen["indication"]) == ("UNDECIDED", "UNDECIDED")
    content = seen["reports"]["nodes"][0]["content"]
    [fact] = [each for each in content["facts"] if each["item"] == "wage"]
    assert fact["unusable"] == {-5: "negative", 10**9: "absurd", None: "no amount"}[wage]
    assert content["income"] == "0"


async def test_an_amount_that_is_no_money_is_no_answer(offices, numbers):
    checking, _, office = offices
    number = numbers()
    await office.execute("INSERT INTO insured VALUES ($1, $2, $3, '木材厂')", number, 10**15, f"{TODAY:%Y-%m}")
    row = await checking.running(await checking.authorised(number, declared_monthly_income=0))
    await checking.ask()
    seen = await checking.seen(row)
    assert (seen["outcome"], seen["waitingFor"]) == ("UNDECIDED", "SOCIAL_SECURITY")
    assert {each["reason"] for each in seen["questions"]["nodes"] if each["source"] == "social-office"} >= {
        "not understood"
    }


@pytest.mark.parametrize("column", ["content", "inputs"])
async def test_a_report_that_is_bent_in_the_database_is_not_made_again(offices, numbers, column):
    checking, _, _ = offices
    runtime = checking.acting.runtime
    rows = [await checking.running(await checking.authorised(numbers(), declared_monthly_income=0)) for _ in range(2)]
    await checking.ask()
    ours, theirs = [(await checking.seen(row))["reports"]["nodes"][0]["number"] for row in rows]
    assert (await rerun(runtime.pool, runtime.vault, runtime.means_rules, ours, 1)).content
    # The sealed text of another report, and bytes of it that somebody turned over.
    bent = f"UPDATE check_report r SET {column} = o.{column} FROM check_report o WHERE r.number = $1 AND o.number = $2"
    await runtime.pool.execute(bent, ours, theirs)
    with pytest.raises(Exception, match="did not open"):
        await rerun(runtime.pool, runtime.vault, runtime.means_rules, ours, 1)
