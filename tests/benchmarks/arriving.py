"""A need that arrives over HTTP, as clerks and charities see it: signed for at the hub, decided by the worker, seen.

The city of ``scripts/bench between``, after a night. The hub and ``hub work`` are processes of their own. For each need
an officer draws up a consent and has it signed; then its proposal is waited for, as the charity reads it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from agreed import PROVIDERS, put_in_force
from asking import ask, post
from children import end, spawn
from fill import progress
from peers import HUB_TARGET
from places import Place, keep, run
from rich.table import Table
from serving import granian

from benchmarks.nights import fill
from consenting import numbered
from hub import write
from hub.auth.issue import issue_token
from hub.cli.nights import night_tools
from hub.domain.codes import NeedKind, Urgency
from hub.domain.divisions import shipped
from hub.matching import Between, run_night
from hub.postgres import embedded
from hub.runtime import Runtime, running
from hub.settings import Settings
from hub.store import match_prices
from hub.store.partners import add_partner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from rich.console import Console

OFFICE, OFFICERS = "civil-affairs", "assistance-review"
CHARITY, MATCHING = "charity", "charity-matching"
STEP = """mutation($input: %sConsentInput!) { done: %sConsent(input: $input) {
  consent { id } errors { ... on UserError { code message } } } }"""
DRAFT, SIGN = STEP % ("Draft", "draft"), STEP % ("Sign", "sign")
SEEN = "{ proposals(first: 1) { totalCount } }"
PATIENCE = 30.0
"""Seconds until a need that nobody decides on is called lost."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks a hub that is served. ``tokens``: by partner."""

    port: int
    tokens: Mapping[str, str] = field(repr=False)

    async def data(self, partner: str, query: str, **variables: Any) -> Any:
        """Ask; stops where the hub refuses."""
        purpose = OFFICERS if partner == OFFICE else MATCHING
        headers = f"Authorization: Bearer {self.tokens[partner]}\r\nHub-Purpose: {purpose}\r\n"
        return await ask(self.port, post("/graphql", self.port, {"query": query, "variables": variables}, headers))

    async def consent(self, query: str, given: Mapping[str, Any]) -> str:
        """Take a step of a consent as an officer; return its id."""
        done = (await self.data(OFFICE, query, input=given))["done"]
        if done["errors"]:
            raise SystemExit(f"refused: {done['errors']}")
        row: str = done["consent"]["id"]
        return row


async def prepare(server: embedded.Server, home: Path, options: argparse.Namespace) -> tuple[Place, dict[str, str]]:
    """A city after a night whose prices decide; everything that it left waits. Return it, and tokens."""
    mine = home / "hub"
    url = await embedded.create_database(server.url, "arriving")
    async with running(Settings.load(home=mine, database_url=url)) as runtime:
        now = datetime.now(UTC)
        await fill(runtime, options.needs, options.resources, random.Random(options.seed))  # noqa: S311 - a bench
        await add_partner(
            runtime.pool, name=OFFICE, title="民政局", department=OFFICE, roles=[OFFICE], regions=["2305"],
            purposes=[OFFICERS], now=now,
        )  # fmt: skip
        tokens = {name: (await issue_token(runtime.pool, name, now)).text for name in (OFFICE, CHARITY)}
        tools = night_tools(runtime)
        night = await run_night(tools, "bench")
        async with runtime.pool.acquire() as connection, connection.transaction():
            await match_prices.put_in_force(connection, night.run.id, now)
        none = tools.parameters.proposals.model_copy(update={"most": 0})
        object.__setattr__(tools, "parameters", tools.parameters.model_copy(update={"proposals": none}))
        decides = Between(tools)
        while (await decides.decide(datetime.now(UTC))).total:
            pass
        await runtime.pool.execute("VACUUM ANALYZE")
    await put_in_force(url, CHARITY, MATCHING, len(PROVIDERS), len(PROVIDERS))
    return Place(options.needs, mine, url, tokens[CHARITY], server.pid, 0.0), tokens


async def arrive(runtime: Runtime, number: int, chance: random.Random, villages: list[str]) -> UUID:
    """A person, a household and a need, as a source brings them; return the person's id."""
    household, person, village = uuid4(), uuid4(), chance.choice(villages)
    rows: dict[str, dict[UUID, dict[str, Any]]] = {
        "Household": {household: {"region": village, "size": 2, "declared_monthly_income": 1500}},
        "Person": {person: {
            "id_number": numbered("19500505", number), "name": "测试", "sex": "FEMALE",
            "birth_date": date(1950, 5, 5), "region": village,
        }},
        "Need": {uuid4(): {
            "person": person, "household": household, "kind": chance.choice(list(NeedKind)).name,
            "urgency": chance.choice(list(Urgency)).name, "region": village, "status": "OPEN",
            "created_on": datetime.now(UTC).date(),
        }},
    }  # fmt: skip
    entities = write.writable(runtime.vault)
    async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        for name, made in rows.items():
            plain = [write.PlainRow(row, values, "insert") for row, values in made.items()]
            await write.load(tx, write.seal_rows(entities[name], plain))
    return person


