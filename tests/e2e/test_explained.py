"""Answers that explain themselves, for those who may see how they are made."""

from __future__ import annotations

import asyncio
import os
import re

import orjson

import commands

STAGES = ["authenticate", "operation", "plan", "bind", "fetch", "reveal", "audit"]


async def explained(ask, query, variables=None, viewer="auditor"):
    headers = {**ask.headers(viewer), "Hub-Explain": "1"}
    response = await ask.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    return response.status_code, response.json()


async def test_an_entitled_viewer_learns_how_an_answer_was_made(ask):
    query = '{ regions(first: 4, where: {code: {within: "230502"}}) { nodes { code parent { name } } totalCount } }'
    plain = await ask.answer("auditor", query)
    status, body = await explained(ask, query)
    assert status == 200
    assert body["data"] == plain["data"]
    explain = body["extensions"]["explain"]
    assert list(explain["milliseconds"]) == STAGES
    assert all(spent >= 0 for spent in explain["milliseconds"].values())
    assert explain["cached"] == {"document": True, "plan": True}
    assert explain["cost"] > 0
    statement = explain["statements"][0]
    assert [made["planned"] for made in explain["statements"]] == ["anew with the values of each execution"] * 2
    assert [made["plan"][0]["reads"] for made in explain["statements"]] == ["Region", "count of Region"]
    assert len(statement["parameters"]) == len(set(re.findall(r"\$[0-9]+", statement["sql"])))
    assert "explain" not in plain["extensions"]


async def test_what_is_not_cached_is_said(ask):
    fresh = f"{{ regions(first: 1) {{ nodes {{ a{os.urandom(4).hex()}: code }} }} }}"
    _, body = await explained(ask, fresh)
    assert body["extensions"]["explain"]["cached"] == {"document": False, "plan": False}


async def test_the_sql_has_no_value_of_the_query(ask):
    query = """query ($n: Int) { regions(first: $n, where: {code: {within: "230502"}, name: {eq: "尖山区"}}) {
        nodes { x13644073712: code } } }"""
    _, body = await explained(ask, query, {"n": 913})
    text = orjson.dumps(body["extensions"]["explain"]["statements"]).decode()
    for value in ("230502", "尖山区", "913", "13644073712"):
        assert value not in text


async def test_others_are_refused_with_a_code_of_its_own(ask):
    status, body = await explained(ask, "{ regions(first: 1) { nodes { id } } }", viewer="civil-affairs")
    assert (status, body["errors"][0]["extensions"]["code"]) == (403, "HUB-203")
    assert body.get("data") is None


async def test_the_command_shows_plan_access_and_postgresqls_own_plan_and_no_value(ask):
    number = min(ask.hub.truth.known_people)
    query = "query ($n: String!) { person(idNumber: $n) { name phone } }"
    known = ask.hub.viewers["social-security"]

    async def command(*arguments):
        given = ("--purpose", known["purpose"], "--variables", orjson.dumps({"n": number}).decode(), *arguments, "-")
        done = await asyncio.to_thread(
            commands.run, "explain", "--viewer", "social-security", *given, stdin=query,
            env={**os.environ, "HUB_HOME": str(ask.hub.home)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    found = orjson.loads(await command("--analyze", "--json"))
    assert found["cost"] <= found["limit"]
    assert "WITHHELD" in {entry["decision"] for entry in found["access"]}
    [statement] = found["statements"]
    assert statement["plan"][0]["reads"] == "Person"
    assert "person(idNumber:)" in statement["parameters"]
    assert "Actual Rows" in statement["postgresql"]
    printed = await command()
    assert "$1" in printed
    for text in (printed, str(found)):
        assert number not in text
