"""``hub resource`` and ``hub match`` as staff use them, beside the demo's hub that serves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import asyncpg
import orjson
import pytest

import commands
from hub.domain.codes import NeedKind
from hub.matching import Because
from hub.store.match_runs import LOCK

ELDERLY = {"op": ">=", "args": [{"property": "age"}, 60]}
RESOURCES = "{ charityResources(first: 100) { nodes { id kind eligibility criteria } } }"


@pytest.fixture(scope="module")
def command(hub):
    """Run a command to its end on the hub that serves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = {**kept, "HUB_HOME": str(hub.home), "COLUMNS": "120", "NO_COLOR": "1"}

    def run(*arguments, expect=0, **more):
        done = commands.run(*arguments, env=environment | more)
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    run.environment = environment
    return run


def written(tmp_path, **content):
    file = tmp_path / "offer.json"
    file.write_text(json.dumps({"kind": "FOOD", "area": "2305", "criteria": ELDERLY} | content, indent=1))
    return str(file)


def test_criteria_are_counted_by_county_and_small_counts_are_not_told(command, hub, tmp_path):
    found = {}
    for kind in NeedKind:
        done = orjson.loads(command("resource", "check", written(tmp_path, kind=kind.name), "--json").stdout)
        assert len(done["counties"]) == 8
        found[kind.name] = [each["eligible"] for each in done["counties"]]
    counts = [count for each in found.values() for count in each]

    assert None in counts
    assert all(count is None or count >= 5 for count in counts)
    told = command("resource", "check", written(tmp_path)).stdout
    assert "under 5" in told
    assert "尖山区" in told
    assert hub.home.exists()


def test_what_is_wrong_is_told_with_line_and_pointer(command, tmp_path):
    narrow = {"op": "and", "args": [ELDERLY, {"op": "<", "args": [{"property": "age"}, 62]}]}
    file = written(tmp_path, criteria=narrow)
    line = next(number for number, text in enumerate(Path(file).read_text().splitlines(), 1) if "62" in text)

    done = command("resource", "check", file, expect=1)
    assert f"HUB-931 {file}, line {line}: /criteria/args/1/args/1: narrower than allowed" in done.stderr
    (fault,) = orjson.loads(command("resource", "check", file, "--json", expect=1).stdout)["faults"]
    assert (fault["pointer"], fault["line"]) == ("/criteria/args/1/args/1", line)

    every = orjson.loads(
        command("resource", "check", written(tmp_path, kind="MONEY", area="99999", colour=1), "--json", expect=1).stdout
    )["faults"]
    assert {fault["pointer"] for fault in every} == {"/kind", "/area", "/colour"}


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"kind": "FOOD"}', "\x00", '{"criteria": {"op": []}}'])
def test_a_file_that_is_no_criteria_is_refused_in_one_line(command, tmp_path, content):
    file = tmp_path / "offer.json"
    file.write_text(content)

    done = command("resource", "check", str(file), expect=1)
    assert done.stderr.startswith("HUB-931")
    assert "Traceback" not in done.stderr


def test_a_resource_for_one_village_is_refused(command, tmp_path):
    file = tmp_path / "village.json"
    file.write_text(
        '{"kind": "FOOD", "area": "230502001001",\n "criteria": {"op": ">=", "args": [{"property": "age"}, 60]}}'
    )
    said = command("resource", "check", str(file), expect=1).stderr
    assert "line 1: /area: 230502001001 is smaller than the smallest division that may be named" in said


def test_a_file_that_is_not_there_or_no_text_is_refused(command, tmp_path):
    assert "HUB-901" in command("resource", "check", str(tmp_path / "none.json"), expect=1).stderr
    (tmp_path / "gbk.json").write_bytes("困难群众".encode("gbk"))
    assert "not text in UTF-8" in command("resource", "check", str(tmp_path / "gbk.json"), expect=1).stderr


