"""Prints answers side by side, and how right a synchronisation was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from hub.cli.terminal import out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.demo.score import Score

WITHHELD = "—"


def print_answers(query: str, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """One line a field, one column a viewer; below, what was masked or withheld, and why."""
    out.print("\nThe same query as each viewer 同一查询，不同视角\n", style="bold")
    out.print(query, markup=False)
    flat = {name: dict(_lines(answer.get("data") or {})) for name, answer in answers.items()}
    paths = list(dict.fromkeys(path for lines in flat.values() for path in lines))
    shown = [path for path in paths if not any(other.startswith(f"{path}.") for other in paths)]
    table = Table("field", *answers, title="Answers 答复", title_justify="left", show_lines=False)
    for path in shown:
        table.add_row(path, *(_cell(lines, path) for lines in flat.values()))
    out.print(table)
    for name, answer in answers.items():
        access = answer.get("extensions", {}).get("access", [])
        if access:
            reasons = Table(
                "path", "decision", "why", title=f"{name}: masked or withheld 脱敏与不予提供", title_justify="left"
            )
            for entry in access:
                reasons.add_row(entry["path"], entry["decision"], entry["reason"])
            out.print(reasons)


def _cell(lines: Mapping[str, str], path: str) -> str:
    """The value at a path; a dash where the viewer has nothing there, or nothing above it."""
    return lines.get(path, WITHHELD)


def _lines(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf of an answer with its path; ``edges`` and ``node`` are left out of the path."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in {"cursor", "endCursor", "id"}:
                continue
            step = path if key in {"edges", "node"} else f"{path}.{key}" if path else key
            yield from _lines(item, step)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _lines(item, f"{path}[{at}]")
    else:
        yield path, WITHHELD if value is None else str(value)


def print_score(found: Score) -> None:
    """What was synced, merged and set aside, against the truth."""
    table = Table("against the ground truth 对照真值", "hub", "truth", title="How right it is", title_justify="left")
    table.add_row("people known", f"{found.people_found:,}", f"{found.people_known:,}")
    table.add_row("  of them right", f"{found.people_right:,}", f"{found.people_known:,}")
    table.add_row("source rows linked to the right person", f"{found.rows_right:,}", f"{found.rows_identifiable:,}")
    table.add_row("  precision", f"{found.precision:.4f}", "1.0")
    table.add_row("  recall", f"{found.recall:.4f}", "1.0")
    for rule, (count, expected) in found.quarantine.items():
        table.add_row(f"quarantined by {rule}", f"{count:,}", f"{expected:,}")
    table.add_row("means checks as the truth has them", f"{found.outcomes_right:,}", f"{found.outcomes_expected:,}")
    out.print(table)
