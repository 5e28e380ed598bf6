"""``hub webhook``, as an administrator runs it, with a receiver that verifies what comes."""

from __future__ import annotations

import asyncio

import orjson
import pytest_asyncio
from typer.testing import CliRunner

from acting_events import submitted
from hub.cli.commands import app
from receiving import receiving, status


@pytest_asyncio.fixture
async def hub(acting):
    """Run a command to its end beside the hub that serves."""
    settings = acting.runtime.settings
    environment = {
        "HUB_HOME": str(settings.home), "HUB_DATABASE_URL": settings.database_url, "NO_COLOR": "1", "COLUMNS": "120",
        "HUB_WEBHOOK_NETWORKS": "127.0.0.0/8", "HUB_WEBHOOK_PLAIN": "true",
    }  # fmt: skip

    async def run(*arguments, expect=0, **more):
        # In a thread, with an event loop of its own: a process for each would take most of the time to start.
        done = await asyncio.to_thread(CliRunner().invoke, app, arguments, env={**environment, **more})
        assert done.exit_code == expect, done.output
        return done.output

    yield run
    await acting.runtime.pool.execute("DELETE FROM webhook")


def add(receiver, **changes):
    given = {"partner": "civil-affairs", "purpose": "data-sharing", "url": receiver.url, **changes}
    return ["webhook", "add", "news", *(part for name, value in given.items() for part in (f"--{name}", value))]


async def test_an_endpoint_from_its_beginning_to_its_end(acting, hub):
    async with receiving() as receiver:
        made = orjson.loads(await hub(*add(receiver), "--json"))
        secret = made["secret"]
        assert await hub("webhook", "test", "news") == "delivered (204)\n"
        assert receiver.got[0].verified(secret)["type"] == "hub.test"

        rows = [await submitted(acting)]
        assert orjson.loads(await hub("work", "--once", "--json"))["sent"] == 1
        assert receiver.got[1].verified(secret)["data"]["row"] == rows[0]
        [listed] = orjson.loads(await hub("webhook", "list", "--json"))
        assert (listed["name"], listed["state"], listed["waiting"]) == ("news", "active", 0)
        assert listed["position"] > made["position"]
        shown = await hub("webhook", "list")
        assert f"active; dealt with event {listed['position']}, 0 waiting" in shown
        log = orjson.loads(await hub("webhook", "deliveries", "news", "--json"))
        assert [each["kind"] for each in log] == ["SharingRequest.submit", "hub.test"]
        assert log[0]["event"] == listed["position"]
        assert "delivered 204" in await hub("webhook", "deliveries", "news", "--most", "1")
        assert secret not in shown + orjson.dumps([listed, log]).decode()

        await hub("webhook", "pause", "news")
        await submitted(acting)
        assert await hub("work", "--once", "--json") == ""
        assert "1 waiting" in await hub("webhook", "list")
        assert "0 events waiting" in await hub("webhook", "resume", "news", "--skip")
        rows.append(await submitted(acting))
        assert "1 sent" in await hub("work", "--once")

        assert "2 events" in await hub("webhook", "replay", "news", "--event", str(listed["position"] + 1))
        await hub("work", "--once")
        assert receiver.ids[-1] == receiver.ids[-3]
        assert receiver.rows[1:3] == rows

        new = orjson.loads(await hub("webhook", "rotate", "news", "--json"))["secret"]
        await hub("webhook", "test", "news")
        receiver.got[-1].verified(secret)
        receiver.got[-1].verified(new)

        receiver.answers = status(500)
        assert orjson.loads(await hub("webhook", "test", "news", "--json", expect=1)) == {
            "outcome": "refused", "status": 500,
        }  # fmt: skip
        await submitted(acting)
        await hub("work", "--once")
        assert "failed 1 times since" in await hub("webhook", "list")
        await hub("webhook", "remove", "news")
        assert orjson.loads(await hub("webhook", "list", "--json")) == []


async def test_what_could_never_work_is_refused_when_it_is_given(acting, hub):
    async with receiving() as receiver:
        for given, more, said in (
            (add(receiver, partner="nobody"), {}, "HUB-321"),
            (add(receiver, purpose="statistics-of-nobody"), {}, "HUB-311"),
            (add(receiver, purpose="statistics"), {}, "may not read events"),
            (add(receiver, kind="SharingRequest.acept"), {}, "Was SharingRequest.accept meant?"),
            (add(receiver, url="ftp://receiver.example/"), {}, "must begin with https://"),
            (add(receiver), {"HUB_WEBHOOK_PLAIN": "false"}, "must begin with https://"),
            (add(receiver), {"HUB_WEBHOOK_NETWORKS": ""}, "HUB_WEBHOOK_NETWORKS"),
            (add(receiver), {"HUB_WEBHOOK_NETWORKS": "127.0.0.1/8"}, "HUB-901"),
            (["webhook", "replay", "news"], {}, "--since a time, or --event a number"),
            (["webhook", "pause", "news"], {}, "HUB-331"),
        ):
            assert said in " ".join((await hub(*given, expect=1, **more)).split()), given
        await hub(*add(receiver))
        assert "HUB-332" in await hub(*add(receiver), expect=1)
        assert "numbered from 1" in await hub("webhook", "replay", "news", "--event", "999999999", expect=1)
        assert receiver.got == []
        assert acting.runtime is not None
