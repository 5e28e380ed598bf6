"""``hub means``: what follows from all households, from all departments, and from the months before, in numbers."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.progress import Progress
from rich.table import Table

from hub.catalog import RegionCode
from hub.cli.asking import PURPOSE
from hub.cli.opened import with_hub
from hub.cli.reports import read_on_record
from hub.cli.terminal import err, out, print_json
from hub.domain.codes import Department
from hub.errors import SettingsError
from hub.means.declared import all_cases
from hub.means.estimates import MOST
from hub.means.past import PastMonth, past_months
from hub.means.precision import Precision, precision
from hub.means.what_if import ShownCounty, reckon
from hub.means.what_if import shown as shown_counties
from hub.store.audit import own_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from hub.means.rules import Case
    from hub.runtime import Runtime

TOO_FEW = "—"
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]
Number = Annotated[str, typer.Argument(help="Number of the report, as its first page has it")]


def _amount(text: str) -> Decimal:
    """Read a standard. Raises ``ValueError``, ``InvalidOperation``."""
    value = Decimal(text)
    if not value.is_finite() or not 0 < value <= MOST or value != round(value, 2):
        raise ValueError(text)
    return value


def what_if(
    standard: Annotated[str, typer.Option("--standard", help="Standard, CNY a month a head, instead of today's")],
    first: Annotated[str, typer.Option("--from", help="Day from which it would hold, as 2027-01-01")],
    within: Annotated[str, typer.Option("--within", help="Division; all unless said")] = "",
    as_json: AsJson = False,
) -> None:
    """Say who would enter and leave if the standard rose (测算).

    Over all households that declared their means, by what departments report today; nobody is told. By county, without
    counts or money of fewer households than HUB_SMALLEST_GROUP.

    \b
    Examples:
      hub means estimate --standard 700 --from 2027-01-01
      hub means estimate --standard 700 --from 2027-01-01 --within 230521
    """
    try:
        value, day = _amount(standard), date.fromisoformat(first)
        division = RegionCode.parse(within) if within else ""
    except (ValueError, InvalidOperation):
        raise SettingsError(
            f"--standard is an amount above 0, up to {MOST:,}, --from a day as 2027-01-01, --within a division as "
            "230521."
        ) from None

    async def work(runtime: Runtime) -> dict[str, ShownCounty]:
        rules = runtime.means_rules
        with Progress(console=err, disable=as_json) as bar:
            task = bar.add_task("households", total=None)

            async def shown(cases: AsyncIterable[Case]) -> AsyncIterator[Case]:
                async for case in cases:
                    bar.advance(task)
                    yield case

            async with aclosing(all_cases(runtime.pool, runtime.vault, division)) as cases:
                found = await reckon(rules, shown(cases), day, {rules.bundle.standard: value})
        count = sum(each.households for each in found.values())
        await runtime.audit.append(own_record("means:estimate", count, datetime.now(UTC), purpose=PURPOSE))
        return shown_counties(found, runtime.settings.smallest_group)

    found = with_hub(work)
    if as_json:
        print_json({county: asdict(each) for county, each in found.items()})
        return
    table = Table(title=f"Standard {value} from {day} 标准测算", title_justify="left", box=SIMPLE_HEAD)
    for name in ("county", "households", "within now", "enter", "leave", "CNY a month more"):
        table.add_column(name, justify="right")
    for county, each in found.items():
        table.add_row(county, *(TOO_FEW if value is None else f"{value:,}" for value in asdict(each).values()))
    out.print(table)
    if any(None in asdict(each).values() for each in found.values()):
        out.print(f"{TOO_FEW}: about too few households to be shown.", style="dim", markup=False)


def how_precise(
    within: Annotated[str, typer.Option("--within", help="Division; all unless said")] = "",
    as_json: AsJson = False,
) -> None:
    """Say how departments answer, and how often rightly (预警准确率).

    Of each department: questions that are over, the share that was answered, the median time of an answer; home visits
    that its reports caused, those that were made, and the share that was confirmed. Without counts under
    HUB_SMALLEST_GROUP, and what they would follow from.

    \b
    Examples:
      hub means precision
      hub means precision --within 230521 --json
    """
    try:
        division = RegionCode.parse(within) if within else ""
    except ValueError as wrong:
        raise SettingsError(f"--within {wrong}.") from None

    async def work(runtime: Runtime) -> list[Precision]:
        found = await precision(runtime.pool, division, runtime.settings.smallest_group)
        count = sum(each.asked or 0 for each in found)
        await runtime.audit.append(own_record("means:precision", count, datetime.now(UTC), purpose=PURPOSE))
        return found

    found = with_hub(work)
    if as_json:
        print_json([each.as_json() for each in found])
        return
    table = Table(title="Departments 部门答复与预警", title_justify="left", box=SIMPLE_HEAD)
    for name in ("department", "asked", "answered", "median", "warnings", "visited", "confirmed"):
        table.add_column(name, justify="left" if name == "department" else "right")
    for each in found:
        table.add_row(
            Department[each.department].zh, _count(each.asked), _share(each.coverage), _time(each.median),
            _count(each.warnings), _count(each.visited), _share(each.confirmed),
        )  # fmt: skip
    out.print(table)
    out.print(f"{TOO_FEW}: none, or about too few to be shown.", style="dim", markup=False)


def _count(count: int | None) -> str:
    return TOO_FEW if count is None else f"{count:,}"


def _share(share: float | None) -> str:
    return TOO_FEW if share is None else f"{share:.0%}"


def _time(time: timedelta | None) -> str:
    """In the largest unit of which there is one."""
    if time is None:
        return TOO_FEW
    seconds = time.total_seconds()
    units = ((86_400, "d"), (3_600, "h"), (60, "min"))
    size, unit = next(((size, unit) for size, unit in units if seconds >= size), (1, "s"))
    return f"{seconds / size:.1f} {unit}"


def past(
    number: Number,
    first: Annotated[str, typer.Option("--from", help="First month, as 2026-05")],
    as_json: AsJson = False,
) -> None:
    """Reckon past months by what is known now (追溯测算).

    What was paid beside what the rules of each month say, with the facts of the last version of a report. The hub
    reckons it; it decides nothing.

    \b
    Examples:
      hub means past HD230502-2026-0A1B2C3D4E --from 2026-05
    """
    try:
        begins = date.fromisoformat(f"{first}-01")
    except ValueError:
        raise SettingsError("--from is a month, as 2026-05.") from None

    async def work(runtime: Runtime) -> list[PastMonth]:
        report = await read_on_record(runtime, number, None, "past")
        return past_months(runtime.means_rules, orjson.loads(report.inputs), begins)

    months = with_hub(work)
    if as_json:
        print_json([{**asdict(each), "over": each.over} for each in months])
        return
    table = Table(box=SIMPLE_HEAD)
    for name in ("month", "paid", "by the rules", "over", "indication"):
        table.add_column(name, justify="left" if name == "indication" else "right")
    for each in months:
        money = [TOO_FEW if value is None else f"{value:,}" for value in (each.paid, each.due, each.over)]
        table.add_row(f"{each.month:%Y-%m}", *money, each.indication)
    out.print(table)
    over = sum((each.over for each in months if each.over is not None), Decimal(0))
    out.print(f"{abs(over):,} CNY too {'much' if over >= 0 else 'little'} in these months. 只核对不认定", markup=False)
