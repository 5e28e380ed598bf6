"""A township asks for a check, departments answer, one late; a report, another version, an objection, an amendment."""

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import orjson
import pytest
import pytest_asyncio

from acting_hub import acting_on
from checking import BANKS, SOCIAL, VEHICLES, Checking, schema_with, social_office, vehicle_office
from consenting import ADULT, OTHER, for_a_check, in_force
from consenting import settle as settled
from consenting import step as with_consent
from hub import write
from hub.means.batches import open_batch
from hub.means.by_file import take_file, write_file
from hub.means.code import code_of, same_code
from hub.means.composing import canonical
from hub.means.deceased import until
from hub.means.printed import page
from hub.means.reporting import LABEL
from hub.means.rerun import rerun
from hub.postgres import embedded
from hub.store.pool import dsn
from proposing import numbers

__all__ = ["numbers"]  # a fixture of another file


@pytest_asyncio.fixture(scope="module")
async def offices(server, migrated_template, tmp_path_factory):
    """A hub, and three departments that it may ask: by SQL, over HTTP, by file."""
    office = await embedded.create_database(server.url, "social_office")
    await social_office(office)
    url = await embedded.create_database(server.url, "checks_of_households", template=migrated_template)
    schema = schema_with(tmp_path_factory.mktemp("checks"), SOCIAL, VEHICLES, BANKS)
    async with vehicle_office() as vehicles, acting_on(url, schema_dir=schema, demo_rules=True) as acting:
        made = Checking(acting, {"social-office": office, "vehicle-office": vehicles.url})
        connection = await asyncpg.connect(dsn(office))
        yield made, vehicles, connection
        await connection.close()


@pytest.fixture
def checking(offices):
    return offices[0]


@pytest_asyncio.fixture
async def vehicles(offices):
    yield offices[1]
    offices[1].fault = None
    offices[1].deaths.clear()


@pytest.fixture
def social(offices):
    return offices[2]


async def account(_source, _count, _at):
    return None


def states(seen):
    return sorted({(each["source"], each["state"]) for each in seen["questions"]["nodes"]})


