"""``hub webhook``: where partners have events sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from hub.cli.opened import with_hub
from hub.cli.terminal import out, print_json
from hub.store import webhooks
from hub.webhooks import registering
from hub.webhooks.errors import WebhookUnfit
from hub.webhooks.worker import sender

if TYPE_CHECKING:
    from hub.runtime import Runtime
    from hub.store.webhooks import Attempt, Webhook

app = typer.Typer(help="Events sent to partners (事件推送).", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]
Name = Annotated[str, typer.Argument(help="The webhook's name")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Short name, for example jianshan-news")],
    partner: Annotated[str, typer.Option(help="The partner that gets the events, as far as it may see their rows")],
    purpose: Annotated[str, typer.Option(help="What they are for: one of the partner's purposes")],
    url: Annotated[str, typer.Option(help="Where they are posted, https://…")],
    kind: Annotated[list[str] | None, typer.Option(help="Only events of this kind; may be given several times")] = None,
    as_json: AsJson = False,
) -> None:
    """Have events sent to a partner (登记推送地址).

    It begins with what happens from now on. The secret that messages are signed with is shown once.

    \b
    Example:
      hub webhook add jianshan-news --partner jianshan-civil-affairs \\
          --purpose data-sharing --url https://jianshan.example/hub \\
          --kind SharingRequest.submit
    """

    async def work(runtime: Runtime) -> None:
        secret, position = await registering.register(sender(runtime), name, partner, purpose, url, kind or [])
        if as_json:
            print_json({"name": name, "secret": secret, "position": position})
        else:
            out.print(secret, markup=False, soft_wrap=True)
            out.print(f"Give this secret to the receiver. Try it with: hub webhook test {name}", markup=False)

    with_hub(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List webhooks: how far each is, and which fail (推送地址一览).

    \b
    Example:
      hub webhook list
    """

    async def work(runtime: Runtime) -> None:
        known = await webhooks.list_webhooks(runtime.pool)
        if as_json:
            print_json([_shown(each) for each in known])
            return
        for each in known:
            out.print(f"{each.name}  {each.url}", style="bold", markup=False, soft_wrap=True)
            what = ", ".join(each.kinds) or "all kinds"
            out.print(f"  for {each.partner}, {each.purpose}: {what}", markup=False, soft_wrap=True)
            out.print(f"  {_standing(each)}", markup=False, soft_wrap=True)

    with_hub(work)


def _standing(each: Webhook) -> str:
    said = f"{each.state}; dealt with event {each.position}, {each.waiting} waiting"
    if not each.failures:
        return said
    since = f"failed {each.failures} times since {each.failing_since:%Y-%m-%d %H:%M} UTC ({each.reason})"
    then = f", tried again {each.next_at:%Y-%m-%d %H:%M} UTC" if each.state == "active" else ""
    return f"{said}; {since}{then}"


@app.command()
def pause(name: Name) -> None:
    """Send nothing for now; events wait (暂停推送).

    \b
    Example:
      hub webhook pause jianshan-news
    """

    async def work(runtime: Runtime) -> None:
        await webhooks.pause_webhook(runtime.pool, name)
        out.print(f"Paused {name}. Go on with: hub webhook resume {name}", markup=False)

    with_hub(work)


@app.command()
def resume(
    name: Name,
    skip: Annotated[bool, typer.Option("--skip", help="Leave out what happened meanwhile")] = False,
) -> None:
    """Go on sending what waits, also after failures (恢复推送).

    An endpoint that was disabled goes on too.

    \b
    Examples:
      hub webhook resume jianshan-news
      hub webhook resume jianshan-news --skip
    """

    async def work(runtime: Runtime) -> None:
        await webhooks.resume_webhook(runtime.pool, name, datetime.now(UTC), skip=skip)
        found = await webhooks.find_webhook(runtime.pool, name)
        out.print(f"Resumed {name}: {found.waiting} events waiting.", markup=False)

    with_hub(work)


