"""What people may expect of departments and charities, over HTTP.

PIPL: 个人信息保护法. DB: 最低生活保障审核确认办法.
"""

from __future__ import annotations

import pytest

from consenting import (
    ADULT,
    OTHER,
    OTHERS,
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
)  # fmt: skip
from granting import put_in_force
from law.articles import article

NEEDS = "{ needs(first: 50) { nodes { id } } }"
PERSON = """query($n: String!) { person(idNumber: $n) { id idNumber name birthDate region
  consents { nodes { purpose state signedOn } } needs { nodes { kind } } corrections { nodes { item state } } } }"""


@pytest.fixture(scope="module", autouse=True)
async def agreed(acting):
    """Agreements, so that what is refused here is refused for another reason."""
    for partner, purpose in (
        ("charity", "charity-matching"), ("civil-affairs", "assistance-review"), ("social-security", "means-check"),
    ):  # fmt: skip
        await put_in_force(acting.runtime.pool, partner, purpose)
    await others_in_need(acting)


async def seen(acting):
    return {node["id"] for node in (await acting.ask("charity", NEEDS))["needs"]["nodes"]} - OTHERS


async def authorised(acting, home):
    query = "query($id: ID!) { node(id: $id) { ... on Household { checkAuthorised } } }"
    found = await acting.ask("civil-affairs", query, {"id": home.id}, purpose="assistance-review")
    return found["node"]["checkAuthorised"]


async def refusal(acting, name, given):
    [error] = (await step(acting, name, given))["errors"]
    return error["path"][0], error.get("article")


@article(
    "民发〔2023〕46",
    zh="经困难群众同意方可向慈善组织提供其需求信息",
    en="a charity sees a need only while the person consents to it, and nothing of the person",
)
async def test_mingfa_2023_46_a_charity_sees_a_need_by_consent_alone(acting):
    home = await settle(acting, numbered("19600203"))
    [need] = [home.need(number) for number in home.people]
    assert need not in await seen(acting)
    await in_force(acting, for_charities(home, next(iter(home.people))))
    assert need in await seen(acting)
    person = "{ needs(first: 1) { nodes { person { name } } } }"
    assert (await acting.post("charity", person)).json()["errors"][0]["extensions"]["code"] == "HUB-103"


@article(
    "DB 17",
    zh="家庭经济状况核对须经每名成员授权",
    en="means are checked once every member has authorised it, and not before",
)
async def test_db_17_no_check_without_every_members_authorisation(acting):
    home = await settle(acting, ADULT, OTHER)
    await in_force(acting, for_a_check(home, ADULT))
    assert await authorised(acting, home) is False
    last = await in_force(acting, for_a_check(home, OTHER))
    assert await authorised(acting, home) is True
    await taken(acting, "withdraw", {"id": last})
    assert await authorised(acting, home) is False


@article(
    "PIPL 13",
    zh="每次处理均有用途依据，无用途即拒绝",
    en="nothing is answered without a purpose, and each answer is recorded with its own",
)
async def test_pipl_13_no_answer_without_a_purpose(acting):
    headers = {"Authorization": f"Bearer {acting.tokens['civil-affairs']}"}
    bare = await acting.client.post("/graphql", json={"query": NEEDS}, headers=headers)
    assert "data" not in bare.json()
    assert bare.json()["errors"]
    unknown = await acting.post("charity", NEEDS, purpose="assistance-review")
    assert unknown.json()["errors"]
    await acting.ask("charity", NEEDS)
    recorded = "SELECT purpose FROM audit_record WHERE outcome = 'answered' ORDER BY seq DESC LIMIT 1"
    assert await acting.runtime.pool.fetchval(recorded) == "charity-matching"


@article(
    "PIPL 14",
    zh="同意须明示并留存凭证，登记未签署不生效",
    en="what was drawn up and not signed, or has no evidence, permits nothing",
)
async def test_pipl_14_consent_is_given_expressly_with_evidence(acting):
    home = await settle(acting, numbered("19710203"))
    [number] = home.people
    drawn = (await taken(acting, "draft", for_charities(home, number)))["id"]
    assert home.need(number) not in await seen(acting)
    without = {"id": drawn, "signedOn": day(0), "evidence": "—"}
    assert await refusal(acting, "sign", without) == ("evidence", "PIPL 14")
    await taken(acting, "sign", {"id": drawn, "signedOn": day(0), "evidence": "同意书 2026-0193"})
    assert home.need(number) in await seen(acting)


