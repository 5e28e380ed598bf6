"""Consents over HTTP: who may sign for whom, for what and how long; and what is answered to what does not fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from consenting import (
    ADULT,
    GUARDIAN,
    OTHER,
    OTHERS,
    TODAY,
    child_number,
    day,
    for_a_check,
    for_charities,
    in_force,
    numbered,
    others_in_need,
    settle,
    step,
    taken,
)
from granting import put_in_force
from hub import write
from hub.policy import ALL_GRANTED, Principal
from hub.process.plan import plan_step
from hub.process.sweep import sweep
from hub.process.take import StepCall, Taken, take

CHILD = child_number()
SIGNED_BY_GUARDIAN = {"signedBy": "GUARDIAN", "guardianName": "监护人", "guardianIdNumber": GUARDIAN}
NEEDS = "{ needs(first: 50) { totalCount nodes { id } } }"
CHECKED = "query($id: ID!) { node(id: $id) { ... on Household { checkAuthorised } } }"


@pytest_asyncio.fixture(scope="module")
async def home(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")
    await others_in_need(acting)
    return await settle(acting, ADULT, OTHER, CHILD)


async def seen(acting):
    return {node["id"] for node in (await acting.ask("charity", NEEDS))["needs"]["nodes"]} - OTHERS


async def may_be_checked(acting, household):
    found = await acting.ask("civil-affairs", CHECKED, {"id": household.id}, purpose="assistance-review")
    return found["node"]["checkAuthorised"]


DRAFTS = {
    "a child that signs alone": (CHILD, {}, "signedBy", "not 14 yet", "PIPL 31"),
    "a guardian without a name": (
        CHILD, {"signedBy": "GUARDIAN", "guardianIdNumber": GUARDIAN}, "guardianName", "Name the guardian", "PIPL 31"
    ),
    "a guardian without a number": (
        CHILD, {"signedBy": "GUARDIAN", "guardianName": "王"}, "guardianIdNumber", "Name the guardian", "PIPL 31"
    ),
    "a guardian who is the subject": (
        CHILD, SIGNED_BY_GUARDIAN | {"guardianIdNumber": CHILD}, "guardianIdNumber", "nobody is their own", "PIPL 31"
    ),
    "an adult who is their own guardian": (
        ADULT, SIGNED_BY_GUARDIAN | {"guardianIdNumber": ADULT}, "guardianIdNumber", "nobody is their own", "PIPL 31"
    ),
    "a guardian's number that is none": (
        CHILD, SIGNED_BY_GUARDIAN | {"guardianIdNumber": ADULT[:-1] + "1"}, "guardianIdNumber", "check digit", "PIPL 17"
    ),
    "a guardian who is a child": (
        CHILD, SIGNED_BY_GUARDIAN | {"guardianIdNumber": numbered(f"{TODAY.year - 9}0101")}, "guardianIdNumber",
        "18 at least", "†",
    ),
    "somebody who signs alone and names a guardian": (
        ADULT, {"guardianName": "王"}, "signedBy", "has no guardian", "PIPL 17"
    ),
    "a period that ends before it begins": (
        ADULT, {"startsOn": day(10), "endsOn": day(9)}, "endsOn", f"ends on {day(9)}, before it begins", "PIPL 17"
    ),
    "a period that is over": (ADULT, {"endsOn": day(-1)}, "endsOn", f"ended on {day(-1)}", "PIPL 17"),
    "a scope of another purpose": (ADULT, {"scope": "MEANS"}, "scope", "not to MEANS", "PIPL 29"),
}  # fmt: skip


@pytest.mark.parametrize("case", DRAFTS)
async def test_a_consent_that_does_not_fit_is_refused_with_field_and_article(acting, home, case):
    number, changes, field, message, article = DRAFTS[case]
    payload = await step(acting, "draft", for_charities(home, number, **changes))
    [error] = payload["errors"]
    assert payload["consent"] is None
    assert (error["__typename"], error["path"], error["article"]) == ("StepRefused", [field], article)
    assert message in error["message"]
    assert not any(known in error["message"] for known in (CHILD, ADULT, GUARDIAN))


async def test_an_authorisation_of_a_check_names_the_household_and_a_consent_none(acting, home):
    [error] = (await step(acting, "draft", for_a_check(home, ADULT, household=None)))["errors"]
    assert error["path"] == ["household"]
    [error] = (await step(acting, "draft", for_charities(home, ADULT, household=home.id)))["errors"]
    assert error["path"] == ["household"]
    [error] = (await step(acting, "draft", for_a_check(home, ADULT, need=home.need(ADULT))))["errors"]
    assert error["path"] == ["need"]


async def test_nobody_consents_to_showing_somebody_else_s_need(acting, home):
    [error] = (await step(acting, "draft", for_charities(home, ADULT, need=home.need(OTHER))))["errors"]
    assert (error["path"], "somebody else" in error["message"]) == (["need"], True)


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ("Person:00000000-0000-4000-8000-000000000000", "There is no Person with this id for you."),
        ("Household:00000000-0000-4000-8000-000000000000", "must be the id of a Person"),
        ("王", "must be the id of a Person"),
    ],
)
async def test_a_person_who_is_unknown_is_answered_as_one_who_may_not_be_seen(acting, home, person, message):
    [error] = (await step(acting, "draft", for_charities(home, ADULT, person=person)))["errors"]
    assert (error["__typename"], error["path"]) == ("InputRefused", ["person"])
    assert message in error["message"]


async def test_nobody_learns_of_a_person_elsewhere_by_a_consent(acting):
    number = numbered("19800101", 9)
    elsewhere = await settle(acting, number, region="230102001001")
    [error] = (await step(acting, "draft", for_charities(elsewhere, number)))["errors"]
    assert error["message"] == "There is no Person with this id for you."


async def test_a_purpose_that_does_not_exist_is_refused_before_anything_is_done(acting, home):
    given = for_charities(home, ADULT, purpose="ADVERTISING")
    query = "mutation($input: DraftConsentInput!) { draftConsent(input: $input) { consent { id } } }"
    response = await acting.post("civil-affairs", query, {"input": given}, purpose="assistance-review")
    [error] = response.json()["errors"]
    assert response.status_code == 400
    assert "ConsentPurpose" in error["message"]
    assert error["extensions"]["code"].startswith("HUB-1")


SIGNATURES = {
    "before the day": ({"signedOn": day(1)}, "signedOn", "still to come"),
    "with evidence that ran out": ({"evidenceValidUntil": day(-1)}, "evidenceValidUntil", "renewed"),
    "without evidence": ({"evidence": " – "}, "evidence", "where the signed form is kept"),
    "for a period that is over": ({"endsOn": day(-1)}, "endsOn", "before it begins"),
    "by a guardian who is the person": (
        SIGNED_BY_GUARDIAN | {"guardianIdNumber": ADULT}, "guardianIdNumber", "nobody is their own"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SIGNATURES)
async def test_what_is_not_signed_rightly_stays_a_draft_and_shows_nothing(acting, home, case):
    changes, field, message = SIGNATURES[case]
    row = (await taken(acting, "draft", for_charities(home, ADULT)))["id"]
    signing = {"id": row, "signedOn": day(0), "evidence": "同意书 2026-0193", **changes}
    [error] = (await step(acting, "sign", signing))["errors"]
    assert (error["__typename"], error["path"]) == ("StepRefused", [field])
    assert message in error["message"]
    assert home.need(ADULT) not in await seen(acting)


async def test_what_is_withdrawn_twice_says_what_it_is_and_that_nothing_follows(acting, home):
    row = await in_force(acting, for_charities(home, OTHER))
    assert home.need(OTHER) in await seen(acting)
    withdrawn = await taken(acting, "withdraw", {"id": row, "withdrawalEvidence": "口头"})
    again = await step(acting, "withdraw", {"id": row})
    [error] = again["errors"]
    assert (error["__typename"], error["state"], error["by"]) == ("StateConflict", "WITHDRAWN", "civil-affairs")
    assert "Nothing follows it" in error["message"]
    assert error["version"] == withdrawn["version"]
    assert home.need(OTHER) not in await seen(acting)


async def test_a_guardian_consents_for_a_child(acting, home):
    row = await in_force(acting, for_charities(home, CHILD, **SIGNED_BY_GUARDIAN))
    assert home.need(CHILD) in await seen(acting)
    await taken(acting, "withdraw", {"id": row})
    assert home.need(CHILD) not in await seen(acting)


async def test_a_consent_for_one_need_shows_no_other_one_and_two_of_them_last_until_both_are_over(acting, home):
    both = await in_force(acting, for_charities(home, ADULT))
    one = await in_force(acting, for_charities(home, ADULT, need=home.need(ADULT)))
    await taken(acting, "withdraw", {"id": both})
    assert home.need(ADULT) in await seen(acting)
    await taken(acting, "withdraw", {"id": one})
    assert home.need(ADULT) not in await seen(acting)


async def test_a_household_may_be_checked_on_the_days_on_which_every_member_has_authorised_it(acting):
    household = await settle(acting, numbered("19900101"), numbered(f"{TODAY.year - 9}0301"))
    adult, child = household.people
    first = await in_force(acting, for_a_check(household, adult, endsOn=day(30)))
    assert await may_be_checked(acting, household) is False
    second = await in_force(acting, for_a_check(household, child, **SIGNED_BY_GUARDIAN))
    assert await may_be_checked(acting, household) is True
    days = "SELECT check_authorised::text FROM household WHERE id = $1"
    assert await acting.runtime.pool.fetchval(days, household.household) == f"{{[{day(0)},{day(31)})}}"
    await taken(acting, "withdraw", {"id": second})
    assert await may_be_checked(acting, household) is False
    await in_force(acting, for_a_check(household, child, **SIGNED_BY_GUARDIAN))
    await taken(acting, "withdraw", {"id": first})
    assert await may_be_checked(acting, household) is False


async def test_a_consent_that_begins_later_shows_nothing_before(acting, home):
    row = await in_force(acting, for_charities(home, ADULT, startsOn=day(1)))
    assert home.need(ADULT) not in await seen(acting)
    await taken(acting, "withdraw", {"id": row})


OFFICER = Principal(
    "civil-affairs",
    "civil-affairs",
    frozenset({"civil-affairs"}),
    frozenset({"2305"}),
    "assistance-review",
    ALL_GRANTED,
)


async def signed_then(acting, home, number, at, ends_on):
    """Have a consent signed at a moment of the past; return its id."""
    tools = acting.runtime.steps.tools
    entity = tools.catalogue["Consent"]
    given = {
        "person": home.people[number], "purpose": "CHARITY_MATCHING", "scope": "NEED", "signed_by": "SELF",
        "ends_on": ends_on,
    }  # fmt: skip
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection, at) as tx:
        drawn = await take(
            tx, plan_step(entity, entity.process.steps["draft"], OFFICER, tools), StepCall(None, given, None, OFFICER)
        )
        assert isinstance(drawn, Taken), drawn
        signing = {"signed_on": at.date(), "evidence": "同意书 2026-0193"}
        signed = await take(
            tx, plan_step(entity, entity.process.steps["sign"], OFFICER, tools),
            StepCall(drawn.row_id, signing, None, OFFICER),
        )  # fmt: skip
        assert isinstance(signed, Taken), signed
    return drawn.row_id


async def test_the_last_day_ends_a_consent_though_no_worker_runs(acting, home):
    at = datetime.now(UTC) - timedelta(days=20)
    last = await signed_then(acting, home, ADULT, at, TODAY)
    assert home.need(ADULT) in await seen(acting)
    over = await signed_then(acting, home, OTHER, at, TODAY - timedelta(days=1))
    states = "SELECT state FROM consent WHERE id = ANY($1)"
    assert {row[0] for row in await acting.runtime.pool.fetch(states, [last, over])} == {"IN_FORCE"}
    assert home.need(OTHER) not in await seen(acting)
    # The worker, late, writes down what was so already, and tells whoever had the need.
    tools = acting.runtime.steps.tools
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        assert (await sweep(tx, tools.catalogue["Consent"], tools)).taken == 1
    row = await acting.runtime.pool.fetchrow("SELECT state, end_reason FROM consent WHERE id = $1", over)
    assert tuple(row) == ("ENDED", "PERIOD")
    notices = await acting.ask("charity", "{ disposalNotices(first: 100) { nodes { needId } } }")
    assert home.need(OTHER) in {notice["needId"] for notice in notices["disposalNotices"]["nodes"]}
