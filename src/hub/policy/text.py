"""Predicates in plain words, for reasons, golden cases and printed plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.catalog.predicate import Always, And, Compare, IsNull, Linked, Never, Not, OneOf, Or, Within

if TYPE_CHECKING:
    from hub.catalog.predicate import Predicate

_SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_SHOWN = 12
"""Values of a list that are written out; a viewer may be in charge of hundreds of villages."""


def describe(predicate: Predicate) -> str:
    """Return the predicate as one line: ``region is known and region within 230502``."""
    match predicate:
        case Always():
            return "every row"
        case Never():
            return "no row"
        case Compare(field, op, value):
            return f"{field} {_SIGNS[op]} {_word(value)}"
        case OneOf(field, values):
            return f"{field} in {_words(values)}"
        case Within(field, regions):
            return f"{field} within {_words(regions)}"
        case IsNull(field):
            return f"{field} is unknown"
        case Not(IsNull(field)):
            return f"{field} is known"
        case Linked(link, where):
            return f"{link}: ({describe(where)})"
        case And(parts):
            return " and ".join(_inner(part) for part in parts)
        case Or(parts):
            return " or ".join(_inner(part) for part in parts)
        case Not(part):
            return f"not ({describe(part)})"


def _inner(part: Predicate) -> str:
    return f"({describe(part)})" if isinstance(part, And | Or) else describe(part)


def _words(values: Any) -> str:
    if not isinstance(values, tuple):
        return _word(values)
    shown = ", ".join(map(_word, values[:_SHOWN]))
    return shown if len(values) <= _SHOWN else f"{shown}, … ({len(values)} in all)"


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
