"""A synchronisation changes who lives in a household while its means are being checked."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from acting_hub import acting_on
from checking import SOCIAL, VEHICLES, Checking, schema_with, social_office, vehicle_office
from consenting import Home, for_a_check, in_force
from correcting import synchronise
from hub.domain.divisions import shipped
from hub.postgres import embedded
from hub.sync.regions import load_regions
from syncing import ANNA, BORIS, CLARA, enrolment, household, member, register

CONSENTS = "SELECT state, end_reason FROM consent WHERE household_id = $1"
PERSON = "query($number: String!) { person(idNumber: $number) { id } }"


@pytest.fixture
async def offices(server, migrated_template, tmp_path):
    """A hub, and two departments that it may ask."""
    name = uuid4().hex
    office = await embedded.create_database(server.url, f"office_{name}")
    await social_office(office)
    url = await embedded.create_database(server.url, f"hub_{name}", template=migrated_template)
    schema = schema_with(tmp_path, SOCIAL, VEHICLES)
    async with vehicle_office() as vehicles, acting_on(url, schema_dir=schema, demo_rules=True) as acting:
        yield Checking(acting, {"social-office": office, "vehicle-office": vehicles.url}), vehicles


async def living_together(checking, directory, *numbers):
    """Synchronise the register of civil affairs, in which these people are the household now."""
    pool = checking.acting.runtime.pool
    async with pool.acquire() as connection:
        await load_regions(connection, shipped())
    await synchronise(checking.acting, "civil-affairs", register(
        directory / "civil-affairs.db", "civil-affairs", household=[household(check_authorised_on=None)],
        member=[member(f"M{number[-4:]}", number) for number in numbers], enrolment=[enrolment("E1", numbers[0])],
    ))  # fmt: skip
    people = {}
    for number in numbers:
        found = await checking.acting.ask("civil-affairs", PERSON, {"number": number}, purpose="assistance-review")
        people[number] = UUID(found["person"]["id"].partition(":")[2])
    return Home(await pool.fetchval("SELECT id FROM household"), people, {})


async def authorised(checking, home):
    for number in home.people:
        await in_force(checking.acting, for_a_check(home, number))


@pytest.mark.parametrize("state", ["REQUESTED", "RUNNING", "REPORTED"])
async def test_a_member_who_moves_in_ends_a_check_that_he_did_not_authorise(offices, tmp_path, state):
    checking, vehicles = offices
    home = await living_together(checking, tmp_path, ANNA, BORIS)
    await authorised(checking, home)
    check = (await checking.taken("request", {"household": home.id, "reason": "APPLICATION"}))["id"]
    if state != "REQUESTED":
        await checking.taken("start", {"id": check})
    if state == "REPORTED":
        await checking.ask()
    assert (await checking.seen(check))["state"] == state
    asked = len(vehicles.asked)
    await living_together(checking, tmp_path, ANNA, BORIS, CLARA)
    ended = await checking.acting.runtime.pool.fetch(CONSENTS, home.household)
    assert {tuple(each) for each in ended} == {("ENDED", "MEMBERS_CHANGED")}
    await checking.ask()
    assert len(vehicles.asked) == asked  # nobody is asked of whoever has not authorised it
    seen = await checking.seen(check)
    match state:
        case "REQUESTED":
            assert "have not authorised the check" in await checking.refused("start", {"id": check})
        case "RUNNING":
            assert (seen["state"], seen["reports"]["nodes"]) == ("WITHDRAWN", [])
            assert {each["state"] for each in seen["questions"]["nodes"]} == {"CANCELLED"}
        case "REPORTED":
            # What was reported stays as it was, of those who lived there then.
            assert (seen["state"], seen["reportsMade"]) == ("REPORTED", 1)
            assert len(seen["reports"]["nodes"][0]["content"]["members"]) == 2


async def test_once_everybody_has_authorised_it_the_household_as_it_is_now_is_checked(offices, tmp_path):
    checking, _ = offices
    home = await living_together(checking, tmp_path, ANNA, BORIS)
    await authorised(checking, home)
    first = await checking.running(home)
    home = await living_together(checking, tmp_path, ANNA, CLARA)
    assert (await checking.seen(first))["state"] == "WITHDRAWN"
    await authorised(checking, home)
    again = await checking.running(home)
    await checking.ask()
    seen = await checking.seen(again)
    assert (seen["state"], len(seen["reports"]["nodes"][0]["content"]["members"])) == ("REPORTED", 2)
    asked = await checking.acting.runtime.pool.fetch(
        "SELECT DISTINCT person_id FROM check_question WHERE household_check_id = $1", UUID(again.partition(":")[2])
    )
    assert {each[0] for each in asked} == set(home.people.values())
