"""The division that a code names stands beside it: name, county and township, by the same statement."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import pytest_asyncio

from benchmarks.seed import Writer
from hub.domain.divisions import shipped
from hub.runtime import running
from hub.settings import Settings
from hub.sync.regions import load_regions
from seeded_hub import CITY, Seeded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

VILLAGE = "230522201202"
CODES = (VILLAGE, "230502001001", "230502001", "230502", "2305", "230599", None)
NAMES = {division.code: division.name for division in shipped()}
LISTED = """{ households(orderBy: [{field: ID}]) { nodes {
    region division { code name level parent { name } county { code name } township { name } } } } }"""


@pytest_asyncio.fixture(scope="module")
async def settled(migrated_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Seeded]:
    """A hub with one household for each code; 230599 is in no list."""
    async with running(Settings.load(home=tmp_path_factory.mktemp("homes"), database_url=migrated_url)) as runtime:
        async with runtime.pool.acquire() as connection:
            await load_regions(connection, shipped())
        households = Writer(runtime.pool, runtime.vault, "Household")
        for number, code in enumerate(CODES):
            await households.add(UUID(int=number), region=code)
        await households.flush()
        yield Seeded(runtime, {})


def named(code: str | None, digits: int) -> str | None:
    return None if code is None or len(code) < digits else NAMES.get(code[:digits])


async def test_every_code_has_its_division_beside_it(settled):
    # A partner in charge of the city sees no row without a division, and none outside.
    seen = [code for code in CODES if code is not None]
    nodes = (await settled.ask(CITY, LISTED))["households"]["nodes"]
    assert [node["region"] for node in nodes] == seen
    for code, node in zip(seen, nodes, strict=True):
        division = node["division"]
        if code not in NAMES:
            assert division is None
            continue
        assert (division["code"], division["name"]) == (code, NAMES[code])
        assert (division["county"] or {"name": None})["name"] == named(code, 6)
        assert (division["township"] or {"name": None})["name"] == named(code, 9)


async def test_it_takes_no_further_statement(settled):
    assert len(settled.plan(CITY, LISTED).sql) == 1


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (f'division: {{name: {{eq: "{NAMES[VILLAGE]}"}}}}', [VILLAGE]),
        (f'division: {{county: {{name: {{eq: "{NAMES["230502"]}"}}}}}}', ["230502001001", "230502001", "230502"]),
        ("division: {level: {eq: PREFECTURE}}", ["2305"]),
        ("not: {division: {level: {in: [VILLAGE, TOWNSHIP, COUNTY, PREFECTURE]}}}", ["230599"]),
    ],
)
async def test_rows_are_filtered_by_what_is_known_of_their_division(settled, where, found):
    listed = await settled.ask(
        CITY, f"{{ households(where: {{{where}}}, orderBy: [{{field: ID}}]) {{ nodes {{ region }} }} }}"
    )
    assert [node["region"] for node in listed["households"]["nodes"]] == found


async def test_the_division_is_found_by_its_index(settled):
    [sql] = settled.plan(CITY, LISTED).sql.values()
    async with settled.runtime.pool.acquire() as connection:
        await connection.execute("ANALYZE region")
        lines = await connection.fetch(f"EXPLAIN {sql.text}", *[take.value for take in sql.takes])
    plan = "\n".join(line[0] for line in lines)
    assert plan.count("ix_region_code") >= 3
    assert "Seq Scan on region" not in plan