@article(
    "PIPL 15", zh="随时撤回，无须理由，下一次请求即生效", en="withdrawn without a reason, from the next request on"
)
async def test_pipl_15_a_withdrawal_needs_no_reason_and_holds_at_once(acting):
    home = await settle(acting, numbered("19720203"))
    [number] = home.people
    consent = await in_force(acting, for_charities(home, number))
    assert home.need(number) in await seen(acting)
    await taken(acting, "withdraw", {"id": consent})
    assert home.need(number) not in await seen(acting)


@article(
    "PIPL 17",
    zh="签署前载明处理目的与范围",
    en="a consent says for what, and what of the person, before it can be signed",
)
async def test_pipl_17_purpose_and_scope_stand_before_the_signature(acting):
    home = await settle(acting, numbered("19730203"))
    [number] = home.people
    for lacking in ("purpose", "scope"):
        given = {name: each for name, each in for_charities(home, number).items() if name != lacking}
        query = """mutation($input: DraftConsentInput!) { draftConsent(input: $input) { errors { __typename } } }"""
        response = await acting.post("civil-affairs", query, {"input": given}, purpose="assistance-review")
        assert lacking in response.json()["errors"][0]["message"]
    drawn = (await taken(acting, "draft", for_charities(home, number)))["id"]
    for state in ("DRAFT", "IN_FORCE"):
        query = "query($id: ID!) { node(id: $id) { ... on Consent { state purpose scope } } }"
        node = (await acting.ask("civil-affairs", query, {"id": drawn}, purpose="assistance-review"))["node"]
        assert node == {"state": state, "purpose": "CHARITY_MATCHING", "scope": "NEED"}
        if state == "DRAFT":
            await taken(acting, "sign", {"id": drawn, "signedOn": day(0), "evidence": "同意书 2026-0193"})


@article(
    "PIPL 24",
    zh="枢纽只比对，不作认定；受助资格不由程序自动变更",
    en="no step decides about assistance by itself: the hub compares, and people decide",
)
async def test_pipl_24_nothing_decides_about_assistance_by_itself(acting):
    query = '{ __type(name: "Mutation") { fields { name } } }'
    named = {
        field["name"]
        for purpose in ("assistance-review", "means-check")
        for field in (await acting.ask("civil-affairs", query, purpose=purpose))["__type"]["fields"]
    }
    assert named
    assert not [name for name in named if name.endswith(("Recipient", "MeansCheck", "Household"))]
    automatic = [
        (entity.name, each.name)
        for entity in acting.runtime.engine.catalogue
        if entity.process is not None
        for each in entity.process.steps.values()
        if each.automatic
    ]
    assert {entity for entity, _ in automatic} <= {
        "SharingRequest", "Consent", "Correction", "Proposal", "HouseholdCheck", "HomeVisit", "DeathRecheck",
        "Estimate",
    }  # fmt: skip
    # Help may be proposed, and its time may be over: that it is given, or not, is for people to say.
    assert {name for entity, name in automatic if entity == "Proposal"} == {
        "propose",
        "expire",
        "lapse",
        "archive",
        "close",
    }


@article(
    "PIPL 28",
    zh="敏感信息加密存储，非必要者仅见脱敏值",
    en="sensitive values are sealed in the store, and masked for whoever only compares them",
)
async def test_pipl_28_sensitive_values_are_sealed_and_masked(acting):
    number = numbered("19740203")
    await settle(acting, number)
    shown = await acting.ask(
        "social-security", "query($n: String!) { person(idNumber: $n) { idNumber name } }", {"n": number},
        purpose="means-check",
    )  # fmt: skip
    assert shown["person"]["idNumber"].startswith("23")
    assert number not in shown["person"]["idNumber"]
    for row in await acting.runtime.pool.fetch("SELECT to_jsonb(p)::text AS row FROM person p"):
        assert number not in row["row"]
        assert number.encode().hex() not in row["row"]


