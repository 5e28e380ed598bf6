"""Attack: learn that an entity exists to which one has no right: by name, by introspection, by errors, by ids."""

from __future__ import annotations

import re

import pytest

UNKNOWN = "zzzz"
"""A name that nothing has, and that nothing is like."""
FULL = """{ __schema { types { name description fields { name type { name ofType { name ofType { name } } } }
    inputFields { name } enumValues { name } possibleTypes { name } } } }"""


def alike(error, name):
    """The error without its request's id, with the name that was asked for put out of the way."""
    told = {key: value for key, value in error.items() if key != "extensions"}
    return error["extensions"]["code"], {**told, "message": error["message"].replace(name, UNKNOWN)}


async def introspect(ask, viewer):
    return (await ask.data(viewer, FULL))["__schema"]["types"]


@pytest.mark.parametrize(
    ("viewer", "query", "name"),
    [
        ("charity", "{ NAME(first: 1) { nodes { id } } }", "recipients"),
        ("charity", "{ NAME { totalCount } }", "syncRuns"),
        ("charity", '{ NAME(idNumber: "230502198001010016") { id } }', "person"),
        ("charity", "{ needs { nodes { NAME { id } } } }", "household"),
        ("charity", "{ needs(where: {NAME: {size: {gt: 1}}}) { totalCount } }", "household"),
        ("charity", "{ needs(where: {not: {or: [{NAME: {}}]}}) { totalCount } }", "person"),
        ("charity", '{ node(id: "x") { ... on NAME { id } } }', "Recipient"),
        ("charity", "{ ...f } fragment f on NAME { id }", "MeansCheck"),
        ("charity", "query ($w: NAME) { needs(where: $w) { totalCount } }", "PersonWhere"),
        ("auditor", "{ NAME { totalCount } }", "people"),
        ("auditor", "{ recipients { nodes { NAME { id } } } }", "person"),
        ("auditor", "{ meansChecks { nodes { NAME { kind } } } }", "findings"),
        ("auditor", "{ households { nodes { NAME { nodes { id } } } } }", "members"),
        ("auditor", "{ households { nodes { id ...f } } } fragment f on NAME { relationship }", "HouseholdMembersEdge"),
        ("social-security", "{ NAME { totalCount } }", "needs"),
        ("social-security", "{ households { nodes { NAME { nodes { id } } } } }", "needs"),
    ],
)  # fmt: skip
async def test_its_name_gets_the_words_that_any_unknown_name_gets(ask, viewer, query, name):
    unknown = UNKNOWN + "z" * (len(name) - len(UNKNOWN))
    denied = await ask.refusal(viewer, query.replace("NAME", name))
    never = await ask.refusal(viewer, query.replace("NAME", unknown))
    assert denied["status"] == never["status"] == 400
    assert denied["extensions"]["code"] == "HUB-103"
    suggested = re.compile(r" Did you mean .*\?")
    for error in (denied, never):
        error["message"] = suggested.sub("", error["message"])
    assert alike(denied, name) == alike(never, unknown)
    assert (await ask.post("civil-affairs", query.replace("NAME", name))).json().get("errors", [{}])[0].get(
        "message", ""
    ) != denied["message"], "the name is one that exists for others"


@pytest.mark.parametrize(
    ("viewer", "hidden"),
    [
        ("charity", ["Recipient", "Person", "Household", "MeansCheck", "Finding", "SyncRun", "QuarantinedRow"]),
        ("auditor", ["Person", "HouseholdMember", "Finding"]),
        ("social-security", ["Need"]),
    ],
)
async def test_introspection_has_no_type_and_no_word_of_it(ask, viewer, hidden):
    types = await introspect(ask, viewer)
    parts = ("", "Edge", "Connection", "Where", "Order", "OrderField")
    assert not {kind["name"] for kind in types} & {f"{name}{part}" for name in hidden for part in parts}
    led_to = {
        each["name"]
        for kind in types
        for item in kind["fields"] or ()
        for each in (item["type"], item["type"]["ofType"] or {}, (item["type"]["ofType"] or {}).get("ofType") or {})
        if each.get("name")
    }
    assert led_to <= {kind["name"] for kind in types}
    [node] = [kind for kind in types if kind["name"] == "Node"]
    assert not {kind["name"] for kind in node["possibleTypes"]} & set(hidden)
    for name in hidden:
        query = f'{{ there: __type(name: "{name}") {{ name }} never: __type(name: "Zzzz") {{ name }} }}'
        assert await ask.data(viewer, query) == {"there": None, "never": None}


