"""``hub audit``: what auditors ask of the hub."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.auth import identity
from hub.cli.terminal import err, out, print_json, run
from hub.runtime import running
from hub.settings import Settings
from hub.store import members
from hub.store.audit import Head, own_record, verify

if TYPE_CHECKING:
    from hub.runtime import Runtime
    from hub.store.audit import Verdict

app = typer.Typer(help="The record of every answer (审计记录).", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """The record of every answer (审计记录)."""


@app.command("verify")
def verify_(
    known: Annotated[
        str | None, typer.Option("--known", help="A head noted earlier, SEQ:MAC: proves that nothing was cut off since")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False,
) -> None:
    """Find records that are missing or changed (核验审计记录).

    Prints the head of the chain. Note it elsewhere: what is cut off at the end is found only against a head that was
    noted earlier.

    \b
    Examples:
      hub audit verify
      hub audit verify --known 1024:9f2c…
    """

    async def work() -> Verdict:
        settings = Settings.load()
        settings.require_existing()
        async with running(settings, answers=False) as runtime, runtime.pool.acquire() as connection:
            return await verify(connection, runtime.vault.mac("audit chain"), _head(known))

    found = run(work())
    head = f"{found.head.seq}:{found.head.mac.hex()}"
    if as_json:
        print_json({"records": found.records, "head": head, "fault": found.fault, "seq": found.seq})
    elif found.fault is None:
        out.print(f"{found.records:,} records, each as it was written. Head: {head}", markup=False, soft_wrap=True)
        if known is None:
            out.print(
                "Records cut off at the end are found only against a head noted earlier: --known SEQ:MAC", style="dim"
            )
    else:
        err.print(
            f"Record {found.seq}: {found.fault}. {found.records:,} records before it are as written.", markup=False
        )
    if found.fault is not None:
        raise typer.Exit(1)


@app.command()
def who(
    which: Annotated[str, typer.Argument(help="A request's id, or a member's token, mem_…")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Records at most, the last ones")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False,
) -> None:
    """Say which person asked (查明何人).

    Audit and histories name people by tokens. This opens them, and the audit
    keeps that it was done. A request's id stands in its answer, under
    extensions, and in the header Hub-Request-Id.

    \b
    Examples:
      hub audit who 01996f3e-5a1c-7cc0-9d1f-3b1f0a6f2d11
      hub audit who mem_3f9a07c2 --limit 100
    """

    async def work() -> list[dict[str, Any]]:
        settings = Settings.load()
        settings.require_existing()
        async with running(settings, answers=False) as runtime:
            return await opened(runtime, which, limit)

    found = run(work())
    if as_json:
        print_json(found)
        return
    for line in found:
        person = line["name"] or "no person: the partner's own system"
        out.print(f"{line['at']}  {line['partner']}  {person}", style="bold", markup=False, soft_wrap=True)
        said = f"{line['action']} for {line['purpose']}: {line['outcome']}, {line['rows']} rows"
        out.print(f"  {said}", markup=False, soft_wrap=True)
        out.print(f"  request {line['request']}  member {line['member'] or '-'}", markup=False, soft_wrap=True)
    if not found:
        err.print("No record has it.", markup=False)
        raise typer.Exit(1)


async def opened(runtime: Runtime, which: str, limit: int) -> list[dict[str, Any]]:
    """Return the last records of a request or a member, with the names of those who asked; that is recorded first."""
    if which.startswith(members.SHOWN):
        row = await members.find_member(runtime.pool, which)
        rows = await runtime.pool.fetch(_RECORDS.format(where="a.member = $1"), row.member.token, limit)
    else:
        rows = await runtime.pool.fetch(_RECORDS.format(where="a.request_id = $1"), which, limit)
    tokens = sorted({row["member"] for row in rows if row["member"] is not None})
    if tokens:
        opened = {"Member.name": "plain"}
        await runtime.audit.append(
            own_record("open-members", len(tokens), datetime.now(UTC), fields=opened, subjects=b"".join(tokens))
        )
    people = await members.members_by_token(runtime.pool, tokens)
    names = {token: identity(runtime.vault, person).name for token, person in people.items()}
    return [
        {
            "at": row["at"].isoformat(timespec="seconds"), "request": row["request_id"], "partner": row["partner"],
            "member": None if row["member"] is None else members.shown(row["member"]),
            "name": names.get(row["member"]), "purpose": row["purpose"], "action": row["action"],
            "outcome": row["outcome"], "rows": row["rows"],
        }
        for row in rows
    ]  # fmt: skip


_RECORDS: Final = (
    "SELECT * FROM (SELECT a.seq, a.at, a.request_id, p.name AS partner, a.member, a.purpose, a.action, a.outcome,"
    " a.rows FROM audit_record a LEFT JOIN partner p ON p.id = a.partner_id WHERE {where}"
    " ORDER BY a.seq DESC LIMIT $2) last ORDER BY seq"
)


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    seq, _, mac = text.partition(":")
    try:
        return Head(int(seq), bytes.fromhex(mac))
    except ValueError:
        raise typer.BadParameter("must be SEQ:MAC as an earlier run printed it") from None
