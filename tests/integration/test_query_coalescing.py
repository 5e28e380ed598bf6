"""Point queries that come together share a statement, and each gets its own rows."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from benchmarks.seed import id_number
from hub.crypto import SealBroken
from hub.query.errors import ArgumentRefused
from seeded_hub import CITY, COUNTY, SOCIAL_SECURITY

NODE = """query ($id: ID!) { node(id: $id) { ... on Recipient { id category
    person { name idNumber } household { id meansChecks(first: 1) { nodes { id outcome } } } } } }"""
LOOK_UP = "query ($number: String!) { person(idNumber: $number) { id name idNumber } }"


class Watching:
    """Connections that tell which statements ran on them."""

    def __init__(self, reading):
        self.reading, self.ran = reading, []

    @asynccontextmanager
    async def acquire(self, *, kept):
        async with self.reading.acquire(kept=kept) as connection:
            with connection.query_logger(self.note):
                yield connection
                await asyncio.sleep(0)  # the driver tells a moment later

    def note(self, record):
        if " AS c0" in record.query:  # and none of the driver's own
            self.ran.append(record.query)


def watched(seeded):
    reading = Watching(seeded.runtime.reading)
    return replace(seeded, runtime=replace(seeded.runtime, reading=reading)), reading


async def test_each_of_many_at_once_gets_its_own_row_and_they_share_statements(seeded):
    one, reading = watched(seeded)
    rows = seeded.rows["Recipient"][:40]
    answers = await asyncio.gather(*(one.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"}) for row in rows))
    assert [answer["node"]["id"] for answer in answers] == [f"Recipient:{row['id']}" for row in rows]
    assert [answer["node"]["category"] for answer in answers] == [row["category"] for row in rows]
    people = seeded.by_id("Person")
    for row, answer in zip(rows, answers, strict=True):
        assert answer["node"]["person"]["idNumber"] == people[row["person_id"]]["id_number"]
        assert len(answer["node"]["household"]["meansChecks"]["nodes"]) == 1
    assert len(reading.ran) == 2  # the first at once, all others together
    assert answers == [await seeded.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"}) for row in rows]


async def test_a_lone_query_waits_for_nobody(seeded):
    one, reading = watched(seeded)
    for row in seeded.rows["Recipient"][:3]:
        await one.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"})
    assert len(reading.ran) == 3
    assert not any("unnest" in text for text in reading.ran)


async def test_what_is_not_there_is_null_for_who_asked_for_it_alone(seeded):
    numbers = [row["id_number"] for row in seeded.rows["Person"][:6]]
    asked = [*numbers, id_number(9_999_999), *numbers[:2]]
    answers = await asyncio.gather(*(seeded.ask(CITY, LOOK_UP, {"number": number}) for number in asked))
    assert [answer["person"] and answer["person"]["idNumber"] for answer in answers] == [
        *numbers, None, *numbers[:2],
    ]  # fmt: skip


async def test_viewers_of_different_rights_never_share_a_statement(seeded):
    one, reading = watched(seeded)
    people = {row["id"]: row for row in seeded.rows["Person"]}
    elsewhere = [row for row in seeded.rows["Recipient"] if not row["region"].startswith("230502")][:8]
    viewers = [CITY, COUNTY, SOCIAL_SECURITY] * 8
    asked = [(viewer, elsewhere[at // 3]) for at, viewer in enumerate(viewers)]
    document = "query ($id: ID!) { node(id: $id) { ... on Recipient { id person { name } } } }"
    answers = await asyncio.gather(*(one.ask(who, document, {"id": f"Recipient:{row['id']}"}) for who, row in asked))
    for (who, row), answer in zip(asked, answers, strict=True):
        assert answer == await seeded.ask(who, document, {"id": f"Recipient:{row['id']}"})
        name = people[row["person_id"]]["name"]
        assert (answer["node"]["person"]["name"] == name) is (who is CITY)
    assert len(reading.ran) == 6  # two for each of the three


async def test_a_value_that_does_not_open_fails_its_own_query_alone(seeded):
    rows = seeded.rows["Recipient"][:6]
    broken = rows[3]["person_id"]
    sealed = await seeded.runtime.pool.fetchval("SELECT name FROM person WHERE id = $1", broken)
    await seeded.runtime.pool.execute("UPDATE person SET name = $2 WHERE id = $1", broken, sealed[:-1] + b"\x00")
    try:
        found = await asyncio.gather(
            *(seeded.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"}) for row in rows), return_exceptions=True
        )
        assert [type(each) for each in found] == [dict, dict, dict, SealBroken, dict, dict]
    finally:
        await seeded.runtime.pool.execute("UPDATE person SET name = $2 WHERE id = $1", broken, sealed)


class NoText:
    """What nobody but the hub can seal, and the hub never does: bytes that are no text."""

    def encode(self):
        return b"\xff"


async def test_whatever_is_wrong_with_one_fails_its_own_query_alone(seeded):
    rows, pool = seeded.rows["Recipient"][:6], seeded.runtime.pool
    item = seeded.runtime.engine.catalogue["Person"].fields["name"]
    seal = seeded.runtime.vault.sealer("person", item.column, item.group).seal
    before = {}
    for at, text in ((3, NoText()), (4, '王"小明')):  # a quote, so that the column is looked at value by value
        person = rows[at]["person_id"]
        before[person] = await pool.fetchval("SELECT name FROM person WHERE id = $1", person)
        await pool.execute("UPDATE person SET name = $2 WHERE id = $1", person, seal(person.bytes, text))
    try:
        found = await asyncio.gather(
            *(seeded.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"}) for row in rows), return_exceptions=True
        )
        assert [isinstance(each, dict) for each in found] == [True, True, True, False, True, True]
        assert found[4]["node"]["person"]["name"] == '王"小明'
    finally:
        for person, name in before.items():
            await pool.execute("UPDATE person SET name = $2 WHERE id = $1", person, name)


async def test_a_value_that_does_not_fit_reaches_no_statement(seeded):
    row = seeded.rows["Recipient"][0]
    found = await asyncio.gather(
        *(seeded.ask(CITY, NODE, {"id": text}) for text in (f"Recipient:{row['id']}", "Recipient:x", "")),
        return_exceptions=True,
    )
    assert [isinstance(each, ArgumentRefused) for each in found] == [False, True, True]


async def test_a_database_that_fails_is_told_to_all_who_wait_and_to_nobody_later(seeded):
    class Failing:
        def acquire(self, **_):
            return self

        async def __aenter__(self):
            await asyncio.sleep(0)
            raise asyncpg.InterfaceError("gone")

        async def __aexit__(self, *_):
            return None

    failing = replace(seeded, runtime=replace(seeded.runtime, reading=Failing()))
    rows = seeded.rows["Recipient"][:5]
    found = await asyncio.gather(
        *(failing.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"}) for row in rows), return_exceptions=True
    )
    assert all(isinstance(each, asyncpg.InterfaceError) for each in found)
    for row in rows:
        assert (await seeded.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"}))["node"]


@pytest.mark.parametrize(
    ("declared", "where", "values"),
    [
        ("$v: CheckOutcome", "outcome: {eq: $v}", ["CONSISTENT", "INCONSISTENT"]),
        ("$v: [CheckOutcome!]", "outcome: {in: $v}", [["CONSISTENT"], ["CONSISTENT", "INCONSISTENT"], []]),
        ("$v: CheckOutcome!", "outcome: {in: [$v, CONSISTENT]}", ["INCONSISTENT"]),
        ("$v: RegionCode", "region: {within: $v}", ["230502", "2305", "2306"]),
        ("$v: DateTime", "checkedAt: {gt: $v}", ["2026-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]),
        ("$v: MeansCheckWhere!", "and: [$v]", [{"outcome": {"eq": "CONSISTENT"}}]),
    ],
)
async def test_filters_below_a_point_query_are_shared_with_the_values_of_each(seeded, declared, where, values):
    document = f"""query ($id: ID!, {declared}) {{ node(id: $id) {{ ... on Household {{
        id meansChecks(first: 3, where: {{{where}}}) {{ nodes {{ id outcome }} }} }} }} }}"""
    asked = [
        {"id": f"Household:{row['household_id']}", "v": values[at % len(values)]}
        for at, row in enumerate(seeded.rows["Recipient"][:12])
    ]
    together = await asyncio.gather(*(seeded.ask(CITY, document, variables) for variables in asked))
    assert together == [await seeded.ask(CITY, document, variables) for variables in asked]


async def test_a_query_that_may_cost_more_shares_no_statement(seeded):
    one, reading = watched(seeded)
    document = """query ($id: ID!) { node(id: $id) { ... on Household {
        id meansChecks(first: 1000) { nodes { id } } } } }"""
    rows = seeded.rows["Recipient"][:8]
    await asyncio.gather(*(one.ask(CITY, document, {"id": f"Household:{row['household_id']}"}) for row in rows))
    assert len(reading.ran) == len(rows)


async def test_a_value_that_postgresql_does_not_take_fails_its_own_query_alone(seeded):
    class Refusing(Watching):
        @asynccontextmanager
        async def acquire(self, *, kept):
            async with super().acquire(kept=kept) as connection:
                yield Shared(connection)

    class Shared:
        def __init__(self, connection):
            self.connection = connection

        async def fetch(self, text, *values):
            if "unnest" in text or values[-1] == rows[2]["id"]:
                raise asyncpg.DataError("as if")
            return await self.connection.fetch(text, *values)

    rows = seeded.rows["Recipient"][:5]
    refusing = replace(seeded, runtime=replace(seeded.runtime, reading=Refusing(seeded.runtime.reading)))
    document = "query ($id: ID!) { node(id: $id) { ... on Recipient { id } } }"
    found = await asyncio.gather(
        *(refusing.ask(CITY, document, {"id": f"Recipient:{row['id']}"}) for row in rows), return_exceptions=True
    )
    assert [type(each) for each in found] == [dict, dict, asyncpg.DataError, dict, dict]


async def test_who_goes_away_takes_nobody_along(seeded):
    rows = seeded.rows["Recipient"][:6]
    tasks = [asyncio.create_task(seeded.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"})) for row in rows]
    await asyncio.sleep(0)
    for gone in (0, 2, 5):
        tasks[gone].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in found] == [True, False, True, False, False, True]
    assert [found[at]["node"]["id"] for at in (1, 3, 4)] == [f"Recipient:{rows[at]['id']}" for at in (1, 3, 4)]


@pytest.mark.parametrize("times", [200])
async def test_more_than_one_statement_may_serve_are_served_by_several(seeded, times):
    one, reading = watched(seeded)
    rows = [seeded.rows["Recipient"][at % 50] for at in range(times)]
    answers = await asyncio.gather(*(one.ask(CITY, NODE, {"id": f"Recipient:{row['id']}"}) for row in rows))
    assert [answer["node"]["id"] for answer in answers] == [f"Recipient:{row['id']}" for row in rows]
    assert len(reading.ran) == 5  # one, then 199 by 64
