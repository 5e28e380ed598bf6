"""``hub demo``: everything, with five sample departments of synthetic people."""

from __future__ import annotations

import asyncio
import hashlib
import os
import urllib.request
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from hub import matching
from hub.auth import issue_token
from hub.cli.answers import print_answers, print_score
from hub.cli.comparison import print_record, print_summary
from hub.cli.demo_check import ShownCheck, check_one
from hub.cli.demo_day import act_for_all, few_at_once, one_day
from hub.cli.match import in_short, told
from hub.cli.match import shown as shown_run
from hub.cli.nights import night_tools
from hub.cli.serving import refuse_taken_port, serving, stop_signal
from hub.cli.sync import print_reports, pull, shown
from hub.cli.terminal import err, out, print_json, run
from hub.demo import agreements, mariadb
from hub.demo import truth as ground
from hub.demo.county_offices import insurers
from hub.demo.departments import DEPARTMENTS, find_departments, make_departments
from hub.demo.score import score
from hub.demo.viewers import CENTRE, OFFICES, QUERY, VIEWERS
from hub.errors import HubError
from hub.matching.nights.approvals import approve, stated_resources
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.runtime import collect_rarely, quiet_logs, running
from hub.settings import Settings, write_private
from hub.store import partners

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.cli.sync import Pulled
    from hub.demo.departments import Departments
    from hub.demo.viewers import DemoViewer
    from hub.matching import Night
    from hub.runtime import Runtime

MATCHED_BY = "demo"
"""Who approves criteria in the demo, and runs its night."""
DAYS = 30
"""How long the demo's tokens are valid."""


class DemoFailed(HubError):
    """The demo could not pull all of its own departments."""

    code = "HUB-904"


@dataclass(frozen=True, slots=True)
class ViewerAccess:
    """What a viewer needs in order to ask."""

    token: str
    purpose: str
    about: str


