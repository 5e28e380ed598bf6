"""``hub work``: act on legal periods when their time comes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from hub.cli.serving import acting_on_clocks, stop_signal
from hub.cli.terminal import out, run
from hub.process.worker import Worker, now_in_utc
from hub.runtime import quiet_logs, running
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.process.sweep import Swept


def work(
    once: Annotated[bool, typer.Option("--once", help="Act on what is due now, and end")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line for each round")] = False,
) -> None:
    """Act on legal periods when their time comes (期限处理).

    Reminds, escalates what is late, takes the steps that clocks take. ``hub serve`` does this too; run it alone on
    other machines, or where nothing is served. Any number may run.

    \b
    Examples:
      hub work
      hub work --once --json
    """

    async def act() -> None:
        quiet_logs()
        told = _json_line if as_json else _line
        async with running(Settings.load()) as runtime:
            worker = Worker(runtime.pool, runtime.steps.tools, told)
            if once:
                while (swept := await worker.round()).total:
                    told(swept)
                return
            if not as_json:
                out.print("Waiting for legal periods. Ctrl-C stops it.")
            async with acting_on_clocks(runtime, told):
                await stop_signal()

    run(act())


def _line(swept: Swept) -> None:
    done = ", ".join(f"{count} {name}" for name, count in asdict(swept).items() if count)
    out.print(f"{now_in_utc():%Y-%m-%d %H:%M:%S} UTC: {done}", markup=False)


def _json_line(swept: Swept) -> None:
    out.file.write(orjson.dumps({"at": now_in_utc(), **asdict(swept)}).decode() + "\n")
    out.file.flush()
