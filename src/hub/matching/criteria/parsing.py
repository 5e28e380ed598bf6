"""Criteria in CQL2's JSON spelling (OGC 21-065r2) → the catalogue's own predicate, or everything that is wrong.

Of CQL2 what is needed: ``and``, ``or``, ``not``; ``= <> < <= > >=``, ``between``, ``in``; ``like`` for divisions, by
prefix; ``a_overlaps`` for categories, of which somebody may have several. A property stands first, constants behind it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.catalog.predicate import And, Predicate, conj, fields_of
from hub.matching.criteria.faults import CriteriaRefused, Fault
from hub.matching.criteria.narrow import contradictions, too_narrow
from hub.matching.criteria.reading import Branch, Reading
from hub.matching.criteria.vocabulary import COLUMNS, PLAIN

if TYPE_CHECKING:
    from hub.matching.criteria.vocabulary import Widths

MOST_BYTES: Final = 8_192
"""A criterion is for people to read and approve."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Who is eligible. ``text``: canonical JSON: equal where two files differ in spaces and order of keys alone.

    ``parts``: what all have to be fulfilled, each with the names of the properties that it asks.
    """

    text: str
    predicate: Predicate
    parts: tuple[tuple[str, Predicate], ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical text."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def plain(self) -> Predicate:
        """The parts that ask what is kept in plain alone. Whoever does not fulfil them is not eligible."""
        return conj(part for _, part in self.parts if fields_of(part) <= PLAIN)


def parse(value: Any, widths: Widths, *, at: str = "") -> Criteria:
    """Return criteria; ``value``: what JSON gave, or its text. ``at``: pointer to it, where it is part of a document.

    Raises ``CriteriaRefused`` with everything that is wrong, as far as one thing does not hide another.
    """
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as wrong:
            raise CriteriaRefused([Fault(at, f"not JSON: {wrong.msg}, line {wrong.lineno}")]) from None
    text = _canonical(value, at)
    reading = Reading()
    predicate = reading.expression(value, at, 1)
    faults = reading.faults or [
        *too_narrow(reading.cuts, reading.divisions, widths),
        *contradictions(reading.branches, Branch(at, predicate)),
    ]
    if faults:
        raise CriteriaRefused(sorted(set(faults)))
    parts = predicate.parts if isinstance(predicate, And) else (predicate,)
    return Criteria(text, predicate, tuple((_names(part), part) for part in parts))


def _canonical(value: Any, at: str) -> str:
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, RecursionError):
        raise CriteriaRefused([Fault(at, "not JSON, or nested too deeply")]) from None
    if len(text) > MOST_BYTES:
        raise CriteriaRefused([Fault(at, f"longer than {MOST_BYTES} bytes")])
    return text.decode()


def _names(part: Predicate) -> str:
    found = {COLUMNS[column].name: COLUMNS[column] for column in sorted(fields_of(part))}
    return " / ".join(f"{each.zh} {name}" for name, each in found.items())
