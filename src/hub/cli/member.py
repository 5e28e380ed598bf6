"""``hub member``: the people behind the partners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.auth import Identity, MemberUnfit, enroll, identity, issue_token, require_in_force
from hub.cli.partner import AsJson, Certificate, divisions_of, known_divisions, read_certificate, with_hub
from hub.cli.terminal import out, print_json
from hub.store import members, partners

if TYPE_CHECKING:
    from hub.auth import Issuers
    from hub.runtime import Runtime
    from hub.store.members import MemberRow

app = typer.Typer(help="Members of partners: who asks (合作部门人员).", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="The member's token, mem_…; its first 8 digits are enough")]


@app.command()
def add(
    partner: Annotated[str, typer.Argument(help="The partner's short name")],
    name: Annotated[str, typer.Option(help="Name of the person; kept sealed")],
    role: Annotated[list[str] | None, typer.Option(help="Role, of the partner's; default all of them")] = None,
    purpose: Annotated[list[str] | None, typer.Option(help="Purpose, of the partner's; default all")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Division, within the partner's; default all")] = None,
    issuer: Annotated[str | None, typer.Option(help="Identity provider, as issuers.yaml names it")] = None,
    subject: Annotated[str | None, typer.Option(help="Who it is there; kept sealed")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a member to a partner (登记人员).

    Options may be repeated. A member never has more than its partner. Audit and
    histories name it by the token that is printed here. With --issuer and
    --subject it asks with access tokens of that identity provider.

    \b
    Examples:
      hub member add jianshan-civil-affairs --name 王小明 --region 230502001
      hub member add jianshan-civil-affairs --name 李小红 --subject li-0451 \\
          --issuer https://id.jianshan.gov.cn
    """

    async def work(runtime: Runtime) -> None:
        found = await partners.find_partner(runtime.pool, partner)
        require_issuer(runtime.issuers, issuer, subject, partner)
        divisions = divisions_of(region or [], await known_divisions(runtime.pool))
        row = await enroll(
            runtime.pool, runtime.vault, found, Identity(name, issuer, subject), roles=role or [], regions=divisions,
            purposes=purpose or [], now=datetime.now(UTC),
        )  # fmt: skip
        if as_json:
            print_json(_json(row, identity(runtime.vault, row)))
            return
        _print(row, identity(runtime.vault, row))
        out.print(f"Issue a token with: hub member token {row.member.text}", markup=False, soft_wrap=True)

    with_hub(work)


def require_issuer(known: Issuers, issuer: str | None, subject: str | None, partner: str) -> None:
    """Refuse an identity provider that could not vouch for a member of this partner: nothing would come of it."""
    if (issuer is None) != (subject is None):
        raise typer.BadParameter("--issuer and --subject go together.")
    if issuer is None:
        return
    names = {each.issuer: each.partner_names for each in known.issuers}
    if issuer not in names:
        raise MemberUnfit(f"issuers.yaml has no issuer {issuer}. It has: {', '.join(sorted(names)) or 'none'}.")
    if partner not in names[issuer]:
        raise MemberUnfit(f"By issuers.yaml, {issuer} does not speak for members of {partner}.")


