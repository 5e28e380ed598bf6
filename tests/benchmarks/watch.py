"""How long it takes to hold all households against what departments report of them, once it is stored.

The first round writes an outcome for each household; the second finds that nothing is new, as after most others. Then
what another standard would mean for all of them.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import uvloop
from places import WIDTH
from rich.console import Console
from rich.progress import Progress
from serving import processor_seconds
from stdnum.iso7064 import mod_11_2

from hub import write
from hub.means import watch
from hub.means.declared import all_cases
from hub.means.what_if import reckon
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.runtime import running
from hub.settings import Settings

if TYPE_CHECKING:
    from typing import Any

    from hub.runtime import Runtime

AT_ONCE = 2_000
REGION = "230502001001"


NUMBERED = count()


def number() -> str:
    """The citizen identity number of nobody, another one each time."""
    place = next(NUMBERED)
    body = f"230502{date(1940, 1, 1) + timedelta(days=place // 900):%Y%m%d}{100 + place % 900:03}"
    return body + mod_11_2.calc_check_digit(body)


def drawn(rng: Random, today: Any) -> dict[str, list[tuple[UUID, dict[str, Any]]]]:
    """So many households of two and a half people, with a report each: wages, pensions, homes, some vehicles."""
    rows: dict[str, list[tuple[UUID, dict[str, Any]]]] = {
        "Household": [], "Person": [], "HouseholdMember": [], "Finding": [],
    }  # fmt: skip
    for _ in range(AT_ONCE):
        home, income = uuid4(), rng.randrange(0, 2500)
        declared = {"declared_monthly_income": income, "declared_vehicles": 0, "declared_homes": 1}
        rows["Household"].append((home, {"region": REGION, "check_authorised": [(today, None)], **declared}))
        for _ in range(rng.choice((2, 2, 3, 3))):
            person = uuid4()
            rows["Person"].append((person, {"id_number": number(), "name": "测试", "region": REGION}))
            rows["HouseholdMember"].append((uuid4(), {"household": home, "person": person, "region": REGION}))
            kind = rng.choice(("PENSION", "INSURED_WAGE", "REAL_ESTATE", "VEHICLE", None, None))
            if kind is not None:
                money = str(rng.randrange(100, 900)) if kind in ("PENSION", "INSURED_WAGE") else None
                values = {"person": person, "department": "SOCIAL_SECURITY", "kind": kind, "value": "测试",
                          "amount": money, "observed_on": today, "region": REGION}  # fmt: skip
                rows["Finding"].append((uuid4(), values))
    return rows


async def fill(runtime: Runtime, households: int, console: Console) -> None:
    """Fill the store."""
    owners, rng = write.writable(runtime.vault), Random("watch")  # noqa: S311 - a measurement
    today = day_of(datetime.now(UTC))
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("households", total=households)
        for _ in range(0, households, AT_ONCE):
            async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
                for entity, some in drawn(rng, today).items():
                    plain = [write.PlainRow(row, values, "insert") for row, values in some]
                    await write.load(tx, write.seal_rows(owners[entity], plain))
            bar.advance(task, AT_ONCE)
    async with runtime.pool.acquire() as connection:
        await connection.execute("VACUUM ANALYZE", timeout=600)


async def measure(households: int, console: Console) -> None:
    """Fill a hub's store, and watch twice."""
    with tempfile.TemporaryDirectory(prefix="hub-watch-") as directory:
        home = Path(directory)
        async with embedded.embedded(home / "server") as server:
            url = await embedded.create_database(server.url, "watch")
            settings = Settings.load(home=home, database_url=url, demo_rules=True)
            async with running(settings, answers=False) as runtime:
                await fill(runtime, households, console)
                for what in ("first, all are written", "again, nothing is new"):
                    began, used, both = time.monotonic(), time.process_time(), processor_seconds(os.getpid())
                    done = await watch(runtime.pool, runtime.vault, runtime.means_rules, {})
                    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                    console.print(
                        f"{done.checked:,} households {what}: {time.monotonic() - began:.1f} s by the clock; processor "
                        f"time of the hub {time.process_time() - used:.1f} s, of it and PostgreSQL together "
                        f"{processor_seconds(os.getpid()) - both:.1f} s; {done.inconsistent:,} inconsistent, "
                        f"{done.visits:,} visits ordered, {done.unchanged:,} unchanged; at most {memory:,} MiB"
                    )
                await estimate(runtime, console)


async def estimate(runtime: Runtime, console: Console) -> None:
    """Ask what another standard would mean, as the worker reckons it."""
    began, used = time.monotonic(), time.process_time()
    rules, day = runtime.means_rules, day_of(datetime.now(UTC))
    cases = all_cases(runtime.pool, runtime.vault, REGION)
    found = await reckon(rules, cases, day, {rules.bundle.standard: Decimal(900)})
    console.print(
        f"what if, {sum(each.households for each in found.values()):,} households: {time.monotonic() - began:.1f} s by "
        f"the clock, processor time of the hub {time.process_time() - used:.1f} s; "
        f"{sum(each.enter for each in found.values()):,} would enter"
    )


def main() -> None:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(prog="scripts/bench watch", description=__doc__)
    parser.add_argument("--households", type=int, default=100_000, help="households (100000)")
    given = parser.parse_args()
    uvloop.run(measure(given.households, Console(width=WIDTH)))


if __name__ == "__main__":
    main()
