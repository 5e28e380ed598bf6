"""A decision for each null and masked value of an answer, where a viewer asks for it (``hub.query.plan.cells``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.query.answer.columns import JsonShape, column_shape
from hub.query.plan.fields import HIDDEN
from hub.query.plan.roots import NodesRoot
from hub.query.plan.tree import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.policy import Policies
    from hub.query.plan.fields import Cell, CellsField
    from hub.query.plan.roots import AccessEntry, ReadPlan
    from hub.query.statement.layout import FetchedRow, Layout

ABSENT: Final = "ABSENT"
WITHHELD: Final = "WITHHELD"
MASKED: Final = "MASKED"
UNDISCLOSED: Final = "UNDISCLOSED"

# What is decided of a cell in one row, as one letter of the hidden text.
_SHOWN: Final = "s"
_MASKED: Final = "m"
_WITHHELD: Final = "w"
_UNDISCLOSED: Final = "u"
_MASKED_OR_UNDISCLOSED: Final = "n"
_OF_NULL: Final = {_SHOWN: ABSENT, _MASKED: ABSENT, _WITHHELD: WITHHELD}
_OF_VALUE: Final = {_MASKED: MASKED, _MASKED_OR_UNDISCLOSED: MASKED}


def cells_shape(item: CellsField, layout: Layout) -> JsonShape:
    """The hidden text of each row: the number of the object in the plan, and a letter for each of its cells."""
    letters = [_letter(cell, layout) for cell in item.cells]
    return column_shape(
        lambda rows, _run: [
            b'[%d,"%s"]' % (item.number, "".join([letter(row) for letter in letters]).encode()) for row in rows
        ]
    )


def _letter(cell: Cell, layout: Layout) -> Callable[[FetchedRow], str]:
    read, plain = _holds(cell.read, layout), _holds(cell.plain, layout)

    def letter(row: FetchedRow) -> str:
        if not read(row):
            return _WITHHELD if cell.told else _UNDISCLOSED
        if plain(row):
            return _SHOWN if cell.told else _UNDISCLOSED
        return _MASKED if cell.told else _MASKED_OR_UNDISCLOSED

    return letter


def _holds(condition: Flag | bool, layout: Layout) -> Callable[[FetchedRow], bool]:  # noqa: FBT001 - one of two kinds of answers
    if not isinstance(condition, Flag):
        return lambda _row: condition
    place = layout.places[condition]
    return lambda row: bool(row[place])


@dataclass(slots=True)
class Decisions:
    """What is found on the way through an answer: cells, and the reasons that they share."""

    plan: ReadPlan
    policies: Policies
    found: list[dict[str, Any]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    access: Mapping[str, AccessEntry] = field(init=False)

    def __post_init__(self) -> None:
        self.access = {entry.path: entry for entry in self.plan.access}

    def add(self, path: Sequence[str | int], kind: str, about: str) -> None:
        """Note the decision on a cell. ``about``: where ``extensions.access`` speaks of the field."""
        reason = None
        if kind != ABSENT and about in self.access:
            reason = self.reasons.setdefault(about, len(self.reasons))
        self.found.append({"path": list(path), "kind": kind, "reason": reason})

    def formatted(self) -> dict[str, Any]:
        """As ``extensions.cells`` has it."""
        return {"cells": self.found, "reasons": [self._reason(self.access[path]) for path in self.reasons]}

    def _reason(self, entry: AccessEntry) -> dict[str, Any]:
        known = self.policies.reasons
        return {
            "path": entry.path,
            "policies": [
                {"id": name, "en": known[name].en, "zh": known[name].zh}
                if name in known
                else {"id": name, "en": None, "zh": None}
                for name in entry.policies
            ],
        }


def decided(data: bytes, plan: ReadPlan, policies: Policies) -> tuple[bytes, dict[str, Any]]:
    """Return the answer without the hidden texts, and what they say of its nulls and masked values."""
    answer = orjson.loads(data)
    decisions = Decisions(plan, policies)
    for root in plan.roots:
        value = answer[root.key]
        if value is None:
            kind = WITHHELD if root.key in decisions.access else UNDISCLOSED
            decisions.add([root.key], kind, root.key)
        elif isinstance(root, NodesRoot):
            for at, row in enumerate(value):
                if row is None:
                    decisions.add([root.key, at], UNDISCLOSED, root.key)
        _walk(value, [root.key], decisions)
    return orjson.dumps(answer), decisions.formatted()


def _walk(value: Any, path: list[str | int], decisions: Decisions) -> None:
    """Go through all that is below, deepest last; the hidden texts are taken out."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            _walk(item, [*path, at], decisions)
    elif isinstance(value, dict):
        hidden = value.pop(HIDDEN, None)
        if hidden is not None:
            number, letters = hidden
            for cell, letter in zip(decisions.plan.cells[number].cells, letters, strict=True):
                kinds = _OF_NULL if value[cell.key] is None else _OF_VALUE
                kind = kinds.get(letter, UNDISCLOSED if kinds is _OF_NULL else None)
                if kind is not None:
                    decisions.add([*path, cell.key], kind, cell.path)
        for key, item in value.items():
            _walk(item, [*path, key], decisions)
