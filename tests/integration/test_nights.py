"""Nights of matching over rows of the store: who is looked at, what is kept, and that every run can be checked."""

from __future__ import annotations

import asyncio
import base64
import os
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import asyncpg
import numpy as np
import pytest
import pytest_asyncio

from hub.catalog import Group
from hub.cli.match import told
from hub.cli.nights import Nights
from hub.crypto import DoesNotOpen
from hub.matching import (
    MatchingNotInstalled,
    NoSuchResource,
    NoSuchRun,
    RunRefused,
    RunUnderWay,
    SolverFailed,
    explain_pair,
    in_words,
    verify_run,
)
from hub.matching.columns import decide
from hub.matching.criteria import CriteriaRefused, parse
from hub.matching.explanation import Because, explain
from hub.matching.nights import apart
from hub.matching.nights.approvals import approve, stated_resources
from hub.matching.nights.check import count_eligible
from hub.matching.nights.given import verdict
from hub.matching.nights.material import pack, unpack
from hub.matching.nights.needs import read_needs
from hub.process.calendar import BEIJING
from hub.store import match_runs
from hub.store.locks import try_lock, unlock
from matching_store import COUNTY, ELDERLY, POOR, TODAY, VILLAGE, opened


@pytest_asyncio.fixture(scope="module")
async def opened_store(server, migrated_template, tmp_path_factory):
    home = tmp_path_factory.mktemp("nights")
    async for made in opened(server, migrated_template, home, f"nights_{os.urandom(4).hex()}"):
        yield made


@pytest_asyncio.fixture
async def store(opened_store):
    yield opened_store
    await opened_store.clear()


# Who is looked at


async def test_only_open_needs_that_consent_covers_are_matched(store):
    covered = await store.need()
    await store.need(consented=False)
    await store.need(status="MET")
    await store.need(kind="FUEL")
    await store.need(region="230503001001")
    resource = await store.resource(capacity=9)

    night = await store.run()

    assert night.run.needs == 3
    assert await store.placed() == {covered: resource}


async def test_what_may_be_given_is_decided_by_criteria_and_what_is_not_known_is_not_eligible(store):
    old = await store.need(age=70)
    await store.need(age=59)
    await store.need(age=None)
    resource = await store.resource(ELDERLY, capacity=9)

    assert await store.placed() == {old: resource}


async def test_income_sex_disability_and_categories_are_decided_as_the_rows_say(store):
    poor = await store.need(income=999)
    await store.need(income=1000)
    await store.need(income=None)
    food = await store.resource(POOR, capacity=9)
    man = await store.need(kind="SKILLS", sex="MALE")
    await store.need(kind="SKILLS", sex="FEMALE")
    await store.need(kind="SKILLS", sex=None)
    skills = await store.resource({"op": "=", "args": [{"property": "sex"}, "MALE"]}, kind="SKILLS", capacity=9)
    aided = await store.need(kind="CARE", categories=("DISABILITY_SUBSIDY",))
    await store.need(kind="CARE", categories=("DIBAO",))
    await store.need(kind="CARE", categories=("DISABILITY_SUBSIDY",), enrolment="ENDED")
    care = await store.resource({"op": "=", "args": [{"property": "disability"}, True]}, kind="CARE", capacity=9)
    enrolled = await store.need(kind="FUEL", categories=("TEKUN", "DISABILITY_SUBSIDY"))
    await store.need(kind="FUEL", categories=("ORPHAN",))
    await store.need(kind="FUEL", categories=("TEKUN",), enrolment="ENDED")
    either = {"op": "a_overlaps", "args": [{"property": "categories"}, ["DIBAO", "TEKUN"]]}
    fuel = await store.resource(either, kind="FUEL", capacity=9)

    assert await store.placed() == {poor: food, man: skills, aided: care, enrolled: fuel}


async def test_the_most_urgent_get_what_is_scarce(store):
    await store.need(urgency="LOW")
    urgent = await store.need(urgency="URGENT")
    await store.need(urgency="HIGH")
    resource = await store.resource(ELDERLY, capacity=1)

    assert await store.placed() == {urgent: resource}


