"""What no criterion may be, however it is spelled: narrower than the widths, or impossible to fulfil.

Widths are about cuts, not about ranges: wherever a criterion tells two ages apart, being eligible for it tells them
apart, and not being eligible does so as well. So ``not`` and ``or`` lead round no width. The places of cuts are the
same for all criteria: whoever states one after the other, or has many resources, learns no more than by one.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

from hub.catalog.predicate import And, Compare, Never, Not, Or, Predicate, Within, fields_of, truth
from hub.matching.criteria.faults import Fault
from hub.matching.criteria.vocabulary import COLUMNS, VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hub.matching.criteria.reading import Branch, Cut
    from hub.matching.criteria.vocabulary import Property, Widths

MOST_ALTERNATIVES: Final = 256
"""Into so many alternatives a criterion may unfold."""

Literal = tuple[bool, Predicate]
"""A comparison, and whether it is to be so or not."""


class _TooMany(Exception):
    pass


def too_narrow(cuts: Sequence[Cut], divisions: Sequence[tuple[str, str]], widths: Widths) -> Iterator[Fault]:
    """Yield each cut that is not at one of the places where there may be one, and each division that is too small."""
    for code, at in divisions:
        if len(code) > widths.division.digits:
            yield Fault(at, f"smaller than the smallest division that may be named, of {widths.division.digits} digits")
    for cut in cuts:
        asked, width = VOCABULARY[cut.name], widths.numbers[cut.name]
        if cut.place not in {place * asked.scale for place in width.cuts}:
            yield Fault(
                cut.at,
                f"narrower than allowed: this cuts {cut.name} at {_spelt(cut, asked)}, and it may be cut at "
                f"{', '.join(map(str, width.cuts))} ({asked.unit})",
            )


def _spelt(cut: Cut, asked: Property) -> str:
    whole, rest = divmod(cut.place, asked.scale)
    return f"{whole}.{rest:02}" if rest else str(whole)


def contradictions(branches: Sequence[Branch], whole: Branch) -> Iterator[Fault]:
    """Yield what nobody can fulfil: all of it, or one of its alternatives."""
    for branch in (whole, *branches):
        try:
            possible = any(map(_possible, _alternatives(branch.predicate, so=True)))
        except _TooMany:
            yield Fault(branch.at, f"unfolds into more than {MOST_ALTERNATIVES} alternatives; write it shorter")
            return
        if not possible:
            yield Fault(branch.at, "contradictory: nobody can fulfil this")
            return


def _alternatives(predicate: Predicate, *, so: bool) -> list[tuple[Literal, ...]]:
    """Return what has to hold together, in each way in which the predicate is ``so``."""
    match predicate:
        case Not(part):
            return _alternatives(part, so=not so)
        case And(parts) | Or(parts):
            below = [_alternatives(part, so=so) for part in parts]
            if isinstance(predicate, And) is so:
                found: list[tuple[Literal, ...]] = [()]
                for each in below:
                    found = [one + other for one, other in product(found, each)]
                    if len(found) > MOST_ALTERNATIVES:
                        raise _TooMany
                return found
            return [way for each in below for way in each]
        case _:
            return [((so, predicate),)]


def _possible(together: Sequence[Literal]) -> bool:
    by_property: dict[str, list[Literal]] = {}
    for so, asked in together:
        if isinstance(asked, Never):
            return False
        (column,) = fields_of(asked)
        by_property.setdefault(column, []).append((so, asked))
    return all(
        any(all(truth(asked, row) is so for so, asked in some) for row in _rows(column, some))
        for column, some in by_property.items()
    )


def _rows(column: str, some: Sequence[Literal]) -> Iterator[dict[str, Any]]:
    """Yield rows of which one fulfils these comparisons of a column, if any row does."""
    asked = COLUMNS[column]
    match asked.form:
        case "number":
            places = [each.value for _, each in some if isinstance(each, Compare)]
            values: list[Any] = [near for place in places for near in (place - 1, place, place + 1) if near >= 0]
        case "code":
            values = list(asked.codes)
        case "flag":
            values = [True]  # nothing shows that it is not so
        case "categories":
            values = [False, True]
        case _:
            # The code itself lies within it; nothing lies within "elsewhere".
            values = [code for _, each in some if isinstance(each, Within) for code in each.regions] + ["elsewhere"]
    yield from ({column: value} for value in values)