async def test_from_a_request_to_an_amended_report(checking, vehicles, social, numbers, tmp_path):
    runtime, first, second = checking.acting.runtime, numbers(), numbers()
    home = await settled(checking.acting, first, second)
    await social.execute("INSERT INTO insured VALUES ($1, 1800, '2026-10', '木材厂')", first)
    vehicles.cars[second] = [{"plate": "黑J12345", "registered": "2019-05-01", "kind": "轿车"}]

    # 1. The township asks. Without every member's authorisation nobody is asked.
    row = (await checking.taken("request", {"household": home.id, "reason": "APPLICATION"}))["id"]
    await in_force(checking.acting, for_a_check(home, first))
    said = await checking.refused("start", {"id": row})
    assert said.startswith("1 of 2 members have not authorised the check")
    assert vehicles.asked == []
    await in_force(checking.acting, for_a_check(home, second))
    await checking.taken("start", {"id": row})

    # 2. Who answers at once has answered; the banks answer by file.
    assert await checking.ask() == 4
    seen = await checking.seen(row)
    assert (seen["state"], seen["outcome"]) == ("RUNNING", None)
    assert states(seen) == [
        ("banks", "WAITING"), ("social-office", "ANSWERED"), ("social-office", "EMPTY"),
        ("vehicle-office", "ANSWERED"), ("vehicle-office", "EMPTY"),
    ]  # fmt: skip
    banks = next(each for each in runtime.answering if each.source == "banks")
    asked, answered = tmp_path / "asked.csv", tmp_path / "answered.csv"
    assert await write_file(runtime.pool, runtime.vault, banks, asked, account, datetime.now(UTC)) == 2
    assert asked.stat().st_mode & 0o077 == 0

    # 3. They are late: a report without them says so, and nothing is said of the household.
    await checking.ask(timedelta(days=12))
    seen = await checking.seen(row)
    assert (seen["state"], seen["outcome"], seen["indication"]) == ("REPORTED", "UNDECIDED", "UNDECIDED")
    assert seen["waitingFor"] == "BANKS"
    assert [each["reportVersion"] for each in seen["reports"]["nodes"]] == [1]
    found = {(each["item"], each["text"]) for each in seen["reports"]["nodes"][0]["content"]["facts"]}
    assert found == {("wage", "木材厂"), ("vehicle", "黑J12345")}

    # 4. The answer comes: a second version, and the township is told.
    lines = list(csv.DictReader(asked.read_text(encoding="gb18030").splitlines()))
    with answered.open("w", encoding="gb18030", newline="") as out:
        answers = csv.writer(out)
        answers.writerow(["编号", "公民身份号码", "事项", "余额", "日期"])
        answers.writerow([lines[0]["编号"], lines[0]["公民身份号码"], "存款", "3,200.50", "2026年10月31日"])
        answers.writerow([lines[1]["编号"], lines[1]["公民身份号码"], "无", "", ""])
        answers.writerow(["0", first, "存款", "1", "2026-10-31"])
    taken = await take_file(runtime.pool, runtime.vault, runtime.checks, banks, answered, datetime.now(UTC))
    assert (taken.answered, taken.nothing, taken.unknown, taken.reports) == (1, 1, 1, 1)
    again = await take_file(runtime.pool, runtime.vault, runtime.checks, banks, answered, datetime.now(UTC))
    assert (again.answered, again.nothing, again.reports) == (0, 0, 0)
    seen = await checking.seen(row)
    assert (seen["state"], seen["outcome"], seen["indication"]) == ("REPORTED", "INCONSISTENT", "REFUSE")
    last = seen["reports"]["nodes"][-1]
    assert last["content"]["missing"] == []
    assert {each["item"] for each in seen["visits"]["nodes"]} == {"WAGE", "VEHICLE"}
    # It says what is otherwise than in the first, to be asked for and in full; the first has nothing before it.
    assert seen["reports"]["nodes"][0]["content"]["changes"] is None
    assert [last[name] for name in ("outcomeBefore", "answeredSince", "findingsNew", "findingsGone")] == [
        "UNDECIDED", "BANKS", 1, 0,
    ]  # fmt: skip
    otherwise = last["content"]["changes"]
    [new] = otherwise["new"]
    assert next(each["item"] for each in last["content"]["facts"] if each["key"] == new) == "deposit"
    assert {each["department"] for each in otherwise["answered"]} == {"BANKS"}
    assert len(otherwise["answered"]) == 2
    assert (otherwise["follows"], otherwise["gone"], otherwise["unanswered"]) == (True, [], [])
    for version in (1, 2):
        again = await rerun(runtime.pool, runtime.vault, runtime.means_rules, last["number"], version)
        assert orjson.loads(again.content) == seen["reports"]["nodes"][version - 1]["content"]
    assert same_code(last["code"].lower(), code_of(canonical(last["content"]), runtime.vault.token(LABEL)))

    # 5. A home visit shows that the car was sold; the family objects, the centre looks again and amends.
    [visit] = [each["id"] for each in seen["visits"]["nodes"] if each["item"] == "VEHICLE"]
    said = {"visitedOn": datetime.now(UTC).date().isoformat(), "visitors": 2, "note": "车辆已于去年转让，见合同复印件"}
    await checking.taken("refute", {"id": visit, **said}, entity="HomeVisit")
    await checking.taken("objectTo", {"id": row, "objection": "车辆已转让，附合同和注销证明"})
    key = next(each["key"] for each in last["content"]["facts"] if each["item"] == "vehicle")
    reason = {"recheckReason": "注销证明属实，不计入车辆"}
    assert "no finding F99" in await checking.refused("amend", {"id": row, **reason, "setAside": "F99"})
    assert "Nothing is otherwise" in await checking.refused("amend", {"id": row, **reason})
    await checking.taken("amend", {"id": row, **reason, "setAside": key})
    seen = await checking.seen(row)
    last = seen["reports"]["nodes"][-1]["content"]
    assert (seen["state"], last["outcome"], last["version"]) == ("AMENDED", "INCONSISTENT", seen["reportsMade"])
    assert [each["over"] for each in last["compared"]] == [True, False, False, False]
    assert last["changes"]["set_aside"] == [key]
    assert (last["changes"]["indication_before"], last["changes"]["new"]) == ("REFUSE", [])
    assert (last["indication"], last["pay"]) == ("MARGIN", None)
    # Above what was declared: whoever applies anew authorises anew.
    kept = await runtime.pool.fetch("SELECT state, end_reason FROM consent WHERE household_id = $1", home.household)
    assert {tuple(each) for each in kept} == {("ENDED", "CHECK_FAILED")}


