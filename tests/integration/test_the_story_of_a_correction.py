"""A birth date is wrong, is disputed, corrected at its source and synchronised: all of it over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consenting import TODAY
from correcting import REASONS, RIGHT, WRONG, person, register_of_public_security, registers, step, taken
from granting import put_in_force
from hub.process.worker import Worker
from syncing import BORIS, VILLAGE

SHOWN = """query($id: ID!) { node(id: $id) { ... on Person { birthDate corrections(first: 10) { nodes {
  item state provider } } } } }"""
MINE = """{ corrections(first: 10) { nodes { id item state provider reasons proposed evidence idNumber findings endedBy
  clocks { nodes { clock dueOn } } } } }"""
HISTORY = """query($id: ID!) { node(id: $id) { ... on Correction {
  history(orderBy: [{field: VERSION}]) { nodes { step partner article } } } } }"""


@pytest.fixture
async def known(acting, tmp_path):
    """A hub that knows the person, and an agreement on what public security provides."""
    await put_in_force(acting.runtime.pool, "civil-affairs", "assistance-review")
    await registers(acting, tmp_path)
    yield await person(acting)
    await acting.runtime.pool.execute(
        "ALTER TABLE correction_step DISABLE TRIGGER correction_step_append_only; DELETE FROM correction_step;"
        " ALTER TABLE correction_step ENABLE ALWAYS TRIGGER correction_step_append_only;"
        " DELETE FROM correction_clock; DELETE FROM correction"
    )


async def opened(acting, row, **changes):
    given = {"person": row, "item": "Person.birthDate", "reasons": REASONS, "proposed": RIGHT, **changes}
    return (await taken(acting, "civil-affairs", "open", given))["id"]


async def seen(acting, row):
    node = (await acting.ask("civil-affairs", SHOWN, {"id": row}, purpose="assistance-review"))["node"]
    return node["birthDate"], node["corrections"]["nodes"]


async def mine(acting, partner, query=MINE):
    return (await acting.ask(partner, query, purpose="data-sharing"))["corrections"]["nodes"]


async def test_a_wrong_birth_date_is_disputed_corrected_at_the_source_and_synchronised(acting, known, tmp_path):
    assert await seen(acting, known) == (WRONG, [])

    # 1. Civil affairs says so; nobody has to know who provided the value.
    case = await opened(acting, known)
    disputed = {"item": "Person.birthDate", "state": "OPEN", "provider": "PUBLIC_SECURITY"}
    assert await seen(acting, known) == (WRONG, [disputed])

    # 2. Public security has it, with the number by which it finds the person, and ten working days.
    [got] = await mine(acting, "public-security")
    assert (got["id"], got["idNumber"], got["reasons"], got["proposed"]) == (case, BORIS, REASONS, RIGHT)
    assert [clock["clock"] for clock in got["clocks"]["nodes"]] == ["checking"]
    await taken(acting, "public-security", "confirm", {"id": case, "findings": "登记时录入有误"})
    assert (await seen(acting, known))[1][0]["state"] == "CONFIRMED"

    # 3. Said is not done: a synchronisation that brings the same value ends nothing.
    await register_of_public_security(acting, tmp_path, 住址="新兴路2号")
    assert (await seen(acting, known))[1][0]["state"] == "CONFIRMED"

    # 4. The corrected value comes, and the case is over with it.
    await register_of_public_security(acting, tmp_path, 出生日期=RIGHT)
    birth_date, [ended] = await seen(acting, known)
    assert (birth_date, ended["state"]) == (RIGHT, "CORRECTED")
    [got] = await mine(acting, "civil-affairs")
    assert (got["state"], got["endedBy"], got["findings"]) == ("CORRECTED", "public-security", "登记时录入有误")
    found = await acting.ask("civil-affairs", HISTORY, {"id": case}, purpose="data-sharing")
    assert [tuple(line.values()) for line in found["node"]["history"]["nodes"]] == [
        ("open", "civil-affairs", "SR 26"), ("confirm", "public-security", "SR 26"), ("correct", None, "SR 26"),
    ]  # fmt: skip
    actions = "SELECT a.outcome FROM audit_record a JOIN partner p ON p.id = a.partner_id WHERE a.action = 'step'"
    assert [row[0] for row in await acting.runtime.pool.fetch(actions)][-2:] == ["taken", "taken"]


CLAIMS = """query($id: ID!) { node(id: $id) { ... on Person { name claims(first: 10) {
  nodes { id item source value division { name } } } } } }"""


async def test_what_another_source_says_is_beside_the_value_for_who_reviews_it(acting, known, tmp_path):
    await register_of_public_security(acting, tmp_path, 姓名="名甲")
    person = (await acting.ask("civil-affairs", CLAIMS, {"id": known}, purpose="assistance-review"))["node"]
    [claim] = person["claims"]["nodes"]
    assert (person["name"], claim["item"], claim["source"], claim["value"]) == (
        "名甲", "Person.name", "civil-affairs", "名M1",
    )  # fmt: skip
    # The claim follows the person to another division, and is seen by nobody else.
    pool = acting.runtime.pool
    row = "query($id: ID!) { node(id: $id) { __typename ... on Claim { value } } }"
    for partner, purpose in (("social-security", "means-check"), ("charity", "charity-matching"), ("auditor", "audit")):
        body = (await acting.post(partner, row, {"id": claim["id"]}, purpose=purpose)).json()
        assert "名M1" not in str(body)
        assert not (body.get("data") or {"node": None})["node"]
    await pool.execute("UPDATE person SET region = '110101' WHERE 'Person:' || id = $1", known)
    await register_of_public_security(acting, tmp_path, 姓名="名乙")
    assert await pool.fetchval("SELECT region FROM claim") == "110101"
    assert (await acting.ask("civil-affairs", row, {"id": claim["id"]}, purpose="assistance-review"))["node"] is None
    await pool.execute("UPDATE person SET region = $2 WHERE 'Person:' || id = $1", known, VILLAGE)
    await register_of_public_security(acting, tmp_path)
    assert await pool.fetchval("SELECT region FROM claim") == VILLAGE


async def test_a_value_that_stands_is_upheld_with_reasons_and_disputed_no_more(acting, known):
    case = await opened(acting, known)
    bare = {"id": case, "upheldReason": "AS_REGISTERED", "findings": "—"}
    refused = await step(acting, "public-security", "uphold", bare)
    assert [(error["__typename"], error["path"]) for error in refused["errors"]] == [("StepRefused", ["findings"])]
    given = {"id": case, "upheldReason": "AS_REGISTERED", "findings": "户籍档案与原始证明一致"}
    upheld = await taken(acting, "public-security", "uphold", given, "upheldReason")
    assert (upheld["state"], upheld["upheldReason"]) == ("UPHELD", "AS_REGISTERED")
    assert (await seen(acting, known))[1][0]["state"] == "UPHELD"


async def test_who_takes_too_long_is_known_to_the_authority_and_the_value_stays_disputed(acting, known):
    case = await opened(acting, known)
    await acting.runtime.pool.execute(
        "UPDATE correction_clock SET due_on = $1, next_at = now() - interval '1 hour', reminded_at = now()",
        TODAY - timedelta(days=1),
    )
    worker = Worker(acting.runtime.pool, acting.runtime.steps.tools, lambda _swept: None, lambda: datetime.now(UTC))
    assert (await worker.round()).late == 1
    events = "{ events(last: 5) { nodes { kind correction { id state item } } } }"
    found = (await acting.ask("data-authority", events, purpose="data-sharing"))["events"]["nodes"]
    assert {"id": case, "state": "OPEN", "item": "Person.birthDate"} in [each["correction"] for each in found]
    assert any(each["kind"].startswith("Correction.checking.") for each in found)
    # The authority knows that there is one, and nothing of the person.
    [got] = await mine(acting, "data-authority")
    assert (got["id"], got["provider"]) == (case, "PUBLIC_SECURITY")
    assert [got[name] for name in ("reasons", "proposed", "idNumber")] == [None] * 3


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"item": "Person.shoeSize"}, "item", "no item Person.shoeSize"),
        ({"item": "Household.region"}, "item", "no item Household.region"),
        ({"item": "Person.idNumber"}, "item", "Your own department provided it"),
        ({"person": None}, "person", "Say whose value it is"),
        ({"reasons": "错"}, "reasons", "at least 8 characters"),
        ({"person": "Person:00000000-0000-0000-0000-000000000001"}, "person", "There is no Person"),
    ],
)
async def test_what_cannot_be_corrected_is_refused_with_what_would_do(acting, known, changes, path, says):
    given = {"person": known, "item": "Person.birthDate", "reasons": REASONS, **changes}
    payload = await step(acting, "civil-affairs", "open", {name: each for name, each in given.items() if each})
    [error] = payload["errors"]
    assert error["path"] == [path]
    assert says in error["message"]


async def test_one_value_is_disputed_once_by_one_partner(acting, known):
    case = await opened(acting, known)
    given = {"person": known, "item": "Person.birthDate", "reasons": REASONS}
    [error] = (await step(acting, "civil-affairs", "open", given))["errors"]
    assert (error["__typename"], "is open" in error["message"]) == ("StepRefused", True)
    await taken(acting, "civil-affairs", "withdraw", {"id": case})
    await taken(acting, "civil-affairs", "open", given)
