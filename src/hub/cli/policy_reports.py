"""``hub policy check | test | diff | matrix``: what policies say, before they are in force."""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hub.cli.policy_source import SOURCE_HELP, packed_from
from hub.cli.terminal import err, out, print_json, run
from hub.domain import CATALOGUE
from hub.policy.cases import differences, read_cases
from hub.policy.matrix import USES, differences_between
from hub.policy.matrix import matrix as cells_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.policy import Policies
    from hub.policy.matrix import Cell, Difference

Source = Annotated[str | None, typer.Argument(metavar="[POLICIES]", help=SOURCE_HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]
_LETTERS = {"lookup": "l", "filter": "f", "sort": "s", "aggregate": "a"}
_SHOWN = {
    "plain": "plain", "some plain": "plain?", "plain or masked": "plain/mask", "masked": "masked",
    "some masked": "masked?", "no": "—",
}  # fmt: skip
_MARKS = {"wider": "+", "narrower": "-", "other rows": "~"}
_COLOURS = {"wider": "bold red", "narrower": "green", "other rows": "yellow"}


def check(source: Source = None) -> None:
    """Say whether policies could be put in force (检查策略).

    Syntax, names, reasons, what could fail or could not become a row filter, and masks that leave too few values.

    \b
    Examples:
      hub policy check
      hub policy check my-policies/
      hub policy check policies-7.bundle
    """
    policies = _loaded(source)
    permits = sum(each["effect"] == "permit" for each in policies.policies.values())
    out.print(
        f"[green]OK[/]  {permits} permits and {len(policies.policies) - permits} forbids for "
        f"{len(policies.terms.roles)} roles and {len(policies.terms.purposes)} purposes."
    )  # fmt: skip
    out.print(f"Digest {policies.digest}", markup=False, soft_wrap=True)


def run_cases(
    source: Source = None,
    role: Annotated[list[str] | None, typer.Option(help="Only the cases of this role; may be repeated")] = None,
) -> None:
    """Hold the golden cases against the policies (测试策略).

    cases/ROLE.yaml says what each role gets; a right that no case expects fails as well. Exit code 1: a case fails.

    \b
    Examples:
      hub policy test
      hub policy test --role charity
    """

    async def load() -> tuple[Policies, dict[str, str]]:
        packed = packed_from(source)
        return packed.policies(CATALOGUE), dict(packed.cases)

    policies, cases = run(load())
    chosen = {name: text for name, text in cases.items() if not role or name[6:-5] in role}
    if not chosen:
        raise typer.BadParameter("there are no cases in cases/ for that")
    failed = 0
    for name, text in sorted(chosen.items()):
        found = run(_differences(text, name, policies))
        failed += len(found)
        out.print(f"[bold red]FAILS[/]  {name}" if found else f"[green]passes[/] {name}")
        for line in found:
            out.print(f"        {line}", markup=False, soft_wrap=True)
    if failed:
        err.print(f"[bold red]{failed}[/] decisions are not as the cases say. Mend the policy or the case.")
        raise typer.Exit(1)


def diff(
    old: Annotated[str, typer.Argument(help="Directory, bundle or git revision")],
    new: Annotated[str | None, typer.Argument(help=SOURCE_HELP)] = None,
    as_json: AsJson = False,
) -> None:
    """Say what another version changes, and widens (对比策略).

    Per role, purpose and field: + wider, - narrower, ~ other rows, which may be wider for some. For a viewer whose
    agreements cover everything. Exit code 1: something is not narrower.

    \b
    Examples:
      hub policy diff HEAD~1                       # against schema/policies
      hub policy diff policies-6.bundle policies-7.bundle
    """

    async def compared() -> list[Difference]:
        before, after = (packed_from(each).policies(CATALOGUE) for each in (old, new))
        return list(differences_between(before, after, CATALOGUE))

    found = run(compared())
    if as_json:
        print_json([asdict(each) for each in found])
    elif not found:
        out.print("Every role gets for every purpose what it got before.")
    else:
        _print_differences(found)
    if any(each.change != "narrower" for each in found):
        raise typer.Exit(1)


def matrix(
    source: Source = None,
    role: Annotated[list[str] | None, typer.Option(help="Only this role; may be repeated")] = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for spreadsheets")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Print a page for browsers")] = False,
) -> None:
    """Show role × field × purpose (权限矩阵).

    Letters: f filter, s sort, l look up, a aggregate. "plain?" and "masked?" are in some of the rows that the
    role sees; ~N: so many values are left behind a mask, beside what is seen of the row; ! fewer than there should be.

    \b
    Examples:
      hub policy matrix --role charity
      hub policy matrix --csv > matrix.csv
    """

    async def decided() -> list[Cell]:
        policies = packed_from(source).policies(CATALOGUE)
        for name in role or ():
            if name not in policies.terms.roles:
                raise typer.BadParameter(f"there is no role {name}; roles are {', '.join(policies.terms.roles)}")
        return list(cells_of(policies, CATALOGUE, frozenset(role) if role else None))

    cells = run(decided())
    if as_json:
        print_json([asdict(each) for each in cells])
    elif as_csv:
        _print_csv(cells)
    elif as_html:
        _print_html(cells)
    else:
        _print_matrix(cells)


def _loaded(source: str | None) -> Policies:
    async def load() -> Policies:
        return packed_from(source).policies(CATALOGUE)

    return run(load())