async def test_a_withdrawal_stops_what_is_under_way_and_what_comes_late_is_dropped_unread(
    checking, vehicles, numbers, tmp_path
):
    runtime, number = checking.acting.runtime, numbers()
    home = await checking.authorised(number)
    row = await checking.running(home)
    banks = next(each for each in runtime.answering if each.source == "banks")
    asked = tmp_path / "asked.csv"
    assert await write_file(runtime.pool, runtime.vault, banks, asked, account, datetime.now(UTC)) >= 1
    consent = await runtime.pool.fetchval("SELECT id FROM consent WHERE household_id = $1", home.household)
    assert (await with_consent(checking.acting, "withdraw", {"id": f"Consent:{consent}"}))["errors"] == []
    before = len(vehicles.asked)
    await checking.ask()
    assert len(vehicles.asked) == before
    line = next(
        each
        for each in csv.DictReader(asked.read_text(encoding="gb18030").splitlines())
        if each["公民身份号码"] == number
    )
    answered = tmp_path / "answered.csv"
    answered.write_text(
        f"编号,公民身份号码,事项,余额,日期\n{line['编号']},{number},存款,1,2026-10-31\n", encoding="gb18030"
    )
    taken = await take_file(runtime.pool, runtime.vault, runtime.checks, banks, answered, datetime.now(UTC))
    assert (taken.answered, taken.unknown) == (0, 1)
    seen = await checking.seen(row)
    assert seen["state"] == "WITHDRAWN"
    assert {each["state"] for each in seen["questions"]["nodes"]} == {"CANCELLED"}
    assert seen["reports"]["nodes"] == []
    assert await runtime.pool.fetchval("SELECT count(*) FROM check_question WHERE answer IS NOT NULL AND state = $1",
                                       "CANCELLED") == 0  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        ("broken", "DOWN", "unreachable"), ("silent", "DOWN", "time over"), ("garbage", "REFUSED", "not understood"),
        ("another person", "REFUSED", "another person"), ("elsewhere", "REFUSED", "refused"),
        ("not found", "REFUSED", "refused"), ("bomb", "REFUSED", "too much"),
    ],
)  # fmt: skip
async def test_what_a_department_does_instead_of_answering_is_never_nothing_found(
    checking, vehicles, numbers, fault, state, reason
):
    home = await checking.authorised(numbers(), declared_monthly_income=0)
    row = await checking.running(home)
    vehicles.fault = fault
    await checking.ask()
    await checking.ask(timedelta(seconds=3))
    await checking.taken("close", {"id": row})
    seen = await checking.seen(row)
    [asked] = [each for each in seen["questions"]["nodes"] if each["source"] == "vehicle-office"]
    assert (asked["state"], asked["reason"]) == (state, reason)
    assert asked["attempts"] == (2 if state == "DOWN" else 1)
    assert seen["outcome"] == "UNDECIDED"
    assert set(seen["waitingFor"].split(", ")) == {"BANKS", "PUBLIC_SECURITY"}


async def test_one_check_of_a_household_at_a_time_and_an_obligatory_visit_before_its_end(checking, numbers):
    home = await checking.authorised(numbers())
    row = await checking.running(home, staffRelative=True)
    said = await checking.refused("request", {"household": home.id, "reason": "COMPLAINT"})
    assert "being checked already" in said
    await checking.ask()
    await checking.taken("close", {"id": row})
    assert "A home visit is obligatory" in await checking.refused("finish", {"id": row})
    [visit] = (await checking.seen(row))["visits"]["nodes"]
    assert visit["origin"] == "STAFF_RELATIVE"
    day = datetime.now(UTC).date().isoformat()
    alone = {"id": visit["id"], "visitedOn": day, "visitors": 1, "note": "入户，未见异常情况"}
    assert "two people" in await checking.refused("explain", alone, entity="HomeVisit")
    await checking.taken("explain", {**alone, "visitors": 2}, entity="HomeVisit")
    assert (await checking.taken("finish", {"id": row}))["state"] == "FINISHED"


async def test_the_clock_reports_when_nobody_does(checking, numbers):
    home = await checking.authorised(numbers())
    row = await checking.running(home)
    await checking.clocks(30)
    seen = await checking.seen(row)
    assert (seen["state"], seen["outcome"]) == ("REPORTED", "UNDECIDED")
    assert [each["step"] for each in seen["history"]["nodes"]] == ["request", "start", "time_out"]


async def test_a_member_of_two_households_is_never_consistent(checking, numbers):
    number = numbers()
    home = await checking.authorised(number)
    other = await settled(checking.acting, ADULT, OTHER)
    await checking.acting.runtime.pool.execute(
        "UPDATE household_member SET person_id = $1 WHERE household_id = $2 AND person_id = $3",
        home.people[number], other.household, other.people[OTHER],
    )  # fmt: skip
    row = await checking.running(home)
    await checking.ask()
    await checking.taken("close", {"id": row})
    content = (await checking.seen(row))["reports"]["nodes"][0]["content"]
    assert content["doubts"] == ["a member belongs to another household too"]
    assert content["outcome"] == "UNDECIDED"


