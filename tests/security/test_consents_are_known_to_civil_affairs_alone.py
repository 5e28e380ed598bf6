"""Attack: learn who consented to what, or that a need exists that nobody may know of; sign or withdraw for others."""

from __future__ import annotations

import pytest
import pytest_asyncio

from consenting import ADULT, GUARDIAN, OTHER, day, for_charities, in_force, others_in_need, settle, taken
from consenting import OTHERS as NEEDS_OF_OTHERS
from granting import put_in_force

DRAFT = "mutation($input: DraftConsentInput!) { draftConsent(input: $input) { consent { id } errors { __typename } } }"
WITHDRAW = "mutation($id: ID!) { withdrawConsent(input: {id: $id}) { consent { id } errors { __typename } } }"
UNKNOWN = {"HUB-103", "HUB-205", "HUB-201", "HUB-151"}
OTHERS = [
    ("charity", "charity-matching"), ("charity", "data-sharing"), ("social-security", "means-check"),
    ("social-security", "benefit-coordination"), ("auditor", "audit"), ("data-authority", "data-sharing"),
    ("public-security", "data-sharing"), ("civil-affairs", "statistics"), ("civil-affairs", "data-sharing"),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def home(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")
    for purpose in ("means-check", "benefit-coordination"):
        await put_in_force(acting.runtime.pool, "social-security", purpose)
    await others_in_need(acting)
    made = await settle(acting, ADULT, OTHER)
    await in_force(acting, for_charities(made, ADULT))
    return made


@pytest.mark.parametrize(("partner", "purpose"), OTHERS)
async def test_nobody_else_takes_a_step_with_a_consent(acting, home, partner, purpose):
    consent = await acting.runtime.pool.fetchval("SELECT id FROM consent WHERE state = 'IN_FORCE'")
    for query, variables in (
        (DRAFT, {"input": for_charities(home, OTHER)}), (WITHDRAW, {"id": f"Consent:{consent}"})
    ):  # fmt: skip
        response = await acting.post(partner, query, variables, purpose=purpose)
        assert response.status_code in {400, 403}, response.json()
    found = await acting.runtime.pool.fetch("SELECT state FROM consent")
    assert [row[0] for row in found] == ["IN_FORCE"]


@pytest.mark.parametrize(("partner", "purpose"), OTHERS)
async def test_nobody_else_learns_of_consents(acting, home, partner, purpose):
    consent = await acting.runtime.pool.fetchval("SELECT id FROM consent WHERE state = 'IN_FORCE'")
    body = (await acting.post(partner, "{ consents(first: 5) { totalCount nodes { id } } }", purpose=purpose)).json()
    assert "errors" in body or body["data"]["consents"] is None
    for kind in ("Consent", "Need", "Person"):
        query = f"query($id: ID!) {{ node(id: $id) {{ id ... on {kind} {{ consents(first: 1) {{ totalCount }} }} }} }}"
        body = (await acting.post(partner, query, {"id": home.person(ADULT)}, purpose=purpose)).json()
        assert "errors" in body or not (body["data"]["node"] or {}).get("consents")
    body = (
        await acting.post(
            partner, "query($id: ID!) { node(id: $id) { id } }", {"id": f"Consent:{consent}"}, purpose=purpose
        )
    ).json()
    assert "errors" in body or body["data"]["node"] is None
    kinds = (await acting.post(partner, "{ events(first: 100) { nodes { kind } } }", purpose=purpose)).json()
    nodes = ((kinds.get("data") or {}).get("events") or {"nodes": []})["nodes"]
    assert not [node for node in nodes if node["kind"].startswith("Consent.")]


@pytest.mark.parametrize(
    "query",
    [
        "{ needs { totalCount } }",
        "{ needs(where: {status: {eq: OPEN}}) { totalCount } }",
        "{ needs(where: {not: {status: {eq: MET}}}) { totalCount } }",
        '{ needs(where: {county: {within: "2305"}}) { totalCount } }',
        "{ needs(first: 50) { nodes { id } pageInfo { hasNextPage } } }",
    ],
)  # fmt: skip
async def test_no_count_and_no_page_tells_of_a_need_without_consent(acting, home, query):
    needs = (await acting.ask("charity", query))["needs"]
    shown = {home.need(ADULT), *NEEDS_OF_OTHERS}
    if "nodes" in needs:
        assert ({node["id"] for node in needs["nodes"]}, needs["pageInfo"]) == (shown, {"hasNextPage": False})
    else:
        assert needs == {"totalCount": len(shown)}


async def test_a_charity_does_not_learn_of_a_need_by_its_id_nor_by_a_filter_on_consent(acting, home):
    found = await acting.ask("charity", "query($id: ID!) { node(id: $id) { id } }", {"id": home.need(OTHER)})
    assert found == {"node": None}
    for condition in ("consented: {eq: false}", "consented: {eq: true}"):
        response = await acting.post("charity", f"{{ needs(where: {{{condition}}}) {{ totalCount }} }}")
        assert response.status_code in {400, 403}


async def test_what_a_consent_says_in_words_stands_sealed_in_its_row_and_its_history(acting, home):
    guardian = {"signedBy": "GUARDIAN", "guardianName": "王监护人", "guardianIdNumber": GUARDIAN}
    row = await in_force(acting, for_charities(home, OTHER, **guardian), evidence="卷宗 2026-KEEP-193")
    await taken(acting, "withdraw", {"id": row, "withdrawalEvidence": "来信 2026-KEEP-77"})
    tables = [
        row[0]
        for row in await acting.runtime.pool.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    ]
    for table in tables:
        text = "\n".join(r[0] or "" for r in await acting.runtime.pool.fetch(f"SELECT t::text FROM {table} t"))
        for word in ("KEEP", "王监护人", GUARDIAN):
            assert word not in text, table
            assert word.encode().hex() not in text, table


@pytest.mark.usefixtures("home")
async def test_a_notice_to_dispose_says_nothing_but_the_id_and_only_where_the_need_could_be_seen(acting):
    unseen = await settle(acting, GUARDIAN)
    drawn = (await taken(acting, "draft", for_charities(unseen, GUARDIAN)))["id"]
    await taken(acting, "withdraw", {"id": drawn})
    later = await in_force(acting, for_charities(unseen, GUARDIAN, startsOn=day(2)))
    await taken(acting, "withdraw", {"id": later})
    found = await acting.ask("charity", "{ disposalNotices(first: 50) { nodes { needId region } } }")
    assert unseen.need(GUARDIAN) not in {notice["needId"] for notice in found["disposalNotices"]["nodes"]}
    # A charity elsewhere, and whoever comes when the time for disposing is over, sees none.
    await acting.runtime.pool.execute(
        "UPDATE disposal_notice SET current = datemultirange(daterange('2020-01-01', '2020-01-15'))"
    )
    found = await acting.ask(
        "charity", "{ disposalNotices(first: 50) { nodes { needId } } events(first: 100) { nodes { kind } } }"
    )
    assert found["disposalNotices"]["nodes"] == []
    assert "DisposalNotice.made" not in {event["kind"] for event in found["events"]["nodes"]}
