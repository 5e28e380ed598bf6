"""``hub work``: act on legal periods when their time comes, send webhooks, run nights of matching."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from hub.cli.asking import departments, estimating
from hub.cli.match import in_short, shown
from hub.cli.nights import Deciding, Nights
from hub.cli.serving import retention, stop_signal, working
from hub.cli.terminal import out, run
from hub.process.worker import Worker, now_in_utc
from hub.runtime import keep_policies, quiet_logs, running
from hub.settings import Settings
from hub.webhooks.worker import Deliveries, sender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.matching import Decided, Night
    from hub.process.sweep import Swept


def work(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line for each round")] = False,
) -> None:
    """Act on legal periods, and send webhooks (期限处理与事件推送).

    Reminds, escalates what is late, takes the steps that clocks take; sends events to webhooks; matches needs with
    resources every day at HUB_MATCHING_AT, and decides at once what happens in between (HUB_MATCHING_PROPOSE,
    HUB_MATCHING_ONLINE); asks departments for checks of means, and reckons estimates. ``hub serve`` does this too; run
    it alone on other machines, or where nothing is served. Any number may run.

    \b
    Examples:
      hub work
      hub work --once --json
    """

    async def act() -> None:
        quiet_logs()
        told, sent, matched, decided = (
            (_json_line, _json_sent, _json_matched, _json_decided) if as_json else (_line, _sent, _matched, _decided)
        )
        reported = _json_reported if as_json else _reported
        async with running(Settings.load()) as runtime:
            worker = Worker(runtime.pool, runtime.steps.tools, told, keep=retention(runtime.settings))
            if once:
                while (swept := await worker.round()).total:
                    told(swept)
                if count := await Deliveries(sender(runtime)).once():
                    sent(count)
                await Nights(runtime, matched).once()
                deciding = Deciding(runtime, decided)
                while await deciding.once() is not None:
                    pass
                async with departments(runtime, reported) as asking:
                    await asking.once()
                while await estimating(runtime).once():
                    pass
                return
            if not as_json:
                out.print("Waiting for legal periods and events. Ctrl-C stops it.")
            looking = asyncio.create_task(keep_policies(runtime))
            async with working(runtime, told, sent, matched, decided, reported):
                await stop_signal()
            looking.cancel()

    run(act())


def _line(swept: Swept) -> None:
    done = ", ".join(f"{count} {name}" for name, count in asdict(swept).items() if count)
    out.print(f"{now_in_utc():%Y-%m-%d %H:%M:%S} UTC: {done}", markup=False)


def _json_line(swept: Swept) -> None:
    _write({"at": now_in_utc(), **asdict(swept)})


def _sent(count: int) -> None:
    out.print(f"{now_in_utc():%Y-%m-%d %H:%M:%S} UTC: {count} sent", markup=False)


def _json_sent(count: int) -> None:
    _write({"at": now_in_utc(), "sent": count})


def _matched(night: Night) -> None:
    out.print(f"{now_in_utc():%Y-%m-%d %H:%M:%S} UTC: {in_short(night)}", markup=False)


def _json_matched(night: Night) -> None:
    _write({"at": now_in_utc(), "matched": shown(night.run)})


def _reported() -> None:
    out.print(f"{now_in_utc():%Y-%m-%d %H:%M:%S} UTC: a check of means reported", markup=False)


def _json_reported() -> None:
    _write({"at": now_in_utc(), "reports": 1})


def _decided(decided: Decided) -> None:
    counts = f"{decided.proposed} proposed, {decided.waiting} wait"
    said = f"between nights 日间对接: {counts}, decided in {decided.seconds * 1000:.1f} ms"
    out.print(f"{now_in_utc():%Y-%m-%d %H:%M:%S} UTC: {said}", markup=False)


def _json_decided(decided: Decided) -> None:
    _write({"at": now_in_utc(), "decided": asdict(decided)})


def _write(line: Mapping[str, Any]) -> None:
    out.file.write(orjson.dumps(line).decode() + "\n")
    out.file.flush()
