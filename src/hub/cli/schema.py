"""``hub schema``: the GraphQL schema, derived from the declarations."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.terminal import err, out
from hub.domain import CATALOGUE
from hub.graph import build_schema, sdl
from hub.settings import Settings

app = typer.Typer(help="The GraphQL schema. 数据接口定义。", no_args_is_help=True)


@app.command()
def export(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if the file is not current")] = False,
) -> None:
    """Write the schema to schema/hub.graphql, or check that it stands there."""
    text = sdl(build_schema(CATALOGUE))
    file = Settings.load().schema_directory / "hub.graphql"
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
    """Print the schema."""
    typer.echo(sdl(build_schema(CATALOGUE)))
