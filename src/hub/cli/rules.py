"""``hub rules``: the rules of the means check, read, tested, explained and compared. Nothing here opens a hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from hub.cli.terminal import err, out, print_json
from hub.crypto import read_signing_key
from hub.errors import HubError, SettingsError
from hub.means.rules import DIRECTORY, load_rules, sign
from hub.means.rules.case import plain
from hub.means.rules.cases import load_cases, run_case
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.means.rules import Result, Rules
    from hub.means.rules.cases import GoldenCase, Tested

app = typer.Typer(help="Rules of the means check (核对规则).", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]
Directory = Annotated[
    Path | None, typer.Option("--rules", help="Directory of rules; schema/rules unless said", file_okay=False)
]


@app.command()
def check(directory: Directory = None, as_json: AsJson = False) -> None:
    """Say what is wrong with rules (检查规则).

    Dates that overlap or leave a gap, divisions without a standard, names that nothing has, rows that are never
    reached, citations that stand in no list. What rests on no text is named: such rules are for the demo alone.

    \b
    Examples:
      hub rules check
      hub rules check --rules drafts/2027
    """
    rules = _rules(directory)
    bundle = rules.bundle
    if as_json:
        print_json({
            "version": bundle.version, "digest": rules.digest, "demo": bundle.demo, "unread": list(rules.unread),
        })  # fmt: skip
        return
    out.print(
        f"{bundle.zh} {bundle.en}\nVersion {bundle.version}, digest {rules.digest[:16]}…: nothing is wrong.",
        markup=False,
    )
    if rules.unread:
        out.print(f"{len(rules.unread)} values and rows rest on no text; for the demo alone:", style="yellow")
        for place in rules.unread:
            out.print(f"  {place}", style="dim", markup=False)


@app.command("sign")
def sign_rules(
    key: Annotated[Path, typer.Option("--key", help="Private key, as hub policy keygen makes it", dir_okay=False)],
    directory: Directory = None,
) -> None:
    """Sign rules; where policies must be, they must be too (签署规则).

    \b
    Examples:
      hub rules sign --key rules.key
    """
    signer = read_signing_key(key)
    try:
        file = sign(_rules(directory), _where(directory), signer)
    except OSError as wrong:
        raise SettingsError(f"The signature cannot be written: {wrong.strerror}.") from None
    out.print(f"Signed with key {signer.public.id}: {file}", markup=False, soft_wrap=True)


@app.command("test")
def run_cases(directory: Directory = None, as_json: AsJson = False) -> None:
    """Ask the rules about all golden cases (测试规则).

    \b
    Examples:
      hub rules test
    """
    rules = _rules(directory)
    tested = [_tested(rules, golden) for golden in _cases(directory)]
    wrong = [each for each in tested if each.wrong]
    if as_json:
        print_json({"cases": len(tested), "wrong": {each.golden.name: list(each.wrong) for each in wrong}})
    else:
        for each in wrong:
            out.print(f"{each.golden.name}: {'; '.join(each.wrong)}", style="red", markup=False)
        out.print(f"{len(tested) - len(wrong)} of {len(tested)} cases hold.", markup=False)
    if wrong:
        raise typer.Exit(1)


@app.command()
def explain(
    case: Annotated[str, typer.Argument(help="Name of a golden case, or how it begins")],
    directory: Directory = None,
    as_json: AsJson = False,
) -> None:
    """Say what rules say of a case, with every input and article (解释).

    \b
    Examples:
      hub rules explain "totals and not amounts a head, 632"
    """
    rules = _rules(directory)
    found = [golden for golden in _cases(directory) if golden.name.startswith(case)]
    if len(found) != 1:
        known = "".join(f"\n  {each.name}" for each in found or _cases(directory))
        raise SettingsError(f"{'No' if not found else 'More than one'} case begins so. There are:{known}")
    result = _tested(rules, found[0], lines=True).result
    if as_json:
        print_json(_shown(result))
        return
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("rule 规则", "says 结论", "from 依据", "article 条款"):
        table.add_column(name, overflow="fold")
    for line in result.lines:
        inputs = "\n".join(f"{name} {value} ({where})" for name, value, where in line.inputs)
        table.add_row(f"{line.rule}\n{line.zh}", line.value, inputs, "\n".join(line.cites))
    out.print(table)
    out.print("The hub reports; it decides nothing. 只核对不认定", style="dim")


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="Directory of the rules as they are", file_okay=False)],
    new: Annotated[Path, typer.Argument(help="Directory of the rules as they shall be", file_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Say which cases two versions decide differently (比较).

    \b
    Examples:
      hub rules diff schema/rules drafts/2027
    """
    before, after = _rules(old), _rules(new)
    cases = {golden.name: golden for directory in (old, new) for golden in _cases(directory)}
    changed: list[dict[str, Any]] = []
    for name, golden in cases.items():
        was, now = _said(before, golden), _said(after, golden)
        if was != now:
            changed.append({"case": name, "was": was, "now": now})
    if as_json:
        print_json({"cases": len(cases), "changed": changed})
        return
    for each in changed:
        out.print(f"{each['case']}\n  {each['was']}\n  {each['now']}", markup=False)
    out.print(f"{len(changed)} of {len(cases)} cases are decided differently.", markup=False)


def _said(rules: Rules, golden: GoldenCase) -> str:
    try:
        result = run_case(rules, golden).result
    except HubError as wrong:
        return f"{wrong.code} {wrong.message}"
    pay = "" if result.pay is None else f", {plain(result.pay)} CNY a month"
    return f"{result.outcome}, {result.indication}{pay}"


def _shown(result: Result) -> dict[str, Any]:
    return {
        "outcome": result.outcome, "indication": result.indication,
        "pay": None if result.pay is None else plain(result.pay), "months": result.months,
        "lines": [
            {"rule": line.rule, "zh": line.zh, "en": line.en, "value": line.value, "inputs": line.inputs,
             "cites": line.cites}
            for line in result.lines
        ],
    }  # fmt: skip


def _rules(directory: Path | None) -> Rules:
    return load_rules(_where(directory))


def _cases(directory: Path | None) -> tuple[GoldenCase, ...]:
    return load_cases(_where(directory))


def _tested(rules: Rules, golden: GoldenCase, *, lines: bool = False) -> Tested:
    try:
        return run_case(rules, golden, lines=lines)
    except HubError:
        err.print(f"{golden.name}: ", end="", markup=False)
        raise


def _where(directory: Path | None) -> Path:
    return directory if directory is not None else Settings.load().schema_directory / DIRECTORY
