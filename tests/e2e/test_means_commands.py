"""``hub means`` as a checking centre's administrator uses it, on a demo whose one check has been reported."""

from __future__ import annotations

import csv
import os
import re
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

import commands
from hub.runtime import running
from hub.settings import Settings

ANSWERS = Path(__file__).parents[2] / "schema" / "answers"
PEOPLE = 300
OTHER = "AAAA-BBBB-CCCC-DDDD"
HEAD = ["编号", "公民身份号码", "事项", "余额", "日期"]


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
    assert "not the code of report" in command("means", "verify", number, OTHER, expect=1)


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


def test_months_are_reckoned_one_by_one_up_to_the_report(command, number):
    months = orjson.loads(command("means", "past", number, "--from", "2026-08", "--json"))
    assert [each["month"] for each in months][:2] == ["2026-08-01", "2026-09-01"]
    for each in months:
        assert Decimal(each["over"]) == Decimal(each["paid"]) - Decimal(each["due"])
    table = command("means", "past", number, "--from", "2026-08")
    assert all(f"{each['month'][:7]} " in table for each in months)
    assert f"{abs(sum(Decimal(each['over']) for each in months)):,} CNY too" in table


def test_the_code_of_an_older_version_is_right_and_the_newer_one_is_named(command, number):
    first = orjson.loads(command("means", "rerun", number, "--version", 1, "--json"))
    assert (first["version"], first["outcome"]) == (1, "UNDECIDED")
    told = command("means", "verify", number, first["code"])
    assert "version 1 of" in told
    assert "Version 2 is newer" in told
    assert command("means", "verify", number, first["code"], "--version", 2, expect=1).startswith("HUB-943")


def test_a_copy_that_was_changed_is_refused_though_its_code_is_right(command, number, tmp_path):
    code = orjson.loads(command("means", "rerun", number, "--json"))["code"]
    report, copy = tmp_path / "report.json", tmp_path / "copy.html"
    report.write_text(command("means", "show", number), "utf-8")
    command("means", "render", report, "-o", copy)
    assert "the same to the byte" in command("means", "verify", number, code, "--copy", copy)
    copy.write_bytes(copy.read_bytes() + b" ")
    assert command("means", "verify", number, code, "--copy", copy, expect=1).startswith("HUB-943")
    for wrong in (tmp_path / "none.html", report):
        assert command("means", "verify", number, code, "--copy", wrong, expect=1).startswith("HUB-901")


@pytest.mark.parametrize("arguments", [("show", "HD1"), ("rerun", "HD1"), ("verify", "HD1", OTHER)])
def test_a_report_that_is_not_there_is_named(command, arguments):
    assert command("means", *arguments, expect=1).startswith("HUB-942 There is no report HD1")


def test_a_version_that_is_not_there_is_named(command, number):
    said = command("means", "rerun", number, "--version", 9, expect=1)
    assert said.startswith(f"HUB-942 There is no report {number}, version 9")


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
        out.writerow(HEAD)
        out.writerows([line["编号"], line["公民身份号码"], "无", "", ""] for line in lines)
    assert str(len(lines)) in command("means", "answers", "banks", answered).replace(",", "")


def test_an_answer_file_is_taken_once_and_what_nobody_asked_is_not_read(command, tmp_path):
    opened = orjson.loads(command("means", "open", "--within", "230506", "--batch", "once", "--json"))
    assert opened["opened"] > 0
    assert opened["refused"] == 0
    asked, answered = tmp_path / "asked.csv", tmp_path / "answered.csv"
    command("means", "requests", "banks", "-o", asked)
    first, second, third, *_, last = csv.DictReader(asked.read_text("gb18030").splitlines())
    of = [(each["编号"], each["公民身份号码"]) for each in (first, second, third, last)]
    with answered.open("w", encoding="gb18030", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEAD)
        out.writerow([*of[0], "存款", "1200.50", "2026-10-31"])
        out.writerow([*of[1], "无", "", ""])
        out.writerow([*of[2], "存款", "much", "2026-10-31"])
        out.writerow(["00000000-0000-0000-0000-000000000000", of[3][1], "无", "", ""])
    taken = orjson.loads(command("means", "answers", "banks", answered, "--json"))
    count = len(asked.read_text("gb18030").splitlines()) - 1
    assert [taken[name] for name in ("answered", "nothing", "refused", "unknown")] == [1, 1, 1, 1]
    assert taken["silent"] >= count - 3
    again = orjson.loads(command("means", "answers", "banks", answered, "--json"))
    assert (again["answered"], again["nothing"], again["reports"]) == (0, 0, 0)


