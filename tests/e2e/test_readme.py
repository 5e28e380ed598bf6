"""The examples of the documents, run as they stand there against the demo."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from running_hub import running_demo

ROOT = Path(__file__).parents[2]
BIN = str(Path(sys.executable).parent)
WITHHELD = "withheld"


@pytest.fixture(scope="module")
def demo():
    """The demo as a newcomer starts it: with its own settings."""
    with running_demo({}) as found:
        yield found


def blocks(document, language="sh"):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)


def shell(demo, directory, *commands):
    """Run lines of a document in a directory where `demo-home` is this demo; return what they print."""
    (directory / "demo-home").symlink_to(demo.home)
    (directory / ".venv").mkdir()
    (directory / ".venv" / "bin").symlink_to(BIN)
    script = "set -euo pipefail\n" + "\n".join(commands).replace("http://127.0.0.1:8000", demo.url)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    done = subprocess.run(
        ["bash", "-c", script], cwd=directory, env={**kept, "PATH": f"{BIN}:{kept['PATH']}"},  # noqa: S607 - as a reader
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readmes_query_gives_each_viewer_what_its_table_says(demo, tmp_path):
    [example] = [block for block in blocks("README.md") if "person(idNumber" in block]
    answers = [orjson.loads(line) for line in shell(demo, tmp_path, example).splitlines()]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert len(rows) == 7
    for name, *cells in rows:
        for answer, cell in zip(answers, cells, strict=True):
            assert shown(answer, name) == cell


def shown(answer, name):
    """A field of the example's answer, as the table writes it."""
    access = {entry["path"].rpartition(".")[2]: entry["decision"] for entry in answer["extensions"]["access"]}
    person = answer["data"]["person"]
    if person is None:
        assert access == {"person": "WITHHELD"}
        return WITHHELD
    recipient = person["recipients"]["nodes"][0]
    value = {**person, **recipient, **recipient["household"]}[name]
    if value is None:
        assert access[name] == "WITHHELD"
        return WITHHELD
    return f"`{value}` (masked)" if access.get(name) == "MASKED" else f"`{value}`"


def test_the_export_gives_lines_with_the_digest_of_their_end(demo, tmp_path):
    viewer, *examples = blocks("schema/README.md")
    [example] = [block for block in examples if "/export" in block]
    digest = shell(demo, tmp_path, viewer, example).split()[0]
    lines = (demo.home / "recipients.ndjson").read_text().splitlines()

    assert digest in lines[-1]
    assert orjson.loads(lines[-1])["end"]


def test_the_catalogues_example_gives_a_table_in_which_nothing_is_late_right_after_a_pull(demo, tmp_path):
    viewer, *examples = blocks("schema/README.md")
    [example] = [block for block in examples if "/catalogue.csv" in block]
    shell(demo, tmp_path, viewer, example)
    with (demo.home / "catalogue.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = {line["数据项编码"]: line for line in csv.DictReader(file)}

    assert lines["Recipient.category"]["共享属性"] == "有条件共享"
    assert lines["Recipient.category"]["更新时间（北京时间）"]
    assert {line["逾期"] for line in lines.values()} == {"否"}


def test_the_administrators_example_explains(demo, tmp_path):
    [example] = [block for block in blocks("schema/README.md") if "hub explain" in block]
    printed = shell(demo, tmp_path, example)

    assert "SELECT" in printed
    assert "$1" in printed


def test_the_counts_example_is_answered(demo, tmp_path):
    [query] = [block for block in blocks("schema/README.md", "graphql") if "recipientStats" in block]
    viewer = blocks("schema/README.md")[0]
    (tmp_path / "body.json").write_bytes(orjson.dumps({"query": query}))
    asked = (
        "curl -s http://127.0.0.1:8000/graphql -H 'Content-Type: application/json' -d @body.json"
        ' -H "Authorization: Bearer $(viewer civil-affairs token)" -H "Hub-Purpose: $(viewer civil-affairs purpose)"'
    )
    answer = orjson.loads(shell(demo, tmp_path, viewer, asked))

    assert "errors" not in answer
    assert answer["data"]["recipientStats"]["groups"]
