"""Departments that answer questions about people, as real servers, and checks of households by their steps."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson

from consenting import CONFLICTS, Home, for_a_check, in_force, settle
from hub import write
from hub.means.asking import Asking
from hub.process.worker import Worker
from hub.sources.asking import asking
from hub.store.pool import dsn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from acting_hub import Acting

SCHEMA = Path(__file__).parents[1] / "schema"
SOCIAL = """
source: social-office
title: 人社
department: SOCIAL_SECURITY
kind: sql
mandatory: true
wait_days: 1
items:
  wage:
    select: SELECT id_card, wage, month, employer FROM insured WHERE id_card = :id_number
    id_number: id_card
    amount: wage
    day: month
    text: "{employer}"
  pension:
    select: SELECT id_card, monthly FROM pension WHERE id_card = :id_number AND state <> '停发 100%'
    id_number: id_card
    amount: monthly
"""
VEHICLES = """
source: vehicle-office
title: 车管
department: PUBLIC_SECURITY
kind: http
mandatory: true
wait_days: 1
seconds: 1
attempts: 2
rows: data.list
items:
  vehicle: {path: /vehicles, id_number: owner, day: registered, text: "{plate}", exempt: {kind: [残疾人代步车]}}
  death: {path: /deaths, id_number: owner, day: registered}
"""
BANKS = """
source: banks
title: 银行
department: BANKS
kind: file
mandatory: true
wait_days: 5
encoding: gb18030
items:
  deposit: {named: 存款, id_number: 公民身份号码, amount: 余额, day: 日期}
