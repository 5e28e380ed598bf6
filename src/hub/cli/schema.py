"""``hub schema``: the GraphQL schema, derived from the declarations."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from hub import policy
from hub.cli.terminal import err, out, print_json, run
from hub.derived import case_files, schema_files
from hub.domain import CATALOGUE
from hub.errors import SettingsError
from hub.graph import Change, build_schema, changes, restrict, sdl
from hub.graph.schema import REFRESH
from hub.postgres.embedded import embedded
from hub.query import Document, ViewerSchemas, load_trusted
from hub.settings import Settings
from hub.store.migrate import draft, upgrade

app = typer.Typer(help="The GraphQL schema (数据接口定义).", no_args_is_help=True)


@app.command()
def derive(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a file is not current")] = False,
) -> None:
    """Write all that is derived from the declarations (生成派生文件).

    schema/hub.graphql, the policies' schema, the JSON Schemas beside YAML files,
    and drafts of golden cases that are lacking. A draft counts once a person has
    read it and taken its line `draft: true` away.

    \b
    Examples:
      hub schema derive
      hub schema derive --check
    """
    stale = run(_derive(check=check))
    if check and stale:
        raise typer.Exit(1)


@app.command()
def migrate(
    name: Annotated[str, typer.Argument(help="What changes, in a few words; it becomes the file's name")],
) -> None:
    """Draft the migration that changed declarations need (生成迁移草稿).

    Compares on an embedded database of its own, which is thrown away. Read the
    draft: a renamed column is told as one that goes and another that comes, and
    rows that are there may need a value.

    \b
    Example:
      hub schema migrate "disability cards"
    """
    file = run(_migrate(name))
    if file is None:
        out.print("The migrations make the tables as they are declared: there is nothing to do.")
    else:
        _format(file)
        out.print(f"Drafted {file}. Read it before you use it.", markup=False)


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


async def _derive(*, check: bool) -> bool:
    """Write what is not current, or tell it; return whether there was any."""
    directory = Settings.load().schema_directory
    stale = False
    # Schemas first: they stand even where a policy does not fit them yet.
    for files in (schema_files, case_files):
        for file in files(directory):
            if file.current:
                continue
            stale = True
            if check:
                err.print(f"{file.path} is not current. Write it with: {REFRESH}", markup=False, soft_wrap=True)
            else:
                file.write()
                out.print(f"Wrote {file.path}.", markup=False, soft_wrap=True)
    if not stale:
        out.print("All derived files are current.")
    return stale


async def _migrate(name: str) -> Path | None:
    with TemporaryDirectory() as home:
        async with embedded(Path(home)) as server:
            await upgrade(server.url)
            return await draft(server.url, name)


def _format(file: Path) -> None:
    """Format as the project does, where its formatter is installed: a draft names more imports than it needs."""
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists():
        for arguments in (("format",), ("check", "--fix")):
            subprocess.run([ruff, *arguments, "--quiet", file], check=False)  # noqa: S603 - our own tool and file


async def _manifest() -> list[tuple[str, Document]]:
    directory = Settings.load().schema_directory
    policies = policy.load(directory / "policies", CATALOGUE)
    views = ViewerSchemas(partial(restrict, build_schema(CATALOGUE), CATALOGUE), policies, CATALOGUE)
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
        raise SettingsError(f"{file} is missing. Write it with: {REFRESH}")
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