@app.command()
def replay(
    name: Name,
    since: Annotated[
        datetime | None, typer.Option(help="Events from this time on", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"])
    ] = None,
    event: Annotated[int | None, typer.Option(min=1, help="The event of this number and all after it")] = None,
) -> None:
    """Send events again, under the same ids (重新推送).

    A day is one of UTC. What the partner may not see any more is not sent. With a later number than where it stands,
    what lies between is left out.

    \b
    Examples:
      hub webhook replay jianshan-news --since 2026-12-01
      hub webhook replay jianshan-news --since 2026-12-01T08:00:00+0800
      hub webhook replay jianshan-news --event 4711
    """

    async def work(runtime: Runtime) -> None:
        if (since is None) == (event is None):
            raise WebhookUnfit("Say from where: --since a time, or --event a number.")
        if since is not None:
            begins = since if since.tzinfo else since.replace(tzinfo=UTC)
            position = await webhooks.position_before(runtime.pool, begins)
        else:
            position = (event or 1) - 1
        waiting = await registering.replay(runtime, name, position)
        out.print(f"{waiting} events behind event {position} wait to be sent.", markup=False)
        if (state := (await webhooks.find_webhook(runtime.pool, name)).state) != "active":
            out.print(f"It is {state}. Go on with: hub webhook resume {name}", markup=False)

    with_hub(work)


@app.command()
def rotate(
    name: Name,
    overlap: Annotated[
        int, typer.Option(min=0, max=720, help="Hours that messages are signed with the earlier secret too")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """Make a new secret (更换签名密钥).

    It is shown once. Meanwhile messages have a signature by each.

    \b
    Example:
      hub webhook rotate jianshan-news --overlap 48
    """

    async def work(runtime: Runtime) -> None:
        secret = await registering.rotate(runtime, name, timedelta(hours=overlap))
        if as_json:
            print_json({"name": name, "secret": secret, "overlapHours": overlap})
        else:
            out.print(secret, markup=False, soft_wrap=True)
            out.print(f"The earlier secret signs as well for {overlap} hours.", markup=False)

    with_hub(work)


@app.command("test")
def try_(name: Name, as_json: AsJson = False) -> None:
    """Send a message that says nothing, now (测试推送).

    Its type is hub.test. It ends with exit code 1 where the receiver did not take it.

    \b
    Example:
      hub webhook test jianshan-news
    """

    async def work(runtime: Runtime) -> None:
        outcome = await registering.try_out(sender(runtime), name)
        if as_json:
            print_json({"outcome": outcome.word, "status": outcome.status})
        else:
            out.print(outcome.word if outcome.status is None else f"{outcome.word} ({outcome.status})", markup=False)
        if not outcome.delivered:
            raise typer.Exit(1)

    with_hub(work)


@app.command("deliveries")
def deliveries_(
    name: Name,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="Attempts to show, the last ones")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the last attempts to deliver (推送记录).

    What was sent is not kept; how it was decided stands in the audit, under the request's id.

    \b
    Example:
      hub webhook deliveries jianshan-news --most 5
    """

    async def work(runtime: Runtime) -> None:
        found = await webhooks.find_webhook(runtime.pool, name)
        attempts = await webhooks.attempts_of(runtime.pool, found.id, most)
        if as_json:
            print_json([_shown(each) for each in attempts])
        else:
            out.print(_table(attempts))

    with_hub(work)


def _table(attempts: list[Attempt]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for title in ("at (UTC)", "event", "kind", "attempt", "outcome", "ms"):
        table.add_column(title, overflow="fold")
    for each in attempts:
        outcome = each.outcome if each.status is None else f"{each.outcome} {each.status}"
        table.add_row(
            f"{each.at:%m-%d %H:%M:%S}", str(each.event or ""), each.kind or "", str(each.attempt), outcome,
            str(each.milliseconds),
        )  # fmt: skip
    return table


@app.command()
def remove(name: Name) -> None:
    """Forget a webhook, with its secrets and its log (删除推送地址).

    What was sent stays in the audit.

    \b
    Example:
      hub webhook remove jianshan-news
    """

    async def work(runtime: Runtime) -> None:
        await webhooks.remove_webhook(runtime.pool, name)
        out.print(f"Removed {name}.", markup=False)

    with_hub(work)


def _shown(item: Any) -> dict[str, Any]:
    return {field: getattr(item, field) for field in item.__dataclass_fields__}
