"""The hub beside itself at another revision: each with its own source path, database and server, in one run.

The revision's files are unpacked into a temporary directory, so that nothing is left in the repository either. What is
asked and how it is timed is this tree's; what answers is each revision's own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from children import end, spawn
from places import alone
from serving import HERE, MOST_REPORTED, Served

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

BEFORE, NOW = "before", "now"
ROOT = HERE.parent.parent
LOCK = "requirements.lock"
LONGEST_SILENCE = 1_800.0
"""Seconds until a side must have said that it serves: a million recipients take minutes."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one revision. ``name``: what tables call it; ``temporary``: where it may make what it needs."""

    name: str
    path: Path
    temporary: Path

    def environment(self) -> dict[str, str]:
        """The environment in which its modules are found before all others, and what it makes is thrown away."""
        return {**os.environ, "PYTHONPATH": str(self.path / "src"), "TMPDIR": str(self.temporary)}


@dataclass(frozen=True, slots=True)
class Side:
    """A revision that serves. ``token``: of a partner who may see all recipients."""

    served: Served
    token: str


def add_options(add: Callable[..., Any]) -> None:
    """The options that every comparison has."""
    add("--against", metavar="REVISION",
        help="measure this tree beside another revision of the repository, alternating, and nothing else")  # fmt: skip
    add("--least", type=float, metavar="RATIO",
        help="with --against: fail where the median of a ratio, now : before, is below this (0.95, say)")  # fmt: skip


def compare(revision: str, work: Callable[[Sequence[Tree], Console], Coroutine[Any, Any, Result]]) -> Result:
    """Do the work with both trees, the revision's first; leave nothing, however it ends."""

    async def whole(home: Path, console: Console) -> Result:
        before = Tree(BEFORE, unpack(revision, home / "revision"), home)
        if (before.path / LOCK).read_bytes() != (ROOT / LOCK).read_bytes():
            console.print(f"{LOCK} differs: both run with the packages of this tree.", style="yellow")
        return await work((before, Tree(NOW, ROOT, home)), console)

    return alone(whole)


def unpack(revision: str, directory: Path) -> Path:
    """Put a revision's files into a directory, with the side's script of this tree beside its measurements."""
    directory.mkdir()
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", f"{revision}^{{commit}}"]
    packed = subprocess.run(command, capture_output=True, check=False)
    if packed.returncode:
        raise SystemExit(f"{revision} is no revision of this repository.")
    subprocess.run(["tar", "-x", "-C", str(directory)], input=packed.stdout, check=True)  # noqa: S607 - as above
    shutil.copyfile(HERE / "side.py", directory / "tests" / "benchmarks" / "side.py")
    return directory


@asynccontextmanager
async def serving(
    tree: Tree, recipients: int, console: Console, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Side]:
    """Have a tree seed a database and serve it until the block ends."""
    asked = ("serve", str(recipients), orjson.dumps(environment or {}).decode())
    async with running(tree, asked, console) as said:
        yield Side(Served(tree.name, said["port"], said["pid"]), said["token"])


async def synchronised(tree: Tree, people: int, console: Console) -> dict[str, Any]:
    """Have a tree make departments and pull them twice; return what it measured."""
    async with running(tree, ("sync", str(people)), console) as said:
        return said


@asynccontextmanager
async def running(tree: Tree, arguments: Sequence[str], console: Console) -> AsyncIterator[dict[str, Any]]:
    """Run a tree's side until the block ends; give the line of JSON that it prints."""
    # What a side says beside its answer, bars and lines, is for whoever has to find out why it failed.
    with tempfile.TemporaryFile() as log:
        process = await spawn(
            sys.executable,
            tree.path / "tests" / "benchmarks" / "side.py",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=tree.path,
            env=tree.environment(),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            said = await answered(process.stdout, tree, console)
            if said is None:
                log.seek(max(0, log.seek(0, os.SEEK_END) - MOST_REPORTED))
                raise SystemExit(f"The side {tree.name!r} failed:\n{log.read().decode(errors='replace').strip()}")
            yield said
            process.stdin.close()
            await process.wait()
        finally:
            await end(process)


async def answered(lines: asyncio.StreamReader, tree: Tree, console: Console) -> dict[str, Any] | None:
    """The line of JSON that a side prints, or none; what stands above it is passed on."""
    async with asyncio.timeout(LONGEST_SILENCE):
        async for line in lines:
            if line.startswith(b"{"):
                said: dict[str, Any] = orjson.loads(line)
                return said
            console.print(f"{tree.name}: {line.decode().rstrip()}", markup=False)
    return None


def judge(ratios: Mapping[str, Mapping[str, float]], options: argparse.Namespace, console: Console) -> None:
    """Say which medians are below ``--least``; fail where one is."""
    if options.least is None:
        return
    below = [f"{name} {found['median']:.2f}" for name, found in ratios.items() if found["median"] < options.least]
    if below:
        raise SystemExit(f"below {options.least:g} of before: {', '.join(below)}")
    console.print(f"Nothing is below {options.least:g} of before.")
