"""Members of partners, over HTTP: what they may, and where their tokens stand and their names do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from enrolling import member, token
from hub.auth import Identity, MemberUnfit, enroll, identity
from hub.cli.audit import opened
from hub.process.calendar import day_of
from hub.store import members, partners

TODAY = day_of(datetime.now(UTC))
ASKED = {
    "provider": "CIVIL_AFFAIRS", "items": ["Recipient.category"], "purpose": "benefit-coordination",
    "regions": ["230502"], "method": "QUERY", "basis": "社会救助暂行办法第五十八条",
    "scenario": "核对养老金与救助待遇是否重复", "startsOn": TODAY.isoformat(),
    "endsOn": (TODAY + timedelta(days=90)).isoformat(),
}  # fmt: skip
RECIPIENTS = "{ recipients(first: 300) { nodes { region monthlyAmount } } }"
HISTORY = """query($id: ID!) { node(id: $id) { ... on SharingRequest {
    history(orderBy: [{field: VERSION}]) { nodes { step partner member } } } } }"""


@pytest.fixture
def hub(acting_with_rows):
    return acting_with_rows


@pytest.fixture
def asking(hub):
    """Add a member and let it ask as the partners of the tests do."""

    async def added(partner, name, **rights):
        row = await member(hub.runtime, partner, name, **rights)
        hub.tokens[partner] = await token(hub.runtime, row)
        return row

    before = dict(hub.tokens)
    yield added
    hub.tokens.update(before)


async def refusal(hub, partner, purpose):
    response = await hub.post(partner, RECIPIENTS, purpose=purpose)
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


async def test_a_member_sees_amounts_in_its_own_divisions(hub, asking):
    async def opened_in():
        nodes = (await hub.ask("civil-affairs", RECIPIENTS, purpose="assistance-review"))["recipients"]["nodes"]
        return {node["region"][:6] for node in nodes if node["monthlyAmount"] is not None}

    assert {"230502", "230503"} <= await opened_in()
    await asking("civil-affairs", "王小明", regions=["230502"])
    assert await opened_in() == {"230502"}


async def test_a_purpose_of_the_partner_that_the_member_does_not_have_is_refused(hub, asking):
    await asking("civil-affairs", "李小红", purposes=["assistance-review"])
    assert (await hub.post("civil-affairs", RECIPIENTS, purpose="assistance-review")).status_code == 200
    assert await refusal(hub, "civil-affairs", "statistics") == (403, "HUB-311")


async def test_a_purpose_that_the_partner_lost_is_refused_to_a_member_that_still_has_it(hub, asking):
    await asking("second-civil-affairs", "赵小兰")
    pool = hub.runtime.pool
    await pool.execute("UPDATE partner SET purposes = '{statistics}' WHERE name = 'second-civil-affairs'")
    try:
        assert await refusal(hub, "second-civil-affairs", "data-sharing") == (403, "HUB-311")
    finally:
        await pool.execute("UPDATE partner SET purposes = '{data-sharing}' WHERE name = 'second-civil-affairs'")


async def test_an_agreement_of_the_partner_counts_in_the_members_divisions(hub, asking):
    query = "{ recipients(first: 300) { nodes { region } } }"
    await hub.agree("social-security", ["Recipient.region"], "benefit-coordination")
    whole = (await hub.ask("social-security", query, purpose="benefit-coordination"))["recipients"]["nodes"]
    assert {"230502", "230503"} <= {node["region"][:6] for node in whole}
    await asking("social-security", "孙小梅", regions=["230503"])
    nodes = (await hub.ask("social-security", query, purpose="benefit-coordination"))["recipients"]["nodes"]
    assert {node["region"][:6] for node in nodes} == {"230503"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"roles": ["auditor"]}, "has no role auditor. It has: charity"),
        ({"purposes": ["audit"]}, "has no purpose audit"),
        ({"regions": ["23"]}, "23 is not within the divisions"),
        ({"regions": ["230600"]}, "230600 is not within"),
    ],
    ids=str,
)
async def test_a_member_never_has_more_than_its_partner(hub, asked, said):
    with pytest.raises(MemberUnfit, match=said):
        await member(hub.runtime, "charity", "钱小刚", **asked)
    assert await members.list_members(hub.runtime.pool, "charity") == []


@pytest.mark.parametrize("name", ["", "  ", "王\n明", "x" * 201])
async def test_a_name_that_nobody_could_read_is_refused(hub, name):
    with pytest.raises(MemberUnfit, match="1 to 200 characters"):
        await member(hub.runtime, "charity", name)


async def test_a_person_is_added_once_and_again_once_it_was_ended_under_the_same_token(hub):
    pool = hub.runtime.pool
    first = await member(hub.runtime, "auditor", "周小华")
    with pytest.raises(members.MemberExists, match=first.member.text):
        await member(hub.runtime, "auditor", "周小华")
    await members.end_member(pool, first.member.token, datetime.now(UTC))
    again = await member(hub.runtime, "auditor", "周小华")
    assert (again.member.token, again.id == first.id) == (first.member.token, False)
    assert (await members.find_member(pool, first.member.text)).id == again.id


async def test_the_same_name_at_two_partners_is_two_people(hub):
    one = await member(hub.runtime, "real-estate", "吴小军")
    other = await member(hub.runtime, "public-security", "吴小军")
    assert one.member.token != other.member.token


async def test_names_and_subjects_are_sealed_and_opened_for_who_may_know(hub):
    partner = await partners.find_partner(hub.runtime.pool, "auditor")
    who = Identity("郑小龙", "https://id.example", "zheng-0451")
    row = await enroll(
        hub.runtime.pool, hub.runtime.vault, partner, who, roles=[], regions=[], purposes=[], now=datetime.now(UTC)
    )
    stored = await hub.runtime.pool.fetchrow("SELECT * FROM member WHERE id = $1", row.id)
    everything = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in stored.values())
    assert "郑小龙".encode() not in everything
    assert b"zheng-0451" not in everything
    assert identity(hub.runtime.vault, row) == who


async def test_audit_and_history_name_the_member_by_token_and_only_that(hub, asking):
    row = await asking("social-security", "冯小雨")
    step = (await hub.taken("social-security", "submit", ASKED))["id"]
    audited = await hub.runtime.pool.fetch("SELECT * FROM audit_record WHERE member = $1", row.member.token)
    assert {record["outcome"] for record in audited} == {"taken"}
    assert "冯小雨" not in str(audited)
    [line] = (await hub.ask("social-security", HISTORY, {"id": step}, purpose="data-sharing"))["node"]["history"][
        "nodes"
    ]
    assert line == {"step": "submit", "partner": "social-security", "member": row.member.text}


async def test_who_took_a_step_is_for_its_own_office_and_auditors_to_know(hub, asking):
    row = await asking("social-security", "陈小东")
    step = (await hub.taken("social-security", "submit", ASKED))["id"]
    for partner, purpose, seen in (
        ("social-security", "data-sharing", row.member.text),
        ("civil-affairs", "data-sharing", None),
        ("data-authority", "data-sharing", None),
        ("auditor", "audit", row.member.text),
    ):
        [line] = (await hub.ask(partner, HISTORY, {"id": step}, purpose=purpose))["node"]["history"]["nodes"]
        assert (line["partner"], line["member"]) == ("social-security", seen), partner


async def test_two_members_may_use_the_same_idempotency_key(hub, asking):
    given = {**ASKED, "idempotencyKey": "request-1"}
    rows = []
    for name in ("褚小燕", "卫小平"):
        await asking("social-security", name)
        rows.append((await hub.taken("social-security", "submit", given))["id"])
        assert (await hub.taken("social-security", "submit", given))["id"] == rows[-1]
    assert rows[0] != rows[1]


async def test_a_refusal_of_a_member_stands_under_its_token_in_the_audit(hub, asking):
    row = await asking("civil-affairs", "蒋小波", purposes=["statistics"])
    await refusal(hub, "civil-affairs", "assistance-review")
    outcomes = await hub.runtime.pool.fetch("SELECT outcome FROM audit_record WHERE member = $1", row.member.token)
    assert [record["outcome"] for record in outcomes] == ["refused:HUB-311"]


async def test_opening_who_asked_says_the_name_and_stands_in_the_audit_itself(hub, asking):
    row = await asking("civil-affairs", "沈小云")
    response = await hub.post("civil-affairs", RECIPIENTS, purpose="assistance-review")
    request = response.headers["hub-request-id"]
    [by_request] = await opened(hub.runtime, request, 20)
    [by_member] = await opened(hub.runtime, row.member.text, 20)
    assert by_request == by_member
    assert (by_request["name"], by_request["member"], by_request["request"]) == ("沈小云", row.member.text, request)
    kept = await hub.runtime.pool.fetch(
        "SELECT rows, subjects FROM audit_record WHERE action = 'open-members' AND subjects = $1", row.member.token
    )
    assert len(kept) == 2


async def test_what_the_partners_own_system_did_has_no_person(hub):
    response = await hub.post("civil-affairs", RECIPIENTS, purpose="assistance-review")
    [line] = await opened(hub.runtime, response.headers["hub-request-id"], 20)
    assert (line["partner"], line["member"], line["name"]) == ("civil-affairs", None, None)


@pytest.mark.parametrize("text", ["mem_", "mem_12", "mem_zzzzzzzz", "mem_00000000", "王小明"])
async def test_a_token_that_no_member_has_is_refused(hub, text):
    with pytest.raises(members.NoSuchMember, match="No member has"):
        await members.find_member(hub.runtime.pool, text)
