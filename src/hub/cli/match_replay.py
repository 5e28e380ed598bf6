"""``hub match replay``: what policies of deciding day by day would have come to, against hindsight."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hub.cli.terminal import out, print_json
from hub.errors import SettingsError
from hub.matching import MatchingNotInstalled
from hub.matching.parameters import FILE, load_parameters
from hub.settings import Settings

LONGEST_DAYS = 3660


def replay(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Recorded arrivals, JSON; none: drawn from the seed")
    ] = None,
    past: Annotated[
        Path | None, typer.Option("--past", help="Arrivals of the year before, JSON: what futures are drawn from")
    ] = None,
    days: Annotated[int, typer.Option(min=30, max=LONGEST_DAYS, help="Days of a drawn season, in whole months")] = 90,
    resources: Annotated[int, typer.Option(min=1, max=1000, help="Resources of a drawn season")] = 30,
    units: Annotated[int, typer.Option(min=1, max=1000, help="Units of each resource a month, if drawn")] = 8,
    kind: Annotated[
        str, typer.Option("--season", metavar="[usual|shock|equal]", help="What a drawn season is like")
    ] = "usual",
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn: the same seed, the same table")] = 1,
    multiplier: Annotated[
        list[float] | None, typer.Option(min=0, max=2, help="Of bid prices; several are compared (parameters.yaml)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False,
) -> None:
    """Play policies over arrivals, beside hindsight (回放策略).

    Needs come day by day; units of a resource come by the month and are gone at its end. Who is helped at once, and
    who waits? Prints what each policy would have come to, beside the best that could have been done had all arrivals
    been known. Needs no hub: nothing of its rows is read.

    \b
    A drawn season is like the one before that futures are drawn from (usual);
    or, for a fortnight, three times as many needs come as ever before, mostly
    urgent, for what was wanted least (shock); or none is more urgent than
    others, neither before nor now (equal).

    \b
    Examples:
      hub match replay
      hub match replay --season shock
      hub match replay --season equal --multiplier 0.97 --multiplier 1
      hub match replay --units 2 --seed 7
      hub match replay --multiplier 0.95 --multiplier 0.97 --multiplier 1
      hub match replay arrivals-2026.json --past arrivals-2025.json --json
    """
    try:
        from hub.matching.online.drawn import Kind, with_past  # noqa: PLC0415 - numpy is an extra
        from hub.matching.online.replay import compare  # noqa: PLC0415 - numpy is an extra
        from hub.matching.online.season import recorded  # noqa: PLC0415 - numpy is an extra
    except ModuleNotFoundError as missing:
        if missing.name != "numpy":
            raise
        raise MatchingNotInstalled("numpy") from None
    if (file is None) != (past is None):
        raise SettingsError("Recorded arrivals and those of the year before go together: give FILE and --past.")
    parameters = load_parameters(Settings.load().schema_directory / FILE).online
    if file is not None and past is not None:
        season, before = (recorded(_read(each)) for each in (file, past))
    else:
        if kind not in list(Kind):
            raise SettingsError(f"There is no season {kind}: --season is one of {', '.join(Kind)}.")
        season, before = with_past(seed, Kind(kind), resources=resources, units=units, days=days)
    multipliers = tuple(multiplier or [parameters.multiplier])
    played = compare(season, before, futures=parameters.futures, multipliers=multipliers, seed=seed)
    if as_json:
        print_json(
            {
                "needs": len(season.day), "days": season.days, "resources": len(season.units),
                "policies": [
                    {"policy": each.policy, "value": each.value, "helped": each.helped, "share": round(each.share, 4)}
                    for each in played
                ],
            }
        )  # fmt: skip
        return
    out.print(f"{len(season.day):,} needs in {season.days} days, {len(season.units)} resources")
    table = Table("policy", "points", "helped", "of hindsight")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in played:
        table.add_row(each.policy, f"{each.value:,}", f"{each.helped:,}", f"{each.share:.3f}")
    out.print(table)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as wrong:
        raise SettingsError(f"{file} cannot be read: {wrong.strerror}.") from None
