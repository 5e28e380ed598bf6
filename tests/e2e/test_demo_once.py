"""``hub demo --once``: one query as each viewer, side by side, and the synchronisation against the truth."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

import orjson
import pytest

import commands

PEOPLE = 400
ANSWERS = Path(__file__).parents[2] / "schema" / "answers"


@pytest.fixture(scope="module")
def hub_of():
    """Give, for a home, what runs a command of its hub to the end and returns the output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}

    def of(home):
        def run(*arguments, expect=0):
            done = commands.run(*arguments, env={**kept, "HUB_HOME": str(home), "COLUMNS": "80"})
            assert done.returncode == expect, done.stdout + done.stderr
            return done.stdout if expect == 0 else done.stderr

        return run

    return of


@pytest.fixture(scope="module")
def once(tmp_path_factory, hub_of):
    """Run the demo once for people and once, on the same home, for scripts."""
    home = tmp_path_factory.mktemp("once") / "demo"
    command = ("demo", "--once", "--people", str(PEOPLE), "--home", str(home))
    return home, hub_of(home)(*command), orjson.loads(hub_of(home)(*command, "--json"))


@pytest.fixture(scope="module")
def everything(once, hub_of):
    """The same, with all rows, viewers and reasons."""
    home, _, _ = once
    return hub_of(home)("demo", "--once", "--all", "--people", str(PEOPLE), "--home", str(home))


def test_one_query_gets_a_right_answer_for_each_of_four_viewers(once):
    _, _, result = once
    first = {
        name: (answer["data"]["recipients"] or {"edges": [None]})["edges"][0]
        for name, answer in result["answers"].items()
    }

    assert first["civil-affairs"]["node"]["person"]["idNumber"].isalnum()
    assert "*" in first["social-security"]["node"]["person"]["idNumber"]
    assert first["social-security"]["node"]["person"]["phone"] is None
    assert first["auditor"]["node"]["person"] is None
    assert first["charity"] is None
    # So few people have no five needs that are alike, and a charity is shown no fewer.
    assert result["answers"]["charity"]["data"]["needs"] == {"edges": []}


def test_what_a_viewer_does_not_get_is_explained(once):
    _, _, result = once
    told = {
        name: {entry["path"]: entry["decision"] for entry in answer["extensions"]["access"]}
        for name, answer in result["answers"].items()
    }

    assert told["civil-affairs"] == {}
    assert told["social-security"]["recipients.edges.node.person.name"] == "MASKED"
    assert told["social-security"]["recipients.edges.node.person.phone"] == "WITHHELD"
    assert told["charity"]["recipients"] == "WITHHELD"
    assert told["auditor"]["recipients.edges.node.person"] == "WITHHELD"


def test_the_synchronisation_is_held_against_the_truth(once):
    _, _, result = once
    score = result["score"]

    assert score["people_right"] == score["people_found"] == score["people_known"] > 0
    assert score["rows_right"] == score["rows_identifiable"] == score["rows_linked"]
    assert score["outcomes_right"] == score["outcomes_expected"] > 0
    assert all(found == expected for found, expected in score["quarantine"].values())


def test_a_second_demo_on_the_same_home_changes_nothing(once):
    _, _, result = once

    assert [report["loaded"] for report in result["sync"]] == [0] * 5
    assert all(report["status"] == "SUCCEEDED" for report in result["sync"])


def test_a_check_asks_every_declared_department_and_is_reported_again_once_the_late_one_answers(once):
    _, text, result = once
    _, asked, first, second, *compared, told, _, number = result["check"]
    declared = len(list(ANSWERS.glob("*.yaml")))

    assert f"questions to {declared} departments: " in asked
    assert "banks by file" in asked
    assert first.startswith("报告 version 1 without BANKS: UNDECIDED")
    assert second.startswith("补充 version 2, the banks' answer is late: ")
    assert {line.split()[0] for line in compared} == {"比对"}
    assert told.split()[1] in {"CONSISTENT", "INCONSISTENT"}
    assert number.startswith("编号 HD")
    assert "; reported, " in text


def test_a_checks_questions_are_answered_or_empty_to_the_last(once):
    _, _, result = once
    asked, found, empty = (
        int(re.search(what, "\n".join(result["check"]))[1])
        for what in (r"(\d+) questions", r"(\d+) with records", r"(\d+) without\n")
    )

    assert asked == found + empty


def columns(line):
    """How wide a terminal shows a line: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def test_the_output_for_people_is_one_screen_of_80_columns_without_colours(once):
    _, text, _ = once
    lines = text.splitlines()

    assert len(lines) <= 40
    assert [line for line in lines if columns(line) > 80] == []
    assert "\x1b" not in text
    assert "…" not in text


def test_one_record_stands_beside_itself_with_marks_and_reasons(once):
    _, text, result = once
    person = result["answers"]["civil-affairs"]["data"]["recipients"]["edges"][0]["node"]["person"]
    masked = result["answers"]["social-security"]["data"]["recipients"]["edges"][0]["node"]["person"]
    [number] = [line for line in text.splitlines() if line.startswith("  idNumber")]
    [phone] = [line for line in text.splitlines() if line.startswith("  phone")]
    [recipient] = [line for line in text.splitlines() if line.startswith("Recipient")]

    assert person["idNumber"] in number
    assert f"▒{masked['idNumber']}" in number
    assert "⊘" in phone
    assert recipient.rstrip().endswith("⊘¹")
    assert "\n¹ charity: no policy permits it for charity-matching\n" in text


def test_all_rows_viewers_and_reasons_are_shown_when_asked_for(everything):
    for word in ("civil-affairs", "charity", "auditor", "recipients 1", "precision", "no policy permits", "AMOUNT_NEG"):
        assert word in everything
    assert [line for line in everything.splitlines() if columns(line) > 80 and "{" not in line] == []


def test_the_tokens_are_for_the_owner_alone(once):
    home, _, _ = once
    file = home / "demo.json"
    described = orjson.loads(file.read_bytes())

    assert file.stat().st_mode & 0o777 == 0o600
    assert set(described["viewers"]) == {"civil-affairs", "social-security", "charity", "auditor"}
    assert all({"token", "purpose", "about"} == set(viewer) for viewer in described["viewers"].values())


def test_a_demo_that_got_more_partners_starts_again_and_keeps_them(once, hub_of):
    """It refused once, because its database had partners that are not the demo's."""
    home, _, _ = once
    hub = hub_of(home)
    hub(
        "partner", "add", "jianshan", "--title", "尖山区民政局", "--role", "civil-affairs", "--purpose",
        "assistance-review", "--region", "230502",
    )  # fmt: skip
    hub("demo", "--once", "--people", str(PEOPLE), "--home", str(home))
    partners = orjson.loads(hub("partner", "list", "--json"))["partners"]

    assert {"jianshan", "civil-affairs", "auditor"} <= {partner["name"] for partner in partners}


def test_a_database_with_partners_of_its_own_gets_no_sample_people(tmp_path, hub_of):
    hub = hub_of(tmp_path)
    hub(
        "partner", "add", "real", "--title", "尖山区民政局", "--role", "civil-affairs", "--purpose", "means-check",
        "--region", "230502",
    )  # fmt: skip
    refused = hub("demo", "--once", "--people", str(PEOPLE), "--home", str(tmp_path), expect=1)

    assert "HUB-904" in refused
    assert not (tmp_path / "departments.json").exists()
