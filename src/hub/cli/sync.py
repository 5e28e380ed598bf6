"""``hub sync``: pull the sources, then check means."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from hub import means
from hub.cli.terminal import err, out, print_json, run
from hub.domain.divisions import shipped
from hub.errors import HubError
from hub.runtime import collect_rarely, running
from hub.settings import SOURCES, Settings, source_variable
from hub.store.audit import AuditRecord, own_record
from hub.sync.errors import SyncInProgress
from hub.sync.regions import load_regions
from hub.sync.run import sync_source
from hub.sync.runs import SyncReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.runtime import Runtime
    from hub.sync.batch import Counts


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of each source, and of the means checks afterwards."""

    sources: tuple[SyncReport, ...]
    checks: means.Watched | None

    @property
    def ok(self) -> bool:
        """Whether every source was read to its end."""
        return all(report.ok for report in self.sources)


class UnknownSource(HubError):
    """A source is named that has no mapping or no location."""

    code = "HUB-430"


def sync(
    sources: Annotated[list[str] | None, typer.Argument(help="Sources to pull; none named pulls all")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Accept that many rows of the named sources are gone or unfit, this once")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables")] = False,
) -> None:
    """Pull the departments' data into the hub (同步部门数据).

    Where each source is stands in HUB_HOME/sources.json or HUB_SOURCE_<NAME>; how its columns map to fields in
    schema/mappings/<source>.yaml. A source that fails leaves the others, and what was there before, as they are.
    A run stops before it takes away more than HUB_LOSS_SHARE of a table (an emptied or wrong file); --accept goes on.

    \b
    Examples:
      hub sync
      hub sync civil-affairs public-security --json
      hub sync civil-affairs --accept
    """
    if accept and not sources:
        raise typer.BadParameter("Name the sources whose losses you accept.", param_hint="--accept")

    async def work() -> Pulled:
        settings = Settings.load()
        async with running(settings, answers=False) as runtime:
            collect_rarely()
            return await pull(runtime, settings.sources(), sources or None, accept=accept, quiet=as_json)

    pulled = run(work())
    if as_json:
        print_json(
            {
                "sources": [shown(report) for report in pulled.sources],
                "meansChecks": None if pulled.checks is None else asdict(pulled.checks),
            }
        )
    else:
        print_reports(pulled)
    if not pulled.ok:
        raise typer.Exit(1)


async def pull(
    runtime: Runtime,
    locations: Mapping[str, str],
    wanted: Sequence[str] | None = None,
    *,
    accept: bool = False,
    quiet: bool = False,
) -> Pulled:
    """Pull sources in the order of their mappings, then check means. Each run is in the audit."""
    mappings = runtime.mappings
    order = [name for name in mappings.names if wanted is None or name in wanted]
    for name in wanted or ():
        if name not in order:
            raise UnknownSource(f"No mapping is named {name}. There are: {', '.join(mappings.names)}.")
    file = runtime.settings.home / SOURCES
    answering = {each.source for each in runtime.answering}
    if unmapped := sorted(locations.keys() - set(mappings.names) - answering):
        raise UnknownSource(f"{file} names {unmapped[0]}. There are mappings for: {', '.join(mappings.names)}.")
    lost = [name for name in order if name not in locations]
    order = [name for name in order if name in locations]
    if lost and (wanted is not None or not order):
        raise UnknownSource(f"Nothing says where {lost[0]} is. Set {source_variable(lost[0])}, or add it to {file}.")
    if lost and not quiet:
        err.print(f"Not pulled, because nothing says where they are: {', '.join(lost)}.", markup=False)
    async with runtime.pool.acquire() as connection:
        await load_regions(connection, shipped())
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
    )
    reports: list[SyncReport] = []
    with Progress(*columns, console=err, disable=quiet, transient=False) as bar:
        for name in order:
            task = bar.add_task(name, total=None, counts="")

            def show(_source: str, table: str, counts: Counts, *, task: Any = task, name: str = name) -> None:
                bar.update(task, description=f"{name} · {table}", counts=f"{counts.read:,} rows")

            async def account(report: SyncReport) -> None:
                await runtime.audit.append(run_record(report, accept=accept))

            try:
                report = await sync_source(
                    runtime.pool, runtime.vault, mappings, name, locations[name], progress=show, audit=account,
                    loss_share=None if accept else runtime.settings.loss_share,
                )  # fmt: skip
            except SyncInProgress as error:
                bar.update(task, total=1, completed=1, description=name, counts="under way")
                reports.append(_not_started(name, error.message))
                continue
            bar.update(task, total=1, completed=1, description=name, counts=f"{report.rows_read:,} rows")
            reports.append(report)
        task = bar.add_task("means checks", total=None, counts="")
        checks = None
        if runtime.rules_unusable is None:
            checks = await means.watch(runtime.pool, runtime.vault, runtime.means_rules, mappings.checking)
        bar.update(task, total=1, completed=1, counts=f"{checks.checked:,} households" if checks else "no rules")
    return Pulled(tuple(reports), checks)


def _not_started(source: str, why: str) -> SyncReport:
    """The report of a source that another run holds: it has no run of its own."""
    return SyncReport(source, UUID(int=0), datetime.now(UTC), "REFUSED", why, 0, 0, 0, 0, 0, 0)


def run_record(report: SyncReport, *, accept: bool = False) -> AuditRecord:
    """The audit record of a source's run. ``accept``: somebody said beforehand that losses are right."""
    outcome = "failed" if not report.ok else "accepted" if accept else "synced"
    return own_record(f"sync:{report.source}", report.loaded, datetime.now(UTC), outcome=outcome)


def shown(report: SyncReport) -> dict[str, Any]:
    """A report for scripts."""
    return {
        "source": report.source,
        "status": report.status,
        "message": report.message,
        "read": report.rows_read,
        "loaded": report.loaded,
        "unchanged": report.unchanged,
        "quarantined": report.quarantined,
        "notConcerned": report.not_concerned,
        "vanished": report.vanished,
    }


def print_reports(pulled: Pulled) -> None:
    """A report for people."""
    table = Table(title="Synchronisation 同步 (rows)", title_justify="left")
    table.add_column("source", no_wrap=True)
    for name in ("read", "loaded", "same", "aside", "others", "gone"):
        table.add_column(name, justify="right")
    for report in pulled.sources:
        counts = (
            report.rows_read, report.loaded, report.unchanged, report.quarantined, report.not_concerned, report.vanished
        )  # fmt: skip
        table.add_row(report.source, *(f"{count:,}" for count in counts))
    out.print(table)
    out.print(
        "same: known as they are, or twice in the source · aside: in quarantine with a reason · others: about people "
        "outside every assisted household, or without authorisation, not kept · gone: no longer at the source",
        style="dim",
    )
    if pulled.checks is None:
        out.print(
            "No household was watched: hub rules check says what is wrong with the rules of means checks.",
            style="yellow",
            markup=False,
        )
    elif pulled.checks.undecided:
        missing = ", ".join(pulled.checks.missing)
        out.print(
            f"{pulled.checks.undecided:,} means checks are undecided: nothing was read yet from {missing}.",
            style="yellow",
            markup=False,
        )
    for report in pulled.sources:
        if not report.ok:
            out.print(f"{report.source} failed: {report.message}", style="red", markup=False)
