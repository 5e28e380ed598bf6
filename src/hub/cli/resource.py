"""``hub resource``: what charities offer, for whom, and who approved that."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from hub import matching
from hub.catalog import RegionCode
from hub.cli.json_lines import line_of, lines_of
from hub.cli.nights import row_of, widths_of
from hub.cli.opened import with_hub
from hub.cli.terminal import err, out, print_json, run
from hub.domain.codes import NeedKind
from hub.errors import SettingsError
from hub.matching.criteria import CriteriaRefused, Fault, parse
from hub.matching.nights.approvals import approve, stated_resources
from hub.matching.nights.offers import too_small
from hub.proposals.acting import act_for
from hub.proposals.holds import Used, used
from hub.runtime import running
from hub.settings import Settings
from hub.store.audit import AuditRecord, own_record
from hub.write import transaction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from hub.matching import Eligible
    from hub.matching.criteria import Criteria, Widths
    from hub.matching.nights.approvals import StatedResource
    from hub.runtime import Runtime

app = typer.Typer(help="What charities offer, and for whom (慈善帮扶资源).", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]
Resource = Annotated[str, typer.Argument(help="The resource's id, as hub resource list or an answer has it")]
_KEYS = {"title", "kind", "area", "criteria"}


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="JSON with kind, area and criteria", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with criteria, or whom they reach (检查申请条件).

    FILE has the kind of help, the division that is served, and the criteria (CQL2 in JSON). What is wrong is told with
    line and pointer. Where nothing is, the open needs that consent covers are counted, by county; fewer than
    HUB_SMALLEST_GROUP are not told.

    \b
    Examples:
      hub resource check meals.json
      hub resource check meals.json --json
    where meals.json says:
      {"kind": "FOOD", "area": "2305", "criteria":
        {"op": ">=", "args": [{"property": "age"}, 60]}}
    """
    settings = Settings.load()
    text = _text(file)
    try:
        kind, area, criteria = _read(text, widths_of(settings))
    except CriteriaRefused as refused:
        lines = lines_of(text)
        _tell_faults(str(file), [(fault, line_of(lines, fault.pointer)) for fault in refused.faults], as_json=as_json)
        raise typer.Exit(1) from None

    async def count() -> list[Eligible]:
        settings.require_existing()
        async with running(settings, answers=False) as runtime:
            found = await matching.count_eligible(
                runtime.pool, runtime.vault, kind, area, criteria, smallest=settings.smallest_group
            )
            await runtime.audit.append(_looked_at())
            return found

    found = run(count())
    if as_json:
        counties = [{"county": each.county, "name": each.name, "eligible": each.needs} for each in found]
        print_json({"ok": True, "criteria": criteria.text, "smallest": settings.smallest_group, "counties": counties})
        return
    table = Table("county", "", box=SIMPLE_HEAD)
    table.add_column("needs eligible", justify="right")
    for each in found:
        few = f"under {settings.smallest_group}"
        table.add_row(each.county, each.name, few if each.needs is None else f"{each.needs:,}")
    out.print(table)
    out.print("Open needs of this kind in this area that consent covers and that fulfil the criteria today.")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as wrong:
        raise SettingsError(f"{file} cannot be read: {wrong.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not text in UTF-8.") from None


