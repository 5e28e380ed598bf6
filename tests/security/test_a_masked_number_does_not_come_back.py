"""Attack: whoever sees an ID number masked tries the numbers that fit, by look-ups that say which one is right."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from stdnum.iso7064 import mod_11_2

from granting import put_in_force
from hub.app import create_app
from hub.auth import issue_token
from hub.runtime import running
from hub.store import partners
from hub.store.pool import open_pool
from seeded_hub import DISTRICT

PEOPLE = 33
MISSES = 20
LATE = 2
"""Look-ups in vain that come back while a slow test runs: one in three minutes."""
EITHER = 'query ($n: String!) { people(where: {or: [{idNumber: {eq: $n}}, {region: {within: "23"}}]}) { totalCount } }'
BELOW = """
query ($n: String!) { households(first: 1) { nodes { members(where: {idNumber: {eq: $n}}) { totalCount } } } }
"""
PERSON = "query ($n: String!) { person(idNumber: $n) { id idNumber } }"


def numbers(known: str, tries: int) -> list[str]:
    """Numbers that fit division and birth date, all over the thousand that there are."""
    bodies = [f"{known[:14]}{(37 * at + 11) % 1_000:03}" for at in range(tries)]
    return [body + mod_11_2.calc_check_digit(body) for body in bodies]


async def joined(pool, role="social-security", purpose="means-check", region="2305"):
    """A new partner; returns the headers that it sends."""
    now, name = datetime.now(UTC), f"guessing-{uuid4().hex[:8]}"
    await partners.add_partner(
        pool, name=name, title="局", department=role, roles=[role], regions=[region], purposes=[purpose], now=now
    )
    await put_in_force(pool, name, purpose, regions=[region])
    token = await issue_token(pool, name, now)
    return {"Authorization": f"Bearer {token.text}", "Hub-Purpose": purpose}


@asynccontextmanager
async def worker(runtime):
    """A process that serves; gives a function that asks it with these headers."""
    app = create_app(runtime=runtime)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client,
    ):

        async def ask(headers, query, variables, path="/graphql"):
            return await client.post(path, json={"query": query, "variables": variables}, headers=headers)

        yield ask


def refused(response):
    """Whether the look-up was refused for finding nothing too often."""
    return response.status_code == 429 and response.json()["errors"][0]["extensions"]["code"] == "HUB-146"


def unused(count):
    """ID numbers that nobody has: the seeded people's end in other orders."""
    return [number for number in numbers("230502190001010000", 1_000) if number[14:17] != "000"][:count]


async def test_of_33_people_whose_division_and_birth_date_are_known_no_number_is_recovered(ask):
    pool = await open_pool(ask.hub.database, size=3)
    try:
        headers = await joined(pool)
    finally:
        await pool.close()
    everybody = sorted(ask.hub.truth.known_people)
    victims = everybody[:: len(everybody) // PEOPLE][:PEOPLE]
    answered, recovered = 0, 0
    for victim in victims:
        for guess in numbers(victim, 30):
            response = await ask.client.post(
                "/graphql", json={"query": PERSON, "variables": {"n": guess}}, headers=headers
            )
            if refused(response):
                continue
            answered += 1
            recovered += response.json()["data"]["person"] is not None
    assert answered <= MISSES + LATE + recovered
    assert recovered <= 1  # one of a thousand may be guessed


async def test_two_workers_and_a_restart_give_no_more_than_one(seeded):
    settings = seeded.runtime.settings
    headers = await joined(seeded.runtime.pool)
    guesses = iter(unused(300))
    answered = 0
    async with running(settings) as other, worker(seeded.runtime) as first, worker(other) as second:
        for _ in range(50):
            for ask in (first, second):
                answered += not refused(await ask(headers, PERSON, {"n": next(guesses)}))
    assert MISSES <= answered <= MISSES + LATE + 2
    async with running(settings) as restarted, worker(restarted) as ask:
        for _ in range(20):
            answered += not refused(await ask(headers, PERSON, {"n": next(guesses)}))
    assert answered <= MISSES + LATE + 2


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (PERSON, "/graphql"),
        ("query ($n: String!) { people(where: {idNumber: {eq: $n}}) { nodes { id } } }", "/graphql"),
        ("query ($n: String!) { people(where: {idNumber: {eq: $n}}) { totalCount } }", "/graphql"),
        ("query ($n: String!) { people(first: 0, where: {idNumber: {in: [$n]}}) { totalCount } }", "/graphql"),
        ("query ($n: String!) { recipients(where: {person: {idNumber: {eq: $n}}}) { totalCount } }", "/graphql"),
        ("query ($n: String!) { people(where: {and: [{idNumber: {eq: $n}}]}) { totalCount } }", "/graphql"),
        (EITHER, "/graphql"),
        ("query ($n: String!) { people(where: {not: {idNumber: {eq: $n}}}) { totalCount } }", "/graphql"),
        (BELOW, "/graphql"),
        ("query ($n: String!) { people(where: {idNumber: {eq: $n}}) { nodes { id } } }", "/export"),
    ],
    ids=["finder", "filter", "count", "no rows", "across a link", "and", "or", "not", "list below", "export"],
)
async def test_whichever_way_a_guess_is_asked_for_it_counts(seeded, query, path):
    headers = await joined(seeded.runtime.pool)
    async with worker(seeded.runtime) as ask:
        outcomes = [await ask(headers, query, {"n": number}, path) for number in unused(MISSES + 10)]
    assert [response.status_code for response in outcomes[:MISSES]] == [200] * MISSES, outcomes[0].text
    assert sum(not refused(response) for response in outcomes) <= MISSES + LATE
    assert int(outcomes[-1].headers["Retry-After"]) <= 180 or path == "/export"