def demo(
    once: Annotated[bool, typer.Option("--once", help="Run one query as each viewer, print all, and stop")] = False,
    people: Annotated[int, typer.Option(min=10, max=2_000_000, help="People in the sample departments")] = 20_000,
    home: Annotated[Path, typer.Option(help="Directory that everything is kept in")] = Path("demo-home"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to serve on; 0 takes a free one")] = 8000,
    seed: Annotated[int, typer.Option(help="Seed of the sample departments")] = 2305,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: print one JSON document")] = False,
    whole: Annotated[bool, typer.Option("--all", help="With --once: print all rows, viewers and reasons")] = False,
) -> None:
    """Run the hub with five sample departments (演示).

    Makes the departments' databases and files, pulls them, and answers GraphQL on --port. Tokens of four viewers, and
    of the offices that answer their requests for data, are written to HOME/demo.json. All people are synthetic. Social
    security is a MariaDB where one is installed or HUB_DEMO_MARIADB_URL names a server, else an SQLite file.

    \b
    Examples:
      hub demo
      hub demo --once --people 2000 --home small-home
      hub demo --once --all
    """
    home = home.resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoFailed(f"{home} cannot be made: {error.strerror}. Choose another --home.") from None
    run(_demo(home, people, seed, port=port, once=once, as_json=as_json, whole=whole))


async def _demo(home: Path, people: int, seed: int, *, port: int, once: bool, as_json: bool, whole: bool) -> None:
    quiet_logs()
    # One query is to be compared by four viewers, so what one of them has no right to is withheld, not unknown.
    given = {} if "HUB_HIDE_DENIED" in os.environ else {"hide_denied": False}
    settings = Settings.load(home=home, port=port, demo_rules=True, **given)
    if not once:
        refuse_taken_port(settings.host, port)
    if settings.database_url is None and embedded.running_url(home) is not None:
        raise DemoFailed(f"A hub is running on {home} already. Stop it, or choose another --home.")
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(running(settings))
        await _refuse_strangers(runtime, home)
        # 1. Five departments, each in its own form
        mysql = os.environ.get("HUB_DEMO_MARIADB_URL")
        if mysql is None and mariadb.installed() is not None:
            mysql = await stack.enter_async_context(mariadb.running(home / "mariadb"))
        departments = await _departments(runtime, home, people, seed, mysql, quiet=as_json)
        asked = departments.answering(await stack.enter_async_context(insurers()))
        settings.keep_sources(departments.connections() | asked)
        # 2. Their rows become the hub's
        collect_rarely()
        pulled = await pull(runtime, departments.connections(), quiet=as_json)
        _require_all(pulled)
        # 3. Partners, and where they ask
        async with serving(runtime, 0 if once else port) as url:
            offices, viewers = await _partners(runtime, OFFICES), await _partners(runtime, VIEWERS)
            # 4. What of the departments' data they may use is agreed first
            await _agree(runtime, f"{url}/graphql", {**offices, **viewers})
            # 5. Civil affairs approves what charities state, and needs are matched with it
            night = await _match(runtime)
            day = () if night is None else await _day(runtime, night, f"{url}/graphql", viewers)
            # 6. One household's means are checked, from the request to the report
            checked = await _check(runtime, f"{url}/graphql", viewers)
            # Written last: whoever waits for it finds a demo that is all there.
            _write(home / "demo.json", url, viewers, offices)
            if once:
                await _show(
                    runtime, departments, pulled, (night, day), checked, url, viewers, as_json=as_json, whole=whole
                )
                return
            print_reports(pulled)
            _tell(night, day)
            _tell_check(checked)
            _invite(url, home, viewers)
            await stop_signal()


async def _departments(
    runtime: Runtime, home: Path, people: int, seed: int, mysql: str | None, *, quiet: bool
) -> Departments:
    # On a server of one's own there may be databases of the departments' names: those are not the demo's.
    own = f"demo_{hashlib.sha256(str(home).encode()).hexdigest()[:8]}_"
    prefix = "" if runtime.settings.database_url is None and "HUB_DEMO_MARIADB_URL" not in os.environ else own
    known = find_departments(home, runtime.url, people, seed, mariadb_url=mysql, prefix=prefix)
    if known is not None:
        return known
    if (home / DEPARTMENTS).exists():
        raise DemoFailed(
            f"{home} holds a demo of other people, or of another seed. Remove it or choose another --home."
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=quiet) as bar:
        task = bar.add_task("sample departments", total=people)
        return await make_departments(
            home, runtime.url, people, seed, mariadb_url=mysql, prefix=prefix,
            progress=lambda made, all_: bar.update(task, completed=made, total=all_),
        )  # fmt: skip


async def _refuse_strangers(runtime: Runtime, home: Path) -> None:
    """Refuse a database with partners of its own: sample people have no place among real ones.

    A demo that ran before may have got more partners since: it has its departments beside it, and all of its viewers.
    """
    known = {(partner.name, partner.title) for partner in await partners.list_partners(runtime.pool)}
    viewers = {(viewer.name, viewer.title) for viewer in VIEWERS}
    own = viewers | {(office.name, office.title) for office in (*OFFICES, CENTRE)}
    before = (home / DEPARTMENTS).exists() and viewers <= known
    if known - own and not before:
        raise DemoFailed("This database has partners that are not the demo's. Give the demo a database of its own.")


def _require_all(pulled: Pulled) -> None:
    failed = [report for report in pulled.sources if not report.ok]
    if failed:
        raise DemoFailed("; ".join(f"{report.source}: {report.message}" for report in failed))


async def _partners(runtime: Runtime, wanted: Sequence[DemoViewer]) -> dict[str, ViewerAccess]:
    now = datetime.now(UTC)
    known = {partner.name: partner for partner in await partners.list_partners(runtime.pool)}
    found: dict[str, ViewerAccess] = {}
    for viewer in wanted:
        if viewer.name in known:
            # An earlier version of the hub may have made it, with other rights.
            await partners.renew_partner(
                runtime.pool, viewer.name, department=viewer.body_of or viewer.name, roles=[viewer.role],
                regions=viewer.regions, purposes=viewer.purposes,
            )  # fmt: skip
            await partners.revoke_partner(runtime.pool, viewer.name, now)
        else:
            await partners.add_partner(
                runtime.pool, name=viewer.name, title=viewer.title, department=viewer.body_of or viewer.name,
                roles=[viewer.role], regions=viewer.regions, purposes=viewer.purposes, now=now,
            )  # fmt: skip
        token = await issue_token(runtime.pool, viewer.name, now, timedelta(days=DAYS))
        found[viewer.name] = ViewerAccess(token.text, viewer.purposes[0], viewer.about)
    return found


async def _agree(runtime: Runtime, url: str, access: dict[str, ViewerAccess]) -> None:
    async def asked(partner: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        acting = replace(access[partner], purpose=agreements.PURPOSE)
        data: dict[str, Any] = (await asyncio.to_thread(ask, url, acting, document, variables))["data"]
        return data

    policies, today = runtime.engine.policies, day_of(datetime.now(UTC))
    wanted = [each for viewer in VIEWERS for each in agreements.wanted(viewer, policies, runtime.engine.catalogue)]
    try:
        await agreements.conclude(wanted, (*VIEWERS, *OFFICES), today, asked)
    except agreements.StepNotTaken as refused:
        raise DemoFailed(f"An agreement of the demo could not be made: {refused}") from None


async def _check(runtime: Runtime, url: str, viewers: dict[str, ViewerAccess]) -> ShownCheck | None:
    centre = await _partners(runtime, (CENTRE,))

    async def asked(partner: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        acting = replace({**viewers, **centre}[partner], purpose="means-check")
        data: dict[str, Any] = (await asyncio.to_thread(ask, url, acting, document, variables))["data"]
        return data

    return await check_one(runtime, asked)


def _tell_check(checked: ShownCheck | None) -> None:
    out.print("\nA check of means 家庭经济状况核对", style="bold")
    for line in ("nobody has authorised one",) if checked is None else checked.lines:
        out.print(Padding(Text(line), (0, 0, 0, 2)))


async def _match(runtime: Runtime) -> Night | None:
    """Approve what can be used, have the charity act for it, run a night; None where the extra is not installed."""
    try:
        tools = few_at_once(night_tools(runtime))
        for each in await stated_resources(runtime.pool, runtime.vault, tools.widths):
            if each.digest is not None and each.standing != "approved":
                await approve(
                    runtime.pool, runtime.vault, runtime.audit.append, tools.widths, each.id, each.digest,
                    by=MATCHED_BY, at=datetime.now(UTC),
                )  # fmt: skip
        await act_for_all(runtime)
        return await matching.run_night(tools, MATCHED_BY)
    except matching.MatchingNotInstalled:
        return None


async def _day(runtime: Runtime, night: Night, url: str, viewers: dict[str, ViewerAccess]) -> tuple[str, ...]:
    async def asked(partner: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = (await asyncio.to_thread(ask, url, viewers[partner], document, variables))["data"]
        return data

    return await one_day(few_at_once(night_tools(runtime)), night, asked)


def _tell(night: Night | None, day: Sequence[str]) -> None:
    out.print("\nNeeds and resources 供需对接", style="bold")
    if night is None:
        out.print("  not matched here: pip install 'assistance-hub[matching]'", markup=False)
        return
    for line in told(night):
        out.print(f"  {line}", markup=False)
    for line in day:
        out.print(f"  {line}", markup=False)
    for words in matching.examples(night, 3):
        out.print(Padding(Text(f"{words.zh} {words.en}", style="dim"), (0, 0, 0, 2)))


def _write(file: Path, url: str, viewers: dict[str, ViewerAccess], offices: dict[str, ViewerAccess]) -> None:
    content: dict[str, Any] = {"url": url}
    for kind, found in (("viewers", viewers), ("offices", offices)):
        content[kind] = {
            name: {"token": access.token, "purpose": access.purpose, "about": access.about}
            for name, access in found.items()
        }
    write_private(file, orjson.dumps(content, option=orjson.OPT_INDENT_2))


async def _show(
    runtime: Runtime, departments: Departments, pulled: Pulled, matched: tuple[Night | None, Sequence[str]],
    checked: ShownCheck | None, url: str, viewers: dict[str, ViewerAccess], *, as_json: bool, whole: bool,
) -> None:  # fmt: skip
    """Ask as each viewer over HTTP, and hold the synchronisation against the truth."""
    night, day = matched
    answers = {name: await asyncio.to_thread(ask, f"{url}/graphql", access, QUERY) for name, access in viewers.items()}
    found = await score(runtime.pool, runtime.vault, ground.load(departments.truth))
    if as_json:
        match = None if night is None else shown_run(night.run)
        print_json({
            "sync": [shown(report) for report in pulled.sources], "score": found, "match": match, "day": list(day),
            "check": None if checked is None else list(checked.lines), "answers": answers,
        })  # fmt: skip
        return
    if whole:
        print_reports(pulled)
        print_score(found)
        _tell(night, day)
        _tell_check(checked)
        print_answers(QUERY, answers)
        return
    print_summary(pulled.sources, found)
    if night is not None:
        out.print(in_short(night), markup=False)
    if checked is not None:
        out.print(checked.short, markup=False)
    print_record(answers, {name: access.purpose for name, access in viewers.items()})


def ask(url: str, access: ViewerAccess, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """Send a query as a partner would."""
    request = urllib.request.Request(  # noqa: S310 - the hub's own address
        url,
        orjson.dumps({"query": query, "variables": variables or {}}),
        {
            "Authorization": f"Bearer {access.token}",
            "Hub-Purpose": access.purpose,
            "Content-Type": "application/json",
            "Accept": "application/graphql-response+json",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - as above
        body: dict[str, Any] = orjson.loads(response.read())
    return body


def _invite(url: str, home: Path, viewers: dict[str, ViewerAccess]) -> None:
    out.print(f"\nThe hub answers at {url}/graphql. Ctrl-C stops it.", markup=False, soft_wrap=True)
    out.print(f"Tokens: {home / 'demo.json'}. Who may ask, and for which purpose:", markup=False, soft_wrap=True)
    for name, access in viewers.items():
        out.print(f"  {name}, {access.purpose}", style="bold", markup=False)
        out.print(Padding(Text(access.about), (0, 0, 0, 4)))
