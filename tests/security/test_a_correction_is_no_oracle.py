"""Attack: learn a value by disputing it, or learn from a dispute what somebody else is said to be."""

from __future__ import annotations

import orjson
import pytest

from correcting import REASONS, RIGHT, WRONG, person, registers, step, taken
from granting import put_in_force
from syncing import BORIS

ALL = """{ corrections(first: 10, where: {item: {eq: "Person.birthDate"}}) {
    totalCount nodes { id item state reasons proposed evidence idNumber findings } } }"""
SECRET = "1999-12-31 王某某的档案"


@pytest.fixture(scope="module")
async def known(acting, tmp_path_factory):
    """The person's id. Social security sees the number masked, and no birth date."""
    for partner, purpose in (("civil-affairs", "assistance-review"), ("social-security", "means-check")):
        await put_in_force(acting.runtime.pool, partner, purpose)
    await registers(acting, tmp_path_factory.mktemp("registers"))
    return await person(acting)


async def answer_to(acting, partner, row, **changes):
    given = {"person": row, "item": "Person.birthDate", "reasons": REASONS, **changes}
    payload = await step(acting, partner, "open", given)
    # Of what it sees masked alone a partner finds its case where it asks for its own.
    for case in await acting.runtime.pool.fetch("SELECT id FROM correction WHERE state = 'OPEN'"):
        await taken(acting, partner, "withdraw", {"id": f"Correction:{case['id']}"})
    return [(error["__typename"], error["message"]) for error in payload["errors"]]


async def test_what_is_proposed_is_answered_alike_whether_it_is_the_value_or_not(acting, known):
    said = [
        await answer_to(acting, "social-security", known, item="Person.idNumber", proposed=number)
        for number in (BORIS, "230502198001010024")
    ]
    assert said[0] == said[1]
    mine = [await answer_to(acting, "civil-affairs", known, proposed=day) for day in (WRONG, RIGHT)]
    assert mine == [[], []]


async def test_an_item_that_may_not_be_seen_is_refused_as_one_that_does_not_exist(acting, known):
    hidden = await answer_to(acting, "social-security", known, item="Person.birthDate")
    absent = await answer_to(acting, "social-security", known, item="Person.shoeSize")
    assert hidden
    assert [(kind, text.replace("birthDate", "shoeSize")) for kind, text in hidden] == absent


async def test_what_is_said_of_a_person_is_for_the_two_sides_alone(acting, known):
    given = {"person": known, "item": "Person.birthDate", "reasons": SECRET, "proposed": RIGHT, "evidence": SECRET}
    case = (await taken(acting, "civil-affairs", "open", given))["id"]
    try:
        for partner, purpose in (
            ("second-civil-affairs", "data-sharing"), ("second-social-security", "data-sharing"),
            ("social-security", "means-check"), ("real-estate", "data-sharing"), ("data-authority", "data-sharing"),
            ("auditor", "audit"), ("charity", "charity-matching"), ("charity", "data-sharing"),
        ):  # fmt: skip
            response = await acting.post(partner, ALL, purpose=purpose)
            assert SECRET not in response.text, partner
            assert RIGHT not in response.text, partner
            assert BORIS not in response.text, partner
        # Who may not see a birth date does not learn that one is disputed; a charity knows of no correction at all.
        shown = await acting.ask("social-security", ALL, purpose="means-check")
        assert shown["corrections"]["totalCount"] == 0
        charity = await acting.post("charity", "{ corrections(first: 1) { totalCount } }")
        assert charity.json()["errors"][0]["extensions"]["code"] == "HUB-103"
    finally:
        await taken(acting, "civil-affairs", "withdraw", {"id": case})


async def test_nobody_else_ends_a_dispute(acting, known):
    given = {"person": known, "item": "Person.birthDate", "reasons": REASONS}
    case = (await taken(acting, "civil-affairs", "open", given))["id"]
    upheld = {"id": case, "upheldReason": "AS_REGISTERED", "findings": "档案无误，维持原值", "expectedVersion": 1}
    query = """mutation($input: UpholdCorrectionInput!) { upholdCorrection(input: $input) {
        correction { state } errors { __typename } } }"""
    for partner in ("real-estate", "second-social-security", "data-authority", "civil-affairs", "charity"):
        response = await acting.post(partner, query, {"input": upheld}, purpose="data-sharing")
        body = response.json()
        refused = body.get("errors") or body["data"]["upholdCorrection"]["errors"]
        assert refused, partner
    state = await acting.runtime.pool.fetchval(
        "SELECT state FROM correction WHERE id::text = $1", case.partition(":")[2]
    )
    assert state == "OPEN"
    await taken(acting, "civil-affairs", "withdraw", {"id": case})


async def test_no_word_of_it_stands_in_plain_in_the_database_or_the_audit(acting, known):
    given = {"person": known, "item": "Person.birthDate", "reasons": SECRET, "proposed": SECRET, "evidence": SECRET}
    case = (await taken(acting, "civil-affairs", "open", given))["id"]
    await taken(acting, "public-security", "confirm", {"id": case, "findings": SECRET})
    for table in ("correction", "correction_step", "correction_clock", "event", "audit_record"):
        rows = await acting.runtime.pool.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} t")
        for row in rows:
            text = row["row"]
            assert SECRET not in text, table
            assert orjson.dumps(SECRET).decode() not in text, table
            assert SECRET.encode().hex() not in text, table
    await taken(acting, "civil-affairs", "withdraw", {"id": case})
