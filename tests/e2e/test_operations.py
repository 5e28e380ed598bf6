"""Trusted documents over HTTP: asked by their digest, by POST and GET, each by its own role."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from graphql import OperationDefinitionNode, parse

from hub.query.document.trusted import identify

OPERATIONS = Path(__file__).parents[2] / "schema" / "operations"
FILES = sorted(path.relative_to(OPERATIONS).as_posix() for path in OPERATIONS.glob("*/*.graphql"))
EVERY = [
    (file, operation.name.value)
    for file in FILES
    for operation in parse((OPERATIONS / file).read_text("utf-8")).definitions
    if isinstance(operation, OperationDefinitionNode)
]

PURPOSES = {"civil-affairs/estimated-counties.graphql": {"Hub-Purpose": "statistics"}}
"""Of documents that are for another purpose than the viewer usually declares."""


def document_id(file):
    return identify((OPERATIONS / file).read_text("utf-8"))


def variables(ask, file):
    text = (OPERATIONS / file).read_text("utf-8")
    number = min(ask.hub.truth.known_people)
    known = {"division": "2305", "idNumber": number, "partner": "charity"}
    return {name: value for name, value in known.items() if f"${name}:" in text}


async def post(ask, viewer, body):
    return await ask.client.post("/graphql", json=body, headers=ask.headers(viewer))


@pytest.mark.parametrize(("file", "operation"), EVERY)
async def test_every_trusted_document_answers_its_role_with_something(ask, file, operation):
    body = {"documentId": document_id(file), "operationName": operation, "variables": variables(ask, file)}

    viewer = file.partition("/")[0]
    headers = ask.headers(viewer) | PURPOSES.get(file, {})
    response = await ask.client.post("/graphql", json=body, headers=headers)

    assert response.status_code == 200, response.text
    assert "errors" not in response.json()
    assert all(value is not None for value in response.json()["data"].values()), response.text


async def test_a_trusted_document_is_asked_by_get(ask):
    file = "charity/open-needs.graphql"
    given = {
        "documentId": document_id(file),
        "variables": orjson.dumps({"first": 3}).decode(),
        "operationName": "OpenNeeds",
    }

    response = await ask.client.get("/graphql", params=given, headers=ask.headers("charity"))

    assert response.status_code == 200
    assert len(response.json()["data"]["needs"]["edges"]) == 3


async def test_another_roles_document_and_an_unknown_one_are_404_in_the_same_words(ask):
    taken = await post(ask, "charity", {"documentId": document_id("auditor/synchronisation.graphql")})
    unknown = await post(ask, "charity", {"documentId": "sha256:" + "0" * 64})

    assert {taken.status_code, unknown.status_code} == {404}
    first, second = taken.json()["errors"][0], unknown.json()["errors"][0]
    assert first["extensions"].pop("requestId") != second["extensions"].pop("requestId")
    assert first == second
    assert first["extensions"] == {"code": "HUB-144"}


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": 5},
        {"documentId": None},
        {"documentId": "sha256:00", "query": "{ __typename }"},
        {"documentId": {}},
    ],
)
async def test_an_identifier_beside_a_document_or_that_is_no_text_is_400(ask, body):
    response = await post(ask, "charity", body)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "HUB-101")


async def test_a_variable_that_a_trusted_document_needs_is_named(ask):
    response = await post(ask, "auditor", {"documentId": document_id("auditor/assistance-in-numbers.graphql")})
    assert response.status_code == 400
    assert "$division" in response.json()["errors"][0]["message"]
