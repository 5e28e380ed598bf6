"""政务数据共享条例, the Regulation on Government Data Sharing (SR): over HTTP, as departments meet it."""

from __future__ import annotations

import asyncpg
import pytest

from acting_events import asked
from consenting import TODAY
from correcting import REASONS, person, registers, taken
from granting import put_in_force
from law.articles import article

ENTRY = """{ catalogue { name zh provider format frequency share method conditions class lastUpdatedAt overdue
  legalBasis items { name zh } } catalogueVersion { digest since } }"""
RECIPIENTS = "{ recipients(first: 1) { totalCount } }"


async def entries(acting, partner="social-security", purpose="benefit-coordination"):
    found = await acting.ask(partner, ENTRY, purpose=purpose)
    return {entry["name"]: entry for entry in found["catalogue"]}, found["catalogueVersion"]


async def clock(acting, row, name):
    query = """query($id: ID!) { node(id: $id) { ... on SharingRequest { clocks { nodes { clock beganOn dueOn article
        budget unit } } } } }"""
    clocks = (await acting.ask("data-authority", query, {"id": row}))["node"]["clocks"]["nodes"]
    return next(each for each in clocks if each["clock"] == name)


async def why(acting, partner, purpose):
    """What a partner gets of recipients, and what it is told."""
    body = (await acting.post(partner, RECIPIENTS, purpose=purpose)).json()
    return body["data"]["recipients"], " ".join(each["reason"] for each in body["extensions"]["access"])


@article(
    "SR 13",
    zh="目录载明数据项、提供单位、格式、更新频率、共享属性、方式、条件、分级",
    en="every entity stands in the catalogue with all of it",
)
async def test_sr_13_the_catalogue_states_all_of_every_entry(acting):
    found, _version = await entries(acting)
    for entry in found.values():
        for stated in ("zh", "provider", "format", "frequency", "share", "method", "conditions", "class"):
            assert entry[stated], (entry["name"], stated)
        assert all(item["zh"] for item in entry["items"])


@article(
    "SR 14",
    zh="无条件共享的数据无须协议，有条件共享的须有协议",
    en="what is shared on conditions is withheld without an agreement",
)
async def test_sr_14_conditional_data_needs_an_agreement_and_unconditional_none(acting):
    found, _version = await entries(acting)
    assert (found["Region"]["share"], found["Recipient"]["share"]) == ("UNCONDITIONAL", "CONDITIONAL")
    assert await acting.ask("social-security", "{ regions(first: 1) { totalCount } }", purpose="benefit-coordination")
    rows, told = await why(acting, "social-security", "benefit-coordination")
    assert rows is None
    assert "no agreement in force covers this item" in told


@article(
    "SR 15",
    zh="不予共享的数据载明法律依据，不受理申请",
    en="what is not shared cites its legal basis, and cannot be asked for",
)
async def test_sr_15_what_is_not_shared_says_by_which_law(acting):
    found, _version = await entries(acting, "civil-affairs", "assistance-review")
    kept = [entry for entry in found.values() if entry["share"] == "NOT_SHARED"]
    assert kept
    assert all(entry["legalBasis"] for entry in kept)
    given = asked(items=[f"{kept[0]['name']}.id"])
    [refused] = (await acting.step("social-security", "submitSharingRequest", given))["errors"]
    assert (refused["article"], refused["path"]) == ("SR 15", ["items"])


@article(
    "SR 17",
    zh="目录版本及其生效时间可查，逾期更新可见",
    en="the catalogue says since when it is so, and which updates are overdue",
)
async def test_sr_17_the_catalogue_tells_its_version_and_what_has_not_come(acting):
    found, version = await entries(acting)
    assert version["digest"]
    assert version["since"][:10] <= TODAY.isoformat()
    assert found["Recipient"]["lastUpdatedAt"] is None
    assert found["Recipient"]["overdue"]


@article(
    "SR 20",
    zh="申请载明依据、场景、范围、方式、期限",
    en="a request without basis, scenario, scope or period is refused",
)
@pytest.mark.parametrize(
    ("wrong", "path"),
    [({"basis": "—"}, "basis"), ({"scenario": " "}, "scenario"), ({"purpose": "marketing"}, "purpose")],
)
async def test_sr_20_a_request_states_what_for(acting, wrong, path):
    [refused] = (await acting.step("social-security", "submitSharingRequest", asked(**wrong)))["errors"]
    assert refused["path"] == [path]


