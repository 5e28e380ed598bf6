"""``hub explain``: what the hub would do with a query, and why, without answering it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.padding import Padding
from rich.text import Text

from hub.auth import PurposeNotAgreed, department_code, grants
from hub.cli.terminal import out, print_json, run
from hub.http import explain as explaining
from hub.policy import Principal
from hub.process.calendar import day_of
from hub.query.fetch import values_for
from hub.runtime import running
from hub.settings import Settings
from hub.store.agreements import agreed
from hub.store.partners import NoSuchPartner, list_partners

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncpg.pool import PoolConnectionProxy

    from hub.query import Bound
    from hub.query.statement.sql import Sql
    from hub.runtime import Runtime

KEPT = ("Node Type", "Relation Name", "Index Name", "Actual Rows", "Actual Loops", "Actual Total Time", "Plan Rows")
"""What is shown of PostgreSQL's plan. Its conditions are not: they have the values that are looked for."""


def explain(
    file: Annotated[str, typer.Argument(help="File with the query; - reads it from standard input")],
    viewer: Annotated[str, typer.Option(help="Name of the partner who would ask")],
    purpose: Annotated[str, typer.Option(help="The purpose that it would declare")],
    variables: Annotated[str, typer.Option(help="Variables, as a JSON object")] = "{}",
    analyze: Annotated[bool, typer.Option("--analyze", help="Run the statements, and show rows and times")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False,
) -> None:
    """Show how the hub would answer a query, and why (解释查询).

    Plan, SQL, estimated cost, access, and what PostgreSQL makes of it. No value is shown and nothing is answered; with
    --analyze the statements are run and their rows thrown away.

    \b
    Example:
      hub explain --viewer jianshan-civil-affairs \\
          --purpose assistance-review query.graphql
    """
    text = sys.stdin.read() if file == "-" else _read(file)
    found = run(_explained(text, viewer, purpose, _object(variables), analyze=analyze))
    if as_json:
        print_json(found)
    else:
        _print(found)


async def _explained(
    text: str, viewer: str, purpose: str, given: Mapping[str, Any], *, analyze: bool
) -> dict[str, Any]:
    settings = Settings.load()
    settings.require_existing()
    async with running(settings) as runtime:
        principal = await principal_of(runtime, viewer, purpose)
        engine = runtime.engine
        operation = engine.operation(text, None, principal)
        values = engine.variables(operation, given, principal)
        planned = engine.plan(operation, values, principal)
        bound = engine.bind(planned, values, principal)
        statements = explaining.statements(planned)
        for sql, statement in zip(planned.sql.values(), statements, strict=True):
            async with runtime.reading.acquire(kept=sql.kept) as connection:
                statement["postgresql"] = await _postgresql(connection, sql, bound, analyze=analyze)
        return {
            "cost": bound.cost,
            "limit": runtime.settings.cost_limit,
            "access": [entry.formatted() for entry in planned.plan.access],
            "fields": dict(planned.plan.fields),
            "statements": statements,
        }


async def principal_of(runtime: Runtime, name: str, purpose: str) -> Principal:
    """The partner as it would ask now. Raises ``NoSuchPartner`` and ``PurposeNotAgreed``."""
    known = {partner.name: partner for partner in await list_partners(runtime.pool)}
    if name not in known:
        raise NoSuchPartner(f"There is no partner named {name!r}. hub partner list shows them.")
    partner = known[name]
    if purpose not in partner.purposes:
        raise PurposeNotAgreed(partner.purposes, partner.id)
    return Principal(
        name=partner.name,
        department=department_code(partner.department),
        roles=frozenset(partner.roles),
        regions=frozenset(partner.regions),
        purpose=purpose,
        granted=grants(await agreed(runtime.pool, name, purpose, day_of(datetime.now(UTC)))),
    )


async def _postgresql(connection: PoolConnectionProxy[Any], sql: Sql, bound: Bound, *, analyze: bool) -> dict[str, Any]:
    options = "FORMAT JSON, ANALYZE" if analyze else "FORMAT JSON"
    text = await connection.fetchval(f"EXPLAIN ({options}) {sql.text}", *values_for(sql, bound))
    return _kept(orjson.loads(text)[0]["Plan"])


def _kept(node: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: node[key] for key in KEPT if key in node}
    if "Plans" in node:
        kept["Plans"] = [_kept(below) for below in node["Plans"]]
    return kept


def _print(found: Mapping[str, Any]) -> None:
    out.print(f"Estimated cost {found['cost']:,} of at most {found['limit']:,} units.", markup=False)
    out.print("\nAccess", style="bold")
    reasons = {entry["path"]: entry for entry in found["access"]}
    for path, decision in found["fields"].items():
        entry = reasons.get(path, {})
        out.print(f"  {decision:<12} {path}", markup=False, soft_wrap=True)
        if entry:
            policies = f" [{', '.join(entry['policies'])}]" if entry.get("policies") else ""
            out.print(Padding(Text(f"{entry['reason']}{policies}"), (0, 0, 0, 15)))
    for number, statement in enumerate(found["statements"], start=1):
        out.print(f"\nStatement {number}, which PostgreSQL plans {statement['planned']}", style="bold")
        for part in statement["plan"]:
            below = "" if part["below"] is None else f" below {part['below']}"
            ordered = f", by {', '.join(part['orderBy'])}" if part["orderBy"] else ""
            joined = f", with {', '.join(part['joins'])}" if part["joins"] else ""
            out.print(f"  {part['number']}{below}: {part['reads']}{joined}{ordered}", markup=False)
        out.print(statement["sql"], markup=False, soft_wrap=True)
        for at, source in enumerate(statement["parameters"], start=1):
            out.print(f"  ${at}: {source}", markup=False)
        _print_node(statement["postgresql"], 1)


def _print_node(node: Mapping[str, Any], depth: int) -> None:
    on = " on ".join(str(node[key]) for key in ("Index Name", "Relation Name") if key in node)
    ran = f"  {node['Actual Rows']} rows x {node['Actual Loops']}, {node['Actual Total Time']} ms" if (
        "Actual Rows" in node
    ) else f"  about {node['Plan Rows']} rows"  # fmt: skip
    out.print(f"{'  ' * depth}{node['Node Type']} {on}{ran}", markup=False)
    for below in node.get("Plans", ()):
        _print_node(below, depth + 1)


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"{file} cannot be read as text in UTF-8") from None


def _object(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise typer.BadParameter("--variables must be a JSON object")
    return found
