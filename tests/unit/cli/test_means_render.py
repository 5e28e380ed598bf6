"""``hub means render`` without a hub: a report that somebody has as JSON, on paper."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli.commands import app
from hub.errors import HubError
from reporting import CODE

REPORT = Path(__file__).parents[1] / "means" / "printed" / "report-format-1.json"


def render(*arguments, **more):
    done = CliRunner().invoke(app, ["means", "render", *map(str, arguments)], **more)
    if isinstance(done.exception, HubError):
        return done.exit_code, f"{done.exception.code} {done.exception.message}"
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_a_page_is_made_of_a_file_and_only_its_owner_may_read_it(tmp_path):
    target = tmp_path / "report.html"
    status, said = render(REPORT, "-o", target, "--code", CODE)
    assert status == 0
    assert "It names people" in said
    html = target.read_text(encoding="utf-8")
    assert "欧阳·阿不都热依木" in html
    assert CODE in html
    assert "双鸭山市尖山区二马路街道春城社区（230502001001）" in html
    assert target.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(importlib.util.find_spec("typst") is None, reason="the extra assistance-hub[report]")
def test_a_pdf_is_made_of_standard_input(tmp_path):
    target = tmp_path / "report.pdf"
    status, said = render("-", "-o", target, "--code", CODE, input=REPORT.read_bytes())
    if "HUB-945" in said:
        pytest.skip(said)
    assert status == 0
    assert target.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "HUB-944 This is no JSON: line 1"), (b"\xff\xfe", "HUB-944 This is no JSON"),
        (b"null", "HUB-944 This is no report"), (b'{"format": "<b>"}', "HUB-944 This report has another format"),
        (REPORT.read_bytes().replace(b'"2026-12-11"', b'"11 December"'), "HUB-944 This is no report as hub means show"),
        (b'{"format":1,"x":"' + b"x" * 4_000_000 + b'"}', "HUB-944 This is no report: it has 4,000,0"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_said_to_be_none_and_nothing_is_written(text, said, tmp_path):
    target = tmp_path / "report.html"
    status, output = render("-", "-o", target, "--code", CODE, input=text)
    assert status != 0
    assert output.startswith(said), output
    assert "object_by" in output or b"December" not in text
    assert "11 December" not in output
    assert not target.exists()


def test_files_that_cannot_be_read_or_written_are_named(tmp_path):
    assert "report.json cannot be read" in render(tmp_path / "report.json", "-o", tmp_path / "r.html")[1]
    assert "neither .pdf nor .html" in render(REPORT, "-o", tmp_path / "r.docx", "--code", CODE)[1]
    assert "cannot be written" in render(REPORT, "-o", tmp_path / "none" / "r.html", "--code", CODE)[1]
