"""A department asks for data, is granted it, uses it, and loses it: over HTTP, as each side and the auditor see it.

The same story in words is in src/hub/README.md.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.process.calendar import day_of

TODAY = day_of(datetime.now(UTC))
QUERY = "{ recipients(first: 5) { nodes { category region status } } }"
ASKED = {
    "provider": "CIVIL_AFFAIRS", "items": ["Recipient.category", "Recipient.region"], "purpose": "benefit-coordination",
    "regions": ["230502"], "method": "QUERY", "basis": "社会救助暂行办法第五十八条",
    "scenario": "核对养老金与救助待遇是否重复", "startsOn": TODAY.isoformat(),
    "endsOn": (TODAY + timedelta(days=90)).isoformat(),
}  # fmt: skip


@pytest.fixture
def hub(acting_with_rows):
    return acting_with_rows


async def answered(hub, purpose="benefit-coordination", query=QUERY):
    """The rows that social security gets, and what it is told by path."""
    body = (await hub.post("social-security", query, purpose=purpose)).json()
    told = {entry["path"]: entry for entry in body["extensions"]["access"]}
    return (body["data"]["recipients"] or {"nodes": None})["nodes"], told


async def test_a_department_asks_is_told_what_is_missing_is_granted_and_is_suspended(hub):
    # 1. Without an agreement the rows are withheld, and the answer says why.
    rows, told = await answered(hub)
    assert rows is None
    assert "no agreement in force covers this item for this purpose" in told["recipients"]["reason"]

    # 2. It asks; the provider says once, and in full, what is missing; it gives that.
    row = (await hub.taken("social-security", "submit", ASKED))["id"]
    gaps = {"id": row, "gaps": "缺少使用场景的法律依据"}
    assert (await hub.taken("civil-affairs", "sendBack", gaps))["state"] == "INCOMPLETE"
    again = {"id": row, "scenario": "依据第五十八条核对养老金与救助待遇"}
    assert (await hub.taken("social-security", "complete", again))["state"] == "SUBMITTED"
    [refused] = (await hub.step("civil-affairs", "sendBackSharingRequest", gaps))["errors"]
    assert refused["code"] == "HUB-155"

    # 3. Agreed is not in force yet.
    await hub.taken("civil-affairs", "accept", {"id": row, "conditions": "仅限尖山区"})
    assert (await answered(hub))[0] is None
    await hub.taken("civil-affairs", "deliver", {"id": row})

    # 4. In force: exactly its items, in exactly its divisions, though social security is in charge of the whole city.
    rows, told = await answered(hub)
    assert rows
    assert all(each["category"] and each["region"].startswith("230502") for each in rows)
    assert all(each["status"] is None for each in rows)
    assert "no agreement in force" in told["recipients.nodes.status"]["reason"]

    # 5. Another purpose of the same department gets nothing of it.
    rows, told = await answered(hub, purpose="means-check")
    assert rows is None
    assert "for this purpose" in told["recipients"]["reason"]

    # 6. Suspended: refused on the next request, with that reason.
    await hub.taken("data-authority", "suspend", {"id": row, "suspensionReasons": "超出约定用途使用数据"})
    rows, told = await answered(hub)
    assert rows is None
    assert "the agreement on it is suspended" in told["recipients"]["reason"]
    assert {"agreement-suspended", "agreement-covers-it"} <= set(told["recipients"]["policies"])

    # 7. Each side sees what happened, and so does the auditor; the charity does not know of it.
    history = """query($id: ID!) { node(id: $id) { ... on SharingRequest { state
        history(orderBy: [{field: VERSION}]) { nodes { step partner article } } } } }"""
    steps = [
        ("submit", "social-security"), ("send_back", "civil-affairs"), ("complete", "social-security"),
        ("accept", "civil-affairs"), ("deliver", "civil-affairs"), ("suspend", "data-authority"),
    ]  # fmt: skip
    for partner in ("social-security", "civil-affairs", "data-authority"):
        node = (await hub.ask(partner, history, {"id": row}, purpose="data-sharing"))["node"]
        assert [(line["step"], line["partner"]) for line in node["history"]["nodes"]] == steps
    node = (await hub.ask("auditor", history, {"id": row}, purpose="audit"))["node"]
    assert node["state"] == "SUSPENDED"
    assert (await hub.ask("charity", history, {"id": row}, purpose="data-sharing"))["node"] is None

    # 8. The audit has every answer with its purpose and its rows, and every step.
    lines = await hub.runtime.pool.fetch(
        "SELECT a.action, a.purpose, a.rows, a.outcome FROM audit_record a JOIN partner p ON p.id = a.partner_id"
        " WHERE p.name = 'social-security' AND a.action = 'query' AND a.purpose <> 'data-sharing' ORDER BY seq"
    )
    given = [(line["purpose"], line["rows"] > 0) for line in lines]
    assert given.count(("benefit-coordination", True)) >= 1
    assert ("means-check", True) not in given
    assert given[-1] == ("benefit-coordination", False)
    taken = await hub.runtime.pool.fetchval("SELECT count(*) FROM audit_record WHERE outcome = 'taken'")
    assert taken == len(steps)