async def test_many_guesses_in_one_request_do_not_go_through(seeded):
    headers = await joined(seeded.runtime.pool)
    found = seeded.rows["Person"][0]["id_number"]
    guesses = unused(900)
    listed = "query ($n: [String!]) { people(where: {idNumber: {in: $n}}) { totalCount } }"
    each = " ".join(f'a{at}: person(idNumber: "{guess}") {{ id }}' for at, guess in enumerate(guesses[:30]))
    aliases = f"{{ {each} }}"
    async with worker(seeded.runtime) as ask:
        assert refused(await ask(headers, listed, {"n": guesses}))
        assert refused(await ask(headers, listed, {"n": [*guesses[:MISSES], found]}))
        assert refused(await ask(headers, aliases, {}))
        # One number that is known does not hide the others that are tried with it.
        assert (await ask(headers, listed, {"n": [*guesses[: MISSES - 1], found]})).status_code == 200
        assert refused(await ask(headers, listed, {"n": guesses[:2]}))


async def test_a_row_that_is_there_anyway_does_not_stand_for_a_guess(seeded):
    headers = await joined(seeded.runtime.pool)
    recipient = seeded.rows["Recipient"][0]
    person = seeded.by_id("Person")[recipient["person_id"]]
    known, guesses = person["id_number"], unused(60)
    either = (
        'query ($n: [String!]) { people(where: {or: [{idNumber: {in: $n}}, {region: {within: "23"}}]}) { totalCount } }'
    )
    linked = "query ($n: [String!]) { recipients(where: {person: {idNumber: {in: $n}}}) { totalCount } }"
    async with worker(seeded.runtime) as ask:
        for at, query in enumerate((either, linked, either)):
            assert (await ask(headers, query, {"n": [known, *guesses[at * 5 : at * 5 + 5]]})).status_code == 200
        assert refused(await ask(headers, linked, {"n": guesses[:4]}))


async def test_people_outside_the_viewers_divisions_are_as_absent_as_nobody(seeded):
    """Otherwise what is left of the budget would say that a number exists."""
    headers = await joined(seeded.runtime.pool, region=DISTRICT)
    outside = [row["id_number"] for row in seeded.rows["Person"] if not row["region"].startswith(DISTRICT)]
    async with worker(seeded.runtime) as ask:
        answers = [await ask(headers, PERSON, {"n": number}) for number in outside[: MISSES + 5]]
    assert all(response.json()["data"]["person"] is None for response in answers[:MISSES])
    assert refused(answers[-1])


async def test_who_finds_people_looks_up_as_many_as_before(seeded):
    headers = await joined(seeded.runtime.pool)
    everybody = [row["id_number"] for row in seeded.rows["Person"]][:200]
    listed = "query ($n: [String!]) { people(where: {idNumber: {in: $n}}) { nodes { idNumber } } }"
    async with worker(seeded.runtime) as ask:
        for number in everybody:
            response = await ask(headers, PERSON, {"n": number})
            assert response.json()["data"]["person"]["idNumber"] == number[:2] + "*" * 16
        for at in range(0, 100, MISSES):
            response = await ask(headers, listed, {"n": everybody[at : at + MISSES]})
            assert len(response.json()["data"]["people"]["nodes"]) == MISSES
        assert not refused(await ask(headers, PERSON, {"n": unused(1)[0]}))


async def test_who_sees_numbers_plain_may_look_up_in_vain(seeded):
    headers = await joined(seeded.runtime.pool, "civil-affairs", "assistance-review")
    district = await joined(seeded.runtime.pool, "civil-affairs", "assistance-review", DISTRICT)
    async with worker(seeded.runtime) as ask:
        for number in unused(MISSES + 10):
            assert (await ask(headers, PERSON, {"n": number})).status_code == 200
        outcomes = [await ask(district, PERSON, {"n": number}) for number in unused(MISSES + 10)]
    assert refused(outcomes[-1])  # masked in the districts around


async def test_the_refusal_says_what_happened_and_repeats_no_number_and_is_recorded(seeded):
    headers = await joined(seeded.runtime.pool)
    async with worker(seeded.runtime) as ask:
        for number in unused(MISSES + 1):
            response = await ask(headers, PERSON, {"n": number})
        error = response.json()["errors"][0]
    assert error["message"] == (
        "This request looks up 1 values that you see masked. "
        "Of these at most 20 an hour may find nothing, and 0 are left."
    )
    assert 1 <= int(response.headers["Retry-After"]) <= 180
    assert number not in response.text
    row = await seeded.runtime.pool.fetchrow(
        "SELECT outcome, literals FROM audit_record WHERE request_id = $1", response.headers["hub-request-id"]
    )
    assert (row["outcome"], len(row["literals"])) == ("refused:HUB-146", 16)


async def test_without_an_answer_of_the_database_nothing_is_looked_up(seeded):
    headers = await joined(seeded.runtime.pool)
    pool = seeded.runtime.pool
    number = seeded.rows["Person"][0]["id_number"]
    async with worker(seeded.runtime) as ask:
        await pool.execute("ALTER TABLE lookup_use RENAME TO lookup_use_away")
        try:
            response = await ask(headers, PERSON, {"n": number})
        finally:
            await pool.execute("ALTER TABLE lookup_use_away RENAME TO lookup_use")
        assert response.status_code >= 500
        assert "data" not in response.json()
        async with pool.acquire() as holding, holding.transaction():
            await holding.execute("LOCK TABLE lookup_use IN ACCESS EXCLUSIVE MODE")
            response = await ask(headers, PERSON, {"n": number})
            assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, "HUB-920")
        assert (await ask(headers, PERSON, {"n": number})).status_code == 200
