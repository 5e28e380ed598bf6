"""The same query, asked by viewers of different standing: each gets its own right answer, and is told why."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import asyncpg
import pytest

from hub.demo import databases

QUERY = """
{ recipients(first: 3, where: {region: {within: "230502"}}) {
    edges { cursor node { id category status monthlyAmount region
      person { name idNumber birthDate phone }
      household { id size address members(first: 10) { edges { node { name } } }
        meansChecks(first: 2) { edges { node { outcome checkedAt findings { department kind value } } } } } } }
    pageInfo { hasNextPage endCursor } } }
"""
NEEDS = """{ needs(first: 500) { totalCount nodes { kind urgency urgent region county status createdOn consented
    description consentSignedOn } } }"""
CATEGORIES = {"低保": "DIBAO", "特困": "TEKUN", "低保边缘": "DIBAO_MARGIN"}


def nodes(connection):
    return [edge["node"] for edge in connection["edges"]]


def decisions(body):
    return {entry["path"]: entry for entry in body["extensions"]["access"]}


async def test_civil_affairs_sees_recipients_and_their_people_in_plain(ask):
    body = await ask.answer("civil-affairs", QUERY)
    found = nodes(body["data"]["recipients"])
    assert len(found) == 3
    for recipient in found:
        assert recipient["region"].startswith("230502")
        assert recipient["person"]["idNumber"] in ask.hub.truth.known_people
        assert recipient["person"]["birthDate"].replace("-", "") == recipient["person"]["idNumber"][6:14]
        assert recipient["person"]["name"] in ask.hub.truth.planted.names
        assert recipient["household"]["address"] in ask.hub.truth.planted.addresses
        members = [member["name"] for member in nodes(recipient["household"]["members"])]
        assert recipient["person"]["name"] in members
        assert len(members) <= recipient["household"]["size"]
    assert body["data"]["recipients"]["pageInfo"]["hasNextPage"] is True


async def test_what_civil_affairs_sees_is_what_its_own_register_says(ask):
    page = await ask.data(
        "civil-affairs",
        """{ recipients(first: 200, where: {category: {in: [DIBAO, TEKUN, DIBAO_MARGIN]}, status: {eq: ACTIVE}}) {
             edges { node { category monthlyAmount region approvedOn person { idNumber } } } } }""",
    )
    register = await asyncpg.connect(databases.with_database(ask.hub.database, "civil_affairs"))
    try:
        rows = await register.fetch("SELECT * FROM enrolment WHERE status = '在享'")
    finally:
        await register.close()
    entered = {
        (
            (row["id_no"] or "").strip().upper(),
            CATEGORIES[row["category"]],
            row["monthly_amount"],
            row["region"],
            row["approved_on"],
        )
        for row in rows
        if row["category"] in CATEGORIES
    }
    found = {
        (
            node["person"]["idNumber"],
            node["category"],
            Decimal(node["monthlyAmount"]),
            node["region"],
            node["approvedOn"],
        )
        for node in nodes(page["recipients"])
    }
    assert len(found) > 100
    entered_text = {(*row[:4], row[4] and row[4].isoformat()) for row in entered}
    known_spelling = {row for row in found if row[0] in {entry[0] for entry in entered_text}}
    assert len(known_spelling) > len(found) * 0.8  # the rest was entered with 15 digits, spaces or full-width digits
    assert known_spelling <= entered_text


async def test_social_security_sees_the_same_recipients_with_masked_people(ask):
    plain = nodes((await ask.data("civil-affairs", QUERY))["recipients"])
    body = await ask.answer("social-security", QUERY)
    masked = nodes(body["data"]["recipients"])
    for seen, real in zip(masked, plain, strict=True):
        for name in ("category", "status", "monthlyAmount", "region"):
            assert seen[name] == real[name]
        number = real["person"]["idNumber"]
        assert seen["person"] == {
            "name": real["person"]["name"][0] + "***",
            "idNumber": number[:2] + "*" * 16,
            "birthDate": None,  # beside the division it would leave a thousand ID numbers
            "phone": None,
        }
        assert seen["household"]["size"] == real["household"]["size"]
        assert seen["household"]["address"] is None
        assert all(re.fullmatch(r".\*\*\*", member["name"]) for member in nodes(seen["household"]["members"]))
    told = decisions(body)
    assert told["recipients.edges.node.person.idNumber"]["decision"] == "MASKED"
    assert told["recipients.edges.node.person.phone"]["decision"] == "WITHHELD"
    assert told["recipients.edges.node.household.address"]["decision"] == "WITHHELD"
    assert all(entry["reason"] for entry in told.values())


async def test_social_security_sees_its_own_findings_only(ask):
    query = "{ meansChecks(first: 500) { nodes { outcome findings { department kind value } } } }"
    everyone = await ask.data("civil-affairs", query)
    assert {"PUBLIC_SECURITY", "SOCIAL_SECURITY", "REAL_ESTATE"} == {
        finding["department"] for check in everyone["meansChecks"]["nodes"] for finding in check["findings"]
    }
    own = await ask.data("social-security", query)
    departments = {
        finding["department"] for check in own["meansChecks"]["nodes"] for finding in check["findings"] or ()
    }
    assert departments <= {"SOCIAL_SECURITY"}


async def test_a_row_set_aside_goes_back_to_its_provider_and_to_nobody_else(ask):
    query = "{ quarantinedRows(first: 1000) { nodes { source rule reason row } } }"
    seen = {
        viewer: (await ask.data(viewer, query))["quarantinedRows"] for viewer in ask.hub.viewers if viewer != "charity"
    }
    everything = seen["auditor"]["nodes"]
    assert len({row["source"] for row in everything}) >= 4
    assert all(row["rule"] and row["reason"] and row["row"] is None for row in everything)
    own = seen["civil-affairs"]["nodes"]
    assert {row["source"] for row in own} == {"civil-affairs"}
    assert all(row["row"].startswith("{") for row in own)
    expected = sum(
        counts["quarantine"]
        for table, counts in ask.hub.truth.counts.items()
        if table.startswith("civil-affairs.") and "quarantine" in counts
    )
    assert len(own) == expected > 0
    assert {row["source"] for row in seen["social-security"]["nodes"]} == {"social-security"}
    assert (await ask.refusal("charity", query))["extensions"]["code"] == "HUB-103"


async def test_for_a_charity_there_are_no_recipients(ask):
    error = await ask.refusal("charity", QUERY)
    assert (error["status"], error["extensions"]["code"]) == (400, "HUB-103")
    assert error["message"].startswith("Cannot query field 'recipients' on type 'Query'.")


async def test_a_charity_sees_open_needs_with_consent_and_nobody_behind_them(ask):
    body = await ask.answer("charity", NEEDS)
    found = body["data"]["needs"]["nodes"]
    everything = (await ask.data("civil-affairs", NEEDS))["needs"]["nodes"]
    shareable = [need for need in everything if need["consented"] and need["status"] == "OPEN"]
    assert 0 < len(shareable) < len(everything)
    # What fewer than five have in common is shown of none of them.
    alike = Counter((need["region"][:6], need["kind"], need["urgent"]) for need in shareable)
    assert body["data"]["needs"]["totalCount"] == len(found) == sum(many for many in alike.values() if many >= 5) > 0
    for need in found:
        assert need["status"] == "OPEN"
        assert need["kind"]
        assert len(need["county"]) == 6
        hidden = ("description", "consentSignedOn", "region", "urgency", "createdOn")
        assert all(need[name] is None for name in hidden)
    for behind in ("person { name }", "household { size }"):
        error = await ask.refusal("charity", f"{{ needs {{ nodes {{ {behind} }} }} }}")
        assert error["extensions"]["code"] == "HUB-103"


async def test_an_auditor_sees_how_assistance_is_given_and_no_person(ask):
    body = await ask.answer(
        "auditor",
        """{ recipients(first: 3, where: {region: {within: "230502"}}) {
             edges { node { category household { size address } } } } }""",
    )
    found = nodes(body["data"]["recipients"])
    assert len(found) == 3
    for recipient in found:
        assert recipient["category"]
        assert recipient["household"]["size"]
        assert recipient["household"]["address"] is None
    assert decisions(body)["recipients.edges.node.household.address"]["decision"] == "WITHHELD"
    assert (await ask.refusal("auditor", QUERY))["message"].startswith(
        "Cannot query field 'person' on type 'Recipient'."
    )


async def test_a_withheld_field_and_an_unknown_value_are_told_apart(ask):
    query = "{ people(first: 500) { nodes { phone } } }"
    full = await ask.answer("civil-affairs", query)
    without = [person for person in full["data"]["people"]["nodes"] if person["phone"] is None]
    assert without
    assert not any(entry["decision"] == "WITHHELD" for entry in full["extensions"].get("access", ()))


async def test_the_hub_knows_exactly_the_people_whose_rows_could_be_loaded(ask):
    known = set()
    after = None
    while True:
        page = await ask.data(
            "civil-affairs",
            """query ($after: String) { people(first: 1000, after: $after) { nodes { idNumber }
                 pageInfo { hasNextPage endCursor } } }""",
            {"after": after},
        )
        known |= {person["idNumber"] for person in page["people"]["nodes"]}
        after = page["people"]["pageInfo"]["endCursor"]
        if not page["people"]["pageInfo"]["hasNextPage"]:
            break
    assert known == set(ask.hub.truth.known_people)


async def test_a_person_is_found_by_any_spelling_of_the_id_number(ask):
    number = min(ask.hub.truth.known_people)
    query = "query ($number: String!) { person(idNumber: $number) { idNumber } }"
    for spelling in (number, number.lower(), f" {number} ", "".join(chr(ord(digit) + 0xFEE0) for digit in number)):
        assert (await ask.data("civil-affairs", query, {"number": spelling}))["person"] == {"idNumber": number}


@pytest.mark.parametrize("viewer", ["civil-affairs", "social-security", "charity", "auditor"])
async def test_published_data_is_for_every_viewer(ask, viewer):
    found = await ask.data(
        viewer, "{ regions(where: {level: {eq: COUNTY}}) { totalCount } charityResources { nodes { title kind } } }"
    )
    assert found["regions"]["totalCount"] == 8
    assert all(item["title"] and item["kind"] for item in found["charityResources"]["nodes"])
