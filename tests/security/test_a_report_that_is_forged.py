"""Attack: show the township a report that the hub did not make, or one whose texts hide what it says."""

from __future__ import annotations

import asyncio
import copy
import csv
import re
import shutil
import subprocess
from datetime import UTC, datetime

import orjson
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from acting_hub import acting_on
from checking import BANKS, Checking, schema_with
from hub.cli.commands import app
from hub.means.by_file import take_file, write_file
from hub.means.printed import PrintingNotInstalled, page, pdf
from hub.postgres import embedded
from proposing import numbers
from reporting import CODE, content

__all__ = ["numbers"]  # a fixture of another file


@pytest_asyncio.fixture(scope="module")
async def checking(server, migrated_template, tmp_path_factory):
    """A hub whose banks answer by file, and have not."""
    url = await embedded.create_database(server.url, "forged_reports", template=migrated_template)
    schema = schema_with(tmp_path_factory.mktemp("forged"), BANKS)
    async with acting_on(url, schema_dir=schema, demo_rules=True) as acting:
        yield Checking(acting, {})


@pytest.fixture
def hub(checking):
    """Run a command to its end beside the hub that serves; give its exit code and what it printed."""
    settings = checking.acting.runtime.settings
    environment = {
        "HUB_HOME": str(settings.home), "HUB_DATABASE_URL": settings.database_url, "NO_COLOR": "1", "COLUMNS": "160",
        "HUB_SCHEMA_DIR": str(settings.schema_dir), "HUB_DEMO_RULES": "true",
    }  # fmt: skip

    async def run(*arguments, **more):
        done = await asyncio.to_thread(CliRunner().invoke, app, ["means", *arguments], env=environment, **more)
        return done.exit_code, re.sub(
            r"\s+", " ", done.output if done.exception is None else f"{done.output}{done.exception}"
        )

    return run


async def test_a_report_that_was_changed_is_not_printed_and_its_code_is_not_taken(checking, hub, numbers, tmp_path):
    runtime, person = checking.acting.runtime, numbers()
    row = await checking.running(await checking.authorised(person, declared_monthly_income=0))
    [banks], asked, late = runtime.answering, tmp_path / "asked.csv", tmp_path / "late.csv"
    assert await write_file(runtime.pool, runtime.vault, banks, asked, account, datetime.now(UTC)) == 1
    await checking.taken("close", {"id": row})
    [report] = (await checking.seen(row))["reports"]["nodes"]
    number, code = report["content"]["number"], report["code"]

    # What the hub made is printed, and known again by its code, however it is typed.
    file, target = tmp_path / "report.json", tmp_path / "report.html"
    file.write_bytes(orjson.dumps(report["content"]))
    status, said = await hub("render", str(file), "-o", str(target))
    assert status == 0, said
    assert code in target.read_text(encoding="utf-8")
    assert target.stat().st_mode & 0o077 == 0
    assert (await hub("verify", number, code.lower().replace("-", " ")))[0] == 0

    # A copy is the same to the byte, or it is refused, although its code is right.
    status, said = await hub("verify", number, code, "--copy", str(target))
    assert status == 0, said
    assert "the same to the byte" in said
    html = target.read_bytes()
    (tmp_path / "copy.html").write_bytes(html.replace("必答".encode(), "已答".encode(), 1))
    status, said = await hub("verify", number, code, "--copy", str(tmp_path / "copy.html"))
    assert status != 0
    assert "it was changed" in said

    # Another amount, another outcome, another household's name: none is printed.
    for name, value in (("declared", {"income": "1", "vehicles": 9, "homes": 9}), ("outcome_zh", "属实"),
                        ("home_visit", not report["content"]["home_visit"]), ("missing", []), ("more", 1)):  # fmt: skip
        file.write_bytes(orjson.dumps({**report["content"], name: value}))
        status, said = await hub("render", str(file), "-o", str(tmp_path / "forged.html"))
        assert status != 0
        assert "it was changed" in said, said
    file.write_bytes(orjson.dumps({**report["content"], "number": "HD230502-2026-FFFFFFFFFF"}))
    status, said = await hub("render", str(file), "-o", str(tmp_path / "forged.html"))
    assert status != 0
    assert "There is no report" in said
    assert not (tmp_path / "forged.html").exists()

    # An earlier version is known by its code, and the newer one named.
    line = next(csv.DictReader(asked.read_text(encoding="gb18030").splitlines()))
    late.write_text(f"编号,公民身份号码,事项,余额,日期\n{line['编号']},{person},无,,\n", encoding="gb18030")
    taken = await take_file(runtime.pool, runtime.vault, runtime.checks, banks, late, datetime.now(UTC))
    assert taken.reports == 1
    newer = (await checking.seen(row))["reports"]["nodes"][-1]
    assert newer["code"] != code
    status, said = await hub("verify", number, code)
    assert status == 0
    assert "version 1 of" in said
    assert "Version 2 is newer" in said

    # The code of another report is not the code of this one.
    other = await checking.running(await checking.authorised(numbers(), declared_monthly_income=0))
    await checking.taken("close", {"id": other})
    [report] = (await checking.seen(other))["reports"]["nodes"]
    status, said = await hub("verify", number, report["code"])
    assert status != 0
    assert "not the code of report" in said