async def test_a_resource_that_ended_is_empty_or_nobody_approved_is_not_offered(store):
    await store.need()
    await store.resource(valid_until=TODAY.replace(year=TODAY.year - 1))
    await store.resource(valid_from=TODAY.replace(year=TODAY.year + 1, day=1))
    await store.resource(capacity=0)
    await store.resource(ELDERLY, approved=False)

    night = await store.run()

    assert (night.run.resources, night.offers.unapproved, night.run.placed) == (0, 1, 0)


async def test_what_nobody_acts_for_is_not_placed_and_is_told(store):
    need = await store.need()
    await store.resource(charity=None)
    await store.resource(organisation=None)
    others = [await store.resource(charity=name) for name in ("away", "gone", "no-charity")]
    for charity, change in (
        ("away", "regions = '{2306}'"), ("gone", "state = 'suspended'"), ("no-charity", "roles = '{civil-affairs}'"),
    ):  # fmt: skip
        await store.runtime.pool.execute(f"UPDATE partner SET {change} WHERE name = $1", charity)

    night = await store.run()

    assert (night.run.resources, night.offers.unapproved, night.offers.unacted, night.run.placed) == (0, 0, 5, 0)
    stated = await stated_resources(store.runtime.pool, store.runtime.vault, store.tools.widths)
    assert {each.charity for each in stated} == {None}
    [line] = [line for line in told(night) if "resources" in line]
    assert line.endswith("; for 5 nobody acts: hub resource act")
    acted = await store.resource()
    assert await store.placed() == {need: acted}
    assert acted not in others


async def test_a_partner_that_works_in_a_part_of_the_area_gets_needs_of_that_part_alone(store):
    here, there = await store.need(region="230502001001"), await store.need(region="230503001001")
    resource = await store.resource(area="2305", capacity=9, charity="local")
    await store.runtime.pool.execute("UPDATE partner SET regions = '{230503,230506,11}' WHERE name = 'local'")

    assert await store.placed() == {there: resource}
    night = await store.run()
    assert (night.run.needs, night.offers.unacted, night.run.pairs) == (2, 0, 1)
    why, _ = await explain_pair(store.tools, "last", here, resource)
    assert (why.because, why.criteria) == (Because.CRITERION_FAILED, ("division",))


async def test_no_needs_and_no_resources_are_a_night_too(store):
    night = await store.run()

    assert (night.run.needs, night.run.placed, night.run.gap) == (0, 0, 0)
    assert (await verify_run(store.tools, "last")).id == night.run.id


async def test_no_more_goes_out_than_the_limits_allow(store):
    urgent = await store.need(urgency="URGENT")
    for _ in range(4):
        await store.need()
    other = await store.need(kind="FUEL", urgency="LOW")
    await store.resource(capacity=9)
    await store.resource(kind="FUEL", capacity=9)
    parameters = store.tools.parameters
    limits = parameters.proposals.model_copy(update={"most": 3, "per_resource": 1})

    night = await store.run(parameters=parameters.model_copy(update={"proposals": limits}))

    assert (night.run.placed, night.run.proposed) == (6, 2)
    assert {night.material.needs[place] for place in night.material.proposed} == {urgent, other}


async def test_every_pair_is_explained_by_the_criterion_that_fails_or_is_not_known(store):
    young, unknown = await store.need(age=30), await store.need(age=None)
    await store.resource({"op": "and", "args": [ELDERLY, POOR]})
    night = await store.run(preview=True)
    told = {}
    for place, need in enumerate(night.material.needs):
        why = explain(
            night.material.instance, night.material.assigned, night.material.proof.prices, place, 0,
            verdict=verdict(night.needs, night.offers.offers[0], place),
        )  # fmt: skip
        told[need] = in_words(why, str, str)

    assert told[young].en == "Not met: 年龄 age."
    assert told[unknown].en.startswith("Not known whether met: 年龄 age.")


