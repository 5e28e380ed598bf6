"""Attack: change on the hub's disk how needs are weighed, so that whom one wishes comes first, or who is found."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import commands
from hub.cli.nights import Deciding, Nights, placing_tools
from hub.crypto import SigningKey
from hub.errors import HubError
from hub.matching import run_night
from hub.matching.errors import SameVersion
from hub.matching.signed import MatchingUnsigned, require_signed, sign

SHIPPED = Path(__file__).parents[2] / "schema"
OURS, THEIRS = SigningKey.generate(), SigningKey.generate()


@pytest.fixture
def directory(tmp_path):
    return Path(shutil.copytree(SHIPPED, tmp_path / "schema"))


def changed(directory, name, old, new):
    file = directory / "matching" / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_files_count_that_a_trusted_key_signed_and_no_others(directory):
    keys = [OURS.public]
    require_signed(directory, None)
    with pytest.raises(MatchingUnsigned, match="must be signed"):
        require_signed(directory, keys)
    sign(directory, THEIRS)
    with pytest.raises(HubError):
        require_signed(directory, keys)
    sign(directory, OURS)
    require_signed(directory, keys)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("parameters.yaml", "URGENT: 8000", "URGENT: 1"), ("criteria.yaml", "width: 10", "width: 1")],
)
def test_what_was_changed_after_it_was_signed_counts_no_more(directory, name, old, new):
    sign(directory, OURS)
    changed(directory, name, old, new)
    with pytest.raises(MatchingUnsigned, match="is not what was signed"):
        require_signed(directory, [OURS.public])
    sign(directory, THEIRS)
    with pytest.raises(HubError):
        require_signed(directory, [OURS.public])


async def test_nothing_is_placed_by_files_that_nobody_signed(acting, directory, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"{OURS.public.line} ours\n", "utf-8")
    settings = acting.runtime.settings.model_copy(update={
        "schema_dir": directory, "policy_keys": keys, "matching_propose": True, "matching_at": "00:00",
    })  # fmt: skip
    runtime = replace(acting.runtime, settings=settings)
    for places in (Nights(runtime).once, Deciding(runtime).once):
        with pytest.raises(MatchingUnsigned):
            await places()
    assert await runtime.pool.fetchval("SELECT count(*) FROM match_run") == 0
    sign(directory, OURS)
    assert await Nights(runtime).once() is not None
    assert await Deciding(runtime).once() is None


async def test_other_weights_of_the_same_version_are_refused(acting, directory):
    def tools():
        settings = acting.runtime.settings.model_copy(update={"schema_dir": directory})
        return placing_tools(replace(acting.runtime, settings=settings))

    await run_night(tools(), "tests")
    changed(directory, "parameters.yaml", "URGENT: 8000", "URGENT: 9000")
    with pytest.raises(SameVersion, match="raises its version"):
        await run_night(tools(), "tests", at=datetime.now(UTC))
    await run_night(tools(), "tests", preview=True)
    text = (directory / "matching" / "parameters.yaml").read_text("utf-8")
    version = int(re.search(r"^version: (\d+)", text, re.MULTILINE)[1])
    changed(directory, "parameters.yaml", f"version: {version}", f"version: {version + 1}")
    await run_night(tools(), "tests")


def test_they_are_signed_by_command(directory, tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = {**kept, "HUB_HOME": str(tmp_path / "none"), "HUB_SCHEMA_DIR": str(directory)}
    commands.run("policy", "keygen", str(tmp_path / "key"), env=environment)
    done = commands.run("match", "sign", "--key", str(tmp_path / "key"), env=environment)
    assert done.returncode == 0, done.stderr
    assert (directory / "matching" / "matching.signed").exists()
    changed(directory, "parameters.yaml", "URGENT: 8000", "URGENT: -1")
    done = commands.run("match", "sign", "--key", str(tmp_path / "key"), env=environment)
    assert (done.returncode, "parameters.yaml" in "".join(done.stderr.split())) == (1, True)
