"""``hub means`` as a checking centre's administrator uses it, on a demo whose one check has been reported."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import orjson
import pytest

import commands
from hub.runtime import running
from hub.settings import Settings

ANSWERS = Path(__file__).parents[2] / "schema" / "answers"
PEOPLE = 300


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """Run a command to its end on the hub of a demo that nobody serves."""
    home = tmp_path_factory.mktemp("means") / "demo"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = {**kept, "HUB_HOME": str(home), "COLUMNS": "80", "NO_COLOR": "1"}

    def run(*arguments, expect=0):
        done = commands.run(*map(str, arguments), env=environment)
        assert done.returncode == expect, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if expect == 0 else " ".join(done.stderr.split())

    run.home = home
    run.check = orjson.loads(
        run("demo", "--once", "--people", PEOPLE, "--home", home, "--json")
    )["check"]  # fmt: skip
    return run


@pytest.fixture(scope="module")
def number(command):
    """The number of the report that the demo made."""
    [found] = {each for line in command.check for each in re.findall(r"HD\d{6}-\d{4}-[0-9A-F]{10}", line)}
    return found


def test_the_demo_asks_every_department_that_is_declared_and_reports_twice(command):
    asked, first, second, *_ = command.check[1:]
    assert len(command.check) <= 10
    assert f"to {len(list(ANSWERS.glob('*.yaml')))} departments" in asked
    assert "version 1 without BANKS: UNDECIDED" in first
    assert "version 2" in second


def test_a_report_is_shown_made_again_to_the_byte_and_checked_by_its_code(command, number):
    shown = orjson.loads(command("means", "show", number))
    assert (shown["number"], shown["version"]) == (number, 2)
    again = command("means", "rerun", number)
    assert "version 2: the same" in again
    assert "version 1: the same" in command("means", "rerun", number, "--version", 1)
    code = re.search(r"code ([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})", again)[1]
    assert number in command("means", "verify", number, code)
    assert "not the code of report" in command("means", "verify", number, "AAAA-BBBB-CCCC-DDDD", expect=1)


async def test_whoever_reads_a_report_by_command_is_on_record_with_whose_it_is(command, number):
    for what in (("show", number), ("past", number, "--from", "2026-08")):
        command("means", *what)
    async with running(Settings.load(home=command.home)) as runtime:
        found = await runtime.pool.fetch(
            "SELECT action, length(subjects) AS people FROM audit_record WHERE action = ANY($1)",
            ["means:show", "means:past"],
        )
    assert {row["action"] for row in found} == {"means:show", "means:past"}
    assert all(row["people"] > 0 for row in found)


def test_past_months_are_reckoned_by_what_is_known_now(command, number):
    assert "CNY" in command("means", "past", number, "--from", "2026-08")
    assert "HUB-942" in command("means", "past", "HD000000-2026-0000000000", "--from", "2026-08", expect=1)
    assert "HUB-901" in command("means", "past", number, "--from", "August", expect=1)


@pytest.mark.parametrize("name", ["show", "rerun"])
def test_a_report_that_is_not_there_is_named(command, name):
    assert command("means", name, "HD1", expect=1).startswith("HUB-942 There is no report HD1")


def test_a_batch_is_opened_asked_and_answered_by_file(command, tmp_path):
    opened = command("means", "open", "--within", "230502", "--batch", "2026-review")
    begun = int(re.search(r"([\d,]+) checks begun", opened)[1].replace(",", ""))
    assert begun > 0
    assert "0 checks begun" in command("means", "open", "--within", "230502", "--batch", "2026-review")
    assert re.search(r"[\d,]+ questions asked", command("means", "ask"))
    asked, answered = tmp_path / "asked.csv", tmp_path / "answered.csv"
    command("means", "requests", "banks", "-o", asked)
    assert asked.stat().st_mode & 0o077 == 0
    lines = list(csv.DictReader(asked.read_text("gb18030").splitlines()))
    with answered.open("w", encoding="gb18030", newline="") as file:
        out = csv.writer(file)
        out.writerow(["编号", "公民身份号码", "事项", "余额", "日期"])
        out.writerows([line["编号"], line["公民身份号码"], "无", "", ""] for line in lines)
    assert str(len(lines)) in command("means", "answers", "banks", answered).replace(",", "")


def test_what_is_wrong_with_a_file_or_a_source_is_said(command, tmp_path):
    assert "cannot be read" in command("means", "answers", "banks", tmp_path / "none.csv", expect=1)
    assert "There are: banks" in command("means", "requests", "nobody", "-o", tmp_path / "x.csv", expect=1)


def test_what_another_standard_would_mean_is_told_without_small_numbers(command):
    found = orjson.loads(command("means", "estimate", "--standard", "900", "--from", "2027-01-01", "--json"))
    assert found
    assert all(each["households"] is None or each["households"] >= 5 for each in found.values())
    for wrong in (("x", "2027-01-01"), ("900", "2027-13-01")):
        said = command("means", "estimate", "--standard", wrong[0], "--from", wrong[1], expect=1)
        assert said.startswith("HUB-901 --standard is an amount")


def test_how_rightly_departments_answer_is_told_for_each_of_them(command):
    found = orjson.loads(command("means", "precision", "--json"))
    assert {"BANKS", "SOCIAL_SECURITY", "MEDICAL_INSURANCE"} <= {each["department"] for each in found}
    assert all(each["asked"] is None or each["asked"] >= 5 for each in found)
    assert max(map(len, command("means", "precision").splitlines())) <= 80
