"""Matching without a database: the optimum of a city beside another solver, floors, explanations, bid prices, repair.

Everything is drawn from seeds and runs in this process, on one core.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.cities import City, draw
from hub.matching import NOBODY, explain, prove, solve
from hub.matching.online.drawn import Kind, with_past
from hub.matching.online.prices import bid_prices, decide
from hub.matching.online.repair import Repair
from hub.matching.online.replay import compare

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.matching import Instance

HIGHS_NEEDS, HIGHS_RESOURCES = 10_000, 1_000


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what the work gives, and how long it took, in seconds."""
    begun = time.perf_counter()
    made = work()
    return made, time.perf_counter() - begun


def night(city: City, share: float = 0.0) -> tuple[Instance, Any, Any, dict[str, float]]:
    """Match a city; return input, assignment, proof and the seconds of each stage."""
    pairs, first = timed(city.pairs)
    made, second = timed(lambda: city.instance(pairs, share))
    assigned, third = timed(lambda: solve(made))
    proof, fourth = timed(lambda: prove(made, assigned))
    return made, assigned, proof, {"candidates": first, "input": second, "flow": third, "proof": fourth}


def optimum(console: Console, sizes: list[tuple[int, int]], seed: int) -> None:
    """Match cities of these sizes, each to its proven optimum."""
    table = Table("needs", "resources", "pairs", "candidates", "flow", "proof", "seconds", "gap", "MiB")
    for needs, resources in sizes:
        made, _, proof, stages = night(draw(seed, needs, resources))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        table.add_row(
            f"{needs:,}", f"{resources:,}", f"{len(made.pairs):,}", f"{stages['candidates']:.2f}",
            f"{stages['flow']:.2f}", f"{stages['proof']:.2f}", f"{sum(stages.values()):.2f}", str(proof.gap),
            f"{peak:.0f}",
        )  # fmt: skip
    console.print(table)


def beside_highs(console: Console, seed: int) -> None:
    """The flow and its proof beside HiGHS, on the same pairs."""
    from solving_otherwise import by_highs

    made = draw(seed, HIGHS_NEEDS, HIGHS_RESOURCES)
    instance = made.instance(made.pairs())
    proof, own = timed(lambda: prove(instance, solve(instance)))
    value, other = timed(lambda: by_highs(instance))
    console.print(
        f"{HIGHS_NEEDS:,} needs, {HIGHS_RESOURCES:,} resources, {len(instance.pairs):,} pairs: "
        f"flow and proof {own:.2f} s, HiGHS {other:.2f} s, {other / own:.1f} times as long; "
        f"the same value: {value == proof.value}"
    )


def floors(console: Console, sizes: list[tuple[int, int]], seed: int) -> None:
    """What a floor at the city's mean costs, and what the worst township gains, in a small city and a large one."""
    for needs, resources in sizes:
        city = draw(seed, needs, resources)
        without, assigned, proof, _ = night(city)
        mean = float((assigned != NOBODY).mean())
        made, floored, _, _ = night(city, mean)
        lost = proof.value - _value(without, floored)
        moved = _lacking(made, assigned) - _lacking(made, floored)
        console.print(
            f"{needs:,} needs, a floor at their mean of {mean:.2f}: the value is {lost / proof.value:.4%} less, "
            f"{lost / max(1, moved):.0f} points for each of {moved:,} needs that are helped below it; the worst "
            f"township of 20 needs or more goes from {_worst(without, assigned):.2f} to {_worst(made, floored):.2f}"
        )


def _lacking(made: Instance, assigned: Any) -> int:
    helped = np.bincount(made.needs.township[assigned != NOBODY], minlength=made.townships)
    return int(np.maximum(made.weighing.floor - helped, 0).sum())


def _value(made: Instance, assigned: Any) -> int:
    need = made.pairs.need()
    used = assigned[need] == made.pairs.resource
    return int((made.pairs.value[used] + made.weighing.points[made.needs.urgency[need[used]]]).sum())


def _worst(made: Instance, assigned: Any, least: int = 20) -> float:
    everyone = np.bincount(made.needs.township, minlength=made.townships)
    helped = np.bincount(made.needs.township[assigned != NOBODY], minlength=made.townships)
    return float((helped / np.maximum(everyone, 1))[everyone >= least].min())


def explanations(console: Console, seed: int, pairs: int) -> None:
    """Explain drawn pairs, eligible or not: how long one takes, and whether there is one for each."""
    made, assigned, proof, _ = night(draw(seed, HIGHS_NEEDS, HIGHS_RESOURCES))
    chance = np.random.default_rng(seed)
    eligible = chance.choice(len(made.pairs), pairs)
    chosen = list(zip(made.pairs.need()[eligible].tolist(), made.pairs.resource[eligible].tolist(), strict=True))
    begun, without = time.perf_counter(), 0
    for need, wanted in chosen:
        without += explain(made, assigned, proof.prices, need, wanted) is None
    spent = (time.perf_counter() - begun) / pairs
    console.print(f"{pairs:,} explanations: {spent * 1000:.3f} ms each; pairs without one: {without}")


