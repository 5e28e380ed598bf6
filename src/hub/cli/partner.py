"""``hub partner``: who may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.auth import issue_token
from hub.catalog import RegionCode
from hub.cli.terminal import out, print_json, run
from hub.crypto import certificate_hash
from hub.domain.divisions import shipped
from hub.errors import HubError
from hub.runtime import running
from hub.settings import Settings
from hub.store import partners

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from hub.policy import Policies
    from hub.runtime import Runtime
    from hub.store.pool import Pool

app = typer.Typer(help="Partners and their tokens (合作部门与令牌).", no_args_is_help=True)

Certificate = Annotated[Path | None, typer.Option(help="PEM file of the client certificate that it is to be bound to")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]


COUNTY = 6
"""Digits of a county's code (GB/T 2260)."""


class PartnerUnfit(HubError):
    """A role, purpose or region of a new partner does not exist."""

    code = "HUB-322"


def with_hub(work: Callable[[Runtime], Awaitable[Any]]) -> Any:
    """Open the hub and do this with it."""

    async def opened() -> Any:
        async with running(Settings.load(), answers=False) as runtime:
            return await work(runtime)

    return run(opened())


def read_certificate(file: Path | None) -> bytes | None:
    """Return the hash of the client certificate in a file. Raises ``PartnerUnfit`` where there is none in it."""
    if file is None:
        return None
    try:
        return certificate_hash(file.read_bytes())
    except OSError as wrong:
        raise typer.BadParameter(f"{file} cannot be read: {wrong.strerror}.") from None
    except ValueError:
        raise typer.BadParameter(f"{file} holds no certificate in PEM.") from None


def require_terms(policies: Policies, roles: Sequence[str], purposes: Sequence[str]) -> None:
    """Refuse roles and purposes that policies do not know: they would grant nothing, silently."""
    known = policies.terms
    for role in roles:
        if role not in known.roles:
            raise PartnerUnfit(f"There is no role {role}. Roles: {', '.join(sorted(known.roles))}.")
    allowed = known.purposes_of(frozenset(roles))
    for purpose in purposes:
        if purpose not in allowed:
            raise PartnerUnfit(f"These roles have no purpose {purpose}. They have: {', '.join(sorted(allowed))}.")


