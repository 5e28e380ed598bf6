"""``hub match``: needs are matched with resources, and every run can be checked."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import matching
from hub.cli.match_outcomes import outcomes_
from hub.cli.match_replay import replay
from hub.cli.nights import night_tools, placing_tools, row_of
from hub.cli.opened import with_hub
from hub.cli.terminal import out, print_json
from hub.crypto import read_signing_key
from hub.errors import SettingsError
from hub.matching.criteria import load_widths, vocabulary
from hub.matching.parameters import FILE as PARAMETERS
from hub.matching.parameters import load_parameters
from hub.matching.signed import sign
from hub.settings import Settings
from hub.store import match_runs

if TYPE_CHECKING:
    from hub.matching import Night
    from hub.runtime import Runtime
    from hub.store.match_runs import MatchRun

app = typer.Typer(help="Needs matched with resources (供需对接).", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]
app.command()(replay)
app.command("outcomes")(outcomes_)
_SHOWN = 20


@app.command("sign")
def sign_(
    key: Annotated[Path, typer.Option("--key", help="Private key, as hub policy keygen makes it", dir_okay=False)],
) -> None:
    """Sign weights of needs, and least widths of criteria (签署对接参数).

    Both files of schema/matching as they stand. Where policies must be signed (HUB_POLICY_KEYS), nothing is placed by
    any that are not.

    \b
    Examples:
      hub match sign --key policy.key
    """
    signer, directory = read_signing_key(key), Settings.load().schema_directory
    load_parameters(directory / PARAMETERS)
    load_widths(directory / vocabulary.FILE)
    try:
        file = sign(directory, signer)
    except OSError as wrong:
        raise SettingsError(f"The signature cannot be written: {wrong.strerror}.") from None
    out.print(f"Signed with key {signer.public.id}: {file}", markup=False, soft_wrap=True)


@app.command("run")
def run_(
    preview: Annotated[bool, typer.Option("--preview", help="Only say what it would come to; nothing is kept")] = False,
    as_json: AsJson = False,
) -> None:
    """Match all open needs with resources, and prove it (执行供需对接).

    Takes the open needs that consent covers and the resources with units left whose criteria were approved and that a
    partner acts for, finds the best way to place them, proves that there is no better, and keeps the proof. One run at
    a time. The worker does it every day at HUB_MATCHING_AT.

    \b
    Examples:
      hub match run --preview
      hub match run --json
    """

    async def work(runtime: Runtime) -> None:
        tools = night_tools(runtime) if preview else placing_tools(runtime)
        night = await matching.run_night(tools, getpass.getuser(), preview=preview)
        if as_json:
            print_json(shown(night.run) | _beside(night) | {"preview": preview})
            return
        for line in told(night):
            out.print(line, markup=False, soft_wrap=True)
        if preview:
            out.print("A preview: nothing was kept, and nothing goes out.")
        else:
            out.print(f"Check it with: hub match verify {night.run.id}", markup=False, soft_wrap=True)

    with_hub(work)


@app.command()
def verify(
    which: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or its beginning; last for the newest")],
    as_json: AsJson = False,
) -> None:
    """Check a run's proof, without the solver (核验对接结果).

    Reads what the run was given, sealed when it was stored, and checks over all pairs that each is eligible, that no
    resource gives more than it has, and that by the stored prices nothing better is possible.

    \b
    Examples:
      hub match verify last
      hub match verify 0192f0c1-7a3e-7c55-9d31-2f6b8a4e1c20
    """

    async def work(runtime: Runtime) -> None:
        found = await matching.verify_run(night_tools(runtime), which)
        if as_json:
            print_json(shown(found) | {"ok": True})
            return
        out.print(
            f"Run {found.id} of {found.day} holds: {found.placed:,} of {found.needs:,} needs placed, {found.value:,} "
            f"points, and no other way to place them has more ({found.pairs:,} pairs).",
            markup=False, soft_wrap=True,
        )  # fmt: skip

    with_hub(work)


@app.command()
def propose(
    which: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or its beginning; last for the newest")],
    as_json: AsJson = False,
) -> None:
    """Propose to charities what a run found (推荐对接结果).

    Each holds a unit of its resource and waits for the charity's answer. What changed since the run is looked at anew.
    Sent again, it proposes only what is still open.

    \b
    Example:
      hub match propose last
    """

    async def work(runtime: Runtime) -> None:
        sent = await matching.send(placing_tools(runtime), which, datetime.now(UTC))
        if as_json:
            print_json({"run": str(sent.run), "proposed": sent.proposed, "refused": dict(sent.refused)})
            return
        out.print(f"{sent.proposed:,} proposed by run {sent.run}.", markup=False, soft_wrap=True)
        for said, times in sorted(sent.refused.items()):
            out.print(f"{times:,} not: {said}", markup=False, soft_wrap=True)

    with_hub(work)


@app.command()
def why(
    need: Annotated[str, typer.Argument(help="The need's id, as an answer has it")],
    resource: Annotated[str, typer.Argument(help="The resource's id")],
    run_: Annotated[str, typer.Option("--run", help="The run's id, or its beginning")] = "last",
    as_json: AsJson = False,
) -> None:
    """Say why a need got a resource in a run, or did not (对接结果说明).

    For every pair: the criterion that is not met or not known, a better fit, scarce units and who would have to move.
    It is for staff: it says how other needs stand. The audit keeps that somebody asked.

    \b
    Example:
      hub match why Need:0192f0c1-7a3e-7c55-9d31-2f6b8a4e1c20 \\
          CharityResource:0192f0c1-7a3e-7c55-9d31-2f6b8a4e1c21
    """
    wanted, offered = row_of(need, "Need"), row_of(resource, "CharityResource")

    async def work(runtime: Runtime) -> None:
        told, words = await matching.explain_pair(night_tools(runtime), run_, wanted, offered)
        if as_json:
            print_json({
                "because": told.because.name, "criteria": told.criteria, "value": told.value, "gain": told.gain,
                "price": told.price, "zh": words.zh, "en": words.en,
            })  # fmt: skip
        else:
            out.print(words.zh, markup=False, soft_wrap=True)
            out.print(words.en, markup=False, soft_wrap=True)

    with_hub(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the last runs, newest first (对接记录).

    \b
    Example:
      hub match list
    """

    async def work(runtime: Runtime) -> None:
        async with runtime.pool.acquire() as connection:
            found = await match_runs.runs(connection, most=_SHOWN)
        if as_json:
            print_json([shown(each) for each in found])
            return
        for each in found:
            out.print(f"{each.id}  {each.started_at:%Y-%m-%d %H:%M} UTC, by {each.run_by}", markup=False)
            counts = f"{each.needs:,} needs, {each.placed:,} placed, {each.proposed:,} proposed, gap {each.gap:,}"
            out.print(f"  {counts}", markup=False)

    with_hub(work)


