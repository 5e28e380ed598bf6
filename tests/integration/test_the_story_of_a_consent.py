"""A charity sees a need, consent is withdrawn, and from the next request on it has it no more: all of it over HTTP."""

from __future__ import annotations

import orjson
import pytest

import following
import hub.app
from consenting import ADULT, OTHER, OTHERS, day, for_charities, in_force, others_in_need, settle, taken
from following import follower
from granting import put_in_force

__all__ = ["follower"]  # a fixture of another file

NEEDS = "{ needs(first: 50) { totalCount nodes { id kind status } } }"
NODE = "query($id: ID!) { node(id: $id) { id } }"
EVENTS = """subscription($after: String) { events(after: $after) {
  nodes { kind need { id kind } disposalNotice { needId disposeBy } } pageInfo { endCursor } } }"""
PAGE = "query($after: String) { needs(first: 1, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }"
NOTICES = "{ disposalNotices(first: 50) { nodes { needId madeOn disposeBy } } }"
HISTORY = """query($id: ID!) { node(id: $id) { ... on Consent {
  history(orderBy: [{field: VERSION}]) { nodes { step partner article } } } } }"""


async def seen(acting):
    needs = (await acting.ask("charity", NEEDS))["needs"]
    assert needs["totalCount"] == len(needs["nodes"])
    return {node["id"] for node in needs["nodes"]} - OTHERS


async def audited(acting, partner, action):
    rows = await acting.runtime.pool.fetch(
        "SELECT a.outcome, a.rows FROM audit_record a JOIN partner p ON p.id = a.partner_id"
        " WHERE p.name = $1 AND a.action = $2 ORDER BY a.seq",
        partner, action,
    )  # fmt: skip
    return [tuple(row) for row in rows]


@pytest.fixture
def following_needs(monkeypatch):
    monkeypatch.setattr(following, "FOLLOW", EVENTS)


@pytest.mark.usefixtures("following_needs")
async def test_a_need_is_shown_by_consent_and_is_gone_with_the_next_request_after_it(acting, follower):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")
    await others_in_need(acting)
    home = await settle(acting, ADULT, OTHER)
    mine = {home.need(ADULT), home.need(OTHER)}
    assert await seen(acting) == set()
    async with follower.follow("charity") as stream:
        # 1. A consent that is drawn up shows nothing; signed, it shows the need, and the stream says so.
        drawn = (await taken(acting, "draft", for_charities(home, ADULT)))["id"]
        assert await seen(acting) == set()
        signed = await taken(acting, "sign", {"id": drawn, "signedOn": day(0), "evidence": "同意书 2026-0193"})
        assert signed["state"] == "IN_FORCE"
        other = await in_force(acting, for_charities(home, OTHER))
        assert await seen(acting) == {home.need(ADULT), home.need(OTHER)}
        first, second = await stream.nodes(2)
        shown = {"id": home.need(ADULT), "kind": "FOOD"}
        assert first == {"kind": "Need.consented", "need": shown, "disposalNotice": None}
        assert second["need"]["id"] == home.need(OTHER)

        # 2. Of a list that is read page by page, one page has left.
        page = (await acting.ask("charity", PAGE))["needs"]
        while page["nodes"][0]["id"] not in mine:
            page = (await acting.ask("charity", PAGE, {"after": page["pageInfo"]["endCursor"]}))["needs"]
        assert page["pageInfo"]["hasNextPage"]
        left = page["nodes"][0]["id"]

        # 3. The consent to the need that did not leave yet is withdrawn.
        number, consent = (OTHER, other) if left == home.need(ADULT) else (ADULT, drawn)
        over = await taken(acting, "withdraw", {"id": consent}, "endReason endedOn")
        assert (over["state"], over["endReason"], over["endedOn"]) == ("WITHDRAWN", "WITHDRAWN", day(0))

        # 4. The next request, the next page and the stream have it no more; whoever had it is to dispose of it.
        assert await seen(acting) == {left}
        while page["pageInfo"]["hasNextPage"]:
            page = (await acting.ask("charity", PAGE, {"after": page["pageInfo"]["endCursor"]}))["needs"]
            assert page["nodes"][0]["id"] in OTHERS
        assert await acting.ask("charity", NODE, {"id": home.need(number)}) == {"node": None}
        [told] = await stream.nodes(1)
        assert (told["kind"], told["need"]) == ("DisposalNotice.made", None)
        assert told["disposalNotice"]["needId"] == home.need(number)
    # Whoever reads the events from the beginning finds nothing of the need but the notice.
    async with follower.follow("charity") as stream:
        again = await stream.nodes(2)
        assert [node["kind"] for node in again] == ["Need.consented", "DisposalNotice.made"]
        assert again[0]["need"]["id"] == left
    notices = (await acting.ask("charity", NOTICES))["disposalNotices"]["nodes"]
    assert [notice["needId"] for notice in notices] == [home.need(number)]

    # 5. The audit has both: what was answered before and after, and each step.
    answered = [rows for outcome, rows in await audited(acting, "charity", "query") if outcome == "answered"]
    before, after = len(OTHERS) + 2, len(OTHERS) + 1
    assert answered.index(before) < len(answered) - 1 - answered[::-1].index(after)
    assert await audited(acting, "civil-affairs", "step") == [("taken", 1)] * 5
    found = await acting.ask("civil-affairs", HISTORY, {"id": consent}, purpose="assistance-review")
    lines = found["node"]["history"]["nodes"]
    assert [(line["step"], line["partner"]) for line in lines] == [
        (step, "civil-affairs") for step in ("draft", "sign", "withdraw")
    ]


async def test_an_export_under_way_has_no_page_of_what_was_withdrawn(acting, monkeypatch):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")
    home = await settle(acting, *(f"23050219800101{serial}" for serial in ("0059", "0067", "0075")))
    consents = {number: await in_force(acting, for_charities(home, number)) for number in home.people}
    monkeypatch.setattr(hub.app, "EXPORT_PAGE", 1)
    look_up, pages = hub.app.look_up, []

    async def withdrawn_before_the_second_page(*given):
        pages.append(given)
        if len(pages) == 2:
            for consent in consents.values():
                await taken(acting, "withdraw", {"id": consent})
        return await look_up(*given)

    monkeypatch.setattr(hub.app, "look_up", withdrawn_before_the_second_page)
    needs = {need for number in home.people if (need := home.need(number))}
    response = await acting.client.post(
        "/export", json={"query": "{ needs(orderBy: [{field: KIND, direction: DESC}]) { nodes { id } } }"},
        headers={"Authorization": f"Bearer {acting.tokens['charity']}", "Hub-Purpose": "charity-matching"},
    )  # fmt: skip
    rows = [line["row"]["id"] for line in map(orjson.loads, response.text.splitlines()) if "row" in line]
    assert response.status_code == 200
    assert len(needs.intersection(rows)) <= 1  # what left before it was withdrawn
    assert len(pages) >= 2
