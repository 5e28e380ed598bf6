"""Row predicates: what policy answers and what a filter asks, before either becomes SQL.

Every test on a value that is absent is *unknown*, and unknown admits no row, as in SQL and as in Cedar,
where a condition that errors permits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    if isinstance(part, Or) and all(isinstance(each, Not) for each in part.parts):
        return conj(map(negate, part.parts))  # de Morgan's law holds for what is unknown as well
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


def constants_of(predicate: Predicate) -> dict[str, frozenset[Any]]:
    """The values that the predicate compares each field of the row itself with; none where it asks for absence."""
    match predicate:
        case Compare(field, _, value):
            return {field: frozenset({value})}
        case OneOf(field, values) | Within(field, values):
            return {field: frozenset(values)}
        case IsNull(field):
            return {field: frozenset()}
        case And(parts) | Or(parts):
            found: dict[str, frozenset[Any]] = {}
            for part in parts:
                for field, values in constants_of(part).items():
                    found[field] = found.get(field, frozenset()) | values
            return found
        case Not(part):
            return constants_of(part)
        case Linked() | Always() | Never():
            return {}


def simplified(predicate: Predicate) -> Predicate:
    """The same rows, said more simply; for use as a row filter, where unknown counts as false.

    A test that a field has a value falls away beside a test of that value, and regions that lie within
    others fall away beside them. Nothing inside ``Not`` is touched: there, unknown would become false.
    """
    match predicate:
        case And(parts):
            return conj(_without_presence([simplified(part) for part in parts]))
        case Or(parts):
            return disj(_outermost([simplified(part) for part in parts]))
        case _:
            return predicate


def _without_presence(parts: list[Predicate]) -> list[Predicate]:
    tested = {part.field for part in parts if isinstance(part, Compare | OneOf | Within)}
    return [
        part
        for part in parts
        if not (isinstance(part, Not) and isinstance(part.part, IsNull) and part.part.field in tested)
    ]


def _outermost(parts: list[Predicate]) -> list[Predicate]:
    """Unite tests of one field's region; of regions within each other the outer one stays."""
    regions: dict[str, set[str]] = {}
    kept: list[Predicate] = []
    for part in parts:
        if isinstance(part, Within) and isinstance(part.regions, tuple):
            regions.setdefault(part.field, set()).update(part.regions)
        else:
            kept.append(part)
    return [*(Within(field, outermost(codes)) for field, codes in regions.items()), *kept]


def outermost(codes: Iterable[str]) -> tuple[str, ...]:
    """Region codes without those that lie within others of them, sorted."""
    found: list[str] = []
    for code in sorted(codes):
        if not (found and code.startswith(found[-1])):
            found.append(code)
    return tuple(found)


def admits(predicate: Predicate, row: Mapping[str, Any]) -> bool:
    """Tell whether the predicate admits the row, as the store would; slots must be filled in.

    ``row``: values by field name, None or absent where there is none; codes by their names; under a link's
    name the row that it leads to.
    """
    return truth(predicate, row) is True


def truth(predicate: Predicate, row: Mapping[str, Any]) -> bool | None:
    """Return what the predicate is of the row: true, false, or None where that is not known. ``row``: see ``admits``.

    As in SQL, what is known decides where it can: false and unknown are false, true or unknown is true.
    """
    match predicate:
        case Always():
            return True
        case Never():
            return False
        case IsNull(field):
            return row.get(field) is None
        case OneOf(values=()):
            return False  # none of nothing, even where there is no value: PostgreSQL says so too
        case Compare(field) | OneOf(field) | Within(field):
            value = row.get(field)
            return None if value is None else _test(predicate, value)
        case Linked(link, where):
            linked = row.get(link)
            return linked is not None and admits(where, linked)
        case And(parts):
            found = [truth(part, row) for part in parts]
            return False if False in found else None if None in found else True
        case Or(parts):
            found = [truth(part, row) for part in parts]
            return True if True in found else None if None in found else False
        case Not(part):
            inner = truth(part, row)
            return None if inner is None else not inner


def _test(predicate: Compare | OneOf | Within, value: Any) -> bool:
    match predicate:
        case OneOf(_, values):
            return value in values
        case Within(_, regions):
            return any(value.startswith(region) for region in regions)
        case Compare(_, op, other):
            tests = {"eq": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}
            return bool(tests[op](value, other))
