"""What a request gets that is not as it should be: a status, a code, and words that say what to do."""

from __future__ import annotations

from dataclasses import replace

import httpx
import orjson
import pytest

QUERY = "{ regions(first: 1) { nodes { code } } }"


async def send(ask, body, *, viewer="civil-affairs", **headers):
    names = {"Content-Type": "application/json", **ask.headers(viewer)}
    names |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask.client.post("/graphql", content=body, headers={k: v for k, v in names.items() if v is not None})


def first(response):
    return response.json()["errors"][0]


async def test_no_token_is_401_and_says_how_to_authenticate(ask):
    response = await send(ask, orjson.dumps({"query": QUERY}), Authorization=None)
    assert response.status_code == 401
    assert first(response)["extensions"]["code"].startswith("HUB-3")
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["Bearer nonsense", "Bearer hub_" + "A" * 43, "Basic aHViOmh1Yg==", "Bearer"])
async def test_a_wrong_token_is_401(ask, token):
    response = await send(ask, orjson.dumps({"query": QUERY}), Authorization=token)
    assert response.status_code == 401
    assert "data" not in response.json()


@pytest.mark.parametrize("purpose", ["curiosity", "charity-matching", None])
async def test_a_purpose_that_is_unknown_or_not_agreed_or_missing_is_403(ask, purpose):
    response = await send(ask, orjson.dumps({"query": QUERY}), Hub_Purpose=purpose)
    assert response.status_code == 403
    assert first(response)["extensions"]["code"].startswith("HUB-3")


async def test_malformed_json_is_400_and_says_where(ask):
    response = await send(ask, b'{"query": "{ regions { nodes { code } } }",\n "variables": }')
    assert response.status_code == 400
    assert first(response)["extensions"]["code"].startswith("HUB-1")
    assert "line 2" in first(response)["message"]


@pytest.mark.parametrize(
    "body",
    [b"[]", b'"text"', b"{}", b'{"query": 1}', b'{"query": "{ __typename }", "variables": []}', b"", b"\xff\xfe",
     b'{"query": "{ __typename }", "operationName": 5}'],
)  # fmt: skip
async def test_a_body_that_is_no_request_is_400(ask, body):
    response = await send(ask, body)
    assert response.status_code == 400
    assert first(response)["message"]


async def test_malformed_graphql_is_400_with_line_and_column(ask):
    error = await ask.refusal("civil-affairs", "{ regions {\n  nodes { code }")
    assert error["status"] == 400
    assert error["locations"] == [{"line": 2, "column": 17}]
    assert error["extensions"]["code"].startswith("HUB-1")


async def test_an_unknown_field_is_400_and_named(ask):
    error = await ask.refusal("civil-affairs", "{ regions { nodes { nmae } } }")
    assert error["status"] == 400
    assert "nmae" in error["message"]
    assert error["locations"] == [{"line": 1, "column": 21}]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"where": {"monthlyAmount": {"gt": "much"}}}, "$where"),
        ({"where": {"category": {"eq": "NOTHING"}}}, "$where"),
        ({"where": {"region": {"within": 230502}}}, "$where"),
        ({"first": "three"}, "$first"),
        ({"first": 2**40}, "$first"),
    ],
)
async def test_a_variable_of_the_wrong_type_is_named(ask, variables, named):
    query = "query ($where: RecipientWhere, $first: Int) { recipients(where: $where, first: $first) { nodes { id } } }"
    error = await ask.refusal("civil-affairs", query, variables)
    assert error["status"] == 400
    assert named in error["message"]


async def test_a_missing_variable_is_named(ask):
    error = await ask.refusal("civil-affairs", "query ($id: ID!) { node(id: $id) { id } }")
    assert error["status"] == 400
    assert "$id" in error["message"]


@pytest.mark.parametrize("argument", ["first: 1001", "last: 5000"])
async def test_a_page_over_the_bound_says_the_bound(ask, argument):
    error = await ask.refusal("civil-affairs", f"{{ regions({argument}) {{ nodes {{ id }} }} }}")
    assert error["status"] == 400
    assert "1000" in error["message"].replace(",", "")


