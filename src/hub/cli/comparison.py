"""One record of the demo as three viewers get it, with marks and numbered reasons: a screen of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from hub.cli.terminal import out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.demo.score import Score
    from hub.sync.runs import SyncReport

VIEWERS: Final = ("civil-affairs", "social-security", "charity")
MASKED, WITHHELD, ABSENT = "▒", "⊘", "∅"
LEGEND: Final = f"{MASKED} masked 脱敏   {WITHHELD} withheld 不予提供   {ABSENT} absent 未登记   ¹ reason, below"
MARKS: Final = {"MASKED": MASKED}
NUMERALS: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LISTS: Final = {
    "recipients": (
        "Recipient 救助对象",
        (
            "category", "status", "monthlyAmount", "region", "person.name", "person.idNumber", "person.birthDate",
            "person.phone", "household.size", "household.address", "household.meansChecks.outcome",
        ),
    ),
    "needs": ("Need 救助需求", ("kind", "urgency", "region", "person.name")),
}  # fmt: skip
"""What is shown of the first row of each list."""


def print_summary(reports: Sequence[SyncReport], found: Score) -> None:
    """One line of what was pulled, one of how right it is."""
    read, loaded = sum(report.rows_read for report in reports), sum(report.loaded for report in reports)
    out.print(f"Synced 同步: {read:,} rows of {len(reports)} sources, {loaded:,} new or changed.", markup=False)
    right = {
        "people": (found.people_right, found.people_known),
        "rows": (found.rows_right, found.rows_identifiable),
        "checks": (found.outcomes_right, found.outcomes_expected),
        "quarantined": (sum(map(min, found.quarantine.values())), sum(one for _, one in found.quarantine.values())),
    }
    parts = ", ".join(
        f"{count:,} {name}" if count == expected else f"{count:,} of {expected:,} {name}"
        for name, (count, expected) in right.items()
    )
    out.print(f"Right 对照真值: {parts}.", markup=False)


def print_record(answers: Mapping[str, Mapping[str, Any]], purposes: Mapping[str, str]) -> None:
    """The first recipient and the first need, a line a field, a column a viewer; then the reasons."""
    reasons = Reasons(answers, purposes)
    out.print("\nOne query, three answers 同一查询，三种答复", style="bold")
    out.print(f"{LEGEND}\n", markup=False)
    table = Table(box=None, padding=(0, 1, 0, 0), show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    for _ in VIEWERS:
        table.add_column(overflow="fold")
    table.add_row("", *VIEWERS, style="bold")
    table.add_row("", *(purposes[viewer] for viewer in VIEWERS), style="dim")
    for name, (title, fields) in LISTS.items():
        rows = {viewer: _first(answers[viewer], name) for viewer in VIEWERS}
        heads = ["" if rows[viewer] else reasons.cell(viewer, (name,), None) for viewer in VIEWERS]
        table.add_row(title, *heads, style="bold")
        for field in fields:
            path = (name, *field.split("."))
            cells = [
                reasons.cell(viewer, path, _value(row, path[1:])) if (row := rows[viewer]) else "" for viewer in VIEWERS
            ]
            table.add_row(f"  {path[-1]}", *cells)
    out.print(table)
    out.print()
    for number, text in enumerate(reasons.texts, start=1):
        out.print(f"{str(number).translate(NUMERALS)} {text}", markup=False)
    out.print("All rows, the auditor's answer and the whole reasons: the same with --all", style="dim")


class Reasons:
    """Why each viewer does not simply get each field; reasons that are the same have one number."""

    def __init__(self, answers: Mapping[str, Mapping[str, Any]], purposes: Mapping[str, str]) -> None:
        self.purposes = purposes
        self.texts: list[str] = []
        self.access = {
            viewer: {
                tuple(part for part in entry["path"].split(".") if part not in {"edges", "node"}): entry
                for entry in answers[viewer]["extensions"]["access"]
            }
            for viewer in VIEWERS
        }

    def cell(self, viewer: str, path: tuple[str, ...], value: object) -> str:
        """A value with its mark, and the number of the reason that is given for it or for what it stands in."""
        given = self.access[viewer]
        entry = next((given[path[:end]] for end in range(len(path), 0, -1) if path[:end] in given), None)
        shown = ABSENT if value is None else str(value)
        if entry is None:
            return shown
        decision = entry["decision"]
        if decision == "WITHHELD" or value is None:
            # Where it depends on the row, an answer does not tell withheld from absent.
            shown = WITHHELD if decision == "WITHHELD" else f"{WITHHELD} or {ABSENT}"
        else:
            shown = f"{MARKS.get(decision, '')}{shown}"
        return f"{shown}{str(self._number(viewer, entry)).translate(NUMERALS)}"

    def _number(self, viewer: str, entry: Mapping[str, Any]) -> int:
        if entry["policies"]:
            text = f"{viewer}: {entry['decision'].lower()} by policy {', '.join(entry['policies'])}"
        else:
            text = f"{viewer}: no policy permits it for {self.purposes[viewer]}"
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def _first(answer: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The first row of a list; none where the list is withheld or empty."""
    rows = (answer.get("data") or {}).get(name) or {}
    return rows["edges"][0]["node"] if rows.get("edges") else None


def _value(row: object, path: tuple[str, ...]) -> object:
    """What stands at a path below a row, of lists in the first of theirs."""
    for part in path:
        if not isinstance(row, dict):
            return None
        row = row.get(part)
        if isinstance(row, dict) and "edges" in row:
            row = row["edges"][0]["node"] if row["edges"] else None
    return row