async def _differences(text: str, name: str, policies: Policies) -> list[str]:
    return list(differences(read_cases(text, name), policies, CATALOGUE))


def _print_differences(found: Sequence[Difference]) -> None:
    """One entry for each change of rows, with all fields and actions that have it."""
    alike: dict[tuple[str, ...], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in found:
        alike[each.role, each.purpose, each.change, each.entity, each.old, each.new][each.item].append(each.action)
    above: tuple[str, ...] = ()
    for (role, purpose, change, entity, old, new), items in alike.items():
        if (role, purpose) != above:
            out.print(f"\n{role} for {purpose}", style="bold")
            above = (role, purpose)
        out.print(f"{_MARKS[change]} {change}: {entity}", style=_COLOURS[change])
        by_actions: dict[str, list[str]] = defaultdict(list)
        for item, actions in items.items():
            by_actions[", ".join(actions)].append(item)
        for allowed, names in by_actions.items():
            _indented(f"{allowed}: {', '.join(names)}")
        _indented(f"was: {old}")
        _indented(f"is:  {new}")
    counted = [f"{sum(each.change == change for each in found)} {change}" for change in _MARKS]
    out.print(f"\n{', '.join(counted)}", markup=False)


def _indented(text: str) -> None:
    out.print(Padding(Text(text), (0, 0, 0, 4)))


def _print_matrix(cells: Iterable[Cell]) -> None:
    by_role: dict[str, dict[tuple[str, str], dict[str, Cell]]] = defaultdict(lambda: defaultdict(dict))
    for cell in cells:
        by_role[cell.role][cell.entity, cell.item][cell.purpose] = cell
    for role, lines in by_role.items():
        purposes = list(dict.fromkeys(purpose for line in lines.values() for purpose in line))
        table = Table(title=role, title_justify="left", title_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("field", overflow="fold")
        for purpose in purposes:
            table.add_column(purpose.replace("-", "-\N{ZERO WIDTH SPACE}"), overflow="fold")
        entity = ""
        for (of, item), line in lines.items():
            if of != entity:
                table.add_row(f"[bold]{of}[/]", *("" for _ in purposes))
                entity = of
            table.add_row(f" {item}", *(_cell(line.get(purpose)) for purpose in purposes))
        out.print(table)
        for rows, where in _rows_in_words(line for line in lines.values()).items():
            out.print(f"  {where}: {rows}", markup=False)
        out.print()


def _rows_in_words(lines: Iterable[dict[str, Cell]]) -> dict[str, str]:
    """Which rows of which entities are there at all, entities with the same rows together."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for line in lines:
        for cell in line.values():
            found[cell.rows][cell.entity] = None
    return {rows: ", ".join(entities) for rows, entities in found.items()}


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "·"
    letters = "".join(_LETTERS[use] for use in USES if use in cell.uses)
    left = "" if cell.left is None else f" ~{cell.left:,}{'!' if cell.too_few else ''}"
    text = f"{_SHOWN[cell.shown]}{left} {letters}".strip()
    if cell.too_few:
        return f"[bold red]{text}[/]"
    return f"[dim]{text}[/]" if cell.shown == "no" and not letters else text


def _print_csv(cells: Iterable[Cell]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(("role", "purpose", "entity", "item", "shown", "uses", "values left", "beside", "rows", "policies"))
    for cell in cells:
        writer.writerow((
            cell.role, cell.purpose, cell.entity, cell.item, cell.shown, " ".join(cell.uses), cell.left,
            " ".join(cell.beside), cell.rows, " ".join(cell.policies),
        ))  # fmt: skip


def _print_html(cells: Sequence[Cell]) -> None:
    colours: dict[str, Any] = {"plain": "#cfe8cf", "some plain": "#e3f1d8", "masked": "#fde8b8", "no": "#f4f4f4"}
    typer.echo(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Policies: role × field × purpose 权限矩阵</title>'
        "<style>body{font:14px sans-serif}table{border-collapse:collapse;margin:1em 0}"
        "td,th{border:1px solid #ccc;padding:2px 6px;text-align:left}</style>"
    )
    by_role: dict[str, dict[tuple[str, str], dict[str, Cell]]] = defaultdict(lambda: defaultdict(dict))
    for cell in cells:
        by_role[cell.role][cell.entity, cell.item][cell.purpose] = cell
    for role, lines in by_role.items():
        purposes = list(dict.fromkeys(purpose for line in lines.values() for purpose in line))
        heads = "".join(f"<th>{escape(each)}" for each in purposes)
        typer.echo(f"<h2>{escape(role)}</h2><table><tr><th>entity<th>field{heads}")
        for (entity, item), line in lines.items():
            typer.echo(f"<tr><td>{escape(entity)}<td>{escape(item)}", nl=False)
            for purpose in purposes:
                found = line.get(purpose)
                if found is None:
                    typer.echo("<td>", nl=False)
                    continue
                colour = "#f6b5b5" if found.too_few else colours.get(found.shown, "#fdf3d8")
                left = "" if found.left is None else f" ~{found.left:,}"
                about = escape(f"{found.rows}; {', '.join(found.policies)}", quote=True)
                said = escape(f"{found.shown}{left} {' '.join(found.uses)}")
                typer.echo(f'<td style="background:{colour}" title="{about}">{said}', nl=False)
            typer.echo("")
        typer.echo("</table>")
