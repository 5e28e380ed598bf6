"""Bundles that come into force while the hub answers: every answer is by one of them, the one of its own time."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from installing import install

QUERY = "{ recipients(first: 3) { nodes { category status } } }"
CLOSED = """
@id("closed") @reason("nothing is shown today") @reason_zh("今日不予提供")
forbid (principal, action, resource is Recipient) when { ["status"].contains(context.field) };
"""


@pytest.fixture
def hub(acting_with_rows):
    return acting_with_rows


async def statuses(hub):
    """The statuses that civil affairs sees, and the digest that the audit has for it."""
    answer = (await hub.post("civil-affairs", QUERY, purpose="assistance-review")).json()
    digest = await hub.runtime.pool.fetchval("SELECT policy FROM audit_record ORDER BY seq DESC LIMIT 1")
    return {node["status"] for node in answer["data"]["recipients"]["nodes"]}, digest


async def test_the_next_request_goes_by_the_new_bundle_and_the_audit_names_its_digest(hub):
    before, old = await statuses(hub)
    assert before != {None}
    closed = await install(hub.runtime, CLOSED)
    assert await statuses(hub) == ({None}, closed)
    again = await install(hub.runtime)
    assert await statuses(hub) == (before, again)
    assert len({old, closed, again}) == 3


async def test_a_bundle_that_comes_between_plan_and_rows_is_not_half_of_an_answer(hub, monkeypatch):
    await install(hub.runtime)
    engine_type = type(hub.runtime.engine)
    fetched, once = engine_type.fetch, []

    async def slow(engine, planned, bound, reading):
        if not once:
            once.append(await install(hub.runtime, CLOSED))
        return await fetched(engine, planned, bound, reading)

    monkeypatch.setattr(engine_type, "fetch", slow)
    # Planned by the one, read while the other came into force: all of it is answered by the other.
    assert await statuses(hub) == ({None}, once[0])


async def test_a_step_that_was_planned_by_the_old_bundle_is_taken_by_the_new_one_or_not_at_all(hub, monkeypatch):
    await install(hub.runtime)
    steps_type = type(hub.runtime.steps)
    take, once = steps_type.take, []
    shut = """
    @id("shut") @reason("no requests today") @reason_zh("今日不受理")
    forbid (principal, action == Action::"submitSharingRequest", resource is SharingRequest);
    """

    async def slow(steps, *given):
        done = await take(steps, *given)
        if not once:
            once.append(await install(hub.runtime, shut))
        return done

    monkeypatch.setattr(steps_type, "take", slow)
    rows = await hub.runtime.pool.fetchval("SELECT count(*) FROM sharing_request")
    mutation = """mutation($input: SubmitSharingRequestInput!) { submitSharingRequest(input: $input) {
        sharingRequest { id } errors { __typename } } }"""
    given = {
        "provider": "CIVIL_AFFAIRS", "items": ["Recipient.category"], "purpose": "benefit-coordination",
        "regions": ["2305"], "method": "QUERY", "basis": "社会救助暂行办法第五十八条", "scenario": "核对待遇是否重复",
        "startsOn": "2026-01-01", "endsOn": "2099-01-01",
    }  # fmt: skip
    answer = (await hub.post("social-security", mutation, {"input": given}, purpose="data-sharing")).json()
    assert once
    assert "may not take the step" in answer["errors"][0]["message"]
    assert await hub.runtime.pool.fetchval("SELECT count(*) FROM sharing_request") == rows
    await install(hub.runtime)


async def test_who_was_refused_by_the_old_bundle_is_answered_by_the_new_one(hub):
    shut = 'forbid (principal in Role::"civil-affairs", action, resource is CharityOrganisation);'
    await install(hub.runtime, f'@id("none") @reason("not today") @reason_zh("今日不予提供") {shut}')
    query = "{ charityOrganisations(first: 1) { nodes { name } } }"
    refused = (await hub.post("civil-affairs", query, purpose="assistance-review")).json()
    assert "errors" in refused
    await install(hub.runtime)
    assert "errors" not in (await hub.post("civil-affairs", query, purpose="assistance-review")).json()


async def test_an_export_under_way_has_each_page_by_the_bundle_of_its_time(hub, monkeypatch):
    await install(hub.runtime)
    monkeypatch.setattr("hub.app.EXPORT_PAGE", 10)
    headers = {"Authorization": f"Bearer {hub.tokens['civil-affairs']}", "Hub-Purpose": "assistance-review"}
    asked = {"query": "{ recipients { nodes { category status } } }"}
    swapped = []
    audit_type = type(hub.runtime.audit)
    append = audit_type.append

    async def counting(audit, record):
        done = await append(audit, record)
        if record.action == "export":
            swapped.append(record)
            if len(swapped) == 2:
                await install(hub.runtime, CLOSED)
        return done

    monkeypatch.setattr(audit_type, "append", counting)
    response = await hub.client.post("/export", json=asked, headers=headers)
    lines = [orjson.loads(line) for line in response.text.splitlines()]
    rows = [line["row"] for line in lines if "row" in line]
    assert "end" in lines[-1], lines[-1]
    assert len(rows) == lines[-1]["end"]["rows"]
    changed = next(at for at, row in enumerate(rows) if row["status"] is None)
    assert 0 < changed < len(rows)
    assert changed % 10 == 0
    assert all(row["status"] is None for row in rows[changed:])
    await install(hub.runtime)


async def test_an_export_whose_rows_are_others_by_the_new_bundle_ends_and_says_so(hub, monkeypatch):
    await install(hub.runtime)
    monkeypatch.setattr("hub.app.EXPORT_PAGE", 10)
    fewer = """
    @id("fewer") @reason("not this district") @reason_zh("不含该区") forbid (principal, action, resource is Recipient)
    when { resource has region && resource.region in Division::"230503" };
    """
    audit_type, seen = type(hub.runtime.audit), []
    append = audit_type.append

    async def counting(audit, record):
        done = await append(audit, record)
        if record.action == "export":
            seen.append(record)
            if len(seen) == 2:
                await install(hub.runtime, fewer)
        return done

    monkeypatch.setattr(audit_type, "append", counting)
    headers = {"Authorization": f"Bearer {hub.tokens['civil-affairs']}", "Hub-Purpose": "assistance-review"}
    response = await hub.client.post("/export", json={"query": "{ recipients { nodes { id } } }"}, headers=headers)
    lines = [orjson.loads(line) for line in response.text.splitlines()]
    assert lines[-1]["error"]["code"] == "HUB-107", lines[-1]
    assert len([line for line in lines if "row" in line]) == 10  # the page under way was thrown away
    await install(hub.runtime)


async def test_requests_without_pause_all_succeed_while_bundles_change(hub):
    await install(hub.runtime)
    done, wrong = [], []

    async def asking():
        while not stop.is_set():
            response = await hub.post("civil-affairs", QUERY, purpose="assistance-review")
            body = response.json()
            seen = {node["status"] is None for node in (body.get("data") or {}).get("recipients", {}).get("nodes", [])}
            (done if response.status_code == 200 and len(seen) == 1 and "errors" not in body else wrong).append(body)

    stop = asyncio.Event()
    askers = [asyncio.create_task(asking()) for _ in range(8)]
    for more in (CLOSED, "", CLOSED, ""):
        await install(hub.runtime, more)
        await asyncio.sleep(0.3)
    stop.set()
    await asyncio.gather(*askers)
    assert wrong == []
    assert done


async def test_a_bundle_that_this_process_cannot_take_is_an_alarm_and_the_running_one_stays(hub, caplog):
    await install(hub.runtime)
    before = await statuses(hub)
    await hub.runtime.pool.execute("UPDATE policy_installation SET mac = '' WHERE number = 1")
    await install_raw(hub)
    assert (await statuses(hub))[0] == before[0]
    assert "ALARM" in caplog.text


async def install_raw(hub):
    """Write to the list as somebody would who has the database and not the keyring."""
    await hub.runtime.pool.execute(
        "INSERT INTO policy_installation SELECT number + 1, version, digest, envelope, signer, reason, installed_at,"
        " installed_by, mac FROM policy_installation ORDER BY number DESC LIMIT 1"
    )