def test_a_file_that_is_there_is_not_written_over_and_what_it_would_ask_still_waits(command, tmp_path):
    command("means", "open", "--within", "230505", "--batch", "kept")
    asked = tmp_path / "asked.csv"
    asked.write_text("mine")
    said = command("means", "requests", "banks", "-o", asked, expect=1)
    assert said.startswith("HUB-901")
    assert "is there already; nothing was asked" in said
    assert asked.read_text() == "mine"
    assert "questions in" in command("means", "requests", "banks", "-o", tmp_path / "other.csv")
    assert "Nothing is to be asked of banks" in command("means", "requests", "banks", "-o", tmp_path / "third.csv")
    assert not (tmp_path / "third.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--within", "x", "--batch", "b"), "HUB-901 --within must be a region code"),
        (("--within", "230502", "--batch", "b", "--reason", "WHIM"), "HUB-901 --reason is one of"),
    ],
)
def test_a_batch_of_no_division_or_for_no_reason_is_refused(command, arguments, said):
    assert command("means", "open", *arguments, expect=1).startswith(said)


def test_what_is_wrong_with_a_file_or_a_source_is_said(command, tmp_path):
    said = command("means", "answers", "banks", tmp_path / "none.csv", expect=1)
    assert said.startswith("HUB-901")
    assert "cannot be read" in said
    (tmp_path / "other.csv").write_text("name\n")
    assert command("means", "answers", "banks", tmp_path / "other.csv", expect=1).startswith("HUB-404 other.csv has no")
    for wrong in (("requests", "nobody", "-o", tmp_path / "x.csv"), ("answers", "tax", tmp_path / "other.csv")):
        said = command("means", *wrong, expect=1)
        assert said.startswith("HUB-901 No source that answers by file is named")
        assert "There are: banks" in said


def test_what_another_standard_would_mean_is_told_without_small_numbers(command):
    found = orjson.loads(command("means", "estimate", "--standard", "900", "--from", "2027-01-01", "--json"))
    assert found
    assert all(each["households"] is None or each["households"] >= 5 for each in found.values())
    assert {"households", "before", "enter", "leave", "more"} == set(next(iter(found.values())))
    for wrong in (("x", "2027-01-01"), ("900", "2027-13-01"), ("900", "2027-01-01", "--within", "9")):
        said = command("means", "estimate", "--standard", wrong[0], "--from", *wrong[1:], expect=1)
        assert said.startswith("HUB-901 --standard is an amount above 0")
    assert command("means", "estimate", "--standard", "900", "--from", "1900-01-01", "--json", expect=1).startswith(
        "HUB-941 Nothing says what standard is"
    )


def test_how_rightly_departments_answer_is_told_for_each_of_them(command):
    found = orjson.loads(command("means", "precision", "--json"))
    assert {"BANKS", "SOCIAL_SECURITY", "MEDICAL_INSURANCE"} <= {each["department"] for each in found}
    assert all(each["asked"] is None or each["asked"] >= 5 for each in found)
    assert max(map(len, command("means", "precision").splitlines())) <= 80
    assert command("means", "precision", "--within", "x", expect=1).startswith("HUB-901 --within must be a region code")