async def test_a_batch_checks_all_who_receive_assistance_and_authorised_it_and_goes_on_where_it_stopped(
    checking, numbers
):
    runtime, region = checking.acting.runtime, "230503002001"
    homes = [await checking.authorised(numbers()) for _ in range(3)]
    silent = await settled(checking.acting, numbers())
    owners = write.writable(runtime.vault)
    async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        rows = [
            write.PlainRow(
                write.new_id(),
                {"household": home.household, "person": person, "category": "DIBAO", "status": "ACTIVE",
                 "region": region},
                "insert",
            )
            for home in (*homes, silent)
            for person in home.people.values()
        ]  # fmt: skip
        await write.load(tx, write.seal_rows(owners["Recipient"], rows))
    for home in (*homes, silent):
        await runtime.pool.execute("UPDATE household SET region = $2 WHERE id = $1", home.household, region)
    await checking.taken("request", {"household": homes[0].id, "reason": "CHANGE"})

    async def review(batch):
        return await open_batch(runtime.pool, runtime.checks, "230503", "YEARLY_REVIEW", batch, datetime.now(UTC))

    first = await review("2026-review")
    assert (first.opened, first.unauthorised, first.refused) == (2, 1, 0)
    assert (await review("2026-review")).opened == 0
    made = await runtime.pool.fetch("SELECT state, reason FROM household_check WHERE batch = '2026-review'")
    assert {tuple(row) for row in made} == {("RUNNING", "YEARLY_REVIEW")}


@pytest.mark.parametrize("step", ["finish", "confirm", "amend"])
async def test_what_ends_a_check_and_a_withdrawal_of_the_same_moment_wait_for_each_other(
    checking, vehicles, numbers, step
):
    """A withdrawal has locked the authorisation; whoever ends the check waits for that before it locks the check."""
    runtime, number = checking.acting.runtime, numbers()
    vehicles.cars[number] = [{"plate": "黑J70001", "registered": "2020-01-01", "kind": "轿车"}]
    home = await checking.authorised(number)
    row = await checking.running(home)
    await checking.ask()
    await checking.taken("close", {"id": row})
    if step != "finish":
        await checking.taken("objectTo", {"id": row, "objection": "车辆已转让，附合同和注销证明"})
    key = UUID(row.partition(":")[2])
    reason = {"finish": {}, "confirm": {"recheckReason": "经复查，原报告属实"},
              "amend": {"recheckReason": "注销证明属实，不计入", "setAside": "F1"}}[step]  # fmt: skip
    async with runtime.pool.acquire() as connection:
        withdrawal = connection.transaction()
        await withdrawal.start()
        await connection.execute("SELECT id FROM consent WHERE household_id = $1 FOR UPDATE", home.household)
        ending = asyncio.create_task(checking.step(step, {"id": row, **reason}))
        for _ in range(100):
            await asyncio.sleep(0.05)
            if await runtime.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                break
        assert not ending.done()
        await connection.execute("SELECT id FROM household_check WHERE id = $1 FOR UPDATE NOWAIT", key)
        await withdrawal.commit()
    assert (await ending)["errors"] == []