def _read(text: str, widths: Widths) -> tuple[str, str, Criteria]:
    """Return kind, division and criteria. Raises ``CriteriaRefused`` with all that is wrong."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise CriteriaRefused([Fault("", f"not JSON: {wrong.msg}, line {wrong.lineno}")]) from None
    if not isinstance(value, dict):
        raise CriteriaRefused([Fault("", "must be an object with kind, area and criteria")])
    faults = [Fault(f"/{name}", "is not known here") for name in value if name not in _KEYS]
    kinds = [each.name for each in NeedKind]
    if value.get("kind") not in kinds:
        faults.append(Fault("/kind", f"must be one of {', '.join(kinds)}"))
    area = ""
    try:
        area = RegionCode.parse(value.get("area"))
    except ValueError as wrong:
        faults.append(Fault("/area", str(wrong)))
    if small := too_small(area, widths):
        faults.append(Fault("/area", small))
    try:
        criteria = parse(value.get("criteria"), widths, at="/criteria")
    except CriteriaRefused as refused:
        raise CriteriaRefused([*faults, *refused.faults]) from None
    if faults:
        raise CriteriaRefused(faults)
    return value["kind"], area, criteria


def _tell_faults(where: str, faults: Sequence[tuple[Fault, int | None]], *, as_json: bool) -> None:
    if as_json:
        told = [{"pointer": fault.pointer, "line": line, "message": fault.message} for fault, line in faults]
        print_json({"ok": False, "code": CriteriaRefused.code, "faults": told})
        return
    for fault, line in faults:
        place = f"{where}, line {line}" if line else where
        err.print(f"[bold red]{CriteriaRefused.code}[/] ", end="")
        err.print(f"{place}: {fault.pointer or 'the whole'}: {fault.message}", markup=False, soft_wrap=True)


def _looked_at() -> AuditRecord:
    return own_record("match:check", 0, datetime.now(UTC), purpose="charity-matching")


@app.command("list")
def list_(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that somebody has to look at")] = False,
    as_json: AsJson = False,
) -> None:
    """List resources and how their criteria stand (资源一览).

    approved: they count. changed: the charity states others by now; those that were approved count. waiting: nobody
    approved any, the resource is not matched. refused: what is stated cannot be used. Nor is a resource matched that
    nobody acts for: a partner that is active, a charity, and works there (hub resource act).

    \b
    Examples:
      hub resource list
      hub resource list --waiting --json
    """

    async def work(runtime: Runtime, widths: Widths) -> None:
        found = [
            each
            for each in await stated_resources(runtime.pool, runtime.vault, widths)
            if not waiting or each.standing != "approved" or each.charity is None
        ]
        if as_json:
            print_json([_shown(each) for each in found])
            return
        for each in found:
            line = f"{each.id}  {each.standing:8}  {each.kind}  {each.title}"
            out.print(line + ("" if each.charity else f"  ({_nobody(each)})"), markup=False, soft_wrap=True)

    _with_hub(work)


@app.command()
def show(resource: Resource, as_json: AsJson = False) -> None:
    """Show a resource: what is stated, approved, left (查看资源条件与用量).

    Units are counted from the proposals of its present period: held for those that nobody answered, accepted,
    delivered, and left; and what was delivered, with its cost where the charity says what a unit costs. Where the
    charity has to look first and states no quantity, a few are proposed at a time (proposals.assessed).

    \b
    Example:
      hub resource show 0192f0c1-7a3e-7c55-9d31-2f6b8a4e1c20
    """
    row = row_of(resource, "CharityResource")

    async def work(runtime: Runtime, widths: Widths) -> None:
        found = await stated_resources(runtime.pool, runtime.vault, widths, row)
        if not found:
            raise matching.NoSuchResource(f"There is no resource {row}: hub resource list")
        (each,) = found
        async with runtime.pool.acquire() as connection:
            units = await used(connection, row, runtime.proposals.assessed)
        if as_json:
            print_json(_shown(each) | {"units": None if units is None else _counted(units)})
            return
        out.print(f"{each.title} · {each.kind} · {each.area or 'no area'}", style="bold", markup=False, soft_wrap=True)
        out.print(
            f"{each.standing}; {f'{each.charity} acts for it' if each.charity else _nobody(each)}", soft_wrap=True
        )
        if units is not None:
            out.print(_units(units), markup=False, soft_wrap=True)
        for fault in each.faults:
            out.print(f"  {fault.pointer or 'the whole'}: {fault.message}", markup=False, soft_wrap=True)
        if each.criteria is not None:
            stated = orjson.dumps(orjson.loads(each.criteria.text), option=orjson.OPT_INDENT_2).decode()
            out.print(stated if each.criteria.parts else "everybody in need", markup=False, soft_wrap=True)
        if each.approved is not None:
            one = each.approved
            out.print(f"Version {one.version} approved by {one.approved_by}, {one.approved_at:%Y-%m-%d}", markup=False)
        if each.standing in {"waiting", "changed"}:
            out.print(f"Approve it with: hub resource approve {each.id} {(each.digest or '')[:16]}", soft_wrap=True)

    _with_hub(work)


def _nobody(each: StatedResource) -> str:
    return f"nobody acts for it: hub resource act {each.organisation or 'ORGANISATION'} PARTNER"


def _counted(units: Used) -> dict[str, Any]:
    return asdict(units) | {"left": units.left, "cost": units.cost}


def _units(units: Used) -> str:
    period, unit = f"{units.begins or 'any day'} to {units.ends or 'any day'}", units.unit or "units"
    counted = f"{units.held:,} held, {units.accepted:,} accepted, {units.delivered:,} delivered"
    if units.stated is not None:
        told = f"{units.stated:,} {unit} ({period}): {counted}, {units.left:,} left"
    elif units.assessed is None:
        told = f"No quantity is stated ({period}), nor that the charity looks first: nothing is proposed."
    else:
        told = f"No quantity is stated ({period}): {counted}, {units.left:,} more may be proposed"
    if units.assessed is not None:
        told += "; the charity has to look first (assessment required)"
    if units.amount:
        cost = "" if units.cost is None else f", CNY {units.cost:,}"
        told += f"; given so far: {units.amount:,} {unit}{cost}"
    return told


@app.command("approve")
def approve_(
    resource: Resource,
    digest: Annotated[str, typer.Argument(help="Of the criteria that were read: hub resource show says it")],
    as_json: AsJson = False,
) -> None:
    """Approve the criteria that a resource states (批准申请条件).

    They count from then on. DIGEST says which ones were meant: where the charity states others by now, nothing is
    approved. Who approved is the operator's name on the machine.

    \b
    Example:
      hub resource approve 0192f0c1-7a3e-7c55-9d31-2f6b8a4e1c20 5d0f2c9a81b3e644
    """
    row = row_of(resource, "CharityResource")

    async def work(runtime: Runtime, widths: Widths) -> None:
        made = await approve(
            runtime.pool, runtime.vault, runtime.audit.append, widths, row, digest,
            by=getpass.getuser(), at=datetime.now(UTC),
        )  # fmt: skip
        if as_json:
            print_json({"resource": str(row), "version": made.version, "approvedBy": made.approved_by})
        else:
            out.print(f"Version {made.version} of the criteria of {row} counts now.", markup=False, soft_wrap=True)

    _with_hub(work)


@app.command()
def act(
    organisation: Annotated[str, typer.Argument(help="The organisation's id, as an answer has it")],
    partner: Annotated[str, typer.Argument(help="The partner, by name: hub partner list")],
) -> None:
    """Say which partner acts for a charity organisation (指定接入单位).

    What its resources are proposed for is proposed to this partner, and nobody else offers them.

    \b
    Example:
      hub resource act 0192f0c1-7a3e-7c55-9d31-2f6b8a4e1c20 red-cross
    """
    row = row_of(organisation, "CharityOrganisation")

    async def work(runtime: Runtime, _widths: Widths) -> None:
        async with runtime.pool.acquire() as connection, transaction(connection) as tx:
            await act_for(tx, row, partner)
        out.print(f"{partner} acts for {row}.", markup=False, soft_wrap=True)

    _with_hub(work)


def _shown(each: StatedResource) -> dict[str, Any]:
    return {
        "id": str(each.id), "title": each.title, "kind": each.kind, "area": each.area, "standing": each.standing,
        "charity": each.charity, "organisation": None if each.organisation is None else str(each.organisation),
        "criteria": None if each.criteria is None else orjson.loads(each.criteria.text), "digest": each.digest,
        "faults": [{"pointer": fault.pointer, "message": fault.message} for fault in each.faults],
        "approved": None if each.approved is None else {
            "version": each.approved.version, "by": each.approved.approved_by,
            "at": each.approved.approved_at.isoformat(timespec="seconds"),
        },
    }  # fmt: skip


def _with_hub(work: Callable[[Runtime, Widths], Awaitable[None]]) -> None:
    with_hub(lambda runtime: work(runtime, widths_of(runtime.settings)))
