"""The commands. Each parses, calls one function, prints."""

from __future__ import annotations

import typer

from hub.cli import (
    audit,
    catalogue,
    demo,
    explain,
    match,
    means,
    member,
    partner,
    policy,
    policy_explain,
    policy_reports,
    regions,
    resource,
    rules,
    schema,
    serve,
    sync,
    webhook,
    work,
)
from hub.cli.terminal import said
from hub.errors import HubError
from hub.settings import described

app = typer.Typer(
    name="hub",
    help="Data sharing for social assistance (社会救助数据共享枢纽).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # frames around options leave 80 columns too little room
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("serve", epilog=f"\b\nSettings, from the environment (设置):\n{described()}")(serve.serve)
app.command("sync")(sync.sync)
app.command("work")(work.work)
app.command("catalogue")(catalogue.catalogue)
app.command("explain")(explain.explain)
app.command("migrate")(serve.migrate)
app.add_typer(partner.app, name="partner")
app.add_typer(member.app, name="member")
app.add_typer(webhook.app, name="webhook")
policy.app.command("check")(policy_reports.check)
policy.app.command("test")(policy_reports.run_cases)
policy.app.command("explain")(policy_explain.explain)
policy.app.command("diff")(policy_reports.diff)
policy.app.command("matrix")(policy_reports.matrix)
app.add_typer(policy.app, name="policy")
app.add_typer(resource.app, name="resource")
app.add_typer(match.app, name="match")
app.add_typer(means.app, name="means")
app.add_typer(rules.app, name="rules")
app.add_typer(regions.app, name="regions")
app.add_typer(schema.app, name="schema")
app.add_typer(audit.app, name="audit")


def main() -> None:
    """The command ``hub``. Whatever goes wrong before a command's work begins is one line too."""
    try:
        app()
    except HubError as error:
        raise SystemExit(said(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


__all__ = ["app", "main"]
