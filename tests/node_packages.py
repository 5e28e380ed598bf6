"""What npm installs for a test that runs Node.js: packages beside their lock, in a directory of their own."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

OLDEST_NODE = 18


def node_version() -> int:
    """The major version of Node.js; 0 where there is none."""
    node = shutil.which("node")
    if node is None:
        return 0
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    found = re.match(r"v(\d+)", done.stdout)
    assert found is not None, done.stdout
    return int(found[1])


def install(files: Path, home: Path, what: str) -> None:
    """Copy the files and install what their package-lock.json names; skip where there is no Node.js that is new enough.

    ``what``: needs it, as the skip says.
    """
    if node_version() < OLDEST_NODE or shutil.which("npm") is None:
        pytest.skip(f"{what} need Node.js {OLDEST_NODE} or newer and npm")
    for file in files.iterdir():
        if file.is_file():
            shutil.copy(file, home)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"],  # noqa: S607 - found on PATH, as a person would
        cwd=home, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
