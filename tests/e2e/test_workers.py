"""``hub serve --workers 2``: the end of one process is not the end of the hub."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import httpx
import pytest

import commands
from hub.postgres import postmaster
from served_hub import ask, serving

ADD = (
    "partner", "add", "jianshan", "--title", "尖山区民政局", "--role", "civil-affairs",
    "--purpose", "assistance-review", "--region", "230502",
)  # fmt: skip
SECONDS = 60


@pytest.fixture(scope="module")
def home():
    # Not pytest's own directory: that is closed to the user nobody, who may have to run the server.
    made = Path(tempfile.mkdtemp(prefix="hub-workers-"))
    made.chmod(0o711)
    yield made / "hub"
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def served(home):
    """A hub with an embedded database and two workers; its first process, its address, and a token."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = {**kept, "HUB_HOME": str(home)}
    assert commands.run(*ADD, env=environment).returncode == 0
    made = commands.run("partner", "token", "jianshan", env=environment)
    hub = serving(environment, "--workers", "2")
    with hub as url:
        yield hub.process.pid, url, made.stdout.split()[0]


def workers(parent: int) -> set[int]:
    """The processes under this one that serve."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            above = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if above == parent and b"hub.cli.workers" in command and b"launch.py" not in command:
            found.add(int(stat.parent.name))
    return found


def until(true, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def answered(url: str, token: str) -> bool:
    try:
        return ask(url, token).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_worker_that_is_killed_is_replaced_and_the_other_goes_on_answering(served):
    parent, url, token = served
    until(lambda: len(workers(parent)) == 2, "there are not two workers")
    for _ in range(3):  # one after the other, without a pause
        before = workers(parent)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        until(lambda: answered(url, token), "the other worker does not answer")
        until(lambda known=before: len(workers(parent) - known) == 1, "no worker took the place of the killed one")
        until(lambda: len(workers(parent)) == 2, "there are not two workers")


def test_all_workers_may_be_killed_at_once(served):
    parent, url, token = served
    until(lambda: len(workers(parent)) == 2, "there are not two workers")
    before = workers(parent)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: answered(url, token), "nobody answers")
    until(lambda: len(workers(parent)) == 2, "there are not two workers")
    assert not workers(parent) & before


def test_the_embedded_database_that_is_killed_comes_back_while_workers_serve(served, home):
    _, url, token = served
    until(lambda: answered(url, token), "nobody answers")
    data = home / "postgres" / "data"
    was = postmaster.status(data)
    assert was is not None
    os.kill(was.pid, signal.SIGKILL)

    def back() -> bool:
        now = postmaster.status(data)
        return now is not None and now.pid != was.pid and now.ready

    until(back, "the embedded database does not come back")
    until(lambda: answered(url, token), "nobody answers")


def test_workers_end_with_the_hub_that_is_killed(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    hub = serving({**kept, "HUB_HOME": str(home / "another")}, "--workers", "2")
    with hub:
        pids = workers(hub.process.pid)
        assert len(pids) == 2
        hub.process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "a worker is left behind")


def test_a_worker_that_is_killed_before_it_serves_does_not_end_the_hub(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    hub = serving({**kept, "HUB_HOME": str(home / "fourth")}, "--workers", "2")
    killed = []

    def kill_the_first() -> None:
        until(lambda: workers(hub.process.pid), "no worker starts")
        killed.append(min(workers(hub.process.pid)))
        os.kill(killed[0], signal.SIGKILL)

    hub.meanwhile = kill_the_first
    with hub:
        until(lambda: len(workers(hub.process.pid)) == 2, "there are not two workers")
        assert killed[0] not in workers(hub.process.pid)
        assert hub.process.poll() is None


def test_a_hub_whose_workers_cannot_start_says_so_and_ends(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    broken = {**kept, "HUB_HOME": str(home / "third"), "HUB_SCHEMA_DIR": str(home / "nowhere")}
    done = commands.run("serve", "--workers", "2", "--port", "0", env=broken)
    assert done.returncode == 1
    assert "HUB-918" in done.stderr
