"""A night of matching from rows to a stored proof: how long each stage takes, and how much memory.

Needs, people, households and enrolments are drawn over Shuangyashan's villages, resources over its divisions, with
criteria of eight kinds that were approved. Sealed values that a night does not read are fillers.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from rich.console import Console
from rich.table import Table

from hub.cli.nights import night_tools
from hub.domain.codes import NeedKind, Urgency
from hub.domain.divisions import shipped
from hub.matching import run_night, verify_run
from hub.matching.criteria import parse
from hub.matching.nights import run as running_night
from hub.runtime import running
from hub.settings import Settings
from hub.store import partners
from hub.store.criteria import LABEL, Approval, append_approval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.runtime import Runtime

STAGES = ("read_offers", "read_needs", "instance_of", "solve_apart", "prove", "pack", "_store")
CATEGORIES = ("DIBAO", "TEKUN", "DIBAO_MARGIN", "DISABILITY_SUBSIDY", "ORPHAN", None)
MEBIBYTE = 1024


def _asked(op: str, name: str, *constants: Any) -> dict[str, Any]:
    return {"op": op, "args": [{"property": name}, *constants]}


AIDED = _asked("a_overlaps", "categories", ["DIBAO", "TEKUN"])
CRITERIA = (
    None,
    _asked(">=", "age", 60),
    _asked("<", "age", 30),
    AIDED,
    _asked("<", "income_per_person", 1000),
    {"op": "and", "args": [_asked(">=", "age", 60), AIDED]},
    _asked("=", "disability", True),
    _asked("=", "sex", "FEMALE"),
)


async def fill(runtime: Runtime, needs: int, resources: int, chance: random.Random) -> None:
    """Write what is needed and offered, by COPY."""
    places: dict[int, list[str]] = {}
    for division in shipped():
        places.setdefault(len(division.code), []).append(division.code)
    kinds, urgencies, today = [each.name for each in NeedKind], [each.name for each in Urgency], date.today()  # noqa: DTZ011

    def new() -> UUID:
        return UUID(int=chance.getrandbits(128), version=4)

    households, people, wanted, enrolled = [], [], [], []
    for _ in range(needs):
        household, person, need, village = new(), new(), new(), chance.choice(places[12])
        households.append((household, village, chance.randrange(1, 6), chance.randrange(6_000)))
        born = date(1936, 1, 1) + timedelta(days=chance.randrange(30_000))
        people.append((person, person.bytes, person.bytes, chance.choice(("MALE", "FEMALE", None)), born, village))
        since = today - timedelta(days=chance.randrange(300))
        wanted.append((need, person, household, chance.choice(kinds), chance.choice(urgencies), village, "OPEN", since))
        if category := chance.choice(CATEGORIES):
            enrolled.append((new(), person, household, category, "ACTIVE", village))
    offered = [
        (new(), "帮扶", chance.choice(kinds), chance.choice(places[chance.choices((4, 6, 9), (14, 40, 46))[0]]),
         chance.choice((1, 2, 5, 10, 20)))
        for _ in range(resources)
    ]  # fmt: skip
    widths, mac, now = night_tools(runtime).widths, runtime.vault.mac(LABEL), datetime.now(UTC)
    texts = [None if each is None else parse(each, widths).text for each in CRITERIA]
    async with runtime.pool.acquire() as connection:
        for table, columns, rows in (
            ("household", "id region size declared_monthly_income", households),
            ("person", "id id_number id_number_index sex birth_date region", people),
            ("need", "id person_id household_id kind urgency region status created_on", wanted),
            ("recipient", "id person_id household_id category status region", enrolled),
            ("charity_resource", "id title kind area capacity_available", offered),
        ):
            await connection.copy_records_to_table(table, records=rows, columns=columns.split())  # type: ignore[arg-type]
        await connection.execute(
            "UPDATE need SET consented = datemultirange(daterange(current_date - 3, current_date + 300))"
        )
        async with connection.transaction():
            for row in offered:
                approval = Approval(
                    resource_id=row[0], version=1, criteria=chance.choice(texts), widths=widths.version,
                    approved_at=now, approved_by="bench",
                )  # fmt: skip
                await append_approval(connection, approval, mac)
        await _act(runtime, now)
        await connection.execute("ANALYZE")


async def _act(runtime: Runtime, now: datetime) -> None:
    """Have a partner give all that is offered."""
    organisation = UUID(int=1)
    await partners.add_partner(
        runtime.pool, name="charity", title="慈善会", department="charity", roles=["charity"], regions=["2305"],
        purposes=["charity-matching"], now=now,
    )  # fmt: skip
    await runtime.pool.execute(
        "INSERT INTO charity_organisation (id, name, partner) VALUES ($1, '慈善会', 'charity')", organisation
    )
    await runtime.pool.execute("UPDATE charity_resource SET organisation_id = $1", organisation)


@contextmanager
def stages() -> Iterator[dict[str, float]]:
    """Measure the stages of a night: seconds, by name."""
    took: dict[str, float] = {}
    before = {name: getattr(running_night, name) for name in STAGES}

    def timed(name: str, stage: Any) -> Any:
        def plain(*given: Any, **more: Any) -> Any:
            began = time.perf_counter()
            found = stage(*given, **more)
            took[name] = time.perf_counter() - began
            return found

        async def waited(*given: Any, **more: Any) -> Any:
            began = time.perf_counter()
            found = await stage(*given, **more)
            took[name] = time.perf_counter() - began
            return found

        return waited if asyncio.iscoroutinefunction(stage) else plain

    for name, stage in before.items():
        setattr(running_night, name, timed(name, stage))
    try:
        yield took
    finally:
        for name, stage in before.items():
            setattr(running_night, name, stage)


async def measure(needs: int, resources: int, seed: int) -> dict[str, Any]:
    """One night, in seconds and MiB."""
    with tempfile.TemporaryDirectory(prefix="hub-nights-") as home:
        Path(home).chmod(0o711)  # noqa: ASYNC240 - nothing else runs meanwhile
        async with running(Settings.load(home=Path(home) / "hub", database_url=None), answers=False) as runtime:
            await fill(runtime, needs, resources, random.Random(seed))  # noqa: S311 - a bench
            with stages() as took:
                began = time.perf_counter()
                night = await run_night(night_tools(runtime), "bench")
                whole = time.perf_counter() - began
            began = time.perf_counter()
            await verify_run(night_tools(runtime), "last")
            verified = time.perf_counter() - began
            sealed = await runtime.pool.fetchval("SELECT length(material) FROM match_run")
    run = night.run
    return {
        "needs": run.needs, "resources": run.resources, "pairs": run.pairs, "placed": run.placed, "gap": run.gap,
        "seconds": round(whole, 2), "verify": round(verified, 2),
        "stages": {name.strip("_"): round(seconds, 2) for name, seconds in took.items()},
        "hubMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEBIBYTE,
        "solverMiB": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // MEBIBYTE,
        "keptMiB": round(sealed / MEBIBYTE**2, 1),
    }  # fmt: skip


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench nights", description=__doc__)
    parser.add_argument("--needs", type=int, default=100_000, help="open needs (100000)")
    parser.add_argument("--resources", type=int, default=10_000, help="resources (10000)")
    parser.add_argument("--seed", type=int, default=7, help="of what is drawn (7)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    found = asyncio.run(measure(given.needs, given.resources, given.seed))
    if given.json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    table = Table("", title=f"{found['needs']:,} needs, {found['resources']:,} resources, {found['pairs']:,} pairs")
    table.add_column("seconds", justify="right")
    for name, seconds in found["stages"].items():
        table.add_row(name, f"{seconds:.2f}")
    table.add_row("all of a night", f"{found['seconds']:.2f}", style="bold")
    table.add_row("verified", f"{found['verify']:.2f}")
    console = Console()
    console.print(table)
    console.print(
        f"{found['placed']:,} placed, gap {found['gap']}; at most {found['hubMiB']:,} MiB in the hub (what fills the "
        f"store included), {found['solverMiB']:,} MiB in the largest other process; {found['keptMiB']} MiB kept"
    )


if __name__ == "__main__":
    main()