# Approval


async def test_what_a_charity_states_anew_counts_only_once_it_was_approved(store):
    await store.need(age=30)
    resource = await store.resource(ELDERLY)
    await store.runtime.pool.execute("UPDATE charity_resource SET criteria = NULL WHERE id = $1", resource)

    assert await store.placed() == {}
    (stated,) = await stated_resources(store.runtime.pool, store.runtime.vault, store.tools.widths)
    assert (stated.standing, stated.approved.version) == ("changed", 1)
    await store.approve(resource)
    assert len(await store.placed()) == 1


async def test_an_approval_is_of_what_was_read_and_of_nothing_else(store):
    resource = await store.resource(ELDERLY, approved=False)
    (read,) = await stated_resources(store.runtime.pool, store.runtime.vault, store.tools.widths)
    await store.runtime.pool.execute("UPDATE charity_resource SET criteria = NULL WHERE id = $1", resource)

    async def approved(digest, row=resource):
        runtime = store.runtime
        await approve(
            runtime.pool, runtime.vault, runtime.audit.append, store.tools.widths, row, digest,
            by="tests", at=datetime.now(UTC),
        )  # fmt: skip

    for digest in (read.digest, "", read.digest[:7]):
        with pytest.raises(NoSuchResource, match="something else"):
            await approved(digest)
    with pytest.raises(NoSuchResource, match="no resource"):
        await approved(read.digest, row=type(resource)(int=1))
    assert await store.placed() == {}


async def test_an_approval_that_the_hub_did_not_write_counts_for_nothing(store, caplog):
    await store.need(age=30)
    resource = await store.resource(ELDERLY)
    await store.runtime.pool.execute(
        "INSERT INTO criteria_approval VALUES ($1, 2, NULL, 1, now(), 'somebody', '\\x00')", resource
    )

    night = await store.run(preview=True)

    assert (night.run.placed, night.offers.unusable) == (0, 1)
    assert "ALARM" in caplog.text


