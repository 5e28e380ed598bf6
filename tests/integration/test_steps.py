"""Steps over HTTP: who may take which, in which state, and what each side is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import orjson

from hub.process.calendar import day_of

TODAY = day_of(datetime.now(UTC))


def asked(**changes):
    return {
        "provider": "CIVIL_AFFAIRS",
        "items": ["Recipient.category", "Recipient.status", "Recipient.region", "Recipient.person"],
        "purpose": "benefit-coordination",
        "regions": ["2305"],
        "method": "QUERY",
        "basis": "社会救助暂行办法第五十八条",
        "scenario": "核对养老金与救助待遇是否重复",
        "startsOn": TODAY.isoformat(),
        "endsOn": (TODAY + timedelta(days=90)).isoformat(),
        **changes,
    }


async def submitted(acting):
    payload = await acting.step("social-security", "submitSharingRequest", asked())
    assert payload["errors"] == []
    return payload["sharingRequest"]["id"]


async def test_a_request_is_sent_back_completed_accepted_and_delivered(acting):
    payload = await acting.step(
        "social-security", "submitSharingRequest", asked(),
        "requester provider items clocks { nodes { clock } } history { nodes { step partner fromState toState } }",
    )  # fmt: skip
    row = payload["sharingRequest"]
    assert (row["state"], row["version"], row["requester"], row["provider"]) == (
        "SUBMITTED", 1, "social-security", "CIVIL_AFFAIRS",
    )  # fmt: skip
    assert row["items"] == asked()["items"]
    assert [clock["clock"] for clock in row["clocks"]["nodes"]] == ["answer"]
    assert row["history"]["nodes"] == [
        {"step": "submit", "partner": "social-security", "fromState": None, "toState": "SUBMITTED"}
    ]
    for partner, mutation, given, state in (
        ("civil-affairs", "sendBackSharingRequest", {"gaps": "缺少使用场景的法律依据"}, "INCOMPLETE"),
        ("social-security", "completeSharingRequest", {"scenario": "依据第五十八条核对待遇"}, "SUBMITTED"),
        ("civil-affairs", "acceptSharingRequest", {"conditions": "仅限本市"}, "AGREED"),
        ("civil-affairs", "deliverSharingRequest", {}, "ACTIVE"),
        ("data-authority", "suspendSharingRequest", {"suspensionReasons": "超出约定用途使用数据"}, "SUSPENDED"),
        ("data-authority", "resumeSharingRequest", {"ruling": "整改完成，恢复共享使用"}, "ACTIVE"),
        ("social-security", "endSharingRequest", {}, "ENDED"),
        ("social-security", "disposeSharingRequest", {"disposalProof": "已删除全部副本并留存记录"}, "DISPOSED"),
    ):
        payload = await acting.step(partner, mutation, {"id": row["id"], **given})
        assert payload["errors"] == []
        assert payload["sharingRequest"]["state"] == state
    query = """query($id: ID!) { node(id: $id) { ... on SharingRequest { state version
        history(orderBy: [{field: VERSION}]) { nodes { step version partner } }
        clocks(orderBy: [{field: NEXT_AT}]) { nodes { clock endedAt } } } } }"""
    for partner in ("social-security", "civil-affairs", "data-authority", "auditor"):
        node = (await acting.ask(partner, query, {"id": row["id"]}))["node"]
        assert [line["step"] for line in node["history"]["nodes"]] == [
            "submit", "send_back", "complete", "accept", "deliver", "suspend", "resume", "end", "dispose",
        ]  # fmt: skip
        assert node["version"] == 9
        assert all(clock["endedAt"] for clock in node["clocks"]["nodes"])
    assert (await acting.ask("second-civil-affairs", query, {"id": row["id"]}))["node"] is not None
    response = await acting.post("charity", query, {"id": row["id"]})
    assert response.json()["errors"][0]["extensions"]["code"] == "HUB-103"


async def test_a_step_in_the_wrong_state_says_the_state_and_who_may_do_what(acting):
    row = await submitted(acting)
    payload = await acting.step("civil-affairs", "deliverSharingRequest", {"id": row})
    [error] = payload["errors"]
    assert payload["sharingRequest"] is None
    assert (error["__typename"], error["code"], error["state"], error["version"], error["by"]) == (
        "StateConflict", "HUB-153", "SUBMITTED", 1, "social-security",
    )  # fmt: skip
    assert "AGREED" in error["message"]
    assert "accept (the providing department)" in error["message"]
    assert "accept" in error["steps"]


async def test_a_stale_version_is_told_by_whom_the_row_was_changed(acting):
    row = await submitted(acting)
    await acting.step("civil-affairs", "extendSharingRequest", {"id": row, "extensionReasons": "需要征求多个科室意见"})
    payload = await acting.step("civil-affairs", "acceptSharingRequest", {"id": row, "expectedVersion": 1})
    [error] = payload["errors"]
    assert (error["__typename"], error["code"], error["version"], error["by"]) == (
        "VersionConflict", "HUB-154", 2, "civil-affairs",
    )  # fmt: skip


async def test_nobody_agrees_to_what_the_request_was_before_it_was_sent_back(acting):
    row = await submitted(acting)
    looked_at = {"id": row, "expectedVersion": 1}
    await acting.step("second-civil-affairs", "sendBackSharingRequest", {"id": row, "gaps": "缺少使用场景的法律依据"})
    await acting.step("social-security", "completeSharingRequest", {"id": row, "items": ["Recipient.region"]})
    [error] = (await acting.step("civil-affairs", "acceptSharingRequest", looked_at))["errors"]
    assert (error["code"], error["version"], error["by"]) == ("HUB-154", 3, "social-security")


async def test_who_decides_says_which_version_was_looked_at(acting):
    query = "mutation($id: ID!) { acceptSharingRequest(input: {id: $id}) { errors { __typename } } }"
    response = await acting.post("civil-affairs", query, {"id": await submitted(acting)}, purpose="data-sharing")
    assert response.status_code == 400
    assert "expectedVersion" in response.json()["errors"][0]["message"]


async def test_of_two_officers_at_once_one_wins_and_the_other_is_told(acting):
    row = await submitted(acting)
    both = await asyncio.gather(
        acting.step("civil-affairs", "acceptSharingRequest", {"id": row}),
        acting.step(
            "second-civil-affairs", "refuseSharingRequest", {"id": row, "refusalReasons": "不属于本部门职责范围"}
        ),
    )
    won = [payload for payload in both if not payload["errors"]]
    lost = [payload["errors"][0] for payload in both if payload["errors"]]
    assert len(won) == len(lost) == 1
    assert lost[0]["__typename"] == "VersionConflict"
    assert lost[0]["version"] == won[0]["sharingRequest"]["version"]
    assert lost[0]["by"] in ("civil-affairs", "second-civil-affairs")


async def test_a_refusal_without_reasons_is_refused_and_changes_nothing(acting):
    row = await submitted(acting)
    payload = await acting.step("civil-affairs", "refuseSharingRequest", {"id": row, "refusalReasons": " — "})
    [error] = payload["errors"]
    assert (error["__typename"], error["path"], error["article"]) == ("StepRefused", ["refusalReasons"], "SR 21")
    node = await acting.ask(
        "civil-affairs", "query($id: ID!) { node(id: $id) { ... on SharingRequest { state version } } }", {"id": row}
    )
    assert node["node"] == {"state": "SUBMITTED", "version": 1}


async def test_the_one_time_notice_is_given_once(acting):
    row = await submitted(acting)
    given = {"id": row, "gaps": "缺少使用场景的法律依据"}
    await acting.step("civil-affairs", "sendBackSharingRequest", given)
    await acting.step("social-security", "completeSharingRequest", {"id": row})
    [error] = (await acting.step("civil-affairs", "sendBackSharingRequest", given))["errors"]
    assert (error["code"], error["message"]) == (
        "HUB-155", "sendBackSharingRequest can be made once, and was made already.",
    )  # fmt: skip


async def test_a_key_sent_twice_takes_the_step_once_and_another_input_under_it_is_an_error(acting):
    before = await acting.runtime.pool.fetchval("SELECT count(*) FROM sharing_request")
    given = asked(idempotencyKey="request-2026-0001")
    first, second = await asyncio.gather(*(acting.step("social-security", "submitSharingRequest", given) for _ in "ab"))
    assert first["sharingRequest"] == second["sharingRequest"]
    assert await acting.runtime.pool.fetchval("SELECT count(*) FROM sharing_request") == before + 1
    [error] = (await acting.step("social-security", "submitSharingRequest", {**given, "method": "EXPORT"}))["errors"]
    assert (error["__typename"], error["code"]) == ("KeyReused", "HUB-151")


async def test_a_foreign_row_is_no_row(acting):
    row = await submitted(acting)
    other = row[:-4] + ("0000" if row[-4:] != "0000" else "1111")
    [error] = (await acting.step("civil-affairs", "acceptSharingRequest", {"id": other}))["errors"]
    assert (error["__typename"], error["code"]) == ("RowUnknown", "HUB-152")
    [error] = (await acting.step("civil-affairs", "acceptSharingRequest", {"id": "Recipient:" + row.split(":")[1]}))[
        "errors"
    ]
    assert error["code"] == "HUB-152"


async def test_the_other_sides_step_is_refused_with_who_may_take_it(acting):
    row = await submitted(acting)
    query = """mutation($id: ID!) {
        acceptSharingRequest(input: {id: $id, expectedVersion: 1}) { errors { __typename } } }"""
    response = await acting.post("social-security", query, {"id": row})
    assert response.status_code == 403
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "HUB-205"


async def test_two_steps_in_one_document_are_refused(acting):
    query = """mutation($id: ID!) { a: withdrawSharingRequest(input: {id: $id}) { errors { __typename } }
        b: withdrawSharingRequest(input: {id: $id}) { errors { __typename } } }"""
    response = await acting.post("social-security", query, {"id": await submitted(acting)})
    assert response.json()["errors"][0]["extensions"]["code"] == "HUB-147"


async def test_the_row_is_selected_once_so_that_all_that_is_shown_is_accounted_for(acting):
    query = """mutation($id: ID!) { withdrawSharingRequest(input: {id: $id}) {
        a: sharingRequest { id } b: sharingRequest { basis } errors { __typename } } }"""
    response = await acting.post("social-security", query, {"id": await submitted(acting)})
    assert response.json()["errors"][0]["extensions"]["code"] == "HUB-147"


async def test_what_is_selected_below_a_step_is_in_its_record_with_what_it_was_picked_by(acting):
    row = await submitted(acting)
    query = """mutation($id: ID!, $of: ID!) { withdrawSharingRequest(input: {id: $id}) {
        sharingRequest { basis history(where: {id: {eq: $of}}) { nodes { step } } } errors { __typename } } }"""
    await acting.ask("social-security", query, {"id": row, "of": "SharingRequestStep:" + row.partition(":")[2]})
    last = await acting.runtime.pool.fetchrow("SELECT fields, literals FROM audit_record ORDER BY seq DESC LIMIT 1")
    assert '"withdrawSharingRequest.sharingRequest.basis": "PLAIN"' in last["fields"]
    assert len(last["literals"]) == 2 * 16  # the row, and the line of its history


async def test_a_step_of_which_nothing_is_shown_is_recorded_with_its_name_its_row_and_its_outcome(acting):
    row = await submitted(acting)
    query = "query($id: ID!) { node(id: $id) { id } }"
    await acting.ask("social-security", query, {"id": row}, purpose="data-sharing")
    newest = "SELECT fields, literals, outcome FROM audit_record ORDER BY seq DESC LIMIT 1"
    token = (await acting.runtime.pool.fetchrow(newest))["literals"]
    assert len(token) == 16
    step = "mutation($id: ID!) { %sSharingRequest(input: {id: $id, expectedVersion: 1}) { errors { __typename } } }"
    for partner, name, outcome in (
        ("social-security", "withdraw", "taken"),
        ("social-security", "withdraw", "refused:HUB-154"),
        ("social-security", "accept", "refused:HUB-205"),
    ):
        await acting.post(partner, step % name, {"id": row}, purpose="data-sharing")
        last = await acting.runtime.pool.fetchrow(newest)
        assert (orjson.loads(last["fields"]), last["literals"], last["outcome"]) == (
            {f"{name}SharingRequest": "STEP"}, token, outcome,
        )  # fmt: skip
    begin = "mutation($input: SubmitSharingRequestInput!) { submitSharingRequest(input: $input) { __typename } }"
    await acting.ask("social-security", begin, {"input": asked()}, purpose="data-sharing")
    last = await acting.runtime.pool.fetchrow(newest)
    assert orjson.loads(last["fields"]) == {"submitSharingRequest": "STEP"}
    made = await acting.runtime.pool.fetchval("SELECT row_id FROM sharing_request_step ORDER BY taken_at DESC LIMIT 1")
    await acting.ask("social-security", query, {"id": f"SharingRequest:{made}"}, purpose="data-sharing")
    assert last["literals"] == (await acting.runtime.pool.fetchrow(newest))["literals"]


async def test_a_step_sent_again_under_its_key_is_recorded_as_repeated(acting):
    given = asked(idempotencyKey="request-2026-0002")
    for outcome in ("taken", "repeated"):
        await acting.step("social-security", "submitSharingRequest", given)
        found = await acting.runtime.pool.fetchval("SELECT outcome FROM audit_record ORDER BY seq DESC LIMIT 1")
        assert found == outcome


async def test_a_hundred_steps_at_once_shut_nobody_out(acting):
    steps = [acting.step("social-security", "submitSharingRequest", asked()) for _ in range(100)]
    reader = acting.ask("civil-affairs", "{ sharingRequests(first: 1) { nodes { id } } }")
    async with asyncio.timeout(60):
        *taken, _ = await asyncio.gather(*steps, reader)
    assert all(payload["errors"] == [] for payload in taken)


async def test_a_step_is_posted_and_never_fetched(acting):
    response = await acting.client.get(
        "/graphql", params={"query": 'mutation { withdrawSharingRequest(input: {id: "x"}) { errors { __typename } } }'},
        headers={"Authorization": f"Bearer {acting.tokens['social-security']}", "Hub-Purpose": "data-sharing"},
    )  # fmt: skip
    assert response.status_code == 405


async def test_every_step_and_every_refusal_is_in_the_audit(acting):
    row = await submitted(acting)
    await acting.step("civil-affairs", "deliverSharingRequest", {"id": row})
    last = await acting.runtime.pool.fetch("SELECT action, outcome, fields FROM audit_record ORDER BY seq DESC LIMIT 2")
    assert [(line["action"], line["outcome"]) for line in last] == [("step", "refused:HUB-153"), ("step", "taken")]
