"""``hub match outcomes``: what came of matching, in numbers that tell of nobody."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from hub.cli.terminal import out, print_json, run
from hub.matching.outcomes import DOCUMENT, OPERATIONS, Outcome, Township, outcomes
from hub.policy import ALL_GRANTED, Principal
from hub.query.errors import TooManyGroups
from hub.query.plan.counts import CELLS
from hub.runtime import running
from hub.settings import Settings
from hub.store.audit import own_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.matching.outcomes import County
    from hub.runtime import Runtime

PURPOSE: Final = "statistics"
ROLE: Final = "civil-affairs"
_DIVISIONS: Final = "SELECT DISTINCT left(code, 2) FROM region"
_NAMES: Final = "SELECT code, name FROM region WHERE length(code) IN (6, 9)"


def outcomes_(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False) -> None:
    """Say what came of matching, by county and kind (对接成效).

    Open needs; proposals placed, which no charity turned down; of these, delivered, confirmed, and unmet by reason;
    days: the mean time from a need's registration to the delivery; and the worst township: where the smallest share
    of the needs registered was helped. Numbers of fewer than HUB_SMALLEST_GROUP are withheld, with what they would
    follow from, as in statistics; they are of this moment. The audit keeps that somebody asked.

    \b
    Examples:
      hub match outcomes
      hub match outcomes --json
    """
    settings = Settings.load()
    settings.require_existing()

    async def work() -> tuple[dict[str, County], dict[str, str]]:
        async with running(settings) as runtime:
            return await read_outcomes(runtime)

    found, names = run(work())
    few = settings.smallest_group
    if as_json:
        print_json({
            "smallestGroup": few,
            "counties": [_shown(code, county, names) for code, county in found.items()],
        })  # fmt: skip
        return
    if not found:
        out.print("Nobody needed anything yet, and nothing was proposed.")
    for code, county in found.items():
        out.print(f"{code} {names.get(code, '')}".strip() or "no division", style="bold", markup=False)
        out.print(_table(county))
        for kind, outcome in _rows(county):
            if outcome.unmet:
                reasons = ", ".join(f"{reason} {_number(count)}" for reason, count in sorted(outcome.unmet.items()))
                out.print(f"  {kind} unmet: {reasons}", markup=False)
        if county.every.worst is not None:
            name = names.get(county.every.worst.code, "")
            out.print(f"  worst township: {_share(county.every.worst)} {name}".rstrip(), markup=False)
    if found:
        out.print(f"-: withheld, because fewer than {few} would be told of. Shares are of the needs registered.")


async def read_outcomes(runtime: Runtime) -> tuple[dict[str, County], dict[str, str]]:
    """Return outcomes by county, and the names of divisions; accounted for before anybody sees them."""
    divisions = frozenset(row[0] for row in await runtime.pool.fetch(_DIVISIONS))
    # What civil affairs in charge of all divisions may count, by the policies in force, and nothing else.
    principal = Principal("", "CIVIL_AFFAIRS", frozenset({ROLE}), divisions, PURPOSE, ALL_GRANTED)
    answers = {name: await _asked(runtime, principal, name) for name in OPERATIONS[:-1]}
    with suppress(TooManyGroups):  # in a large province; what there is by county stays
        answers |= {name: await _asked(runtime, principal, name) for name in OPERATIONS[-1:]}
    names = dict(map(tuple, await runtime.pool.fetch(_NAMES)))
    return outcomes(answers), names


async def _asked(runtime: Runtime, principal: Principal, name: str) -> Mapping[str, Any]:
    """Answer an operation of the trusted document as of now: not by a table that stands, as a partner's does."""
    settings = runtime.settings
    engine = replace(runtime.engine, memory=None, limits=replace(runtime.engine.limits, groups=CELLS))
    path = settings.schema_directory / DOCUMENT
    text = (path if path.is_file() else settings.shipped_schema / DOCUMENT).read_text("utf-8")
    operation = engine.operation(text, name, principal)
    planned = engine.plan(operation, {}, principal)
    bound = engine.bind(planned, {}, principal)
    fetched = await engine.fetch(planned, bound, runtime.reading)
    answer = engine.reveal(planned, bound, fetched, operation, {})
    policy = bytes.fromhex(engine.policies.digest)
    await runtime.audit.append(own_record(
        "match:outcomes", answer.rows, datetime.now(UTC), purpose=PURPOSE, fields=planned.plan.fields, policy=policy
    ))  # fmt: skip
    data: Mapping[str, Any] = orjson.loads(orjson.dumps(answer.data))
    return data


def _rows(county: County) -> list[tuple[str, Outcome]]:
    return [*county.kinds.items(), ("all", county.every)]


def _table(county: County) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("kind")
    for name in ("open", "placed", "delivered", "confirmed", "days", "worst"):
        table.add_column(name, justify="right")
    for kind, each in _rows(county):
        days = "" if each.days is None else f"{each.days:.1f}"
        numbers = (each.open, each.placed, each.delivered, each.confirmed)
        table.add_row(kind, *(_number(count) for count in numbers), days, _share(each.worst))
    return table


def _number(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _share(worst: Township | None) -> str:
    return "" if worst is None else f"{worst.code} {worst.share:.0%}"


def _shown(code: str, county: County, names: Mapping[str, str]) -> dict[str, Any]:
    def township(worst: Township | None) -> dict[str, Any] | None:
        if worst is None:
            return None
        return asdict(worst) | {"name": names.get(worst.code), "share": round(worst.share, 4)}

    def outcome(each: Outcome) -> dict[str, Any]:
        return {
            "open": each.open, "placed": each.placed, "delivered": each.delivered,
            "confirmed": each.confirmed, "unmet": each.unmet, "meanDaysToHelp": each.days,
            "worst": township(each.worst),
        }  # fmt: skip

    return {
        "county": code or None, "name": names.get(code), **outcome(county.every),
        "kinds": [{"kind": kind, **outcome(each)} for kind, each in county.kinds.items()],
    }  # fmt: skip