async def test_approvals_are_never_changed_or_removed(store):
    await store.resource(ELDERLY)
    for statement in ("UPDATE criteria_approval SET criteria = NULL", "DELETE FROM criteria_approval"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await store.runtime.pool.execute(statement)


async def test_criteria_that_the_widths_refuse_cannot_be_approved(store):
    narrow = {"op": "=", "args": [{"property": "age"}, 60]}
    await store.resource(narrow, approved=False)
    await store.resource(approved=False, minimum_age=60)
    for stated in await stated_resources(store.runtime.pool, store.runtime.vault, store.tools.widths):
        assert stated.standing == "refused"
        with pytest.raises(CriteriaRefused):
            await store.approve(stated.id)


# Runs that are kept, and checked


async def test_a_preview_keeps_nothing_and_a_run_all_that_proves_it(store):
    need = await store.need()
    resource = await store.resource()
    await store.run(preview=True)
    assert await store.runtime.pool.fetchval("SELECT count(*) FROM match_run") == 0

    night = await store.run()

    row = await store.runtime.pool.fetchrow("SELECT * FROM match_run")
    assert (row["placed"], row["value"], row["bound"]) == (1, night.run.value, night.run.value)
    assert need.bytes not in row["material"]
    assert (await verify_run(store.tools, str(night.run.id)[:20])).placed == 1
    actions = await store.runtime.pool.fetch("SELECT action FROM audit_record ORDER BY seq DESC LIMIT 3")
    assert [action for (action,) in actions] == ["match:run", "match:preview", "match:approve"]
    literals = await store.runtime.pool.fetchval(
        "SELECT literals FROM audit_record WHERE action = 'match:approve' ORDER BY seq DESC LIMIT 1"
    )
    assert literals == store.runtime.vault.token("audit literal")(f"CharityResource.id={resource}")


async def test_a_run_is_refused_while_another_runs(store):
    await store.need()
    await store.resource()
    async with store.runtime.pool.acquire() as connection:
        assert await try_lock(connection, match_runs.LOCK)
        with pytest.raises(RunUnderWay):
            await store.run()
        await unlock(connection, match_runs.LOCK)
    assert await store.runtime.pool.fetchval("SELECT count(*) FROM match_run") == 0
    assert (await store.run()).run.placed == 1


async def test_a_bent_run_is_refused(store):
    for urgency in ("LOW", "URGENT"):
        await store.need(urgency=urgency)
    await store.resource()
    run = (await store.run()).run
    pool, tools = store.runtime.pool, store.tools

    await pool.execute("UPDATE match_run SET value = value + 1, bound = bound + 1")
    with pytest.raises(RunRefused, match="not written by this hub"):
        await verify_run(tools, "last")
    await pool.execute("UPDATE match_run SET value = value - 1, bound = bound - 1")

    sealed = await pool.fetchval("SELECT material FROM match_run")
    opener = tools.vault.opener("match_run", "material", Group.RECORD)
    sealer = tools.vault.sealer("match_run", "material", Group.RECORD)
    material = unpack(base64.b64decode(opener.open(run.id.bytes, sealed)))

    async def put(bent):
        await pool.execute("UPDATE match_run SET material = $1", bent)

    async def put_as_written(changed):
        """As if whoever has the keyring wrote it: all codes are right, and the run is wrong."""
        packed = pack(changed)
        made = replace(
            run, material_digest=tools.vault.mac("match run material")(packed), proposed=len(changed.proposed)
        )
        await pool.execute("DELETE FROM match_run")
        async with pool.acquire() as connection:
            text = base64.b64encode(packed).decode()
            await match_runs.append_run(
                connection, made, sealer.seal(run.id.bytes, text), tools.vault.mac(match_runs.LABEL)
            )

    await put(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(DoesNotOpen):
        await verify_run(tools, "last")
    other = sealer.seal(
        run.id.bytes, base64.b64encode(pack(replace(material, proposed=material.proposed[:0]))).decode()
    )
    await put(other)
    with pytest.raises(RunRefused, match="that of another one"):
        await verify_run(tools, "last")
    await put(sealer.seal(run.id.bytes, "no arrays"))
    with pytest.raises(RunRefused, match="not readable"):
        await verify_run(tools, "last")

    await put_as_written(replace(material, assigned=material.assigned[::-1].copy()))
    with pytest.raises(RunRefused, match="adds up to"):
        await verify_run(tools, "last")
    nobody = np.flatnonzero(material.assigned == -1).astype(np.int32)
    await put_as_written(replace(material, proposed=nobody))
    with pytest.raises(RunRefused, match="proposed what it did not place"):
        await verify_run(tools, "last")

    await put_as_written(material)
    assert (await verify_run(tools, "last")).id == run.id


async def test_what_proves_a_run_is_kept_for_its_time(store):
    await store.need()
    await store.resource()
    first = (await store.run()).run
    await store.runtime.pool.execute("UPDATE match_run SET started_at = started_at - interval '1 day'")
    await store.run(keep=timedelta(hours=12))

    kept = await store.runtime.pool.fetch("SELECT material IS NOT NULL FROM match_run ORDER BY started_at")
    assert [row[0] for row in kept] == [False, True]
    with pytest.raises(NoSuchRun, match="not one run"):
        await verify_run(store.tools, "f" * 8)
    with pytest.raises(RunRefused, match="not written by this hub"):
        await verify_run(store.tools, str(first.id))


# How many are eligible


async def test_counts_under_five_are_not_told(store):
    for _ in range(5):
        await store.need(age=70)
    for _ in range(4):
        await store.need(age=70, region="230503001001")
    await store.need(age=30)
    pool = store.runtime.pool
    await pool.executemany(
        "INSERT INTO region (id, code, name, level) VALUES (gen_random_uuid(), $1, $2, 'COUNTY')",
        [(COUNTY, "尖山区"), ("230503", "岭东区"), ("230505", "四方台区")],
    )

    found = await count_eligible(
        pool, store.runtime.vault, "FOOD", "2305", parse(ELDERLY, store.tools.widths), smallest=5
    )

    assert {each.county: each.needs for each in found} == {COUNTY: 5, "230503": None, "230505": None}
    (one,) = await count_eligible(
        pool, store.runtime.vault, "FOOD", VILLAGE[:9], parse(ELDERLY, store.tools.widths), smallest=5
    )
    assert (one.county, one.needs) == (COUNTY, 5)


async def test_of_whoever_the_plain_part_rules_out_nothing_is_read(store):
    asked = {
        "op": "and",
        "args": [
            ELDERLY,
            {"op": "a_overlaps", "args": [{"property": "categories"}, ["DIBAO", "ORPHAN"]]},
            {"op": "=", "args": [{"property": "household_size"}, 2]},
            {"op": "like", "args": [{"property": "division"}, f"{COUNTY}%"]},
        ],
    }
    criteria = parse(asked, store.tools.widths)
    wanted = await store.need(categories=("DIBAO",))
    orphan = await store.need(categories=("ORPHAN", "TEKUN"))
    young = await store.need(age=30, categories=("DIBAO",))
    others = [
        await store.need(),
        await store.need(categories=("TEKUN",)),
        await store.need(categories=("DIBAO",), enrolment="ENDED"),
        await store.need(categories=("DIBAO",), region="230503001001"),
        await store.need(categories=("DIBAO",), kind="FUEL"),
    ]
    alone = await store.need(categories=("DIBAO",))
    await store.runtime.pool.execute(
        "UPDATE household SET size = 2 WHERE id <> (SELECT household_id FROM need WHERE id = $1)", alone
    )

    async with store.runtime.pool.acquire() as connection:
        found = await read_needs(connection, store.runtime.vault, [("FOOD", "2305")], TODAY, plain=criteria.plain)

    known = {need for need, age in zip(found.ids, found.columns["age"].known, strict=True) if age}
    assert known == {wanted, orphan, young}
    assert known.isdisjoint([*others, alone])
    eligible = decide(criteria.predicate, found.columns, len(found)).so
    assert {need for need, so in zip(found.ids, eligible, strict=True) if so} == {wanted, orphan}


# A solver that fails


def counted(store):
    return store.runtime.pool.fetchval("SELECT count(*) FROM match_run")


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Where a test puts a module that takes the solver's place."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def put(text):
        (tmp_path / "instead_of_the_solver.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(apart, "MODULE", "instead_of_the_solver")

    return put


@pytest.mark.parametrize(
    ("program", "word"),
    [
        ("import time; time.sleep(60)", "took longer than 0.5 seconds"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended by signal 9"),
        ("import os; os.abort()", "more memory than the"),
        ("raise SystemExit(41)", "more memory than the"),
        ("raise SystemExit(3)", "unexpectedly, with code 3"),
        ("import sys; sys.stderr.write('The solver ended with INFEASIBLE.'); raise SystemExit(42)", "INFEASIBLE"),
        ("print('nonsense')", "not one number for each need"),
        ("pass", "not one number for each need"),
    ],
)
async def test_whatever_becomes_of_the_solver_is_told_and_nothing_is_kept(store, programs, program, word):
    await store.need()
    await store.resource()
    programs(program)
    with pytest.raises(SolverFailed, match=word) as failed:
        await store.run(seconds=0.5 if "sleep" in program else 30.0)

    assert failed.value.code == "HUB-923"
    assert await counted(store) == 0


async def test_a_solver_that_lies_is_found_out(store, programs):
    for urgency in ("LOW", "URGENT"):
        await store.need(urgency=urgency)
    await store.resource()
    for numbers in ((-1, -1), (0, 0), (7, -1)):
        programs(f"import struct, sys; sys.stdout.buffer.write(struct.pack('<2i', *{numbers}))")
        with pytest.raises(RunRefused):
            await store.run()

    assert await counted(store) == 0


async def test_a_solver_with_too_little_memory_is_told(store):
    await store.need()
    await store.resource()
    with pytest.raises(SolverFailed, match="more memory than the 16 MiB"):
        await store.run(mebibytes=16)
    assert await counted(store) == 0


async def test_a_solver_that_is_not_installed_is_named_with_what_to_install(store, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nfound = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'ortools' else found(name, *more)\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    await store.need()
    await store.resource()
    with pytest.raises(MatchingNotInstalled, match=r"pip install 'assistance-hub\[matching\]'"):
        await store.run()
    assert await counted(store) == 0


async def test_the_solver_is_given_no_setting_and_no_key(store, programs, monkeypatch):
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://somebody:secret@nowhere/hub")
    monkeypatch.setenv("PGPASSWORD", "secret")
    programs(
        "import os, sys\nfound = sorted(name for name in os.environ if name.startswith(('HUB_', 'PG')))\n"
        "sys.stderr.write(' '.join(found) + '.')\nraise SystemExit(42)"
    )
    with pytest.raises(SolverFailed) as told:
        await store.run()
    assert told.value.message == "."


async def test_after_a_run_that_failed_the_next_one_is_not_refused(store, programs, monkeypatch):
    await store.need()
    await store.resource()
    module = apart.MODULE
    programs("raise SystemExit(3)")
    with pytest.raises(SolverFailed):
        await store.run()
    monkeypatch.setattr(apart, "MODULE", module)
    assert (await store.run()).run.placed == 1


# Every day, by the worker


def at(text):
    """A time of today in Beijing, in UTC."""
    return datetime.combine(TODAY, time.fromisoformat(text), BEIJING).astimezone(UTC)


@pytest.fixture
def scheduled(store):
    """Nights at half past two, by a clock that a test sets."""
    told = []

    def make(now):
        settings = store.runtime.settings.model_copy(update={"matching_at": "02:30"})
        return Nights(replace(store.runtime, settings=settings), told.append, lambda: at(now))

    make.told = told
    return make


async def test_a_night_is_run_once_a_day_at_its_time_whoever_asks_how_often(store, scheduled):
    await store.need()
    await store.resource()
    await store.run()

    assert await scheduled("02:29").once() is None
    several = await asyncio.gather(*(scheduled("02:30").once() for _ in range(3)), return_exceptions=True)
    assert await scheduled("23:59").once() is None

    assert sum(isinstance(each, RunUnderWay) or each is None for each in several) == 2
    assert [night.run.run_by for night in scheduled.told] == ["hub"]
    assert await counted(store) == 2


async def test_a_worker_runs_the_night_and_stops_when_it_is_told_to(store, scheduled):
    await store.need()
    await store.resource()
    stop = asyncio.Event()
    # It is told to stop while it works: what has begun is finished.
    await replace(scheduled("03:00"), told=lambda _night: stop.set()).run(stop)
    assert await counted(store) == 1


async def test_a_night_that_fails_is_told_in_the_log_and_a_worker_that_is_cancelled_leaves_nothing(
    store, scheduled, programs, caplog
):
    await store.need()
    await store.resource()
    programs("raise SystemExit(3)")
    working = asyncio.create_task(scheduled("03:00").run(asyncio.Event()))
    while "no night of matching: HUB-923" not in caplog.text:  # noqa: ASYNC110 - a log has no event
        await asyncio.sleep(0.02)
    working.cancel()
    programs("import time; time.sleep(60)")
    other = asyncio.create_task(scheduled("03:00").once())
    await asyncio.sleep(0.3)
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other
    assert await counted(store) == 0
    async with store.runtime.pool.acquire() as connection:
        assert await try_lock(connection, match_runs.LOCK)
        await unlock(connection, match_runs.LOCK)


async def test_without_a_time_no_night_is_run(store):
    await store.need()
    await store.resource()
    await Nights(store.runtime).run(asyncio.Event())
    assert await counted(store) == 0