def shown(run: MatchRun) -> dict[str, Any]:
    """Return a run for scripts."""
    return {
        "run": str(run.id), "day": run.day.isoformat(), "startedAt": run.started_at.isoformat(timespec="seconds"),
        "finishedAt": run.finished_at.isoformat(timespec="seconds"), "by": run.run_by, "needs": run.needs,
        "eligible": run.eligible, "resources": run.resources, "pairs": run.pairs, "placed": run.placed,
        "proposed": run.proposed, "value": run.value, "bound": run.bound, "gap": run.gap, "digest": run.digest.hex(),
        "parametersVersion": run.parameters_version, "parametersDigest": run.parameters_digest.hex(),
    }  # fmt: skip


def told(night: Night) -> list[str]:
    """Return a run for people, a line each."""
    made, offers = night.run, night.offers
    lines = [
        f"needs       {made.needs:,} open, with consent",
        f"resources   {made.resources:,} with units left and approved criteria"
        + (f"; {offers.unapproved:,} wait for approval" if offers.unapproved else "")
        + (f"; {offers.unusable:,} have criteria that cannot be used" if offers.unusable else "")
        + (f"; for {offers.unacted:,} nobody acts: hub resource act" if offers.unacted else ""),
        f"eligible    {made.eligible:,} needs, for at least one resource ({made.pairs:,} pairs)",
        f"placed      {made.placed:,} needs; {made.proposed:,} within the limits of what may go out",
        f"proof       value {made.value:,}, bound {made.bound:,}, gap {made.gap:,}: no other way is better",
    ]
    if night.worst is not None:
        code, share = night.worst
        lines.append(f"worst       township {code}: {share:.0%} of its needs placed")
    return lines


def in_short(night: Night) -> str:
    """Return a run for people, in a line."""
    made = night.run
    return (
        f"Matched 对接: {made.needs:,} needs, {made.eligible:,} eligible, {made.placed:,} placed; "
        f"proven, gap {made.gap}."
    )


def _beside(night: Night) -> dict[str, Any]:
    worst = None if night.worst is None else {"township": night.worst[0], "share": round(night.worst[1], 4)}
    offers = night.offers
    return {
        "unapproved": offers.unapproved, "unusable": offers.unusable, "unacted": offers.unacted, "worst": worst
    }  # fmt: skip
