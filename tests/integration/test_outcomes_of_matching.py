"""What came of matching in numbers: over HTTP by the trusted document, and by the command; few are withheld in both."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from consenting import TODAY
from granting import put_in_force
from hub.cli.match_outcomes import read_outcomes
from hub.matching import outcomes
from hub.matching.outcomes import Township
from proposing import DELIVERED, changed, in_need, numbers, offered, proposed, taken

__all__ = ["numbers"]  # a fixture of another file

DOCUMENT = (Path(__file__).parents[2] / "schema" / outcomes.DOCUMENT).read_text("utf-8")
HELPED, FORGOTTEN, LATER = "230502001", "230502002", "230502003"


@pytest_asyncio.fixture(scope="module", autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")
    for code in ("23", "2305", "230502", HELPED, FORGOTTEN, LATER):
        await acting.runtime.pool.execute(
            "INSERT INTO region (id, code, name, level) VALUES (gen_random_uuid(), $1, $1, $2) ON CONFLICT DO NOTHING",
            code, {2: "PROVINCE", 4: "PREFECTURE", 6: "COUNTY", 9: "TOWNSHIP"}[len(code)],
        )  # fmt: skip


async def accepted(acting, numbers, many, township, resource):
    """People of a township for whom something is accepted, registered ten and twenty days ago."""
    people, rows = [numbers() for _ in range(many)], []
    home = await in_need(acting, *people, region=f"{township}001", others=False)
    for at, number in enumerate(people):
        await changed(acting, "Need", home.need(number), created_on=TODAY - timedelta(days=20 if at % 2 else 10))
        rows.append(await proposed(acting, home.need(number), resource))
        await taken(acting, "accept", {"id": rows[-1]})
    return rows


async def helped(acting, row):
    await taken(acting, "deliver", {"id": row, **DELIVERED})
    await taken(acting, "confirm", {"id": row, "confirmedBy": "PERSON"})


@pytest_asyncio.fixture(scope="module")
async def resource(acting):
    return await offered(acting, units=50)


@pytest_asyncio.fixture
async def stats(acting):
    headers = {"Authorization": f"Bearer {acting.tokens['civil-affairs']}", "Hub-Purpose": "statistics"}

    async def asked(name, **variables):
        body = {"query": DOCUMENT, "operationName": name, "variables": variables}
        answer = (await acting.client.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    return asked


async def test_outcomes_by_county_and_kind_are_those_of_the_rows(acting, numbers, resource, stats):
    rows = await accepted(acting, numbers, 12, HELPED, resource)
    for row in rows[:6]:
        await helped(acting, row)
    for row in rows[6:]:
        await taken(acting, "fail", {"id": row, "unmetReason": "NOT_REACHED"})
    await in_need(acting, *(numbers() for _ in range(7)), region=f"{FORGOTTEN}001", others=False)

    found = {part: told for name in outcomes.OPERATIONS[1:4] for part, told in (await stats(name)).items()}
    counted = {part: [group["count"] for group in found[part]["groups"]] for part in found}
    assert counted["open"] == [19]
    assert (counted["placed"], counted["delivered"], counted["confirmed"]) == ([12], [6], [6])
    assert [(group["unmetReason"], group["count"]) for group in found["unmet"]["groups"]] == [("NOT_REACHED", 6)]
    [delivered] = found["delivered"]["groups"]
    assert (delivered["townshipCounty"], delivered["kind"]) == ("230502", "FOOD")
    assert delivered["average"] == {"daysWaited": 15.0}
    registered = {group["regionTownship"]: group["count"] for group in found["registered"]["groups"]}
    assert registered == {HELPED: 12, FORGOTTEN: 7}
    assert [(group["townshipTownship"], group["count"]) for group in found["helped"]["groups"]] == [(HELPED, 6)]
    by_kind = await stats("TownshipsByKind", kinds=["FOOD"])
    assert {group["regionTownship"]: group["count"] for group in by_kind["registered"]["groups"]} == registered

    counties, names = await read_outcomes(acting.runtime)
    [(code, county)] = counties.items()
    food = county.kinds["FOOD"]
    assert (code, names[code], set(county.kinds)) == ("230502", "230502", {"FOOD"})
    assert (food.open, food.placed, food.delivered, food.confirmed, food.days) == (19, 12, 6, 6, 15.0)
    assert food.unmet == {"NOT_REACHED": 6}
    assert county.every == food
    assert food.worst == Township(FORGOTTEN, 7, 0)
    audited = "SELECT count(*) FROM audit_record WHERE action = 'match:outcomes' AND purpose = 'statistics'"
    assert await acting.runtime.pool.fetchval(audited) == 5


async def test_one_who_was_helped_in_a_township_is_told_by_nothing(acting, numbers, resource):
    """The county has seven: neither the township's one nor the others' six, from which one would follow."""
    [row] = await accepted(acting, numbers, 1, FORGOTTEN, resource)
    await helped(acting, row)
    counties, _ = await read_outcomes(acting.runtime)
    county = counties["230502"]
    assert county.kinds["FOOD"].delivered == 7
    assert county.every.worst is None
    assert county.kinds["FOOD"].worst is None


async def test_help_that_did_not_arrive_after_all_is_no_help(acting, numbers, resource):
    rows = await accepted(acting, numbers, 6, LATER, resource)
    for row in rows:
        await taken(acting, "deliver", {"id": row, **DELIVERED})
    before = (await read_outcomes(acting.runtime))[0]["230502"].kinds["FOOD"]
    for row in rows:
        await taken(acting, "reopen", {"id": row, "unmetReason": "NOT_ENOUGH"})
    after = (await read_outcomes(acting.runtime))[0]["230502"].kinds["FOOD"]
    assert (before.delivered, after.delivered) == (13, 7)
    assert after.unmet == {"NOT_ENOUGH": 6, "NOT_REACHED": 6}