async def test_a_death_that_is_reported_has_the_household_checked_within_three_months(checking, vehicles, numbers):
    runtime, dead, left = checking.acting.runtime, numbers(), numbers()
    home = await checking.authorised(dead, left, declared_monthly_income=900, declared_vehicles=0, declared_homes=1)
    owners = write.writable(runtime.vault)
    async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        values = {"household": home.household, "person": home.people[left], "category": "DIBAO", "status": "ACTIVE",
                  "region": "230502001001"}  # fmt: skip
        await write.load(tx, write.seal_rows(owners["Recipient"], [write.PlainRow(write.new_id(), values, "insert")]))
    died = datetime.now(UTC).date() - timedelta(days=20)
    vehicles.deaths[dead] = died.isoformat()
    row = await checking.running(home)
    await checking.ask()
    await checking.taken("close", {"id": row})

    # The report counts both, says who died, and what would follow without.
    content = (await checking.seen(row))["reports"]["nodes"][0]["content"]
    [death] = content["deaths"]
    assert (death["counted"], death["on"], death["without"]["members"]) == (True, died.isoformat(), 1)
    assert death["until"] == until(died).isoformat()
    said = page(content, "X")
    assert "登记死亡的成员：本报告仍计入家庭人数" in said

    # A re-check is due, in time by its month. It waits for the check that is under way, and then opens by itself.
    async def rechecks():
        found = await checking.acting.ask("civil-affairs", RECHECKS, purpose="means-check")
        return found["deathRechecks"]["nodes"]

    [due] = await rechecks()
    assert (due["state"], due["until"]) == ("DUE", until(died).replace(day=1).isoformat())
    assert [(each["clock"], each["dueOn"]) for each in due["clocks"]["nodes"]] == [("checking", due["until"])]
    await checking.ask()
    assert [each["state"] for each in await rechecks()] == ["DUE"]
    for visit in (await checking.seen(row))["visits"]["nodes"]:
        day = datetime.now(UTC).date().isoformat()
        told = {"id": visit["id"], "visitedOn": day, "visitors": 2, "note": "家属确认已经去世，见火化证明"}
        await checking.taken("confirm", told, entity="HomeVisit")
    # The report is undecided, so authorisation lasts and the next check may begin.
    assert content["outcome"] == "UNDECIDED"
    await checking.taken("finish", {"id": row})
    await checking.ask()
    [open_now] = await rechecks()
    assert (open_now["state"], open_now["followedBy"]["reason"]) == ("CHECKING", "DEATH")

    # Its report completes it, and the same death orders no second one.
    again = open_now["followedBy"]["id"]
    await checking.ask()
    await checking.taken("close", {"id": again})
    await checking.ask()
    assert [each["state"] for each in await rechecks()] == ["CHECKED"]

    # Another household, of one who is gone: nobody is left to check, and the township says what it did.
    alone = numbers()
    home = await checking.authorised(alone)
    values |= {"household": home.household, "person": home.people[alone]}
    async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        await write.load(tx, write.seal_rows(owners["Recipient"], [write.PlainRow(write.new_id(), values, "insert")]))
    vehicles.deaths[alone] = died.isoformat()
    row = await checking.running(home)
    await checking.ask()
    await checking.taken("close", {"id": row})
    [death] = (await checking.seen(row))["reports"]["nodes"][0]["content"]["deaths"]
    assert death["without"] is None
    [due] = [each for each in await rechecks() if each["state"] == "DUE"]
    said = await checking.refused("settle", {"id": due["id"], "note": "停发"}, entity="DeathRecheck")
    assert "at least 8 characters" in said
    settled_by = {"id": due["id"], "note": "单人户，已于本月停发低保金"}
    assert (await checking.taken("settle", settled_by, entity="DeathRecheck"))["state"] == "SETTLED"


RECHECKS = """{ deathRechecks(first: 9) { nodes { id state until followedBy { id reason }
  clocks { nodes { clock dueOn } } } } }"""


async def test_how_departments_answer_and_how_right_they_were_is_counted_without_small_groups(
    checking, vehicles, numbers
):
    day, number = datetime.now(UTC).date().isoformat(), numbers()
    vehicles.cars[number] = [{"plate": "黑J90001", "registered": "2020-01-01", "kind": "轿车"}]
    row = await checking.running(await checking.authorised(number))
    await checking.ask()
    await checking.taken("close", {"id": row})
    [visit] = (await checking.seen(row))["visits"]["nodes"]
    said = {"id": visit["id"], "visitedOn": day, "visitors": 2, "note": "入户所见与登记一致"}
    await checking.taken("confirm", said, entity="HomeVisit")
    query = """query($id: ID!) { node(id: $id) { ... on HouseholdCheck {
        questions(first: 9) { nodes { department state answeredWithin } } } }
      checkQuestionStats(groupBy: [DEPARTMENT, STATE]) { groups { count department state } }
      homeVisitStats(groupBy: [DEPARTMENT, ITEM, STATE]) { groups { count department item state suppressed } } }"""
    counted = await checking.acting.ask("checking-centre", query, {"id": row}, purpose="means-check")
    within = {each["state"]: each["answeredWithin"] for each in counted["node"]["questions"]["nodes"]}
    assert within == {"ANSWERED": "MINUTE", "EMPTY": "MINUTE", "LATE": None}
    groups = {(each["department"], each["state"]) for each in counted["checkQuestionStats"]["groups"]}
    assert {("PUBLIC_SECURITY", "ANSWERED"), ("PUBLIC_SECURITY", "DOWN"), ("BANKS", "LATE")} <= groups
    visits = counted["homeVisitStats"]["groups"]
    assert ("VEHICLE", "CONFIRMED", True) in {(each["item"], each["state"], each["suppressed"]) for each in visits}
