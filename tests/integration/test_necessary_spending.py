"""What insurance left to a family makes it one in hardship, though its income is above every limit (RX 4, 5)."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import pytest

from acting_hub import acting_on
from checking import SOCIAL, Checking, schema_with, social_office
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.store.pool import dsn
from proposing import numbers

__all__ = ["numbers"]  # a fixture of another file

MEDICAL = """
source: medical
title: 医保
department: MEDICAL_INSURANCE
kind: sql
mandatory: true
wait_days: 1
items:
  medical_spending:
    select: SELECT id_number, own_share, month FROM medical_settlement WHERE id_number = :id_number
    id_number: id_number
    amount: own_share
    day: month
"""
TODAY = day_of(datetime.now(UTC))
WAGE = 1_500  # 18,000 a year: above one and a half times the standard, below what people live on


@pytest.fixture(scope="module")
async def offices(server, migrated_template, tmp_path_factory):
    office = await embedded.create_database(server.url, "spending_office")
    await social_office(office)
    url = await embedded.create_database(server.url, "necessary_spending", template=migrated_template)
    schema = schema_with(tmp_path_factory.mktemp("spending"), SOCIAL, MEDICAL)
    connection = await asyncpg.connect(dsn(office))
    await connection.execute("CREATE TABLE medical_settlement (id_number text, own_share numeric, month text)")
    async with acting_on(url, schema_dir=schema, demo_rules=True) as acting:
        yield Checking(acting, {"social-office": office, "medical": office}), connection
    await connection.close()


def month(back):
    place = TODAY.year * 12 + TODAY.month - 1 - back
    return f"{place // 12}-{place % 12 + 1:02}"


async def reported(offices, number, *settled):
    """The report of somebody with a wage. ``settled``: costs left to the person, with the months before this one."""
    checking, office = offices
    await office.execute("INSERT INTO insured VALUES ($1, $2, $3, '木材厂')", number, WAGE, month(0))
    for amount, back in settled:
        await office.execute("INSERT INTO medical_settlement VALUES ($1, $2, $3)", number, amount, month(back))
    home = await checking.authorised(number, declared_monthly_income=WAGE)
    row = await checking.running(home)
    await checking.ask()
    return (await checking.seen(row))["reports"]["nodes"][0]["content"]


async def test_spending_above_the_share_of_income_is_hardship_for_a_year_and_names_who_reported_it(offices, numbers):
    content = await reported(offices, numbers(), (6_000, 1), (5_000, 11))
    assert (content["outcome"], content["indication"], content["months"]) == ("CONSISTENT", "RIGID_EXPENDITURE", 12)
    lines = {each["rule"]: each for each in content["lines"]}
    assert [name for name, value, _ in lines["decide.rigid"]["inputs"] if (name, value) == ("rigid", "11000")]
    spent = [each for name, each in lines.items() if name.startswith("rigid.F")]
    assert {each["inputs"][0][1] for each in spent} == {"6000", "5000"}
    assert all(each["inputs"][0][2].startswith("MEDICAL_INSURANCE") for each in spent)
    assert all("RX-4" in each["cites"] for each in spent)


@pytest.mark.parametrize("settled", [[(10_000, 1)], [(6_000, 1), (6_000, 14)], []])
async def test_less_or_longer_ago_is_none(offices, numbers, settled):
    assert (await reported(offices, numbers(), *settled))["indication"] == "REFUSE"


async def test_an_amount_that_cannot_be_leaves_the_outcome_open(offices, numbers):
    content = await reported(offices, numbers(), (20_000, 1), (-5, 2))
    assert content["outcome"] == "UNDECIDED"
