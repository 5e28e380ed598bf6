"""Row predicates: what policy answers and what a filter asks, before either becomes SQL.

Every test on a value that is absent is *unknown*, and unknown admits no row, as in SQL and as in Cedar,
where a condition that errors permits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Comparison = Literal["eq", "gt", "gte", "lt", "lte"]


@dataclass(frozen=True, slots=True)
class Always:
    """Every row."""


@dataclass(frozen=True, slots=True)
class Never:
    """No row."""


@dataclass(frozen=True, slots=True)
class Compare:
    """The field compares so with the value. ``value`` is a constant or a query's slot."""

    field: str
    op: Comparison
    value: Any


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field equals one of the values (a tuple of constants, or a query's slot for a list)."""

    field: str
    values: Any


@dataclass(frozen=True, slots=True)
class Within:
    """The region code lies within one of the regions (is one of them or has one as its prefix)."""

    field: str
    regions: Any


@dataclass(frozen=True, slots=True)
class IsNull:
    """The field has no value."""

    field: str


@dataclass(frozen=True, slots=True)
class Linked:
    """The row that this to-one link leads to fulfils the predicate (and may be seen)."""

    link: str
    where: Predicate


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: Predicate


Predicate = Always | Never | Compare | OneOf | Within | IsNull | Linked | And | Or | Not

ALWAYS = Always()
NEVER = Never()


def conj(parts: Iterable[Predicate]) -> Predicate:
    """All of the parts, without what changes nothing: repeated parts, ``Always``, nested ``And``."""
    flat = list(dict.fromkeys(_flatten(parts, And)))
    if NEVER in flat:
        return NEVER
    flat = [part for part in flat if part != ALWAYS]
    return ALWAYS if not flat else flat[0] if len(flat) == 1 else And(tuple(flat))


def disj(parts: Iterable[Predicate]) -> Predicate:
    """At least one of the parts, without what changes nothing: repeated parts, ``Never``, nested ``Or``."""
    flat = list(dict.fromkeys(_flatten(parts, Or)))
    if ALWAYS in flat:
        return ALWAYS
    flat = [part for part in flat if part != NEVER]
    return NEVER if not flat else flat[0] if len(flat) == 1 else Or(tuple(flat))


def negate(part: Predicate) -> Predicate:
    """Not the part, with the trivial cases folded."""
    if isinstance(part, Always):
        return NEVER
    if isinstance(part, Never):
        return ALWAYS
    return part.part if isinstance(part, Not) else Not(part)


def _flatten(parts: Iterable[Predicate], kind: type[And | Or]) -> Iterator[Predicate]:
    for part in parts:
        if isinstance(part, kind):
            yield from _flatten(part.parts, kind)
        else:
            yield part


def fields_of(predicate: Predicate) -> frozenset[str]:
    """The names of the fields of the row itself that the predicate looks at."""
    match predicate:
        case Compare(field) | OneOf(field) | Within(field) | IsNull(field):
            return frozenset({field})
        case And(parts) | Or(parts):
            return frozenset().union(*map(fields_of, parts))
        case Not(part):
            return fields_of(part)
        case Linked() | Always() | Never():
            return frozenset()