@asynccontextmanager
async def worker(place: Place) -> AsyncIterator[asyncio.StreamReader]:
    """Run ``hub work`` on the place; give the lines that it says."""
    hub = Path(sys.executable).with_name("hub")
    given = {"HUB_HOME": str(place.home), "HUB_DATABASE_URL": place.url, "HUB_MATCHING_PROPOSE": "true"}
    process = await spawn(
        shutil.which(hub) or hub, "work", "--json", env={**os.environ, **given}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        await end(process)


async def decided(lines: asyncio.StreamReader) -> dict[str, Any]:
    """Wait for what the worker decides next."""
    async with asyncio.timeout(PATIENCE):
        while line := await lines.readline():
            found: dict[str, Any] | None = orjson.loads(line).get("decided")
            if found is not None:
                return found
    raise SystemExit("the worker ended")


async def measure(
    server: embedded.Server, home: Path, console: Console, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """One need after the other; milliseconds of each."""
    chance = random.Random(options.seed + 1)  # noqa: S311 - a bench
    villages = [each.code for each in shipped() if len(each.code) == 12]
    place, tokens = await prepare(server, home, options)
    spent: dict[str, list[float]] = {"decision": [], "signed": [], "decided": [], "seen": []}
    proposed = 0
    async with (
        running(Settings.load(home=place.home, database_url=place.url)) as runtime,
        granian("hub", HUB_TARGET, place) as hub,
        worker(place) as lines,
    ):
        asking = Asking(hub.port, tokens)
        await asking.data(CHARITY, SEEN)
        with progress(console) as bar:
            task = bar.add_task("needs", total=options.arrivals + options.first)
            for number in range(1, options.first + options.arrivals + 1):
                person = await arrive(runtime, number, chance, villages)
                today = datetime.now(UTC).date().isoformat()
                row = await asking.consent(DRAFT, {
                    "person": f"Person:{person}", "purpose": "CHARITY_MATCHING", "scope": "NEED", "signedBy": "SELF",
                })  # fmt: skip
                began = time.perf_counter()
                await asking.consent(SIGN, {"id": row, "signedOn": today, "evidence": "同意书 2026-0193"})
                signed = time.perf_counter()
                found = await decided(lines)
                known = time.perf_counter()
                await asking.data(CHARITY, SEEN)
                if number > options.first:  # a hub and a worker that have done each once
                    proposed += found["proposed"]
                    spent["decision"].append(found["seconds"])
                    for name, seconds in (
                        ("signed", signed - began), ("decided", known - signed), ("seen", time.perf_counter() - known)
                    ):  # fmt: skip
                        spent[name].append(seconds)
                bar.advance(task)
        total = (await asking.data(CHARITY, SEEN))["proposals"]["totalCount"]
    if not proposed or total < proposed:
        raise SystemExit(f"{proposed} were proposed, {total} were seen")
    return [
        {
            "what": name, "arrivals": options.arrivals, "proposed": proposed,
            "median": float(np.median(some)) * 1000, "p99": float(np.percentile(some, 99)) * 1000,
        }
        for name, some in spent.items()
    ]  # fmt: skip


SAID = {
    "decision": "the decision itself, as the worker says",
    "signed": "the step that signs the consent, over HTTP",
    "decided": "from its answer until the proposal is written",
    "seen": "the charity reads it, over HTTP",
}


def show(results: list[dict[str, Any]], options: argparse.Namespace, console: Console) -> None:
    """Print the table."""
    table = Table(
        title=f"{options.arrivals} needs arrive, {results[0]['proposed']} are proposed; {options.needs:,} wait, "
        f"{options.resources:,} resources"
    )
    table.add_column("milliseconds")
    for name in ("median", "p99"):
        table.add_column(name, justify="right")
    for each in results:
        table.add_row(SAID[each["what"]], f"{each['median']:.1f}", f"{each['p99']:.1f}")
    console.print(table)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench arriving", description=__doc__)
    add = parser.add_argument
    add("--needs", type=int, default=10_000, help="open needs (10000)")
    add("--resources", type=int, default=1_000, help="resources (1000)")
    add("--arrivals", type=int, default=200, help="needs that arrive (200)")
    add("--first", type=int, default=10, help="needs before these, not counted (10)")
    add("--seed", type=int, default=7, help="of what is drawn (7)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()

    async def work(server: embedded.Server, home: Path, console: Console) -> list[dict[str, Any]]:
        results = await measure(server, home, console, options)
        show(results, options, console)
        return results

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