def online(
    console: Console, seeds: list[int], units: list[int], resources: int, futures: int, kind: Kind,
    multipliers: tuple[float, ...],
) -> None:  # fmt: skip
    """Policies of deciding day by day, as shares of hindsight, over several seeds that nothing was chosen by.

    ``bid prices``: by the last multiplier; others stand before it.
    """
    others = [f"× {each:g}" for each in multipliers[:-1]]
    table = Table(
        "units a month", "first come", "urgent first", "each day's optimum", *others, "bid prices", "least",
        "1 − 0.10/√c", title=f"{kind} season",
    )  # fmt: skip
    for count in units:
        played = [
            compare(
                *with_past(seed, kind, resources=resources, units=count), futures=futures, multipliers=multipliers,
                seed=seed,
            )
            for seed in seeds
        ]  # fmt: skip
        shares = np.array([[each.share for each in one] for one in played])
        means = shares.mean(axis=0)[:-1]
        table.add_row(
            str(count), *(f"{each:.3f}" for each in means), f"{shares[:, -2].min():.3f}", f"{1 - 0.1 / count**0.5:.3f}"
        )
    console.print(table)


def decisions(console: Console, seed: int, resources: int) -> None:
    """One arriving need by prices that are there: how long deciding takes."""
    season, past = with_past(seed, Kind.USUAL, resources=resources, units=8)
    left = season.units.copy()
    prices = bid_prices(season, past, 0, np.arange(10), left, 4, np.random.default_rng(seed))
    spent = []
    for need in range(len(season.day)):
        begun = time.perf_counter()
        decide(season, need, left, prices)
        spent.append(time.perf_counter() - begun)
    middle, late = np.percentile(spent, (50, 99)) * 1000
    console.print(f"One arriving need: {middle:.3f} ms, 99th percentile {late:.3f} ms ({len(spent):,} needs)")


def repairs(console: Console, seed: int, declines: int, needs: int) -> None:
    """Declines repaired one by one, beside the optimum without what was declined."""
    city = draw(seed, needs, needs // 10)
    made, assigned, _, _ = night(city)
    repair, chance = Repair(made, assigned), np.random.default_rng(seed)
    begun = time.perf_counter()
    for need in chance.permutation(np.flatnonzero(assigned != NOBODY))[:declines].tolist():
        if repair.assigned[need] != NOBODY:
            repair.decline(need)
    spent = (time.perf_counter() - begun) / declines
    best = _without(made, repair.refused)
    share = _value(made, repair.assigned) / _value(best, solve(best))
    console.print(
        f"{declines:,} declines among {needs:,} needs: {spent * 1000:.4f} ms each, "
        f"{share:.4f} of the optimum without those pairs"
    )


def _without(made: Instance, refused: set[tuple[int, int]]) -> Instance:
    need = made.pairs.need()
    kept = np.array([pair not in refused for pair in zip(need.tolist(), made.pairs.resource.tolist(), strict=True)])
    start = np.concatenate(([0], np.cumsum(np.bincount(need[kept], minlength=len(made.needs)))))
    pairs = type(made.pairs)(start, made.pairs.resource[kept], made.pairs.value[kept])
    return type(made)(made.needs, made.resources, pairs, made.weighing)


def main() -> None:
    """Measure all of it, or the parts that are named."""
    parts = ("optimum", "highs", "floors", "explanations", "online", "decisions", "repairs")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=(*parts, []), help="what to measure; nothing: all of it")
    parser.add_argument(
        "--needs", type=int, default=100_000, help="of the larger city; it has a tenth as many resources"
    )
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--seeds", type=int, default=5, help="seasons of each size")
    parser.add_argument("--units", type=int, nargs="+", default=[2, 5, 8, 11, 18, 72], help="of a resource, each month")
    parser.add_argument("--resources", type=int, default=15, help="of a season")
    parser.add_argument("--season", choices=list(Kind), default=Kind.USUAL, help="what drawn seasons are like")
    parser.add_argument("--multiplier", type=float, nargs="+", default=[1.0], help="of bid prices")
    parser.add_argument("--futures", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=20_000, help="that are explained")
    parser.add_argument("--declines", type=int, default=2_000)
    given = parser.parse_args()
    console, wanted = Console(width=110), given.parts or parts
    small = (given.needs // 10, given.needs // 100)
    if "optimum" in wanted:
        optimum(console, [small, (given.needs, given.needs // 10)], given.seed)
    if "highs" in wanted:
        beside_highs(console, given.seed)
    if "floors" in wanted:
        floors(console, [small, (given.needs, given.needs // 10)], given.seed)
    if "explanations" in wanted:
        explanations(console, given.seed, given.pairs)
    if "online" in wanted:
        seeds = list(range(500, 500 + given.seeds))
        online(console, seeds, given.units, given.resources, given.futures, Kind(given.season), tuple(given.multiplier))
    if "decisions" in wanted:
        decisions(console, given.seed, given.resources)
    if "repairs" in wanted:
        repairs(console, given.seed, given.declines, given.needs)


if __name__ == "__main__":
    main()
