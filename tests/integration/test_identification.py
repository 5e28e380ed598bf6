"""Five whole departments against the ground truth: who is who, what is set aside, and what the means checks say."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pytest_asyncio

from hub.catalog import normalise
from hub.demo import truth as ground
from hub.demo.departments import make_departments
from hub.demo.score import score
from hub.sync.tokens import SourceTokens
from syncing import physical, shared_store

__all__ = ["shared_store"]  # a fixture of another file

PEOPLE, SEED = 2000, 2305


class World(NamedTuple):
    store: object
    truth: ground.Truth
    reports: list
    means: object
    connections: dict


@pytest_asyncio.fixture(scope="module")
async def world(shared_store, server, tmp_path_factory):
    home = tmp_path_factory.mktemp("departments")
    made = await make_departments(home, server.url, PEOPLE, SEED, prefix="t_ident_")
    reports = [await shared_store.sync(source, place) for source, place in made.connections().items()]
    checks = await shared_store.check()
    return World(shared_store, ground.load(made.truth), reports, checks, made.connections())


async def test_nobody_is_taken_for_another_and_nearly_everybody_is_found(world):
    found = await score(world.store.pool, world.store.vault, world.truth)
    assert found.precision == 1.0
    assert found.recall >= 0.995
    assert found.rows_identifiable > 4 * PEOPLE


async def test_the_hub_knows_exactly_the_people_that_it_should(world):
    assert set(await world.store.people()) == set(world.truth.known_people)


async def test_each_row_becomes_what_the_truth_expects(world):
    tokens = SourceTokens.of(world.store.vault)
    trails = {
        row[0]
        for row in await world.store.pool.fetch("SELECT key_token FROM provenance WHERE entity <> 'QuarantinedRow'")
    }
    wrong = [
        (key, row.expect)
        for key, row in world.truth.rows.items()
        if (tokens.source_key(*key) in trails) != (row.expect == "load")
    ]
    assert wrong == []


async def test_every_bad_row_is_in_quarantine_with_the_rule_that_it_broke(world):
    expected = Counter(
        (source, table, row.rule) for (source, table, _), row in world.truth.rows.items() if row.expect == "quarantine"
    )
    rows = await world.store.pool.fetch("SELECT source, source_table, rule FROM quarantined_row")
    assert Counter(tuple(row) for row in rows) == expected
    assert len({rule for _, _, rule in expected}) >= 9


async def test_the_means_checks_say_what_is_true(world):
    found = await score(world.store.pool, world.store.vault, world.truth)
    assert found.outcomes_right == found.outcomes_expected
    outcomes = Counter(household.outcome for household in world.truth.households.values())
    assert world.means.inconsistent == outcomes["INCONSISTENT"] > 10
    assert world.means.checked == outcomes["CONSISTENT"] + outcomes["INCONSISTENT"]


async def test_every_row_read_is_counted_once(world):
    for report in world.reports:
        counted = report.loaded + report.unchanged + report.quarantined + report.not_concerned
        assert report.rows_read == counted
        rows = sum(
            counts["rows"] for table, counts in world.truth.counts.items() if table.startswith(f"{report.source}.")
        )
        assert report.rows_read == rows


async def test_what_the_hub_holds_of_people_is_what_their_registers_say(world):
    people = await world.store.people()
    for number, person in people.items():
        assert person["birth_date"] in (None, normalise.birth_date(number))
        assert person["sex"] in (None, "MALE" if int(number[16]) % 2 else "FEMALE")
    assert sum(person["birth_date"] is not None for person in people.values()) > 0.9 * len(people)


async def test_a_sync_of_what_was_read_before_changes_nothing(world):
    # Checks that failed have ended authorisations: a bad row of somebody who is not asked about any more is let go.
    await again(world)
    before = await physical(world.store)
    await again(world)
    assert await physical(world.store) == before


async def again(world):
    for source, place in world.connections.items():
        report = await world.store.sync(source, place)
        assert (report.loaded, report.vanished) == (0, 0)
    checks = await world.store.check()
    assert checks.written == 0


async def test_nothing_is_kept_of_people_outside_the_households(world):
    outsiders = {row.person for row in world.truth.rows.values() if row.person} - set(world.truth.known_people)
    assert len(outsiders) > PEOPLE / 20
    index = world.store.vault.blind("person", "id_number")
    known = {bytes(row[0]) for row in await world.store.pool.fetch("SELECT id_number_index FROM person")}
    assert not known & {index(number) for number in outsiders}
