"""Clients that people use follow events of the hub: npm's graphql-sse, urql and Apollo, run by Node.js."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from acting_events import end, submitted
from node_packages import install

CLIENTS = Path(__file__).with_name("streams")
SECONDS = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """What package-lock.json names, installed."""
    made = tmp_path_factory.mktemp("streams")
    install(CLIENTS, made, "these clients")
    return made


class Running:
    def __init__(self, process):
        self.process = process

    async def line(self):
        async with asyncio.timeout(SECONDS):
            text = await self.process.stdout.readline()
        assert text, (await self.process.stderr.read()).decode()
        return json.loads(text)


@asynccontextmanager
async def client(home, name, follower, after, count):
    given = {
        "HUB_URL": f"{follower.url}/graphql", "HUB_TOKEN": follower.acting.tokens["social-security"],
        "HUB_PURPOSE": "data-sharing", "HUB_AFTER": after or "", "HUB_COUNT": str(count),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        "node", "follow.js", name, cwd=home, env={**os.environ, **given},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("graphql-sse", "text/event-stream"), ("urql", "text/event-stream"), ("apollo", "multipart/mixed")],
)
async def test_a_client_gets_what_it_missed_and_then_what_happens(acting, follower, home, name, kind):
    after = await end(acting, "social-security")
    missed = await submitted(acting)
    async with client(home, name, follower, after, 3) as running:
        ready = await running.line()
        assert ready["ready"] == 200
        assert ready["type"].startswith(kind)
        event = {"kind": "SharingRequest.submit", "sharingRequest": {"id": missed, "state": "SUBMITTED"}}
        assert without_typename(await running.line()) == event
        row = await submitted(acting)
        assert without_typename(await running.line())["sharingRequest"]["id"] == row
        await acting.step("social-security", "withdrawSharingRequest", {"id": row})
        assert without_typename(await running.line())["kind"] == "SharingRequest.withdraw"
        assert await running.line() == {"ended": "taken"}


@pytest.mark.parametrize("name", ["graphql-sse", "urql", "apollo"])
async def test_a_client_is_told_why_its_stream_was_refused(follower, home, name):
    async with client(home, name, follower, "v2.none", 1) as running:
        assert (await running.line())["ready"] == 400
        line = await running.line()
        assert "HUB-107" in json.dumps(line) or "Bad Request" in json.dumps(line)


def without_typename(node):
    """Apollo asks for the name of each type besides."""
    node.pop("__typename", None)
    node["sharingRequest"].pop("__typename", None)
    return node


def test_the_lock_file_names_no_registry():
    lock = json.loads((CLIENTS / "package-lock.json").read_text(encoding="utf-8"))

    assert lock["packages"]
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert [name for name, entry in lock["packages"].items() if name and "integrity" not in entry] == []