"""
STEP = """mutation($input: %sInput!) { done: %s(input: $input) {
  %s { id state version %s }
  errors { __typename ... on UserError { code message path } %s ... on StepRefused { article } } } }"""
CENTRE = ("start", "close", "askAgain", "confirm", "amend")


def schema_with(directory: Path, *answers: str) -> Path:
    """A schema directory in which these departments answer, and no others."""
    made = directory / "schema"
    shutil.copytree(SCHEMA, made, ignore=shutil.ignore_patterns("answers"))
    (made / "answers").mkdir()
    for place, text in enumerate(answers):
        (made / "answers" / f"{place}.yaml").write_text(text, encoding="utf-8")
    return made


@dataclass(slots=True)
class VehicleOffice:
    """Answers over HTTP, after ``delay`` seconds: ``cars``, and days of ``deaths``, by number.

    ``fault``: what it does instead of answering.
    """

    cars: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deaths: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    asked: list[str] = field(default_factory=list)
    url: str = ""
    delay: float = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes on one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                number = orjson.loads(await reader.readexactly(length))["idNumber"]
                deaths = b" /api/deaths" in head
                if not deaths:  # a question has two paths
                    self.asked.append(number)
                await asyncio.sleep(self.delay)
                await self._answer(writer, number, deaths=deaths)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, number: str, *, deaths: bool) -> None:
        found = [{"registered": self.deaths[number]}] if deaths and number in self.deaths else []
        rows = [{"owner": number, **each} for each in (found if deaths else self.cars.get(number, []))]
        body, status = orjson.dumps({"data": {"list": rows}}), b"200 OK"
        match self.fault:
            case "silent":
                await asyncio.sleep(5)
            case "broken":
                status = b"500 Internal Server Error"
            case "garbage":
                body = b"<html>" + number.encode()
            case "another person":
                other = [
                    {"owner": "230502198001010032", "plate": "黑J00000", "registered": "2020-01-01", "kind": "轿车"}
                ]
                body = orjson.dumps({"data": {"list": other}})
            case "elsewhere":
                status = b"302 Found\r\nlocation: http://127.0.0.1:1/vehicles"
            case "not found":
                status = b"404 Not Found"
            case "bomb":
                body = b'{"data": {"list": [' + b" " * 2_000_000
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()


@asynccontextmanager
async def vehicle_office() -> AsyncIterator[VehicleOffice]:
    """Run it."""
    office = VehicleOffice()
    server = await asyncio.start_server(office, "127.0.0.1", 0)
    office.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api"
    try:
        yield office
    finally:
        server.close()


async def social_office(url: str) -> None:
    """Make its tables in a database of its own."""
    connection = await asyncpg.connect(dsn(url))
    await connection.execute(
        "CREATE TABLE insured (id_card text, wage numeric, month text, employer text);"
        "CREATE TABLE pension (id_card text, monthly numeric, state text)"
    )
    await connection.close()


@dataclass(frozen=True, slots=True)
class Checking:
    """A hub whose departments answer. ``locations``: of the sources that answer at once."""

    acting: Acting
    locations: Mapping[str, str]

    @asynccontextmanager
    async def asker(self, later: timedelta = timedelta(0)) -> AsyncIterator[Asking]:
        """Whoever asks departments, so much later than now."""
        runtime = self.acting.runtime

        async def account(_source: str, _count: int, _at: datetime) -> None:
            return None

        async with asking(runtime.answering, self.locations) as asker:
            yield Asking.of(
                runtime.pool, runtime.vault, asker, runtime.checks, account, now=lambda: datetime.now(UTC) + later
            )

    async def ask(self, later: timedelta = timedelta(0)) -> int:
        """Have everything asked that is to be asked; return how many questions that were."""
        async with self.asker(later) as asker:
            return await asker.once()

    async def clocks(self, days: int) -> None:
        """Have clocks acted on as if so many days had passed."""
        runtime = self.acting.runtime
        worker = Worker(runtime.pool, runtime.steps.tools, time=lambda: datetime.now(UTC) + timedelta(days=days))
        while (await worker.round()).total:
            pass

    async def step(
        self, name: str, given: Mapping[str, Any], select: str = "", *, entity: str = "HouseholdCheck",
        partner: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Take a step; return its payload."""
        mutation = f"{name}{entity}"
        row = entity[0].lower() + entity[1:]
        given = dict(given)
        conflicts = CONFLICTS if "id" in given else ""
        if "id" in given and name in CENTRE and "expectedVersion" not in given and entity == "HouseholdCheck":
            version = "SELECT version FROM household_check WHERE id::text = $1"
            given["expectedVersion"] = await self.acting.runtime.pool.fetchval(version, given["id"].partition(":")[2])
        document = STEP % (mutation[0].upper() + mutation[1:], mutation, row, select, conflicts)
        who = partner or ("checking-centre" if name in CENTRE and entity == "HouseholdCheck" else "civil-affairs")
        answer = await self.acting.ask(who, document, {"input": given}, purpose="means-check")
        payload: dict[str, Any] = answer["done"]
        return payload

    async def taken(self, name: str, given: Mapping[str, Any], select: str = "", **how: Any) -> dict[str, Any]:
        """Take a step that must succeed; return the row."""
        payload = await self.step(name, given, select, **how)
        assert payload["errors"] == [], payload
        entity = how.get("entity", "HouseholdCheck")
        row: dict[str, Any] = payload[entity[0].lower() + entity[1:]]
        return row

    async def refused(self, name: str, given: Mapping[str, Any], **how: Any) -> str:
        """Take a step that must be refused; return what is said."""
        payload = await self.step(name, given, **how)
        [error] = payload["errors"]
        said: str = error["message"]
        return said

    async def authorised(self, *numbers: str, **declared: Any) -> Home:
        """A household of these people, all of whom authorised a check. ``declared``: of the household."""
        home = await settle(self.acting, *numbers)
        for number in numbers:
            await in_force(self.acting, for_a_check(home, number))
        if declared:
            owners = write.writable(self.acting.runtime.vault)
            async with self.acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
                row = write.PlainRow(home.household, declared, "update")
                await write.load(tx, write.seal_rows(owners["Household"], [row]))
        return home

    async def running(self, home: Home, **given: Any) -> str:
        """Have a check requested and started; return its id."""
        row: str = (await self.taken("request", {"household": home.id, "reason": "APPLICATION", **given}))["id"]
        await self.taken("start", {"id": row})
        return row

    async def seen(self, row: str, partner: str = "civil-affairs") -> dict[str, Any]:
        """A check as a partner sees it, with what departments were asked and what was reported."""
        answer = await self.acting.ask(partner, SEEN, {"id": row}, purpose="means-check")
        node: dict[str, Any] = answer["node"]
        for report in node["reports"]["nodes"]:
            report["content"] = orjson.loads(report["content"])
        return node


SEEN = """query($id: ID!) { node(id: $id) { ... on HouseholdCheck {
  state outcome indication waitingFor reportsMade
  questions(first: 100) { nodes { source department state reason attempts } }
  reports(first: 10, orderBy: [{field: REPORT_VERSION}]) { nodes { number reportVersion outcome code content
    outcomeBefore answeredSince findingsNew findingsGone } }
  visits(first: 20) { nodes { id state origin department item } }
  history(first: 30, orderBy: [{field: VERSION}]) { nodes { step } } } } }"""