async def test_what_charities_state_is_read_over_http_and_approved_by_command(ask, command):
    rows = (await ask.data("charity", RESOURCES))["charityResources"]["nodes"]
    stated = next(row for row in rows if row["criteria"])
    assert json.loads(stated["criteria"])["op"] in {"and", "or", "a_overlaps", "between", ">=", "<", "="}

    shown = orjson.loads((await asyncio.to_thread(command, "resource", "show", stated["id"], "--json")).stdout)
    assert shown["standing"] == "approved"
    assert shown["approved"]["by"] == "demo"
    again = await asyncio.to_thread(command, "resource", "approve", stated["id"], shown["digest"][:16])
    assert "Version 1" in again.stdout
    other = await asyncio.to_thread(command, "resource", "approve", stated["id"], "f" * 16, expect=1)
    assert "HUB-934" in other.stderr
    for wrong in ("Need:" + shown["id"], "nothing"):
        assert "HUB-934" in (await asyncio.to_thread(command, "resource", "show", wrong, expect=1)).stderr


async def test_a_night_is_run_listed_and_verified_and_a_bent_one_refused(hub, command):
    made = await asyncio.to_thread(lambda: orjson.loads(command("match", "run", "--json").stdout))
    assert made["gap"] == 0
    assert made["placed"] <= made["eligible"] <= made["needs"]
    assert made["proposed"] <= made["placed"]

    listed = orjson.loads((await asyncio.to_thread(command, "match", "list", "--json")).stdout)
    assert listed[0]["run"] == made["run"]
    assert listed[-1]["by"] == "demo"
    assert listed[-1]["placed"] > 0
    told = (await asyncio.to_thread(command, "match", "verify", made["run"])).stdout
    assert "holds" in told
    connection = await asyncpg.connect(hub.database)
    try:
        await connection.execute("UPDATE match_run SET placed = placed + 1 WHERE id = $1", made["run"])
        done = await asyncio.to_thread(command, "match", "verify", made["run"], expect=1)
        assert "HUB-924" in done.stderr
        await connection.execute("UPDATE match_run SET placed = placed - 1 WHERE id = $1", made["run"])
    finally:
        await connection.close()
    preview = await asyncio.to_thread(lambda: command("match", "run", "--preview").stdout)
    assert "nothing was kept" in preview
    assert "HUB-933" in (await asyncio.to_thread(command, "match", "verify", "%", expect=1)).stderr


async def test_every_pair_of_a_run_is_explained_to_staff_and_the_audit_keeps_that_they_asked(ask, hub, command):
    await asyncio.to_thread(command, "match", "run", "--json")
    open_needs = "{ needs(first: 40, where: {status: {eq: OPEN}, consented: {eq: true}}) { nodes { id kind } } }"
    needs = (await ask.data("civil-affairs", open_needs))["needs"]["nodes"]
    offered = orjson.loads((await asyncio.to_thread(command, "resource", "list", "--json")).stdout)
    by_kind = {}
    for each in offered:
        if each["standing"] == "approved":
            by_kind.setdefault(each["kind"], []).append(each["id"])
    pairs = [(need["id"], resource) for need in needs for resource in by_kind.get(need["kind"], [])[:2]]
    found = set()
    for need, resource in pairs[:8]:
        done = await asyncio.to_thread(commands.run, "match", "why", need, resource, "--json", env=command.environment)
        if done.returncode:
            assert "HUB-934 The run had no such need, or no such resource" in done.stderr
            continue
        told = orjson.loads(done.stdout)
        assert told["zh"]
        assert told["en"]
        found.add(told["because"])
    assert found <= {each.name for each in Because}
    assert found
    connection = await asyncpg.connect(hub.database)
    try:
        last = await connection.fetchrow("SELECT action, subjects FROM audit_record WHERE action = 'match:why' LIMIT 1")
    finally:
        await connection.close()
    assert len(last["subjects"]) == 16
    for wrong in (("nothing", offered[0]["id"]), (needs[0]["id"], needs[0]["id"])):
        assert "HUB-934" in (await asyncio.to_thread(command, "match", "why", *wrong, expect=1)).stderr