@article("PIPL 29", zh="单独同意：一份同意只对应一项目的", en="consent to one purpose is none to another")
async def test_pipl_29_each_purpose_needs_a_consent_of_its_own(acting):
    home = await settle(acting, numbered("19750203"))
    [number] = home.people
    mixed = for_charities(home, number, scope="MEANS")
    assert await refusal(acting, "draft", mixed) == ("scope", "PIPL 29")
    await in_force(acting, for_a_check(home, number))
    assert home.need(number) not in await seen(acting)


@article("PIPL 31", zh="不满十四周岁由监护人同意", en="for a child under 14 a guardian signs, and is named")
async def test_pipl_31_a_guardian_signs_for_a_child(acting):
    home = await settle(acting, child_number())
    alone = for_charities(home, child_number())
    assert await refusal(acting, "draft", alone) == ("signedBy", "PIPL 31")
    unnamed = for_charities(home, child_number(), signedBy="GUARDIAN")
    assert await refusal(acting, "draft", unnamed) == ("guardianName", "PIPL 31")


@article(
    "PIPL 44",
    zh="本人有权拒绝：未经同意不予展示，谁查看过均有记录",
    en="who does not consent is not shown; whoever is shown leaves a record of who looked",
)
async def test_pipl_44_who_refuses_is_not_shown_and_who_looked_is_known(acting):
    number = numbered("19760203")
    home = await settle(acting, number)
    assert home.need(number) not in await seen(acting)
    before = await acting.runtime.pool.fetchval("SELECT max(seq) FROM audit_record")
    await acting.ask("civil-affairs", PERSON, {"n": number}, purpose="assistance-review")
    record = await acting.runtime.pool.fetchrow(
        "SELECT p.name, a.purpose, length(a.subjects) AS subjects FROM audit_record a"
        " JOIN partner p ON p.id = a.partner_id WHERE a.seq > $1", before,
    )  # fmt: skip
    assert tuple(record) == ("civil-affairs", "assistance-review", 16)


@article(
    "PIPL 45",
    zh="本人信息可由民政窗口一次查阅、复制",
    en="civil affairs can show a person all that is kept of them, by one query",
)
async def test_pipl_45_a_person_can_be_shown_what_is_kept(acting):
    number = numbered("19770203")
    home = await settle(acting, number)
    await in_force(acting, for_charities(home, number))
    found = (await acting.ask("civil-affairs", PERSON, {"n": number}, purpose="assistance-review"))["person"]
    assert (found["idNumber"], found["name"]) == (number, "测试")
    assert [each["state"] for each in found["consents"]["nodes"]] == ["IN_FORCE"]
    assert [each["kind"] for each in found["needs"]["nodes"]] == ["FOOD"]


@article(
    "PIPL 46",
    zh="不准确信息提出更正，未经核查不下结论",
    en="a wrong value can be disputed; the provider checks it, or says with reasons why it stands",
)
async def test_pipl_46_a_dispute_is_answered_and_never_by_silence(acting):
    process = acting.runtime.engine.catalogue["Correction"].process
    clock = process.clocks["checking"]
    assert [late.__class__.__name__ for late in clock.late] == ["Escalate"]
    names = {field["name"] for field in (await acting.ask(
        "civil-affairs", '{ __type(name: "Mutation") { fields { name } } }', purpose="assistance-review"
    ))["__type"]["fields"]}  # fmt: skip
    assert "openCorrection" in names
    assert set(process.steps["uphold"].takes) == {"upheld_reason", "findings"}


@article(
    "PIPL 47",
    zh="同意终止后，通知曾接收方处置",
    en="when consent is over, whoever may have the need is told to dispose of it",
)
async def test_pipl_47_whoever_had_it_is_told_to_dispose_of_it(acting):
    home = await settle(acting, numbered("19780203"))
    [number] = home.people
    consent = await in_force(acting, for_charities(home, number))
    await taken(acting, "withdraw", {"id": consent})
    notices = await acting.ask("charity", "{ disposalNotices(first: 50) { nodes { needId disposeBy } } }")
    assert home.need(number) in {each["needId"] for each in notices["disposalNotices"]["nodes"]}
