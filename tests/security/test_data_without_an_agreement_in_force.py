"""Attack: have data for another purpose, after its day, from outside its divisions, or before it can be stopped."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest

import hub.app
import hub.http.identify
from hub.app import create_app
from hub.process.calendar import day_of
from hub.runtime import running

TODAY = day_of(datetime.now(UTC))
ITEMS = ("Recipient.category", "Recipient.region")
PURPOSE = "benefit-coordination"
RECIPIENTS = "{ recipients(first: 50) { totalCount nodes { id category region } } }"
BULK = "{ recipients { nodes { id category region } } }"
ABUSED = "超出约定用途使用数据"


@pytest.fixture
def acting(acting_with_rows):
    return acting_with_rows


@asynccontextmanager
async def agreed(acting, *, items=ITEMS, purpose=PURPOSE, requester="social-security", **changes):
    """An agreement in force, ended with the block."""
    row = await acting.agree(requester, items, purpose, **changes)
    try:
        yield row
    finally:
        state = await acting.runtime.pool.fetchval(
            "SELECT state FROM sharing_request WHERE id = $1::text::uuid", row.split(":")[1]
        )
        if state in ("ACTIVE", "SUSPENDED"):
            await acting.taken(requester, "end", {"id": row})
        await acting.taken(requester, "dispose", {"id": row, "disposalProof": "已删除全部副本并留存记录"})


async def suspend(acting, row):
    await acting.taken("data-authority", "suspend", {"id": row, "suspensionReasons": ABUSED})


async def resume(acting, row):
    await acting.taken("data-authority", "resume", {"id": row, "ruling": "整改完成，恢复共享使用"})


async def asked(acting, query=RECIPIENTS, *, partner="social-security", purpose=PURPOSE, variables=None):
    """The rows of the list that a partner asks for, or None, with the reason that it is told."""
    body = (await acting.post(partner, query, variables, purpose=purpose)).json()
    reasons = {entry["path"]: entry["reason"] for entry in body["extensions"]["access"]}
    [(key, found)] = body["data"].items()
    return None if found is None else found["nodes"], reasons.get(key, "")


async def exported(acting, client=None):
    """The lines of an export, and its status."""
    response = await (client or acting.client).post(
        "/export", json={"query": BULK},
        headers={"Authorization": f"Bearer {acting.tokens['social-security']}", "Hub-Purpose": PURPOSE},
    )  # fmt: skip
    return response.status_code, [orjson.loads(line) for line in response.text.splitlines()]


def between_rows_and_record(monkeypatch, happens):
    """Have something happen when the rows of an answer are read and its record is not written yet."""
    look_up, under_way = hub.app.look_up, []

    async def then(*given):
        rows = await look_up(*given)
        if not under_way:
            under_way.append(True)
            await happens()
            under_way.clear()
        return rows

    monkeypatch.setattr(hub.app, "look_up", then)


async def test_another_partner_of_the_same_department_has_no_part_in_it(acting):
    async with agreed(acting):
        assert (await asked(acting))[0]
        rows, reason = await asked(acting, partner="second-social-security")
        assert rows is None
        assert "no agreement in force" in reason


async def test_an_agreement_for_one_purpose_gives_nothing_for_another(acting):
    async with agreed(acting):
        assert (await asked(acting, purpose="means-check"))[0] is None


async def test_an_agreement_is_over_after_its_last_day_though_no_worker_has_ended_it(acting, monkeypatch):
    async with agreed(acting, endsOn=(TODAY + timedelta(days=3)).isoformat()):
        monkeypatch.setattr(hub.http.identify, "day_of", lambda _at: TODAY + timedelta(days=3))
        assert (await asked(acting))[0]
        monkeypatch.setattr(hub.http.identify, "day_of", lambda _at: TODAY + timedelta(days=4))
        rows, reason = await asked(acting)
        assert rows is None
        assert "the agreement on it is over" in reason


async def test_an_agreement_gives_nothing_before_its_first_day(acting):
    async with agreed(acting, startsOn=(TODAY + timedelta(days=2)).isoformat()):
        rows, reason = await asked(acting)
        assert rows is None
        assert "no agreement in force" in reason


async def test_rows_outside_the_agreed_divisions_are_no_rows_however_they_are_asked_for(acting):
    async with agreed(acting):
        everywhere, _ = await asked(acting)
    async with agreed(acting, regions=["230502"]):
        here, _ = await asked(acting)
        assert here
        assert all(row["region"].startswith("230502") for row in here)
        outside = [row for row in everywhere if not row["region"].startswith("230502")]
        assert outside
        found, _ = await asked(
            acting, '{ recipients(first: 50, where: {region: {within: "230503"}}) { nodes { category } } }'
        )
        assert found == []
        node = "query($id: ID!) { node(id: $id) { ... on Recipient { category } } }"
        for row in outside:
            answer = (await acting.post("social-security", node, {"id": row["id"]}, purpose=PURPOSE)).json()
            assert answer["data"]["node"] is None


async def test_one_departments_consent_is_not_another_ones(acting):
    """Both report findings; each agrees for its own rows, in its own divisions."""
    items = ("Finding.department", "Finding.kind", "Finding.region")
    query = "{ people(first: 100) { nodes { region findings(first: 10) { nodes { department region } } } } }"

    async def seen():
        rows, _ = await asked(acting, query, partner="civil-affairs", purpose="means-check")
        return {
            (finding["department"], finding["region"][:6])
            for person in rows
            for finding in (person["findings"] or {"nodes": []})["nodes"]
        }

    common = {"items": items, "purpose": "means-check", "requester": "civil-affairs"}
    assert await seen() == set()
    async with agreed(acting, provider="SOCIAL_SECURITY", regions=["230503"], **common):
        assert await seen() == {("SOCIAL_SECURITY", "230503")}
        async with agreed(acting, provider="PUBLIC_SECURITY", regions=["230502"], **common):
            assert await seen() == {("SOCIAL_SECURITY", "230503"), ("PUBLIC_SECURITY", "230502")}
    assert await seen() == set()


async def test_a_plan_that_was_kept_does_not_outlive_its_agreement_and_serves_again_with_it(acting):
    async with agreed(acting) as row:
        before, _ = await asked(acting)
        assert before
        await suspend(acting, row)
        rows, reason = await asked(acting)
        assert rows is None
        assert "suspended" in reason
        await resume(acting, row)
        assert (await asked(acting))[0] == before


async def test_an_answer_that_is_under_way_when_its_agreement_is_suspended_does_not_leave(acting, monkeypatch):
    async with agreed(acting) as row:
        assert (await asked(acting))[0]
        between_rows_and_record(monkeypatch, once(lambda: suspend(acting, row)))
        rows, reason = await asked(acting)
        assert rows is None
        assert "suspended" in reason


async def test_an_export_ends_with_the_page_before_its_agreement_is_suspended(acting, monkeypatch):
    monkeypatch.setattr(hub.app, "EXPORT_PAGE", 10)
    async with agreed(acting) as row:
        status, lines = await exported(acting)
        assert status == 200
        assert sum("row" in line for line in lines) > 30
        between_rows_and_record(monkeypatch, once(lambda: suspend(acting, row), at=3))
        status, lines = await exported(acting)
        assert status == 200
        assert sum("row" in line for line in lines) == 20
        assert lines[-1]["error"]["code"] == "HUB-201"
        assert "suspended" in lines[-1]["error"]["message"]
        monkeypatch.undo()
        assert (await exported(acting))[0] == 403


async def test_agreements_that_never_rest_give_nothing(acting, monkeypatch):
    async with agreed(acting) as row:

        async def turn():
            await (suspend, resume)[turns.pop()](acting, row)

        turns = [1, 0]
        between_rows_and_record(monkeypatch, turn)
        response = await acting.post("social-security", RECIPIENTS, purpose=PURPOSE)
        assert response.status_code == 409
        assert response.json()["errors"][0]["extensions"]["code"] == "HUB-206"
        assert "data" not in response.json()


async def test_somebody_elses_agreement_makes_no_answer_twice(acting, monkeypatch):
    async with agreed(acting), agreed(acting, requester="second-social-security") as other:
        assert (await asked(acting))[0]
        read, times = hub.app.read_once, []

        async def counted(*given):
            times.append(given)
            return await read(*given)

        between_rows_and_record(monkeypatch, once(lambda: suspend(acting, other)))
        monkeypatch.setattr(hub.app, "read_once", counted)
        assert (await asked(acting))[0]
        # The answer of social security and the authority's own step, which is no reading.
        assert len(times) == 1


async def test_what_one_worker_suspends_another_one_refuses_at_once(acting):
    settings = acting.runtime.settings
    async with running(settings) as second:
        app = create_app(runtime=second)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub") as client,
            agreed(acting) as row,
        ):
            body = {"query": RECIPIENTS}
            headers = {"Authorization": f"Bearer {acting.tokens['social-security']}", "Hub-Purpose": PURPOSE}
            assert (await client.post("/graphql", json=body, headers=headers)).json()["data"]["recipients"]["nodes"]
            await suspend(acting, row)
            answer = (await client.post("/graphql", json=body, headers=headers)).json()
            assert answer["data"]["recipients"] is None
            assert (await exported(acting, client))[0] == 403
            await resume(acting, row)
            # What was refused by an agreement as it was is looked at anew.
            assert (await exported(acting, client))[0] == 200


def once(happens, at=1):
    """Do it at that call, and at no other."""
    calls = []

    async def happening():
        calls.append(None)
        if len(calls) == at:
            await happens()

    return happening


async def test_a_plan_is_shared_by_what_is_granted_and_its_budget_and_cursors_are_not(acting):
    query = "{ recipients(first: 1) { pageInfo { endCursor } nodes { category status } } }"
    status = (*ITEMS, "Recipient.status")

    async def answer(partner, after=None):
        text = query if after is None else query.replace("first: 1", f'first: 1, after: "{after}"')
        return (await acting.post(partner, text, purpose=PURPOSE)).json()

    async with agreed(acting, items=status), agreed(acting, items=ITEMS, requester="second-social-security"):
        first, second = [await answer(partner) for partner in ("social-security", "second-social-security")]
        assert first["data"]["recipients"]["nodes"][0]["status"]
        assert second["data"]["recipients"]["nodes"][0]["status"] is None
        stolen = await answer("second-social-security", first["data"]["recipients"]["pageInfo"]["endCursor"])
        assert stolen["errors"][0]["extensions"]["code"].startswith("HUB-1")
