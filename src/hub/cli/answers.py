"""Prints answers side by side, and how right a synchronisation was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hub.cli.terminal import out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.demo.score import Score

NOTHING = "—"
"""Withheld, or unknown: the table of reasons below tells which."""


def print_answers(query: str, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """One line a field, one column a viewer; below, what was masked or withheld, and why."""
    out.print("\nThe same query as each viewer 同一查询，不同视角\n", style="bold")
    out.print(query, markup=False, soft_wrap=True)
    flat = {name: dict(_leaves(answer.get("data") or {}, ())) for name, answer in answers.items()}
    table = Table(title="Answers 答复", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("field 字段", overflow="fold")
    for name in answers:
        table.add_column(name, overflow="fold", min_width=len(name))
    above: Path = ()
    for path in _order(flat):
        for depth in range(1, len(path)):
            if path[:depth] != above[:depth]:
                table.add_row(_indented(path[:depth]), style="bold" if depth == 1 else "")
        above = path
        table.add_row(_indented(path), *(lines.get(path, NOTHING) for lines in flat.values()))
    out.print(table)
    for name, answer in answers.items():
        access = answer.get("extensions", {}).get("access", [])
        if access:
            title = f"{name}: masked or withheld, and why 脱敏与不予提供"
            reasons = Table(title=title, title_justify="left", show_header=False)
            for column in ("path", "decision", "why"):
                reasons.add_column(column, overflow="fold")
            for entry in access:
                short = entry["path"].replace("edges.node.", "")
                reasons.add_row(short, entry["decision"], entry["reason"])
            out.print(reasons)


Path = tuple[str, ...]
NOT_SHOWN = {"cursor", "endCursor", "id"}
"""Long and opaque: they say nothing to a reader."""


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every leaf of an answer with its path; ``edges`` and ``node`` are left out of it."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in NOT_SHOWN:
                yield from _leaves(item, path if key in {"edges", "node"} else (*path, key))
    elif isinstance(value, list):
        for at, item in enumerate(value, start=1):
            yield from _leaves(item, (*path[:-1], f"{path[-1]} {at}"))
    else:
        yield path, NOTHING if value is None else str(value)


def _order(flat: Mapping[str, Mapping[Path, str]]) -> list[Path]:
    """All paths that are leaves for whoever sees most, each below what it belongs to."""
    paths = list(dict.fromkeys(path for lines in flat.values() for path in lines))

    def opened(path: Path) -> bool:
        """Whether another viewer sees into what is only a dash here."""
        return any(
            other[: len(path) - 1] == path[:-1]
            and len(other) > len(path) - 1
            and other != path
            and (other[len(path) - 1] == path[-1] or other[len(path) - 1].rpartition(" ")[0] == path[-1])
            for other in paths
        )

    return [path for path in paths if not opened(path)]


def _indented(path: Path) -> str:
    return " " * (len(path) - 1) + path[-1]


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
