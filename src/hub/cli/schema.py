"""``hub schema``: the GraphQL schema, derived from the declarations."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hub import policy
from hub.cli.terminal import err, out, print_json, run
from hub.domain import CATALOGUE
from hub.errors import SettingsError
from hub.graph import Change, build_schema, changes, restrict, sdl
from hub.query import Document, Views, load_trusted
from hub.settings import Settings

app = typer.Typer(help="The GraphQL schema (数据接口定义).", no_args_is_help=True)


@app.command()
def export(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if the file is not current")] = False,
) -> None:
    """Write the schema to schema/hub.graphql, or check it (导出定义).

    \b
    Examples:
      hub schema export
      hub schema export --check
    """
    text = sdl(build_schema(CATALOGUE))
    file = _checked_in()
    if check:
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            err.print(f"{file} is not current. Write it with: hub schema export", markup=False)
            raise typer.Exit(1)
        out.print(f"{file} is current.", markup=False)
        return
    file.write_text(text, encoding="utf-8")
    out.print(f"Wrote {file}.", markup=False)


@app.command("print")
def print_() -> None:
    """Print the schema (显示定义).

    \b
    Example:
      hub schema print > hub.graphql
    """
    typer.echo(sdl(build_schema(CATALOGUE)))


@app.command()
def diff(
    old: Annotated[str | None, typer.Argument(help="SDL file or git revision; default: schema/hub.graphql")] = None,
    announced: Annotated[
        Path | None, typer.Option(help="Text file; a breaking change that stands in it in these words does not fail")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False,
) -> None:
    """Say what a change of the schema breaks (对比接口变更).

    Compares the schema as declared with an older one. Exit code 1: a query that was valid may not be valid any more.

    \b
    Examples:
      hub schema diff                  # against the file that is checked in
      hub schema diff HEAD~1           # against that file at a git revision
      hub schema diff partner.graphql  # against any SDL file
    """
    found, accepted = run(_compared(old, announced))
    if as_json:
        print_json([{"kind": one.kind, "breaking": one.breaking, "change": one.description} for one in found])
    else:
        for one in found:
            word = "announced" if one in accepted else "breaking" if one.breaking else "dangerous"
            out.print(f"{word}: {one.description}", markup=False, soft_wrap=True)
        if not found:
            out.print("No query that was valid breaks, and none gets another answer.")
    if any(one.breaking and one not in accepted for one in found):
        raise typer.Exit(1)


@app.command()
def operations(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False) -> None:
    """List the trusted documents and their documentId (可信查询清单).

    Fails where one is not valid.

    \b
    Example:
      hub schema operations
    """
    found = run(_manifest())
    if as_json:
        print_json(
            {key: {"roles": sorted(one.roles), "file": one.file, "operations": one.operations} for key, one in found}
        )
        return
    for key, one in found:
        out.print(f"{key}  {one.file}", markup=False, soft_wrap=True)


async def _manifest() -> list[tuple[str, Document]]:
    directory = Settings.load().schema_directory
    policies = policy.load(directory / "policies", CATALOGUE)
    views = Views(partial(restrict, build_schema(CATALOGUE), CATALOGUE), policies, CATALOGUE)
    return sorted(load_trusted(directory / "operations", views, only=False).documents.items(), key=_file)


def _file(item: tuple[str, Document]) -> str:
    return item[1].file


async def _compared(old: str | None, announced: Path | None) -> tuple[list[Change], set[Change]]:
    """The changes, and those among them that were announced."""
    found = changes(_older(old), sdl(build_schema(CATALOGUE)))
    text = _text(announced) if announced else ""
    return found, {one for one in found if one.breaking and one.description.rstrip(".") in text}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read as text: {type(error).__name__}.") from None


def _older(old: str | None) -> str:
    file = _checked_in() if old is None else Path(old)
    if file.is_file():
        return _text(file)
    if old is None:
        raise SettingsError(f"{file} is missing. Write it with: hub schema export")
    tracked = _checked_in()
    done = subprocess.run(  # noqa: S603 - one argument is given, and it cannot be an option
        ["git", "show", "--end-of-options", f"{old}:./{tracked.name}"],  # noqa: S607 - found on PATH, as a person would
        cwd=tracked.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SettingsError(f"{old} is neither a file nor a git revision that has {tracked.name}.")
    return done.stdout


def _checked_in() -> Path:
    return Settings.load().schema_directory / "hub.graphql"