async def test_introspection_has_no_denied_field_although_its_name_may_stand_in_a_shared_query(ask):
    [need] = [kind for kind in await introspect(ask, "charity") if kind["name"] == "Need"]
    assert {item["name"] for item in need["fields"]} == {
        "id", "kind", "status", "county", "countyDivision", "urgent",
    }  # fmt: skip
    body = await ask.answer("charity", "{ needs(first: 1) { nodes { kind description } } }")
    assert [entry["decision"] for entry in body["extensions"]["access"] if entry["path"].endswith("description")] == [
        "WITHHELD"
    ]


@pytest.mark.parametrize(
    ("viewer", "query", "suggested"),
    [
        ("civil-affairs", "{ recipient { totalCount } }", "recipients"),
        ("charity", "{ recipient { totalCount } }", None),
        ("civil-affairs", "{ needs { nodes { descriptio } } }", "description"),
        ("charity", "{ needs { nodes { descriptio } } }", None),
        ("charity", "{ needs { nodes { urgenci } } }", "urgent"),
        ("civil-affairs", "{ needs(where: {consente: {}}) { totalCount } }", "consented"),
        ("auditor", "{ needs(where: {consentedd: {}}) { totalCount } }", None),
        ("charity", "{ needs(where: {consentedd: {}}) { totalCount } }", None),
        ("civil-affairs", "{ recipients(orderBy: [{field: MONTHLY_AMOUN}]) { totalCount } }", "MONTHLY_AMOUNT"),
        ("auditor", "{ recipients(orderBy: [{field: MONTHLY_AMOUN}]) { totalCount } }", None),
        ("civil-affairs", '{ node(id: "x") { ... on Persn { id } } }', "Person"),
        ("auditor", '{ node(id: "x") { ... on Persn { id } } }', None),
        ("civil-affairs", '{ node(id: "x") { address } }', "Household"),
        ("auditor", '{ node(id: "x") { address } }', None),
    ],
)
async def test_only_what_could_be_granted_is_suggested(ask, viewer, query, suggested):
    message = (await ask.refusal(viewer, query))["message"]
    if suggested is None:
        assert "Did you mean" not in message
    else:
        assert f"'{suggested}'" in message.partition("Did you mean")[2]


@pytest.mark.parametrize(("variable", "suggested"), [({"urgen": {}}, "'urgent'"), ({"consentedd": {}}, None)])
async def test_the_same_holds_for_variables(ask, variable, suggested):
    query = "query ($w: NeedWhere) { needs(where: $w) { totalCount } }"
    error = await ask.refusal("charity", query, {"w": variable})
    assert error["extensions"]["code"] == "HUB-104"
    assert ("Did you mean" in error["message"]) == (suggested is not None)
    assert suggested is None or suggested in error["message"]


async def test_an_id_of_it_leads_nowhere_just_as_an_id_of_nothing(ask):
    page = await ask.data("civil-affairs", "{ recipients(first: 1) { nodes { id person { id } } } }")
    [row] = page["recipients"]["nodes"]
    never = "Zzzzzzzzz:" + row["id"].partition(":")[2]
    query = "query ($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }"
    answers = [await ask.answer("charity", query, {"id": each}) for each in (row["id"], row["person"]["id"], never)]
    for body in answers:
        del body["extensions"]["requestId"]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0] == {"data": {"node": None, "nodes": [None]}, "extensions": {"access": []}}


@pytest.mark.parametrize("viewer", ["charity", "auditor", "social-security", "civil-affairs"])
async def test_the_catalogue_lists_what_introspection_shows(ask, viewer):
    types = {kind["name"] for kind in await introspect(ask, viewer)}
    listed = (await ask.data(viewer, "{ catalogue { name items { name type link } } }"))["catalogue"]
    nodes = {entry["name"] for entry in listed} - {"HouseholdMember"}
    [node] = [kind for kind in await introspect(ask, viewer) if kind["name"] == "Node"]
    assert nodes == {kind["name"] for kind in node["possibleTypes"]}
    assert {item["type"] for entry in listed for item in entry["items"] if item["link"]} <= types | {"HouseholdMember"}


async def test_a_query_validated_for_one_viewer_is_validated_anew_for_another(ask):
    query = "{ people(first: 1) { nodes { id region } } }"
    await ask.data("civil-affairs", query)
    assert (await ask.refusal("auditor", query))["extensions"]["code"] == "HUB-103"
    await ask.data("social-security", query)
    assert (await ask.refusal("charity", query))["extensions"]["code"] == "HUB-103"
