"""Attack: learn a value that is withheld or masked by filtering, sorting or looking up by it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("viewer", "query"),
    [
        ("social-security", '{ people(where: {phone: {eq: "13900000000"}}) { totalCount } }'),
        ("social-security", '{ people(where: {name: {eq: "王伟"}}) { totalCount } }'),
        ("social-security", "{ people(where: {sex: {eq: MALE}}) { totalCount } }"),
        ("social-security", "{ households(orderBy: [{field: DECLARED_MONTHLY_INCOME}]) { nodes { id } } }"),
        ("social-security", "{ households(where: {declaredHomes: {gt: 1}}) { totalCount } }"),
        ("social-security", '{ recipients(where: {person: {phone: {eq: "13900000000"}}}) { totalCount } }'),
        ("social-security", "{ recipients(where: {not: {household: {declaredVehicles: {eq: 0}}}}) { totalCount } }"),
        ("charity", "{ needs(where: {consentSignedOn: {isNull: false}}) { totalCount } }"),
        ("auditor", "{ recipients(where: {monthlyAmount: {gt: 500}}) { totalCount } }"),
        ("auditor", "{ recipients(orderBy: [{field: MONTHLY_AMOUNT}]) { nodes { id } } }"),
    ],
)
async def test_a_field_that_cannot_be_read_cannot_be_asked_about(ask, viewer, query):
    error = await ask.refusal(viewer, query)
    assert error["status"] == 403
    assert error["extensions"]["code"].startswith("HUB-2")


@pytest.mark.parametrize(
    ("viewer", "query"),
    [
        ("charity", '{ needs(where: {person: {region: {within: "2305"}}}) { totalCount } }'),
        ("charity", "{ needs(where: {or: [{kind: {eq: FOOD}}, {household: {size: {gt: 2}}}]}) { totalCount } }"),
        ("auditor", '{ needs(where: {person: {idNumber: {eq: "230502199001011234"}}}) { totalCount } }'),
    ],
)
async def test_a_filter_through_a_link_to_what_does_not_exist_is_an_unknown_field(ask, viewer, query):
    error = await ask.refusal(viewer, query)
    assert (error["status"], error["extensions"]["code"]) == (400, "HUB-103")
    assert error["message"].startswith("Expected value of type 'NeedWhere' not to include unknown field")


@pytest.mark.parametrize("viewer", ["charity", "auditor"])
async def test_a_viewer_without_the_right_to_look_up_learns_nothing_from_a_look_up(ask, viewer):
    known = min(ask.hub.truth.known_people)
    query = "query ($n: String!) { person(idNumber: $n) { id } }"
    answers = [
        (response.status_code, response.json().get("data"), [e["message"] for e in response.json().get("errors", [])])
        for response in [await ask.post(viewer, query, {"n": number}) for number in (known, "11010119000101001X")]
    ]
    assert answers[0] == answers[1]
    assert not (answers[0][1] or {}).get("person")