async def test_what_nobody_acts_for_is_counted_by_a_night_and_told_by_the_list(hub, command):
    async def asked(*arguments):
        return orjson.loads((await asyncio.to_thread(command, *arguments, "--json")).stdout)

    before = await asked("match", "run", "--preview")
    resource = next(each for each in await asked("resource", "list") if each["charity"] == "charity")
    connection = await asyncpg.connect(hub.database)
    try:
        await connection.execute(
            "UPDATE charity_organisation SET partner = NULL WHERE id = $1::text::uuid", resource["organisation"]
        )
        after = await asked("match", "run", "--preview")
        said = (await asyncio.to_thread(command, "resource", "list", "--waiting")).stdout
        shown = (await asyncio.to_thread(command, "resource", "show", resource["id"])).stdout
        told = (await asyncio.to_thread(command, "match", "run", "--preview")).stdout
    finally:
        await connection.execute(
            "UPDATE charity_organisation SET partner = 'charity' WHERE id = $1::text::uuid", resource["organisation"]
        )
        await connection.close()
    assert before["unacted"] == 0 < after["unacted"]
    assert after["resources"] == before["resources"] - after["unacted"]
    advice = f"nobody acts for it: hub resource act {resource['organisation']}"
    [line] = [line for line in said.splitlines() if line.startswith(resource["id"])]
    assert advice in line
    assert advice in shown
    assert f"for {after['unacted']} nobody acts: hub resource act" in told


def test_the_demo_says_what_its_night_came_to(hub):
    said = hub.output.read_text(encoding="utf-8")

    for word in ("needs  ", "resources  ", "eligible  ", "placed  ", "proof  ", "worst  ", "建议对接该资源"):
        assert word in said
    assert "20 proposed to the charity; 1 declined, " in said
    assert "accepted, delivered, confirmed" in said