def divisions_of(given: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Return the codes of divisions as the hub keeps them. ``known``: code to name, of every division in the list.

    Raises ``PartnerUnfit`` for one that is not in the list, and names one that was perhaps meant.
    """
    codes: list[str] = []
    for region in given:
        try:
            code = RegionCode.parse(region)
        except ValueError as error:
            raise PartnerUnfit(f"A region {error}.") from None
        if code not in known:
            near = [f"{item} ({known[item]})" for item in get_close_matches(code, known, 1, 0.6)]
            meant = f" Was {near[0]} meant?" if near else ""
            raise PartnerUnfit(f"{region} is not in the list of divisions.{meant}")
        codes.append(code)
    return codes


async def known_divisions(pool: Pool) -> dict[str, str]:
    """Return code and name of every division: those that come with the hub, and those that were loaded."""
    known = {division.code: division.name for division in shipped()}
    return known | {row[0]: row[1] for row in await pool.fetch("SELECT code, name FROM region")}


def require_counties(roles: Sequence[str], regions: Sequence[str]) -> None:
    """Refuse a charity of less than a county: its list of needs says counties, and would tell the township by that."""
    if "charity" in roles and any(len(region) > COUNTY for region in regions):
        raise PartnerUnfit(
            "A charity works in whole counties (6 digits): what it sees of needs says no more than the county. "
            "Where a resource is given stands in the resource."
        )


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Short name, for example jianshan-civil-affairs")],
    title: Annotated[str, typer.Option(help="Full name of the organisation")],
    role: Annotated[list[str], typer.Option(help="Role that policies know; may be given several times")],
    purpose: Annotated[list[str], typer.Option(help="Purpose that it may declare; may be given several times")],
    region: Annotated[
        list[str],
        typer.Option(help="Division in its charge, for example 230502; may be repeated. Policies say what follows"),
    ],
    department: Annotated[str, typer.Option(help="Department, whose data are its own; default the first role")] = "",
    certificates: Annotated[
        bool, typer.Option("--certificates", help="Take only tokens bound to a client certificate")
    ] = False,
) -> None:
    """Add a partner (登记合作部门).

    \b
    Example:
      hub partner add jianshan-civil-affairs --title 尖山区民政局 \\
          --role civil-affairs --purpose assistance-review --region 230502
    """

    async def work(runtime: Runtime) -> None:
        require_terms(runtime.engine.policies, role, purpose)
        divisions = divisions_of(region, await known_divisions(runtime.pool))
        require_counties(role, divisions)
        await partners.add_partner(
            runtime.pool, name=name, title=title, department=department or role[0], roles=role, regions=divisions,
            purposes=purpose, now=datetime.now(UTC), certificate_bound=certificates,
        )  # fmt: skip
        out.print(f"Added {name}. Issue a token with: hub partner token {name}", markup=False, soft_wrap=True)

    with_hub(work)


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="The partner's short name")],
    days: Annotated[int, typer.Option(min=1, max=366, help="Days until it expires")] = 90,
    certificate: Certificate = None,
    as_json: AsJson = False,
) -> None:
    """Issue a token (发放令牌).

    It is shown once; the hub keeps only its hash.

    \b
    Examples:
      hub partner token jianshan-civil-affairs --days 30
      hub partner token jianshan-civil-affairs --certificate client.pem
    """
    bound = read_certificate(certificate)

    async def work(runtime: Runtime) -> None:
        now = datetime.now(UTC)
        made = await issue_token(runtime.pool, name, now, timedelta(days=days), certificate=bound)
        expires = now + timedelta(days=days)
        if as_json:
            print_json({"partner": name, "token": made.text, "prefix": made.prefix, "expiresAt": expires.isoformat()})
        else:
            out.print(made.text, markup=False, soft_wrap=True)
            out.print(f"Valid until {expires:%Y-%m-%d}. Revoke with: hub partner revoke {made.prefix}", markup=False)

    with_hub(work)


@app.command()
def revoke(
    which: Annotated[str, typer.Argument(help="A token's prefix, or a partner's name for all of its tokens")],
) -> None:
    """Revoke a token, or all tokens of a partner (吊销令牌).

    It takes effect at once, also for answers that are on their way.

    \b
    Examples:
      hub partner revoke hub_4kTz…
      hub partner revoke jianshan-civil-affairs
    """

    async def work(runtime: Runtime) -> None:
        now = datetime.now(UTC)
        if which.startswith("hub_"):
            row = await partners.revoke_token(runtime.pool, which, now)
            out.print(f"Revoked {row.prefix} of {row.partner}.", markup=False)
        else:
            count = await partners.revoke_partner(runtime.pool, which, now)
            out.print(f"Revoked {count} tokens of {which}.", markup=False)

    with_hub(work)


@app.command()
def suspend(name: Annotated[str, typer.Argument(help="The partner's short name")]) -> None:
    """Let nobody of a partner in, with whatever token (停用合作部门).

    It takes effect at once, also for answers that are on their way, and for tokens of identity providers.

    \b
    Example:
      hub partner suspend jianshan-civil-affairs
    """

    async def work(runtime: Runtime) -> None:
        found = await partners.suspend_partner(runtime.pool, name, suspended=True)
        out.print(f"Suspended {found.name}. Undo with: hub partner resume {found.name}", markup=False, soft_wrap=True)

    with_hub(work)


@app.command()
def resume(name: Annotated[str, typer.Argument(help="The partner's short name")]) -> None:
    """Let a suspended partner in again (恢复合作部门).

    Tokens that are still valid work again.

    \b
    Example:
      hub partner resume jianshan-civil-affairs
    """

    async def work(runtime: Runtime) -> None:
        found = await partners.suspend_partner(runtime.pool, name, suspended=False)
        out.print(f"{found.name} may ask again.", markup=False)

    with_hub(work)


@app.command()
def bind(
    name: Annotated[str, typer.Argument(help="The partner's short name")],
    off: Annotated[bool, typer.Option("--off", help="Take other tokens again")] = False,
) -> None:
    """Take only tokens bound to a client certificate (绑定证书).

    It holds for the hub's own tokens and for those of identity providers, from
    the next request on.

    \b
    Example:
      hub partner bind jianshan-civil-affairs
    """

    async def work(runtime: Runtime) -> None:
        found = await partners.bind_partner(runtime.pool, name, bound=not off)
        how = "tokens bound to a client certificate only" if found.certificate_bound else "any token"
        out.print(f"{found.name}: {how}.", markup=False, soft_wrap=True)

    with_hub(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List partners and the tokens that they hold (合作部门一览).

    \b
    Example:
      hub partner list
    """

    async def work(runtime: Runtime) -> None:
        known = await partners.list_partners(runtime.pool)
        tokens = await partners.list_tokens(runtime.pool)
        if as_json:
            print_json({"partners": [_shown(item) for item in known], "tokens": [_shown(item) for item in tokens]})
            return
        now = datetime.now(UTC)
        for item in known:
            ended = "" if item.state == "active" else f"  ({item.state})"
            out.print(f"{item.name}  {item.title}{ended}", style="bold", markup=False, soft_wrap=True)
            who = f"department {item.department}; roles {', '.join(item.roles)}; divisions {', '.join(item.regions)}"
            out.print(f"  {who}", markup=False, soft_wrap=True)
            out.print(f"  purposes {', '.join(item.purposes)}", markup=False, soft_wrap=True)
            if item.certificate_bound:
                out.print("  tokens must be bound to a client certificate", markup=False)
            for held in tokens:
                if held.partner == item.name and held.revoked_at is None and held.expires_at > now:
                    whose = "" if held.member is None else f" of {held.member}"
                    line = f"  token {held.prefix}{whose}, valid until {held.expires_at:%Y-%m-%d}"
                    out.print(line, markup=False, soft_wrap=True)

    with_hub(work)


def _shown(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__dataclass_fields__}
