"""Reports of means checks in a minute, as PDF and as page: one of three people, and one of eight with all items.

Each report that is printed has another number and another name, so nothing that was set before is taken again. The
whole way is timed, from the content's JSON to the bytes; fonts are looked for once a process, and told apart.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from hub.means.composing import canonical
from hub.means.printed import page, pdf, read_content
from hub.means.rules.vocabulary import ITEMS
from reporting import CODE, content, inputs

if TYPE_CHECKING:
    from collections.abc import Callable

AIM = 100
"""PDFs a minute that were asked for."""


def small(number: int) -> bytes:
    """Three people, five departments, four reports of them."""
    given: Any = inputs(number=f"HD230502-2026-{number:010X}")
    given["members"][0]["name"] = f"欧阳{chr(0x4E00 + number % 20_000)}"
    return canonical(content(**given)).encode()


def large(number: int) -> bytes:
    """Eight people, every item of each reported and asked for."""
    given: Any = inputs(number=f"HD230502-2026-{number:010X}")
    one, fact, question = given["members"][0], given["facts"][0], given["asked"][0]
    keys = [str(key) for key in range(1, 9)]
    given["members"] = [{**one, "key": key, "name": f"欧阳{chr(0x4E00 + number % 20_000)}{key}"} for key in keys]
    given["facts"] = [
        {**fact, "key": f"F{key}{place}", "person": key, "item": item}
        for key in keys
        for place, item in enumerate(ITEMS)
    ]
    given["asked"] = [{**question, "person": key, "items": [item]} for key in keys for item in ITEMS]
    return canonical(content(**given)).encode()


def measure(made: list[bytes], printer: Callable[[Any, str], Any]) -> tuple[float, float, int]:
    """Return seconds, seconds of processors and bytes, of one report each."""
    began, used, size = time.perf_counter(), time.process_time(), 0
    for text in made:
        printed = printer(read_content(text), CODE)
        size += len(printed if isinstance(printed, bytes) else printed.encode())
    count = len(made)
    return (time.perf_counter() - began) / count, (time.process_time() - used) / count, size // count


def main() -> None:
    """Measure, and print a table. Fails where fewer PDFs are made than were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=200, help="reports of each kind")
    count = parser.parse_args().reports
    console = Console()
    began = time.perf_counter()
    pdf(read_content(small(0)), CODE)
    console.print(f"The first PDF of a process, with its fonts: {time.perf_counter() - began:.2f} s")
    table = Table("report", "as", "a minute", "a minute of one core", "KiB")
    slowest = float("inf")
    for name, make in (("3 people", small), ("8 people, 13 items", large)):
        made = [make(number) for number in range(1, count + 1)]
        for kind, printer in (("PDF", pdf), ("page", page)):
            wall, core, size = measure(made, printer)
            slowest = min(slowest, 60 / core)
            table.add_row(name, kind, f"{60 / wall:,.0f}", f"{60 / core:,.0f}", f"{size / 1024:.0f}")
    console.print(table)
    console.print(f"Largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    if slowest < AIM:
        sys.exit(f"fewer than {AIM} PDFs a minute")


if __name__ == "__main__":
    main()
