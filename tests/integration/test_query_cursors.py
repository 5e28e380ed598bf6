"""A cursor belongs to a list, not to the document that it was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import pytest_asyncio

from benchmarks.seed import Writer, id_number
from hub.query.errors import CursorOutdated, CursorRefused
from hub.runtime import running
from hub.settings import Settings
from seeded_hub import CITY, Seeded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from uuid import UUID

CHECKS = "meansChecks(first: 1, after: $after, where: {region: {within: $within}}) { edges { cursor node { id } } }"


async def test_a_cursor_goes_on_in_a_document_where_its_list_stands_elsewhere(seeded):
    nested = f"""query ($within: RegionCode, $after: String) {{
        households(first: 1, where: {{region: {{within: "2305"}}, size: {{gte: 1}}}}) {{
            nodes {{ id {CHECKS} }} }} }}"""
    [household] = (await seeded.ask(CITY, nested, {"within": "2305"}))["households"]["nodes"]
    [first] = household["meansChecks"]["edges"]
    alone = f"""query ($id: ID!, $within: RegionCode, $after: String) {{
        node(id: $id) {{ ... on Household {{ {CHECKS} }} }} }}"""
    variables = {"id": household["id"], "within": "2305", "after": first["cursor"]}
    [second] = (await seeded.ask(CITY, alone, variables))["node"]["meansChecks"]["edges"]
    ours = sorted(
        row["id"] for row in seeded.rows["MeansCheck"] if f"Household:{row['household_id']}" == household["id"]
    )
    assert [first["node"]["id"], second["node"]["id"]] == [f"MeansCheck:{each}" for each in ours]
    with pytest.raises(CursorRefused):
        await seeded.ask(CITY, alone, {**variables, "within": "230502"})


def of_the_first_version(cursor):
    """What it looked like: no version before it."""
    return cursor.partition(".")[2]


@pytest.mark.parametrize("older", [of_the_first_version, lambda cursor: f"v1.{of_the_first_version(cursor)}"])
async def test_a_cursor_from_an_earlier_version_is_told_from_a_foreign_one(seeded, older):
    document = "query ($after: String) { recipients(first: 1, after: $after) { edges { cursor } } }"
    [first] = (await seeded.ask(CITY, document, {"after": None}))["recipients"]["edges"]
    with pytest.raises(
        CursorOutdated, match=r"recipients\.after is a cursor from an earlier version of the hub; start again"
    ):
        await seeded.ask(CITY, document, {"after": older(first["cursor"])})


@pytest.mark.parametrize(
    "changed", ["v2.", "", "x", "v2.AAAA", "not a cursor of any version, but long enough to be one"]
)
async def test_what_is_no_cursor_at_all_is_of_no_version(seeded, changed):
    document = "query ($after: String) { recipients(first: 1, after: $after) { edges { cursor } } }"
    with pytest.raises(CursorRefused, match="not a cursor of this list for you"):
        await seeded.ask(CITY, document, {"after": changed})


@pytest_asyncio.fixture(scope="module")
async def joined_twice(
    migrated_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Seeded, UUID, UUID]]:
    home: Path = tmp_path_factory.mktemp("cursors")
    async with running(Settings.load(home=home, database_url=migrated_url)) as runtime:
        write = {name: Writer(runtime.pool, runtime.vault, name) for name in ("Household", "Person", "HouseholdMember")}
        household, person = uuid4(), uuid4()
        await write["Household"].add(household, region="230502")
        await write["Person"].add(person, id_number=id_number(1), region="230502")
        for relationship in ("HEAD", "OTHER"):
            await write["HouseholdMember"].add(
                uuid4(), household_id=household, person_id=person, region="230502", relationship=relationship
            )
        for each in write.values():
            await each.flush()
        yield Seeded(runtime, {}), household, person


@pytest.mark.parametrize("word", ["first", "last"])
async def test_two_memberships_of_one_person_are_two_edges_on_two_pages(joined_twice, word):
    hub, household, person = joined_twice
    beyond = {"first": "after", "last": "before"}[word]
    document = f"""query ($id: ID!, $cursor: String) {{ node(id: $id) {{ ... on Household {{
        members({word}: 1, {beyond}: $cursor) {{
            totalCount edges {{ cursor relationship node {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage }} }} }} }} }}"""
    variables = {"id": f"Household:{household}", "cursor": None}
    found, pages = [], 0
    while True:
        page = (await hub.ask(CITY, document, variables))["node"]["members"]
        pages += 1
        found += [(edge["relationship"], edge["node"]["id"]) for edge in page["edges"]]
        assert page["totalCount"] == 2
        if not page["pageInfo"]["hasNextPage" if word == "first" else "hasPreviousPage"]:
            break
        variables["cursor"] = page["edges"][0]["cursor"]
    assert pages == 2
    assert sorted(found) == [("HEAD", f"Person:{person}"), ("OTHER", f"Person:{person}")]
