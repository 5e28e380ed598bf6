"""Backup and restore, with the lines of scripts/README.md as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hub.catalog import Group
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings

ROOT = Path(__file__).parents[2]
BIN = str(Path(sys.executable).parent)
FILL = 'hub demo --once --people 20 --home "$HUB_HOME"'
"""A hub with sealed values, partners, and records of answers."""


def lines(name):
    """The block of shell lines that is marked with this name."""
    text = (ROOT / "scripts" / "README.md").read_text()
    [block] = re.findall(rf"^<!-- test: {name} -->\n```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return block


@pytest.fixture
def place():
    """A directory that the user nobody may look into, who may have to run the server."""
    made = Path(tempfile.mkdtemp(prefix="hub-backup-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def shell(directory, script, programs="", expect=0, **settings):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    path = ":".join(filter(None, (str(programs), BIN, kept["PATH"])))
    hub = f'hub() {{ {sys.executable} -c "from hub.cli import main; main()" "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{hub}{script}"],  # noqa: S607 - found on PATH, as by an administrator
        cwd=directory, env={**kept, **settings, "PATH": path}, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
async def databases(server):
    """Two empty databases: the hub's, and the one to restore into."""
    names = (f"backup_{os.urandom(4).hex()}", f"restored_{os.urandom(4).hex()}")
    return [await embedded.create_database(server.url, name) for name in names]


async def people(home, database_url=None):
    """The ID numbers that a hub has, opened."""
    async with running(Settings.load(home=home, database_url=database_url)) as runtime:
        opener = runtime.vault.opener("person", "id_number", Group.IDENTITY)
        rows = await runtime.pool.fetch("SELECT id, id_number FROM person ORDER BY id")
        return [opener.open(row["id"].bytes, row["id_number"]) for row in rows]


async def test_a_database_is_dumped_and_restored_with_its_keyring(place, server, databases):
    one, other = databases
    programs = server.binaries.directory
    before = {"HUB_HOME": str(place / "before"), "HUB_DATABASE_URL": one}
    after = {"HUB_HOME": str(place / "after"), "HUB_DATABASE_URL": other}
    shell(place, FILL, **before)
    shell(place, lines("dump"), programs, **before)
    shutil.copy(place / "before" / "keyring.json", place)

    printed = shell(place, lines("restore"), programs, **after)

    assert re.search(r"[1-9]\d* records, each as it was written", printed)
    found = await people(place / "after", other)
    assert found == await people(place / "before", one)
    assert found


async def test_a_restored_database_does_not_open_with_a_keyring_of_its_own(place, server, databases):
    one, other = databases
    programs = server.binaries.directory
    before = {"HUB_HOME": str(place / "before"), "HUB_DATABASE_URL": one}
    shell(place, "hub regions load", **before)
    shell(place, lines("dump"), programs, **before)

    restored = lines("restore").splitlines()[0]
    shell(place, restored, programs, HUB_HOME=str(place / "after"), HUB_DATABASE_URL=other)
    said = shell(place, "hub partner list", expect=1, HUB_HOME=str(place / "after"), HUB_DATABASE_URL=other)

    assert "HUB-504" in said
    assert not (place / "after" / "keyring.json").exists()


async def test_an_embedded_database_is_copied_and_unpacked_elsewhere(place):
    before, after = {"HUB_HOME": str(place / "before")}, {"HUB_HOME": str(place / "after")}
    shell(place, FILL, **before)
    expected = await people(place / "before")
    shell(place, lines("copy"), **before)
    shutil.move(place / "before" / "keyring.json", place)
    packed = shell(place, "tar --list --file=hub.tar.gz")
    shutil.rmtree(place / "before")

    printed = shell(place, lines("unpack"), **after)

    assert "keyring" not in packed
    assert re.search(r"[1-9]\d* records, each as it was written", printed)
    assert await people(place / "after") == expected
    assert expected


async def test_what_was_answered_after_the_backup_is_found_missing_against_a_later_head(place, server, databases):
    one, other = databases
    programs = server.binaries.directory
    before = {"HUB_HOME": str(place / "before"), "HUB_DATABASE_URL": one}
    after = {"HUB_HOME": str(place / "after"), "HUB_DATABASE_URL": other}
    shell(place, FILL, **before)
    shell(place, lines("dump"), programs, **before)
    shutil.copy(place / "before" / "keyring.json", place)
    shell(place, f"{FILL}\nhub audit verify > head.txt", **before)

    said = shell(place, lines("restore"), programs, expect=1, **after)

    assert "Record" in said