@pytest.mark.parametrize("arguments", ["first: -1", "first: 1, last: 1", 'after: "nonsense"', 'where: {id: {eq: "x"}}'])
async def test_an_argument_that_does_not_fit_is_refused(ask, arguments):
    error = await ask.refusal("civil-affairs", f"{{ regions({arguments}) {{ nodes {{ id }} }} }}")
    assert error["status"] == 400
    assert error["extensions"]["code"].startswith("HUB-")


async def test_a_document_over_the_limits_says_the_limit(ask):
    deep = "{ regions { nodes { " + "parent { " * 30 + "id" + " }" * 30 + " } } }"
    error = await ask.refusal("civil-affairs", deep)
    assert error["status"] == 400
    assert "limit" in error["message"]


async def test_several_operations_need_a_name(ask):
    two = f"query A {QUERY} query B {{ __typename }}"
    unnamed = await send(ask, orjson.dumps({"query": two}))
    assert unnamed.status_code == 400
    assert "operationName" in first(unnamed)["message"]
    named = await send(ask, orjson.dumps({"query": two, "operationName": "B"}))
    assert named.json()["data"] == {"__typename": "Query"}


async def test_the_media_type_of_the_answer_is_the_one_that_was_asked_for(ask):
    body = orjson.dumps({"query": QUERY})
    graphql = await send(ask, body, Accept="application/graphql-response+json")
    assert graphql.headers["content-type"].startswith("application/graphql-response+json")
    plain = await send(ask, body, Accept="application/json")
    assert plain.headers["content-type"].startswith("application/json")
    assert graphql.json()["data"] == plain.json()["data"]


async def test_a_request_of_another_media_type_is_415(ask):
    response = await send(ask, b"{ regions { nodes { code } } }", Content_Type="text/plain")
    assert response.status_code == 415


async def test_other_methods_are_405(ask):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        response = await ask.client.request(method, "/graphql", headers=ask.headers("civil-affairs"))
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, POST"


async def test_a_body_that_is_too_large_is_413(ask):
    # A connection of its own: the server may close one whose request it did not read to the end.
    async with httpx.AsyncClient(base_url=ask.hub.url) as client:
        response = await send(replace(ask, client=client), b'{"query": "' + b" " * 4_000_000 + b'"}')
    assert response.status_code == 413


async def test_an_unknown_path_is_404(ask):
    assert (await ask.client.get("/nothing")).status_code == 404


async def test_health_and_readiness_need_no_token(ask):
    for path in ("/healthz", "/readyz"):
        assert (await ask.client.get(path)).status_code == 200


async def test_an_answer_and_a_refusal_carry_the_id_of_their_request(ask):
    good = await send(ask, orjson.dumps({"query": QUERY}))
    bad = await send(ask, orjson.dumps({"query": "{"}))
    ids = {response.headers["hub-request-id"] for response in (good, bad)}
    assert len(ids) == 2


async def test_answers_are_not_kept_by_caches(ask):
    response = await send(ask, orjson.dumps({"query": QUERY}))
    assert "no-store" in response.headers["cache-control"]


async def test_introspection_and_the_data_catalogue_answer_beside_data(ask):
    body = await ask.data(
        "civil-affairs",
        """query ($level: RegionLevel) { __schema { queryType { name } } __type(name: "Person") { name }
             catalogue { name share } regions(first: 1, where: {level: {eq: $level}}) { nodes { code } } }""",
        {"level": "COUNTY"},
    )
    assert body["__schema"]["queryType"]["name"] == "Query"
    assert {entry["name"] for entry in body["catalogue"]} >= {"Person", "Recipient"}
    assert len(body["regions"]["nodes"]) == 1


async def get(ask, viewer="civil-affairs", *, headers=None, **parameters):
    return await ask.client.get("/graphql", params=parameters, headers={**ask.headers(viewer), **(headers or {})})


async def test_a_query_is_asked_by_get_with_variables_and_the_name_of_its_operation(ask):
    response = await get(
        ask,
        query="query A ($first: Int) { regions(first: $first) { nodes { code } } } query B { __typename }",
        variables='{"first": 2}',
        operationName="A",
        extensions='{"client": "测试"}',
    )

    assert response.status_code == 200
    assert len(response.json()["data"]["regions"]["nodes"]) == 2
    assert "no-store" in response.headers["cache-control"]


