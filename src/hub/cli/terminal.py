"""What all commands share: one way to run, to fail and to print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import typer
import uvloop
from rich.console import Console

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's work; a ``HubError`` becomes one clear line and exit code 1."""
    try:
        return uvloop.run(work)
    except HubError as error:
        raise typer.Exit(said(error)) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def said(error: HubError) -> int:
    """Say what went wrong, where errors go; return the exit code."""
    err.print(f"[bold red]{error.code}[/] ", end="")
    err.print(error.message, markup=False)
    return 1


def print_json(value: Any) -> None:
    """Print for scripts: one JSON document and nothing else."""
    sys.stdout.buffer.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()
