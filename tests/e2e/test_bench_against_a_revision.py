"""`scripts/bench … --against REVISION`: either revision runs its own code, and nothing is left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).parents[2]
NOTING = """
import os, pathlib, sys
pathlib.Path(os.environ["SEEN"], pathlib.Path(sys.argv[0]).name).touch()
"""
QUICK = ("--recipients", "20", "--seconds", "0.1", "--rounds", "1", "--only", "node")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository with one commit: this tree, but each process notes that it runs its code, and addresses differ."""
    tree = tmp_path_factory.mktemp("revision")
    for name in ("src", "schema", "migrations", "tests/benchmarks"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "requirements.lock", tree)
    with (tree / "src" / "hub" / "__init__.py").open("a") as file:
        file.write(NOTING)
    seed = tree / "tests" / "benchmarks" / "seed.py"
    seed.write_text(seed.read_text().replace("幸福路", "解放路"))
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    for command in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "--message", "other")):
        subprocess.run(["git", "-C", tree, *command], check=True)  # noqa: S607 - found on PATH, as a person would
    return tree / ".git"


@pytest.fixture(scope="module")
def temporary():
    """A directory for temporary files that the database server may look into, whoever it runs as."""
    made = Path(tempfile.mkdtemp(prefix="hub-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def bench(*arguments, repository, temporary, seen):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return subprocess.run(
        [sys.executable, ROOT / "tests" / "benchmarks" / "query.py", *arguments],
        env={**kept, "GIT_DIR": str(repository), "TMPDIR": str(temporary), "SEEN": str(seen)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def compared(repository, temporary, tmp_path_factory):
    """One comparison, with a ratio asked for that nothing reaches: what it said, and wrote, and who took part."""
    seen, file = tmp_path_factory.mktemp("seen"), tmp_path_factory.mktemp("written") / "found.json"
    asked = ("--against", "HEAD", *QUICK, "--least", "1000000", "--json", file)
    done = bench(*asked, repository=repository, temporary=temporary, seen=seen)
    return done, orjson.loads(file.read_bytes()), {each.name for each in seen.iterdir()}


def test_each_side_seeds_and_serves_with_the_code_of_its_own_revision(compared):
    _, written, seen = compared
    [node] = written["sizes"][0]["workloads"]

    assert {"side.py", "fill.py", "__main__.py"} <= seen, "the side, its seeding, its server"
    assert "query.py" not in seen
    assert node["differing answers"] > 0
    assert node["ratio"]["median"] == node["sides"]["now"]["rate"] / node["sides"]["before"]["rate"]


def test_a_ratio_below_the_least_fails_and_is_named(compared):
    done, _, _ = compared

    assert done.returncode == 1
    assert "below 1e+06 of before: node of 20 recipients" in done.stderr


def test_nothing_is_left_behind(compared, temporary):
    assert compared
    assert list(temporary.iterdir()) == []


def test_a_revision_that_there_is_not_is_named(repository, temporary, tmp_path):
    done = bench("--against", "no-such-revision", repository=repository, temporary=temporary, seen=tmp_path)

    assert done.returncode == 1
    assert done.stderr.strip() == "no-such-revision is no revision of this repository."
    assert list(temporary.iterdir()) == []