@pytest.mark.parametrize("parameters", [
    {}, {"query": ""}, {"query": "{ __typename }", "variables": "{"}, {"query": "{ __typename }", "variables": "[]"},
    {"query": "{ __typename }", "extensions": "1"}, {"query": ["{ __typename }", "{ regions { totalCount } }"]},
])  # fmt: skip
async def test_an_address_that_is_no_request_is_400(ask, parameters):
    response = await get(ask, **parameters)
    assert response.status_code == 400
    assert first(response)["extensions"]["code"] == "HUB-101"


async def test_an_address_that_is_no_utf8_is_400(ask):
    response = await ask.client.get("/graphql?query=%FF%FE", headers=ask.headers("civil-affairs"))
    assert (response.status_code, first(response)["extensions"]["code"]) == (400, "HUB-101")


async def test_a_mutation_is_not_asked_by_get(ask):
    for accept in ("*/*", "application/json", "application/graphql-response+json"):
        response = await get(ask, query="mutation { __typename }", headers={"Accept": accept})
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"


async def test_a_protected_value_is_not_looked_up_by_get(ask):
    query = "query ($number: String!) { person(idNumber: $number) { id } }"
    number = min(ask.hub.truth.known_people)
    by_get = await get(ask, query=query, variables=orjson.dumps({"number": number}).decode())
    by_post = await send(ask, orjson.dumps({"query": query, "variables": {"number": number}}))
    assert (by_get.status_code, first(by_get)["extensions"]["code"]) == (405, "HUB-119")
    assert by_get.headers["allow"] == "POST"
    assert number not in by_get.text
    assert by_post.json()["data"]["person"]


async def test_an_export_of_a_document_that_is_not_there_is_404(ask):
    body = {"documentId": "sha256:" + "0" * 64}
    unknown = await ask.client.post("/export", json=body, headers=ask.headers("charity"))
    assert (unknown.status_code, first(unknown)["extensions"]["code"]) == (404, "HUB-144")


async def test_a_client_that_prefers_no_type_gets_plain_json_and_a_refusal_with_its_status(ask):
    good = await send(ask, orjson.dumps({"query": QUERY}), Accept="*/*")
    bad = await send(ask, orjson.dumps({"query": "{"}), Accept="*/*")
    assert (good.status_code, good.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert bad.status_code == 400
    assert bad.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


@pytest.mark.parametrize("document", ["{", "{ regions { nmae } }", "{ regions(first: 5000) { totalCount } }"])
async def test_plain_json_says_by_its_status_only_whether_the_request_was_well_formed(ask, document):
    plain = await send(ask, orjson.dumps({"query": document}), Accept="application/json")
    assert plain.status_code == 200
    assert set(plain.json()) == {"errors"}
    malformed = await send(ask, b'{"query": ', Accept="application/json")
    assert malformed.status_code == 400
    stranger = await send(ask, orjson.dumps({"query": document}), Accept="application/json", Authorization=None)
    assert stranger.status_code == 401


async def test_a_client_that_takes_neither_type_is_406(ask):
    for accept in ("text/html", "application/json;q=0", "application/json; charset=gbk"):
        response = await send(ask, orjson.dumps({"query": QUERY}), Accept=accept)
        assert (response.status_code, first(response)["extensions"]["code"]) == (406, "HUB-113")


@pytest.mark.parametrize("headers", [
    {"Content_Type": "application/x-www-form-urlencoded"}, {"Content_Type": "multipart/form-data; boundary=x"},
    {"Content_Type": "application/json; charset=gbk"}, {"Content_Type": "application/jsonp"}, {"Content_Type": None},
    {"Content_Encoding": "gzip"},
])  # fmt: skip
async def test_a_body_that_a_form_could_post_or_in_another_encoding_is_415(ask, headers):
    response = await send(ask, orjson.dumps({"query": QUERY}), **headers)
    assert (response.status_code, first(response)["extensions"]["code"]) == (415, "HUB-112")
