"""``hub audit``: what auditors ask of the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.terminal import err, out, print_json, run
from hub.runtime import running
from hub.settings import Settings
from hub.store.audit import Head, verify

if TYPE_CHECKING:
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
        async with running(settings) as runtime, runtime.pool.acquire() as connection:
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


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    seq, _, mac = text.partition(":")
    try:
        return Head(int(seq), bytes.fromhex(mac))
    except ValueError:
        raise typer.BadParameter("must be SEQ:MAC as an earlier run printed it") from None
