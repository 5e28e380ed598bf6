"""Between two nights, by bid prices: how long one arriving need takes, from its rows to a proposal, and one decline.

The city of ``scripts/bench nights``. A night goes out; then needs arrive one after the other, each with consent.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.nights import fill
from hub.cli.nights import night_tools
from hub.domain.codes import NeedKind, Urgency
from hub.domain.divisions import shipped
from hub.matching import Between, run_night
from hub.matching.nights import between as deciding
from hub.matching.parameters import Proposals
from hub.runtime import Runtime, running
from hub.settings import Settings


async def arrive(runtime: Runtime, chance: random.Random, places: list[str]) -> None:
    """A person, a household and a need, as a source would bring them."""
    household, person, need, village = uuid4(), uuid4(), uuid4(), chance.choice(places)
    kind, urgency = chance.choice([each.name for each in NeedKind]), chance.choice([each.name for each in Urgency])
    pool = runtime.pool
    await pool.execute(
        "INSERT INTO household (id, region, size, declared_monthly_income) VALUES ($1, $2, 2, 1500)",
        household, village,
    )  # fmt: skip
    await pool.execute(
        "INSERT INTO person (id, id_number, id_number_index, sex, birth_date, region) VALUES ($1,$2,$2,'FEMALE',$3,$4)",
        person, person.bytes, date(1950, 5, 5), village,
    )  # fmt: skip
    await pool.execute(
        "INSERT INTO need (id, person_id, household_id, kind, urgency, region, status, created_on, consented) VALUES"
        " ($1, $2, $3, $4, $5, $6, 'OPEN', current_date,"
        " datemultirange(daterange(current_date - 1, current_date + 99)))",
        need, person, household, kind, urgency, village,
    )  # fmt: skip


async def _proposed(runtime: Runtime) -> list[UUID]:
    rows = await runtime.pool.fetch("SELECT need_id FROM proposal WHERE state = 'PROPOSED' ORDER BY need_id")
    return [row[0] for row in rows]


async def measure(needs: int, resources: int, arrivals: int, declines: int, seed: int) -> dict[str, Any]:
    """Seconds of the night and of what it left to decide; milliseconds of needs that arrive after it.

    ``decision``: of what each could have, from rows to the choice. ``whole``: a round of the worker. ``declined``: a
    round after a unit was declined, in which it goes to the next.
    """
    chance = random.Random(seed)  # noqa: S311 - a bench
    villages = [each.code for each in shipped() if len(each.code) == 12]
    spent: dict[str, list[float]] = {"decision": [], "whole": [], "declined": []}
    with tempfile.TemporaryDirectory(prefix="hub-between-") as home:
        Path(home).chmod(0o711)  # noqa: ASYNC240 - nothing else runs meanwhile
        async with running(Settings.load(home=Path(home) / "hub", database_url=None), answers=False) as runtime:
            await fill(runtime, needs, resources, chance)
            tools = night_tools(runtime)
            most = Proposals(most=1_000_000, per_resource=1_000_000, reason="a bench: nothing is held back")
            object.__setattr__(tools, "parameters", tools.parameters.model_copy(update={"proposals": most}))
            began = time.perf_counter()
            night = await run_night(tools, "bench")
            whole = time.perf_counter() - began
            few = tools.parameters.proposals.model_copy(update={"most": 0})
            began = time.perf_counter()
            # What the night placed stays where it is: the arrivals compete for the units all the same.
            async with runtime.pool.acquire() as connection, connection.transaction():
                await deciding.match_prices.put_in_force(connection, night.run.id, datetime.now(UTC))
            object.__setattr__(tools, "parameters", tools.parameters.model_copy(update={"proposals": few}))
            decides = Between(tools)
            while (await decides.decide(datetime.now(UTC))).total:
                pass
            settled = time.perf_counter() - began
            object.__setattr__(tools, "parameters", tools.parameters.model_copy(update={"proposals": most}))
            choice = decides._choice

            async def timed(*given: Any) -> Any:
                at = time.perf_counter()
                found = await choice(*given)
                spent["decision"].append(time.perf_counter() - at)
                return found

            Between._choice = lambda _self, *given: timed(*given)  # type: ignore[method-assign,assignment]
            proposed = 0
            for _ in range(arrivals):
                await arrive(runtime, chance, villages)
                at = time.perf_counter()
                proposed += (await decides.decide(datetime.now(UTC))).proposed
                spent["whole"].append(time.perf_counter() - at)
            arrived = dict(spent)
            spent["decision"] = []
            for need in chance.sample(await _proposed(runtime), min(declines, proposed)):
                await runtime.pool.execute("UPDATE proposal SET state = 'DECLINED' WHERE need_id = $1", need)
                # One goes out for one that was declined, as if all other units were held.
                one = few.model_copy(update={"most": 1 + await runtime.pool.fetchval("SELECT count(*) FROM proposal")})
                object.__setattr__(tools, "parameters", tools.parameters.model_copy(update={"proposals": one}))
                at = time.perf_counter()
                await decides.decide(datetime.now(UTC))
                spent["declined"].append(time.perf_counter() - at)
                while (await decides.decide(datetime.now(UTC))).total:
                    pass
    told = {
        name: {
            "median": round(float(np.median(some)) * 1000, 2),
            "p99": round(float(np.percentile(some, 99)) * 1000, 2),
        }
        for name, some in (arrived | {"declined": spent["declined"]}).items()
        if some
    }
    return {
        "needs": night.run.needs, "resources": night.run.resources, "pairs": night.run.pairs, "held": night.held,
        "placed": night.run.placed, "nightSeconds": round(whole, 1), "settledSeconds": round(settled, 1),
        "arrivals": arrivals, "proposed": proposed, "milliseconds": told,
    }  # fmt: skip


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench between", description=__doc__)
    parser.add_argument("--needs", type=int, default=10_000, help="open needs (10000)")
    parser.add_argument("--resources", type=int, default=1_000, help="resources (1000)")
    parser.add_argument("--arrivals", type=int, default=500, help="needs that arrive after the night (500)")
    parser.add_argument("--declines", type=int, default=50, help="proposals that are declined after that (50)")
    parser.add_argument("--seed", type=int, default=7, help="of what is drawn (7)")
    given = parser.parse_args()
    found = asyncio.run(measure(given.needs, given.resources, given.arrivals, given.declines, given.seed))
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main()
