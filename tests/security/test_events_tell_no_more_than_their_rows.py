"""An event is as secret as the row that it is about: not even that there was one is told."""

from __future__ import annotations

from acting_events import asked, end, events, submitted

EVENT_IDS = "{ events(first: 100) { totalCount nodes { id kind } } }"


async def test_who_may_see_no_row_does_not_learn_that_there_are_events(acting):
    await submitted(acting)
    response = await acting.post("civil-affairs", EVENT_IDS, purpose="statistics")
    assert response.json()["errors"][0]["extensions"]["code"] == "HUB-103"
    names = await acting.ask("civil-affairs", '{ __type(name: "Event") { name } }', purpose="statistics")
    assert names["__type"] is None
    # A charity has events of its own, and learns nothing of others'.
    listed = await acting.post("charity", "{ events(first: 100) { totalCount nodes { id kind } } }")
    assert listed.json()["data"]["events"] == {"totalCount": 0, "nodes": []}


async def test_an_event_of_a_foreign_row_is_neither_listed_nor_counted_nor_found_by_its_id(acting):
    before = await end(acting, "data-authority")
    await submitted(acting)
    [event] = (await events(acting, "data-authority", after=before))["nodes"]
    query = "query($id: ID!) { node(id: $id) { ... on Event { kind } } }"
    for purpose in ("means-check",):
        listed = await acting.post("social-security", EVENT_IDS, purpose=purpose)
        assert event["id"] not in listed.text
        found = await acting.post("social-security", query, {"id": event["id"]}, purpose=purpose)
        assert "SharingRequest.submit" not in found.text


async def test_an_event_disappears_for_who_may_not_see_its_row_any_more(acting):
    before = await end(acting, "social-security")
    row = await submitted(acting)
    assert len((await events(acting, "social-security", after=before))["nodes"]) == 1
    # The request becomes another partner's: policy is asked when the event is read, not when it happened.
    await acting.runtime.pool.execute(
        "UPDATE sharing_request SET requester = 'somebody else' WHERE id = $1", row.partition(":")[2]
    )
    assert (await events(acting, "social-security", after=before))["nodes"] == []


async def test_no_number_tells_how_many_events_lie_between_two_that_one_sees(acting):
    schema = (await acting.ask("data-authority", '{ __type(name: "Event") { fields { name } } }'))["__type"]
    names = {field["name"] for field in schema["fields"]}
    assert not names & {"seq", "sequence", "rowId"}
    before = await end(acting, "data-authority")
    await submitted(acting)
    await submitted(acting)
    page = (await acting.ask("data-authority", "{ events { edges { cursor node { id } } } }"))["events"]
    assert before is None or before != page["edges"][-1]["cursor"]
    # Ids are random, and cursors are sealed: neither grows with the number of events.
    ids = [edge["node"]["id"] for edge in page["edges"]]
    assert ids != sorted(ids)
    assert len({len(edge["cursor"]) for edge in page["edges"]}) <= 2


async def test_a_cursor_of_another_viewer_is_refused(acting):
    await submitted(acting)
    cursor = await end(acting, "social-security")
    response = await acting.post(
        "civil-affairs", "query($after: String) { events(after: $after) { nodes { id } } }", {"after": cursor}
    )
    assert response.json()["errors"][0]["extensions"]["code"] == "HUB-107"


async def test_a_filter_by_a_row_that_one_may_not_see_finds_no_event(acting):
    payload = await acting.step("social-security", "submitSharingRequest", asked())
    where = {"sharingRequest": {"id": {"eq": payload["sharingRequest"]["id"]}}}
    response = await acting.post(
        "social-security", "query($where: EventWhere) { events(where: $where) { nodes { id } } }", {"where": where},
        purpose="means-check",
    )  # fmt: skip
    assert "Event:" not in response.text