def _solvers(home):
    """The solving processes whose environment says that they are a test's."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            mine = str(home).encode() in (process / "environ").read_bytes()
            if mine and b"hub.matching.nights.solving" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


async def _until(condition):
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - processes and locks have no event
            await asyncio.sleep(0.05)


async def test_a_hub_that_is_killed_in_a_night_leaves_no_solver_no_lock_and_no_run(hub, command, tmp_path):
    slow = tmp_path / "ortools" / "graph" / "python"
    slow.mkdir(parents=True)
    (tmp_path / "ortools" / "__init__.py").write_text("import time\ntime.sleep(600)\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    connection = await asyncpg.connect(hub.database)

    async def free():
        """Whether nobody runs a night: the lock is that of ``store/match_runs.py``."""
        got = await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK)
        if got:
            await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
        return got

    async def solving():
        return bool(_solvers(tmp_path))

    async def nobody():
        return not _solvers(tmp_path)

    try:
        before = await connection.fetchval("SELECT count(*) FROM match_run")
        environment = {**kept, "HUB_HOME": str(hub.home), "PYTHONPATH": str(tmp_path)}
        running = commands.start("match", "run", env=environment)
        await _until(solving)
        refused = await asyncio.to_thread(command, "match", "run", expect=1)
        assert "HUB-932" in refused.stderr
        running.send_signal(signal.SIGKILL)
        await asyncio.to_thread(running.wait, 30)
        await _until(nobody)
        await _until(free)
        assert await connection.fetchval("SELECT count(*) FROM match_run") == before
    finally:
        await connection.close()
    assert "gap 0" in (await asyncio.to_thread(command, "match", "run")).stdout


async def test_a_solver_that_is_killed_is_told_in_a_line(hub, tmp_path):
    (tmp_path / "ortools").mkdir()
    (tmp_path / "ortools" / "__init__.py").write_text("import time\ntime.sleep(600)\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = {**kept, "HUB_HOME": str(hub.home), "PYTHONPATH": str(tmp_path), "NO_COLOR": "1", "COLUMNS": "200"}
    running = asyncio.create_task(asyncio.to_thread(commands.run, "match", "run", env=environment))

    async def solving():
        return bool(_solvers(tmp_path))

    await _until(solving)
    for solver in _solvers(tmp_path):
        os.kill(solver, signal.SIGKILL)
    done = await running
    assert done.returncode == 1
    assert "HUB-923 The solver was ended by signal 9 (SIGKILL). Nothing was assigned" in done.stderr


WITHOUT_NUMPY = "import sys; sys.modules['numpy'] = None; from hub.cli import main; main()"


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (("match", "run"), {}),
        (("resource", "check", "FILE"), {}),
        (("work", "--once"), {"HUB_MATCHING_AT": "00:00"}),
    ],
    ids=["run", "check", "work"],
)
def test_without_the_extra_commands_say_what_to_install(hub, tmp_path, arguments, settings):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    file = written(tmp_path)
    given = [file if each == "FILE" else each for each in arguments]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMPY, *given],
        env={**kept, "HUB_HOME": str(hub.home), "COLUMNS": "200", **settings}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "HUB-921 Matching needs numpy" in done.stderr
    assert "pip install 'assistance-hub[matching]'" in done.stderr


def test_without_the_extra_everything_else_works(hub):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    for arguments in (("resource", "list", "--json"), ("match", "list", "--json"), ("work", "--once")):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_NUMPY, *arguments], env={**kept, "HUB_HOME": str(hub.home)},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


async def test_what_a_run_found_goes_to_the_charity_which_accepts_it_over_http(ask, command):
    query = "{ charityOrganisations(first: 50) { nodes { id partner } } }"
    organisations = (await ask.data("charity", query))["charityOrganisations"]["nodes"]
    wrong = await asyncio.to_thread(command, "resource", "act", organisations[0]["id"], "auditor", expect=1)
    assert "HUB-936" in wrong.stderr
    for each in organisations:
        await asyncio.to_thread(command, "resource", "act", each["id"], "charity")
    assert {each["partner"] for each in (await ask.data("charity", query))["charityOrganisations"]["nodes"]} == {
        "charity"
    }

    waits = (
        "{ proposals(first: 100, where: {state: {eq: PROPOSED}}) { totalCount nodes { id kind county need { id } } } }"
    )
    before = (await ask.data("charity", waits))["proposals"]
    run = orjson.loads((await asyncio.to_thread(command, "match", "run", "--json")).stdout)
    sent = orjson.loads((await asyncio.to_thread(command, "match", "propose", "last", "--json")).stdout)
    assert sent["run"] == run["run"]
    assert 0 < sent["proposed"] <= run["proposed"]
    again = (await asyncio.to_thread(command, "match", "propose", "last")).stdout
    assert again.startswith("0 proposed")

    seen = (await ask.data("charity", waits))["proposals"]
    assert seen["totalCount"] == before["totalCount"] + sent["proposed"]
    assert all(row["need"] is None and len(row["county"]) == 6 for row in seen["nodes"])
    answer = await ask.data(
        "charity",
        "mutation($id: ID!) { acceptProposal(input: {id: $id}) { proposal { state } errors { __typename } } }",
        {"id": seen["nodes"][0]["id"]},
    )
    assert answer["acceptProposal"] == {"proposal": {"state": "ACCEPTED"}, "errors": []}

    # What has become of its units is counted from the proposals.
    of = "query($id: ID!) { node(id: $id) { ... on Proposal { resource { id capacityAvailable } } } }"
    resource = (await ask.data("charity", of, {"id": seen["nodes"][0]["id"]}))["node"]["resource"]
    units = orjson.loads((await asyncio.to_thread(command, "resource", "show", resource["id"], "--json")).stdout)[
        "units"
    ]
    assert (units["stated"], units["accepted"]) == (resource["capacityAvailable"], 1)
    free = 3 if units["stated"] is None else units["stated"] - units["delivered"] - 1
    assert units["left"] == free - units["held"] >= 0
    assert "1 accepted" in (await asyncio.to_thread(command, "resource", "show", resource["id"])).stdout


async def test_of_what_a_charity_looks_at_first_the_command_and_the_charity_are_told_so(ask, command):
    listed = (
        "{ charityResources(first: 1000, where: {assessmentRequired: {eq: true}}) { nodes { id capacityAvailable } } }"
    )
    rows = (await ask.data("charity", listed))["charityResources"]["nodes"]
    unknown = [row["id"] for row in rows if row["capacityAvailable"] is None]
    stated = [row["id"] for row in rows if row["capacityAvailable"]]
    assert unknown
    assert stated
    for resource, quantity in ((unknown[0], None), (stated[0], True)):
        shown = await asyncio.to_thread(command, "resource", "show", resource)
        assert "assessment required" in shown.stdout
        assert ("No quantity is stated" in shown.stdout) == (quantity is None)
        units = orjson.loads((await asyncio.to_thread(command, "resource", "show", resource, "--json")).stdout)["units"]
        assert units["assessed"] == 3
        assert (units["stated"] is None) == (quantity is None)
        if quantity is None:
            assert units["left"] == max(0, 3 - units["held"])


def test_what_came_of_matching_is_told_by_county_and_kind_in_eighty_columns(command, hub):
    found = orjson.loads(command("match", "outcomes", "--json").stdout)
    assert found["smallestGroup"] == 5
    counties = {each["county"]: each for each in found["counties"]}
    kinds = [kind for each in counties.values() for kind in each["kinds"]]
    assert {each["kind"] for each in kinds} <= {each.name for each in NeedKind}
    kinds += counties.values()
    told = [kind[part] for kind in kinds for part in ("open", "placed", "delivered", "confirmed")]
    assert None in told
    assert all(count is None or count == 0 or count >= 5 for count in told)
    assert any(kind["open"] for kind in kinds)
    worst = [each["worst"] for each in counties.values() if each["worst"]]
    assert worst
    assert all(each["code"].startswith(code) for code, county in counties.items() if (each := county["worst"]))
    shown = command("match", "outcomes", COLUMNS="80").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "尖山区" in shown
    assert "worst township" in shown
    assert hub.home.exists()


def test_policies_are_replayed_without_a_hub(command, tmp_path):
    drawn = command("match", "replay", "--resources", "5", "--units", "2", "--days", "60", "--seed", "3")
    assert "bid prices" in drawn.stdout
    assert max(map(len, drawn.stdout.splitlines())) <= 80
    small = ("match", "replay", "--resources", "5", "--units", "2", "--days", "30", "--json")
    usual, shock, equal = (
        orjson.loads(command(*small, "--season", each).stdout) for each in ("usual", "shock", "equal")
    )
    assert shock["needs"] > usual["needs"] == equal["needs"]
    assert "usual, shock, equal" in command(*small, "--season", "wild", expect=1).stderr
    arrivals = {"days": 30, "waits": 5, "units": [1], "needs": [
        {"day": 0, "worth": 1000, "fits": {"0": 10}}, {"day": 3, "worth": 8000, "fits": {"0": 10}},
    ]}  # fmt: skip
    (tmp_path / "now.json").write_bytes(orjson.dumps(arrivals))
    recorded = ["match", "replay", str(tmp_path / "now.json"), "--past", str(tmp_path / "now.json")]
    found = orjson.loads(command(*recorded, "--json").stdout)
    shares = {each["policy"]: each["share"] for each in found["policies"]}
    assert shares["first come"] < 0.2
    assert shares["hindsight"] == 1
    (tmp_path / "now.json").write_bytes(orjson.dumps({**arrivals, "days": 31}))
    assert "HUB-922" in command(*recorded, expect=1).stderr
    assert "--past" in command("match", "replay", str(tmp_path / "now.json"), expect=1).stderr
