"""Code lists that declare an order are sorted by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest_asyncio
from asyncpg import Range

from benchmarks.seed import Writer, id_number
from hub.domain.codes import Urgency
from hub.runtime import running
from hub.settings import Settings
from seeded_hub import CHARITY, CITY, Seeded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

OPEN_NEEDS = Path(__file__).parents[2] / "schema" / "operations" / "charity" / "open-needs.graphql"


@pytest_asyncio.fixture(scope="module")
async def needy(migrated_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Seeded]:
    """A hub with open needs of every urgency, five of each, and five of none."""
    async with running(Settings.load(home=tmp_path_factory.mktemp("needs"), database_url=migrated_url)) as runtime:
        person, people, needs = uuid4(), *(Writer(runtime.pool, runtime.vault, name) for name in ("Person", "Need"))
        await people.add(person, id_number=id_number(1), region="230502")
        for urgency in [None, *Urgency.__members__] * 5:
            await needs.add(
                uuid4(),
                person_id=person,
                kind="FOOD",
                status="OPEN",
                consented=(Range(None, None),),
                region="230502",
                urgency=urgency,
            )
        await people.flush()
        await needs.flush()
        yield Seeded(runtime, {})


async def test_open_needs_come_the_most_urgent_first_on_every_page(needy):
    """By the letters of the codes, HIGH came last: behind LOW, NORMAL and URGENT."""
    document = OPEN_NEEDS.read_text(encoding="utf-8")
    found, cursor = [], None
    while True:
        page = (await needy.ask(CHARITY, document, {"first": 2, "after": cursor}))["needs"]
        found += [edge["node"]["urgent"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
    rising = list(Urgency.__members__)
    assert found == [True] * 10 + [False] * 15  # one whose urgency is not known is not urgent
    backward = "{ needs(last: 23, orderBy: [{field: URGENCY}]) { nodes { urgency } } }"
    nodes = (await needy.ask(CITY, backward))["needs"]["nodes"]
    assert [node["urgency"] for node in nodes] == [urgency for urgency in rising for _ in range(5)][-18:] + [None] * 5