@app.command("list")
def list_(
    partner: Annotated[str | None, typer.Argument(help="The partner's short name; default all partners")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that were ended")] = False,
    as_json: AsJson = False,
) -> None:
    """List members with their names (人员一览).

    \b
    Examples:
      hub member list
      hub member list jianshan-civil-affairs --ended
    """

    async def work(runtime: Runtime) -> None:
        if partner is not None:
            await partners.find_partner(runtime.pool, partner)
        rows = [row for row in await members.list_members(runtime.pool, partner) if ended or _in_force(row)]
        if as_json:
            print_json([_json(row, identity(runtime.vault, row)) for row in rows])
            return
        for row in rows:
            _print(row, identity(runtime.vault, row))
        if not rows:
            out.print("No members. Add one with: hub member add PARTNER --name NAME", markup=False)

    with_hub(work)


@app.command()
def show(member: Which, as_json: AsJson = False) -> None:
    """Show one member, with the tokens that it holds (查看人员).

    \b
    Example:
      hub member show mem_3f9a07c2
    """

    async def work(runtime: Runtime) -> None:
        row = await members.find_member(runtime.pool, member)
        now = datetime.now(UTC)
        held = [
            token
            for token in await partners.list_tokens(runtime.pool)
            if token.member == row.member.text and token.revoked_at is None and token.expires_at > now
        ]
        if as_json:
            tokens = [{"prefix": token.prefix, "expiresAt": token.expires_at.isoformat()} for token in held]
            print_json({**_json(row, identity(runtime.vault, row)), "tokens": tokens})
            return
        _print(row, identity(runtime.vault, row))
        for token in held:
            out.print(f"  token {token.prefix}, valid until {token.expires_at:%Y-%m-%d}", markup=False)

    with_hub(work)


@app.command()
def end(member: Which) -> None:
    """End a member, with all of its tokens (停用人员).

    It takes effect at once, also for answers, exports and streams that are
    under way, and for tokens of an identity provider.

    \b
    Example:
      hub member end mem_3f9a07c2
    """

    async def work(runtime: Runtime) -> None:
        row = await members.find_member(runtime.pool, member)
        require_in_force(row)
        await members.end_member(runtime.pool, row.member.token, datetime.now(UTC))
        out.print(f"Ended {row.member.text} of {row.partner}.", markup=False, soft_wrap=True)

    with_hub(work)


@app.command()
def token(
    member: Which,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days until it expires")] = 90,
    certificate: Certificate = None,
    as_json: AsJson = False,
) -> None:
    """Issue a token for a member (发放个人令牌).

    It is shown once; the hub keeps only its hash. Revoke it with
    hub partner revoke, or end the member.

    \b
    Example:
      hub member token mem_3f9a07c2 --days 30
    """
    bound = read_certificate(certificate)

    async def work(runtime: Runtime) -> None:
        row = await members.find_member(runtime.pool, member)
        require_in_force(row)
        now = datetime.now(UTC)
        made = await issue_token(runtime.pool, row.partner, now, timedelta(days=days), member=row, certificate=bound)
        expires = now + timedelta(days=days)
        if as_json:
            print_json({
                "member": row.member.text, "token": made.text, "prefix": made.prefix, "expiresAt": expires.isoformat(),
            })  # fmt: skip
        else:
            out.print(made.text, markup=False, soft_wrap=True)
            out.print(f"Valid until {expires:%Y-%m-%d}. Revoke with: hub partner revoke {made.prefix}", markup=False)

    with_hub(work)


def _in_force(row: MemberRow) -> bool:
    return row.member.ended_at is None


def _print(row: MemberRow, who: Identity) -> None:
    member = row.member
    ended = "" if member.ended_at is None else f"  (ended {member.ended_at:%Y-%m-%d})"
    out.print(f"{member.text}  {who.name}{ended}", style="bold", markup=False, soft_wrap=True)
    has = f"{row.partner}; roles {', '.join(member.roles)}; divisions {', '.join(member.regions)}"
    out.print(f"  {has}", markup=False, soft_wrap=True)
    out.print(f"  purposes {', '.join(member.purposes)}", markup=False, soft_wrap=True)
    if who.issuer is not None:
        out.print(f"  {who.subject} at {who.issuer}", markup=False, soft_wrap=True)


def _json(row: MemberRow, who: Identity) -> dict[str, Any]:
    member = row.member
    return {
        "member": member.text, "partner": row.partner, "name": who.name, "issuer": who.issuer, "subject": who.subject,
        "roles": member.roles, "regions": member.regions, "purposes": member.purposes,
        "createdAt": row.created_at.isoformat(),
        "endedAt": None if member.ended_at is None else member.ended_at.isoformat(),
    }  # fmt: skip
