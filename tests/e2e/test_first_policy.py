"""The first policy that schema/policies/README.md leads to, written and tested as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "schema" / "policies" / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path):
    """A repository with the schema in it, and the hub's command."""
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    me = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for arguments in (["init", "-q"], ["add", "schema"], [*me, "commit", "-qm", "as it was"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)  # noqa: S607 - found on PATH, as a reader would
    return tmp_path


def run(clone, block, expect=0):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = {**kept, "HUB_SCHEMA_DIR": str(clone / "schema"), "COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run(
        ["bash", "-euc", block], cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=300,  # noqa: S607
    )  # fmt: skip
    assert done.returncode == expect, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def test_the_readme_leads_to_a_first_policy_and_every_step_says_what_it_says_there(clone):
    look, check, diff, test = blocks("sh")[:4]
    [policy] = blocks("cedar")
    [case] = blocks("yaml")
    file, cases = clone / "schema/policies/charity.cedar", clone / "schema/policies/cases/charity.yaml"

    assert "a charity learns which needs are open" in run(clone, look)
    was = file.read_text(encoding="utf-8")
    file.write_text(f"{was}\n{policy.replace('>= datetime', '>= datetme')}", encoding="utf-8")
    assert re.search(r"HUB-210 charity\.cedar:\d+: ", run(clone, check, expect=1))
    file.write_text(f"{was}\n{policy.replace('resource.created_on >=', 'resource.creatd_on >=')}", encoding="utf-8")
    said = run(clone, check, expect=1)
    line = (was + "\n" + policy).splitlines().index(next(each for each in policy.splitlines() if "created_on" in each))
    assert f"charity.cedar:{line + 1}: policy charity-recent-needs-around: does not fit the schema" in said
    file.write_text(f"{was}\n{policy}", encoding="utf-8")
    assert re.search(r"OK \d+ permits", run(clone, check))
    said = run(clone, diff, expect=1)
    assert "+ wider: Need" in said
    assert "read: id, kind, status, county, county_division" in said
    assert "5 decisions are not as the cases say" in run(clone, test, expect=1)
    changed = re.sub(r"^      Need:\n(?:        .*\n)+", case, cases.read_text(encoding="utf-8"), flags=re.MULTILINE)
    cases.write_text(changed, encoding="utf-8")
    assert "passes cases/charity.yaml" in run(clone, test)
