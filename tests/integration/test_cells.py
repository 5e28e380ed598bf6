"""``Hub-Access: cells`` over HTTP: which null is none, which is withheld, and which value is masked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import pytest_asyncio

from granting import put_in_force
from hub.auth import issue_token
from hub.store import partners
from seeded_hub import COUNTY as DISTRICT_OFFICE

COUNTY, AROUND = "230502", "230503"
PEOPLE = """query ($of: RegionCode) { people(first: 50, where: {region: {within: $of}}) {
    nodes { id name birthDate phone registeredRegion region } } }"""


@pytest_asyncio.fixture(scope="module")
async def county(acting_with_rows):
    """A county's bureau of civil affairs: it sees its own people plain, and the prefecture's masked."""
    pool = acting_with_rows.runtime.pool
    await partners.add_partner(
        pool, name="county", title="county", department="civil-affairs", roles=["civil-affairs"], regions=[COUNTY],
        purposes=["assistance-review"], now=datetime.now(UTC),
    )  # fmt: skip
    token = (await issue_token(pool, "county", datetime.now(UTC))).text
    return {"Authorization": f"Bearer {token}", "Hub-Purpose": "assistance-review"}


@pytest.fixture
def asked(acting_with_rows, county):
    async def ask(query, variables=None, *, cells="cells", headers=county):
        given = headers if cells is None else {**headers, "Hub-Access": cells}
        response = await acting_with_rows.client.post(
            "/graphql", json={"query": query, "variables": variables}, headers=given
        )
        return response.status_code, response.json()

    return ask


def kinds(body):
    return {tuple(cell["path"]): cell["kind"] for cell in body["extensions"]["cells"]["cells"]}


async def some_without(acting, column, region):
    """Take a value away from some people of a division, so that there are rows with and without one."""
    await acting.runtime.pool.execute(
        f"""UPDATE person SET {column} = NULL
            WHERE id IN (SELECT id FROM person WHERE region LIKE $1 ORDER BY id LIMIT 3)""",
        f"{region}%",
    )


async def test_the_data_are_the_same_and_nothing_hidden_is_left_in_them(asked):
    variables = {"of": "2305"}
    _, plain = await asked(PEOPLE, variables, cells=None)
    status, told = await asked(PEOPLE, variables)
    assert status == 200
    assert told["data"] == plain["data"]
    assert told["extensions"]["access"] == plain["extensions"]["access"]
    assert "cells" not in plain["extensions"]


async def test_a_null_of_a_row_that_is_seen_plain_is_absent_and_others_are_withheld_or_masked(asked, acting_with_rows):
    await some_without(acting_with_rows, "birth_date", COUNTY)
    await some_without(acting_with_rows, "birth_date", AROUND)
    _, body = await asked(PEOPLE, {"of": "2305"})
    found, rows = kinds(body), body["data"]["people"]["nodes"]
    seen = set()
    for at, row in enumerate(rows):
        own = row["region"].startswith(COUNTY)
        for name in ("name", "birthDate", "phone", "registeredRegion"):
            kind = found.get(("people", "nodes", at, name))
            seen.add((own, name, kind))
            if own:
                assert kind == ("ABSENT" if row[name] is None else None)
    assert {(True, "birthDate", "ABSENT"), (True, "birthDate", None), (True, "name", None)} <= seen
    # Whether or not there is one.
    assert {kind for own, name, kind in seen if not own and name == "birthDate"} == {"WITHHELD"}
    assert {kind for own, name, kind in seen if not own and name == "name"} == {"MASKED"}


async def test_a_reason_names_the_policies_and_what_they_say_in_both_languages(asked):
    _, body = await asked(PEOPLE, {"of": AROUND})
    cells = body["extensions"]["cells"]
    cell = next(cell for cell in cells["cells"] if cell["path"] == ["people", "nodes", 0, "name"])
    assert cell["kind"] == "MASKED"
    reason = cells["reasons"][cell["reason"]]
    assert reason["path"] == "people.nodes.name"
    known = {policy["id"]: policy for policy in reason["policies"]}
    assert "civil-affairs-prefecture-masked" in known
    assert all(policy["en"] and policy["zh"] for policy in known.values())


async def test_paths_are_those_of_the_answer_under_aliases_fragments_links_and_lists(asked):
    query = """query ($of: RegionCode) { here: people(first: 3, where: {region: {within: $of}}) {
        edges { one: node { ...Who households(first: 2) { edges { relationship node { address } } } } } } }
      fragment Who on Person { born: birthDate ... on Person { born2: birthDate } recipients { nodes {
        amount: monthlyAmount person { birthDate } } } }"""
    _, body = await asked(query, {"of": AROUND})
    found = kinds(body)

    def at(path):
        value = body["data"]
        for step in path:
            value = value[step]
        return value

    assert {path[-1] for path in found} >= {"born", "born2", "relationship", "address", "amount", "birthDate"}
    for path, kind in found.items():
        assert (at(path) is None) == (kind != "MASKED"), path


async def test_a_row_that_is_not_there_and_one_that_may_not_be_seen_are_told_alike(asked, acting_with_rows):
    hidden = await acting_with_rows.runtime.pool.fetchval("SELECT id FROM sharing_request LIMIT 1")
    unknown = "01900000-0000-7000-8000-000000000000"
    query = """query ($ids: [ID!]!, $one: ID!) { nodes(ids: $ids) { id } node(id: $one) { id } }"""
    answers = []
    for one in (f"Person:{unknown}", f"SharingRequest:{hidden or unknown}", f"QuarantinedRow:{unknown}"):
        _, body = await asked(query, {"ids": [one], "one": one})
        assert body["data"] == {"nodes": [None], "node": None}
        answers.append((kinds(body), body["extensions"]["cells"]["reasons"]))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == {("nodes", 0): "UNDISCLOSED", ("node",): "UNDISCLOSED"}


async def test_who_has_none_of_the_roles_is_refused_with_a_code_of_its_own(acting_with_rows, asked):
    await put_in_force(acting_with_rows.runtime.pool, "social-security", "means-check")
    headers = {"Authorization": f"Bearer {acting_with_rows.tokens['social-security']}", "Hub-Purpose": "means-check"}
    status, body = await asked(PEOPLE, headers=headers)
    assert (status, body["errors"][0]["extensions"]["code"]) == (403, "HUB-204")
    assert body.get("data") is None
    status, body = await asked(PEOPLE, headers=headers, cells=None)
    assert status == 200


@pytest.mark.parametrize("value", ["cell", "", "1", "cells, cells"])
async def test_another_word_in_the_header_is_refused(asked, value):
    status, body = await asked(PEOPLE, cells=value)
    assert (status, body["errors"][0]["extensions"]["code"]) == (400, "HUB-136")


async def test_a_stream_and_a_step_do_not_say_it(asked, acting_with_rows):
    headers = {"Authorization": f"Bearer {acting_with_rows.tokens['civil-affairs']}", "Hub-Purpose": "data-sharing"}
    step = """mutation { acceptSharingRequest(
        input: {id: "SharingRequest:01900000-0000-7000-8000-000000000000", expectedVersion: 1}
    ) { sharingRequest { id } errors { __typename } } }"""
    for query in ("subscription { events { nodes { id } pageInfo { endCursor } } }", step):
        status, body = await asked(query, headers=headers)
        assert (status, body["errors"][0]["extensions"]["code"]) == (400, "HUB-136"), body


async def test_plans_of_those_who_do_not_ask_have_nothing_of_it(seeded):
    # That their SQL is what it was, and who writes the answer, snapshots say.
    assert seeded.plan(DISTRICT_OFFICE, "{ people { nodes { name birthDate } } }").plan.cells == ()
