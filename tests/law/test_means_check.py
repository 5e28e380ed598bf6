"""What the measures on the minimum living guarantee ask of a check of means, over HTTP.

DB: 最低生活保障审核确认办法.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from acting_hub import acting_on
from checking import SOCIAL, VEHICLES, Checking, schema_with, social_office, vehicle_office
from hub.means.batches import open_batch
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.store.pool import dsn
from law.articles import article
from proposing import numbers

__all__ = ["numbers"]  # a fixture of another file

TODAY = day_of(datetime.now(UTC))
VISITED = {"visitedOn": TODAY.isoformat(), "visitors": 2, "note": "两人入户，查看了住房和证件"}
ASSISTED = """
INSERT INTO recipient (id, household_id, person_id, category, status, region)
VALUES ($1, $2, $3, 'DIBAO', 'ACTIVE', '230506001001')
"""
CLOCKS = """query($id: ID!) { node(id: $id) { ... on HouseholdCheck {
  clocks { nodes { clock budget unit article } } } } }"""


@pytest.fixture(scope="module")
async def offices(server, migrated_template, tmp_path_factory):
    """A hub, and two departments that it may ask: by SQL and over HTTP."""
    office = await embedded.create_database(server.url, "law_social_office")
    await social_office(office)
    url = await embedded.create_database(server.url, "law_of_checks", template=migrated_template)
    schema = schema_with(tmp_path_factory.mktemp("law"), SOCIAL, VEHICLES)
    async with vehicle_office() as vehicles, acting_on(url, schema_dir=schema, demo_rules=True) as acting:
        connection = await asyncpg.connect(dsn(office))
        yield Checking(acting, {"social-office": office, "vehicle-office": vehicles.url}), connection
        await connection.close()


@pytest.fixture
def checking(offices):
    return offices[0]


async def reported(checking, home, **given):
    """A check of a household whose departments have all answered; return its id."""
    row = await checking.running(home, **given)
    await checking.ask()
    assert (await checking.seen(row))["state"] == "REPORTED"
    return row


@article(
    "DB 11",
    zh="与经办人员或村（居）委会成员有近亲属关系的，单独登记备案",
    en="a close relative of staff is noted with the request, and the check does not end without a home visit",
)
async def test_db_11_relatives_of_staff_are_registered_and_visited(checking, numbers):
    plain = await reported(checking, await checking.authorised(numbers(), declared_monthly_income=0))
    assert (await checking.seen(plain))["visits"]["nodes"] == []
    assert (await checking.taken("finish", {"id": plain}))["state"] == "FINISHED"
    row = await reported(
        checking, await checking.authorised(numbers(), declared_monthly_income=0), staffRelative=True
    )  # fmt: skip
    [visit] = (await checking.seen(row))["visits"]["nodes"]
    assert (visit["origin"], visit["state"]) == ("STAFF_RELATIVE", "DUE")
    assert "home visit is obligatory" in await checking.refused("finish", {"id": row})
    await checking.taken("explain", {"id": visit["id"], **VISITED}, entity="HomeVisit")
    assert (await checking.taken("finish", {"id": row}))["state"] == "FINISHED"


async def test_db_11_a_batch_does_not_forget_relatives_of_staff(checking, numbers):
    runtime = checking.acting.runtime
    homes = [await checking.authorised(numbers(), declared_monthly_income=0) for _ in range(2)]
    for home, relative in zip(homes, (True, False), strict=True):
        row = await reported(checking, home, staffRelative=relative)
        for visit in (await checking.seen(row))["visits"]["nodes"]:
            await checking.taken("explain", {"id": visit["id"], **VISITED}, entity="HomeVisit")
        await checking.taken("finish", {"id": row})
        await runtime.pool.execute(ASSISTED, uuid4(), home.household, *home.people.values())
        await runtime.pool.execute("UPDATE household SET region = '230506001001' WHERE id = $1", home.household)
    opened = await open_batch(runtime.pool, runtime.checks, "230506", "YEARLY_REVIEW", "2027", datetime.now(UTC))
    assert opened.opened == 2
    due = await runtime.pool.fetch("SELECT household_id, origin FROM home_visit WHERE state = 'DUE'")
    assert [tuple(each) for each in due if each[0] in {home.household for home in homes}] == [
        (homes[0].household, "STAFF_RELATIVE")
    ]


@article(
    "DB 13",
    zh="工资性、转移性等收入计入家庭收入，国家规定不计入的除外",
    en="wages and pensions count as income of the family, each line with its article and who reported it",
)
async def test_db_13_what_counts_as_income_is_cited(checking, offices, numbers):
    number = numbers()
    await offices[1].execute("INSERT INTO insured VALUES ($1, 500, $2, '木材厂')", number, f"{TODAY:%Y-%m}")
    await offices[1].execute("INSERT INTO pension VALUES ($1, 200, '正常')", number)
    row = await reported(checking, await checking.authorised(number, declared_monthly_income=0))
    content = (await checking.seen(row))["reports"]["nodes"][0]["content"]
    assert content["income"] == "700"
    lines = [each for each in content["lines"] if "DB-13" in each["cites"]]
    assert any("SOCIAL_SECURITY" in origin for line in lines for _, _, origin in line["inputs"]), lines
    assert [each["article"] for each in content["articles"] if each["cite"] == "DB-13"] == ["第十三条"]


@article(
    "DB 15",
    zh="受理后三个工作日内启动调查，可提请信息核对",
    en="a check that is asked for is to be started within three working days, and whoever is late is told (DB 17)",
)
async def test_db_15_a_check_begins_within_three_working_days(checking, numbers):
    home = await checking.authorised(numbers())
    row = (await checking.taken("request", {"household": home.id, "reason": "APPLICATION"}))["id"]
    found = await checking.acting.ask("checking-centre", CLOCKS, {"id": row}, purpose="means-check")
    [running] = found["node"]["clocks"]["nodes"]
    assert running == {"clock": "starting", "budget": 3, "unit": "working days", "article": "DB 17"}


@article(
    "DB 16",
    zh="入户调查不少于二人，结果逐项记录",
    en="a home visit is made by two people or more, and what it showed is noted for each thing that was reported",
)
async def test_db_16_two_people_visit_and_note_what_it_showed(checking, offices, numbers):
    number = numbers()
    await offices[1].execute("INSERT INTO insured VALUES ($1, 5000, $2, '木材厂')", number, f"{TODAY:%Y-%m}")
    row = await reported(checking, await checking.authorised(number, declared_monthly_income=0))
    [visit] = (await checking.seen(row))["visits"]["nodes"]
    assert (visit["origin"], visit["item"], visit["state"]) == ("REPORT", "WAGE", "DUE")
    alone = {**VISITED, "id": visit["id"], "visitors": 1}
    payload = await checking.step("confirm", alone, entity="HomeVisit")
    assert [(each["path"][0], each["article"]) for each in payload["errors"]] == [("visitors", "DB 16")]
    later = {**VISITED, "id": visit["id"], "visitedOn": (TODAY + timedelta(days=1)).isoformat()}
    assert "still to come" in await checking.refused("confirm", later, entity="HomeVisit")
    await checking.taken("confirm", {**VISITED, "id": visit["id"]}, entity="HomeVisit")
    assert [each["state"] for each in (await checking.seen(row))["visits"]["nodes"]] == ["CONFIRMED"]


@article(
    "DB 18",
    zh="对核对结果有异议的，提供佐证并组织复查",
    en="whoever objects to a report with evidence has it looked at again, and it is confirmed or amended with reasons",
)
async def test_db_18_an_objection_has_it_looked_at_again(checking, numbers):
    row = await reported(checking, await checking.authorised(numbers(), declared_monthly_income=0))
    said = await checking.step("objectTo", {"id": row, "objection": "否"})
    assert said["errors"], "an objection without evidence"
    await checking.taken("objectTo", {"id": row, "objection": "工资已停发，附单位证明"})
    assert (await checking.seen(row))["state"] == "RECHECK"
    assert (await checking.step("confirm", {"id": row, "recheckReason": "—"}))["errors"], "no reason"
    await checking.taken("confirm", {"id": row, "recheckReason": "再次查询，社保记录无误"})
    assert (await checking.seen(row))["state"] == "CONFIRMED"


@article(
    "DB 20",
    zh="接到投诉、举报的，应当入户调查",
    en="a complaint has the household visited, and its check does not end before that",
)
async def test_db_20_a_complaint_obliges_to_a_home_visit(checking, numbers):
    home = await checking.authorised(numbers(), declared_monthly_income=0)
    row = await reported(checking, home)
    given = {"household": home.id, "householdCheck": row, "complaint": "邻居反映该户有未申报的经营收入"}
    visit = await checking.taken("complain", given, entity="HomeVisit")
    assert "home visit is obligatory" in await checking.refused("finish", {"id": row})
    await checking.taken("refute", {"id": visit["id"], **VISITED}, entity="HomeVisit")
    assert (await checking.taken("finish", {"id": row}))["state"] == "FINISHED"
