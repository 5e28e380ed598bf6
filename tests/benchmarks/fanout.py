"""How long many checks take that ask many departments: beside what the slowest department permits.

Departments answer over HTTP on this machine, each after a delay, and fail now and then. What is measured is the whole:
claims, questions, answers sealed and noted, reports made by the rules.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
import uvloop
from places import WIDTH
from rich.console import Console
from stdnum.iso7064 import mod_11_2

from hub import write
from hub.cli.asking import departments
from hub.means.own import open_check
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.process.take import Taken
from hub.runtime import running
from hub.settings import Settings

if TYPE_CHECKING:
    from uuid import UUID

    from hub.runtime import Runtime

DIVISION = "230502001001"
DECLARED = """
source: office-{number}
title: an office of the measurement
department: {department}
kind: http
mandatory: true
per_second: {rate}
at_once: {at_once}
attempts: 4
wait_days: 1
items: {{{item}: {{path: /answers, id_number: idNumber}}}}
"""
DEPARTMENTS = ("TAX", "BANKS", "HOUSING_FUND", "MARKET_REGULATION", "INSURERS")
ITEMS = ("marriage", "vehicle", "real_estate", "business_registration")


class Offices:
    """Answers every question after ``delay`` seconds; of so many in a hundred it makes a fault instead."""

    def __init__(self, delay: float, faults: float) -> None:
        self.delay, self.faults = delay, faults
        self.rng = Random("offices")  # noqa: S311 - a measurement
        self.heard: Counter[tuple[int, str]] = Counter()
        self.failed: Counter[tuple[int, str]] = Counter()
        self.urls: list[str] = []
        self._servers: list[asyncio.Server] = []

    async def open(self, count: int) -> None:
        """Listen, on a port for each."""
        for number in range(count):

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int = number) -> None:
                await self._serve(reader, writer, number)

            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            self._servers.append(server)
            self.urls.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                person: str = orjson.loads(await reader.readexactly(length))["idNumber"]
                await asyncio.sleep(self.delay)
                fails = self.rng.random() < self.faults
                (self.failed if fails else self.heard)[number, person] += 1
                status, body = ("500 Fault", b"") if fails else ("200 OK", b'{"rows": []}')
                writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def close(self) -> None:
        """Listen no longer."""
        for server in self._servers:
            server.close()


def numbers(count: int) -> list[str]:
    """Citizen identity numbers of nobody."""
    bodies = (f"230502{1950 + place // 900}0101{100 + place % 900:03}" for place in range(count))
    return [body + mod_11_2.calc_check_digit(body) for body in bodies]


async def households(runtime: Runtime, count: int) -> list[UUID]:
    """So many people, each a household that authorised a check."""
    owners = write.writable(runtime.vault)
    homes, people = [uuid4() for _ in range(count)], [uuid4() for _ in range(count)]
    today = day_of(datetime.now(UTC))
    rows = {
        "Household": [
            (home, {"region": DIVISION, "declared_monthly_income": 0, "declared_vehicles": 0, "declared_homes": 0,
                    "check_authorised": [(today, None)]})
            for home in homes
        ],
        "Person": [
            (person, {"id_number": number, "name": "测试", "region": DIVISION})
            for person, number in zip(people, numbers(count), strict=True)
        ],
        "HouseholdMember": [
            (uuid4(), {"household": home, "person": person, "region": DIVISION})
            for home, person in zip(homes, people, strict=True)
        ],
    }  # fmt: skip
    async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        for entity, made in rows.items():
            plain = [write.PlainRow(row, dict(values), "insert") for row, values in made]
            await write.load(tx, write.seal_rows(owners[entity], plain))
    return homes


async def measure(given: argparse.Namespace, console: Console) -> None:
    """Make a hub and its departments, begin all checks, and have them asked until each is reported."""
    offices = Offices(given.latency / 1000, given.faults / 100)
    await offices.open(given.sources)
    with tempfile.TemporaryDirectory(prefix="hub-fanout-") as directory:
        home = Path(directory)
        schema = home / "schema"
        shutil.copytree(Settings.load(home=home).schema_directory, schema, ignore=shutil.ignore_patterns("answers"))
        (schema / "answers").mkdir()
        for number in range(given.sources):
            text = DECLARED.format(
                number=number, department=DEPARTMENTS[number % len(DEPARTMENTS)], rate=given.rate,
                at_once=given.at_once, item=ITEMS[number % len(ITEMS)],
            )  # fmt: skip
            (schema / "answers" / f"{number}.yaml").write_text(text, encoding="utf-8")
        places = {f"office-{number}": url for number, url in enumerate(offices.urls)}
        (home / "sources.json").write_bytes(orjson.dumps(places))
        (home / "sources.json").chmod(0o600)
        async with embedded.embedded(home / "server") as server:
            url = await embedded.create_database(server.url, "fanout")
            settings = Settings.load(home=home, schema_dir=schema, database_url=url, demo_rules=True)
            async with running(settings, answers=False) as runtime:
                await _run(given, runtime, offices, console)
    offices.close()


async def _run(given: argparse.Namespace, runtime: Runtime, offices: Offices, console: Console) -> None:
    for home in await households(runtime, given.checks):
        async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
            assert isinstance(await open_check(tx, runtime.checks, home, "YEARLY_REVIEW", "fanout"), Taken)
    questions, limit = given.checks * given.sources, given.checks / given.rate
    console.print(f"{given.checks:,} checks × {given.sources} departments: {questions:,} questions; the slowest takes")
    console.print(
        f"{given.rate:g} a second, so {limit:.1f} s; each answers after {given.latency} ms, {given.faults} % fail"
    )
    stop, began = asyncio.Event(), time.monotonic()
    reported = "SELECT count(*) FROM household_check WHERE state = 'REPORTED'"
    async with departments(runtime) as asking:
        task = asyncio.create_task(asking.run(stop))
        while await runtime.pool.fetchval(reported) < given.checks:  # noqa: ASYNC110 - of rows
            await asyncio.sleep(0.2)
        seconds = time.monotonic() - began
        stop.set()
        await task
    states = dict(map(tuple, await runtime.pool.fetch("SELECT state, count(*) FROM check_question GROUP BY state")))
    twice = sum(count - 1 for count in offices.heard.values() if count > 1)
    console.print(
        f"[bold]{seconds:.1f} s, {seconds / limit:.2f} × the limit[/]; {questions / seconds:,.0f} questions a second"
    )
    console.print(
        f"answers {states}; heard twice {twice}; faults {sum(offices.failed.values())}, each asked again by rule"
    )


def main() -> None:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=1000, help="households, of one person each")
    parser.add_argument("--sources", type=int, default=10, help="departments that each is asked of")
    parser.add_argument("--latency", type=int, default=200, help="milliseconds until a department answers")
    parser.add_argument("--faults", type=float, default=2, help="of a hundred questions, those that fail")
    parser.add_argument("--rate", type=float, default=20, help="questions a second that each department takes")
    parser.add_argument("--at-once", type=int, default=16, help="questions at the same time that each takes")
    uvloop.run(measure(parser.parse_args(), Console(width=WIDTH)))


if __name__ == "__main__":
    main()