@article(
    "SR 21",
    zh="有条件共享十个工作日内答复，材料不全一次性告知，不予共享说明理由",
    en="ten working days to answer, one notice of all that is missing, reasons for a refusal",
)
async def test_sr_21_an_answer_in_ten_working_days_one_notice_and_reasons(acting):
    row = (await acting.taken("social-security", "submit", asked()))["id"]
    running = await clock(acting, row, "answer")
    assert (running["budget"], running["unit"], running["article"]) == (10, "working days", "SR 21")
    gaps = {"id": row, "gaps": "缺少使用场景的法律依据"}
    await acting.taken("civil-affairs", "sendBack", gaps)
    await acting.taken("social-security", "complete", {"id": row, "scenario": "依据第五十八条核对养老金与救助待遇"})
    [again] = (await acting.step("civil-affairs", "sendBackSharingRequest", gaps))["errors"]
    assert "once" in again["message"]
    [bare] = (await acting.step("civil-affairs", "refuseSharingRequest", {"id": row, "refusalReasons": "—"}))["errors"]
    assert bare["path"] == ["refusalReasons"]


@article("SR 22", zh="同意后二十个工作日内提供", en="twenty working days to deliver what was agreed")
async def test_sr_22_twenty_working_days_to_deliver(acting):
    row = (await acting.taken("social-security", "submit", asked()))["id"]
    await acting.taken("civil-affairs", "accept", {"id": row})
    running = await clock(acting, row, "delivery")
    assert (running["budget"], running["unit"], running["article"]) == (20, "working days", "SR 22")


@article("SR 25", zh="不得用于其他用途，不得提供给第三方", en="an agreement serves its one purpose and its one partner")
async def test_sr_25_no_other_purpose_and_no_third_party(acting):
    await put_in_force(acting.runtime.pool, "social-security", "benefit-coordination")
    rows, _told = await why(acting, "social-security", "benefit-coordination")
    assert rows is not None
    for partner, purpose in (("social-security", "means-check"), ("second-social-security", "benefit-coordination")):
        rows, told = await why(acting, partner, purpose)
        assert rows is None, partner
        assert "no agreement in force covers this item for this purpose" in told
    refused = await acting.post("charity", RECIPIENTS, purpose="charity-matching")
    assert refused.json()["errors"][0]["extensions"]["code"] == "HUB-103"


@article(
    "SR 26",
    zh="十个工作日内核查更正，其间标明争议",
    en="a disputed value goes to its provider, who has ten working days",
)
async def test_sr_26_a_correction_reaches_its_provider_with_ten_working_days(acting, tmp_path):
    await put_in_force(acting.runtime.pool, "civil-affairs", "assistance-review")
    await registers(acting, tmp_path)
    given = {"person": await person(acting), "item": "Person.birthDate", "reasons": REASONS}
    case = (await taken(acting, "civil-affairs", "open", given))["id"]
    mine = "{ corrections(first: 5) { nodes { id state clocks { nodes { budget unit article } } } } }"
    [got] = (await acting.ask("public-security", mine, purpose="data-sharing"))["corrections"]["nodes"]
    assert (got["id"], got["state"]) == (case, "OPEN")
    assert got["clocks"]["nodes"] == [{"budget": 10, "unit": "working days", "article": "SR 26"}]


@article(
    "SR 27",
    zh="滥用者暂停共享，使用目的达到后处置",
    en="who abuses data is suspended; after the end they are disposed of, with proof",
)
async def test_sr_27_an_abuser_is_suspended_and_what_ended_is_disposed_of(acting):
    row = await acting.agree("second-social-security", ["Recipient.id"], "benefit-coordination")
    await acting.taken("data-authority", "suspend", {"id": row, "suspensionReasons": "将数据用于其他用途"})
    _rows, told = await why(acting, "second-social-security", "benefit-coordination")
    assert "the agreement on it is suspended" in told
    await acting.taken("data-authority", "resume", {"id": row, "ruling": "已整改，恢复共享"})
    await acting.taken("second-social-security", "end", {"id": row})
    assert (await clock(acting, row, "disposal"))["dueOn"]
    disposed = {"id": row, "disposalProof": "数据已删除，附销毁记录"}
    assert (await acting.taken("second-social-security", "dispose", disposed))["state"] == "DISPOSED"


@article(
    "SR 29",
    zh="使用记录至少保存三年，不可更改、删除",
    en="the record of every answer is kept; nobody changes or deletes one",
)
async def test_sr_29_no_record_of_use_is_changed_or_deleted(acting):
    await acting.ask("social-security", "{ regions(first: 1) { totalCount } }", purpose="benefit-coordination")
    pool = acting.runtime.pool
    kept = await pool.fetchval("SELECT count(*) FROM audit_record")
    for statement in ("DELETE FROM audit_record", "UPDATE audit_record SET rows = 0", "TRUNCATE audit_record"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)
    assert await pool.fetchval("SELECT count(*) FROM audit_record") == kept > 0