async def account(_source, _count, _at):
    return None


def printed(report):
    try:
        return pdf(report, CODE)
    except PrintingNotInstalled as missing:
        pytest.skip(missing.message)


def with_name(name, **fact):
    report = copy.deepcopy(dict(content()))
    report["members"][0]["name"] = name
    report["facts"][0] |= fact
    return report


@pytest.mark.parametrize("glue", ["", "\u2060", "\ufeff", "\u200d"])
@pytest.mark.parametrize("letter", ["W", "0", "》", "ﷺ"])
def test_a_text_that_cannot_break_does_not_print_over_the_amount_beside_it(glue, letter, tmp_path):
    """A company would like a long name: printed over the wage in the next column, the wage could not be read."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here: install poppler-utils to run this test")
    file = tmp_path / "report.pdf"
    file.write_bytes(printed(with_name("甲", text=glue.join(letter * 90))))
    done = subprocess.run(["pdftotext", "-bbox", str(file), "-"], capture_output=True, text=True, check=True)  # noqa: S607
    words = re.findall(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>', done.stdout)
    amount = min(float(left) for left, _, word in words if word == "2650.50")
    # A digest is a long word too, which may have some of the letter; it stands in a line of its own.
    digests = {word for *_, word in words if re.fullmatch("[0-9a-f]{64}", word) and set(word) != {letter}}
    long = [float(right) for _, right, word in words if word.count(letter) >= 4 and word not in digests]
    assert long or letter == "ﷺ"
    assert all(right < amount for right in long)


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u2066", "\u200b", "\u00ad", "\u2028", "\x1b", "\x9b", "\U000e0041", "\u3164", "\ufeff"]
)
def test_nothing_that_cannot_be_seen_is_on_a_report(hidden):
    """Two names that look the same are two people; a text that is turned round says something else."""
    html = page(with_name(f"张{hidden}三"), CODE)
    assert hidden not in html
    assert ("张三" in html) != ("张 三" in html)
    assert printed(with_name(f"张{hidden}三")).startswith(b"%PDF-")


def test_marks_heaped_on_a_letter_do_not_print_over_the_line_above():
    html = page(with_name("a" + "\u0301" * 500), CODE)
    assert html.count("\u0301") == 2


@pytest.mark.parametrize(
    ("character", "number"), [("\ue000", "U+E000"), ("\U0010fffd", "U+10FFFD"), ("\U000323af", "U+323AF")]
)
def test_a_character_that_no_font_has_is_printed_as_its_number(character, number, tmp_path):
    """Otherwise two people whose names have such characters would have the same box, and the archive no PDF at all."""
    file = tmp_path / "report.pdf"
    file.write_bytes(printed(with_name(f"王{character}")))
    if shutil.which("pdftotext") is not None:
        done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True)  # noqa: S607
        assert f"〔{number}〕" in done.stdout


@pytest.mark.parametrize(
    "words", ['#read("/etc/passwd")', "#panic()", "$x$ *b* _i_", '#include "/etc/passwd"', "\\u{41}"]
)
def test_a_name_is_no_command_of_the_typesetter(words, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(printed(with_name(words)))
    if shutil.which("pdftotext") is not None:
        done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True)  # noqa: S607
        assert re.sub(r"\s|\u200b", "", words) in re.sub(r"\s|\u200b", "", done.stdout)
