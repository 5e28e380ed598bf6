"""``hub catalogue``: the data catalogue that the law asks for, and which updates are overdue."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from graphql import execute_sync, parse
from rich.table import Table

from hub.cli.terminal import out, print_json, run
from hub.domain import CATALOGUE
from hub.graph import build_schema
from hub.http.catalogue import CATALOGUE_DOCUMENT, as_csv, as_xlsx
from hub.runtime import running
from hub.settings import Settings
from hub.store.audit import AuditRecord, own_record

if TYPE_CHECKING:
    from collections.abc import Mapping


def catalogue(
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table to this CSV file")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Write the table to this Excel file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False,
) -> None:
    """Show the data catalogue, and which updates are overdue (数据目录).

    All of it, as partners see the part that exists for them. A file has one line for each data item.

    \b
    Examples:
      hub catalogue
      hub catalogue --csv catalogue.csv --xlsx catalogue.xlsx
      hub catalogue --json
    """
    data = run(_whole())
    for file, write in ((csv, as_csv), (xlsx, as_xlsx)):
        if file is not None:
            _write(file, write(data))
    if as_json:
        print_json(data)
    elif csv is None and xlsx is None:
        _print(data)


async def _whole() -> dict[str, Any]:
    """The catalogue as its query answers somebody for whom everything exists; accounted for before it is given."""
    settings = Settings.load()
    settings.require_existing()
    async with running(settings) as runtime:
        upkeep = await runtime.engine.upkeep(runtime.reading)
        result = execute_sync(build_schema(CATALOGUE), parse(CATALOGUE_DOCUMENT), context_value=upkeep)
        if result.errors:
            raise result.errors[0]
        await runtime.audit.append(_record(datetime.now(UTC)))
        return result.data or {}


def _record(now: datetime) -> AuditRecord:
    return own_record("catalogue", 0, now)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}.") from None
    out.print(f"Wrote {file}.", markup=False, soft_wrap=True)


def _lateness(update: Mapping[str, Any]) -> str:
    return "never updated" if update["daysLate"] is None else f"due {update['dueOn']}, {update['daysLate']} days late"


def _print(data: Mapping[str, Any]) -> None:
    table = Table(title="Data catalogue 数据目录", title_justify="left")
    for name in ("entry", "items", "updated", "last update", "shared"):
        table.add_column(name, overflow="fold")
    for entry in data["catalogue"]:
        table.add_row(
            f"{entry['zh']} {entry['name']}",
            f"{len(entry['items'])}",
            entry["frequency"],
            (entry["lastUpdatedAt"] or "")[:16].replace("T", " "),
            entry["share"].lower().replace("_", " "),
        )
    out.print(table)
    late: dict[tuple[str, str], list[str]] = {}
    for entry in data["catalogue"]:
        for update in entry["updates"]:
            if update["overdue"]:
                late.setdefault((update["source"], _lateness(update)), []).append(entry["name"])
    for (source, lateness), names in late.items():
        out.print(f"Overdue 逾期: {source}, {lateness}: {', '.join(names)}.", style="yellow", markup=False)
    version = data["catalogueVersion"]
    out.print(f"Times are UTC. As it is since {version['since']}, version {version['digest'][:12]}.", markup=False)
