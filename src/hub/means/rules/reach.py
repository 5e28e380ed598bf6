"""Which rows of decisions are never reached, because their condition implies that of rows before them, or never holds.

A condition becomes ways of holding; in each, what is compared lies in an interval. A comparison is brought to one of
three forms: a sum of products of names against a number, one product of names against a multiple of another that is
never negative, or, where neither fits, its own text. A way implies another one where all its intervals lie within. So
what is found is certain; what the forms do not show is not found.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hub.means.rules.expressions import Form

    Key = tuple[Any, ...]
    Product = tuple[str, ...]
    Polynomial = dict[Product, Decimal]

MOST: Final = 64
"""Ways of holding that a condition may have; of more, nothing is said."""
_NO: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_ONE: Final[Product] = ()
_PAIR: Final = 2
_ZERO: Final = Decimal(0)
OF, OF_NOTHING = "of", "of nothing"
"""What is compared with a multiple of something has two keys: where that is something, and where it is nothing."""
_TEXT: Final = "= "
"""Before what no form fits: its own text, whose value may be negative."""
_INFINITE: Final = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``; ``without``: numbers between that are not in it. Ends belong to it unless open."""

    low: Decimal = -_INFINITE
    high: Decimal = _INFINITE
    low_open: bool = False
    high_open: bool = False
    without: frozenset[Decimal] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        if self.low > self.high:
            return True
        return self.low == self.high and (self.low_open or self.high_open or self.low in self.without)

    def both(self, other: Interval) -> Interval:
        """What is in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(
            low, high, any(each.low_open for each in (self, other) if each.low == low),
            any(each.high_open for each in (self, other) if each.high == high), self.without | other.without,
        )  # fmt: skip

    def has(self, number: Decimal) -> bool:
        """Whether a number is in it."""
        return not self.both(Interval(number, number)).empty

    def within(self, other: Interval) -> bool:
        """Whether all of it is in the other."""
        if self.empty:
            return True
        low = self.low > other.low or (self.low == other.low and (self.low_open or not other.low_open))
        high = self.high < other.high or (self.high == other.high and (self.high_open or not other.high_open))
        return low and high and not any(self.has(number) for number in other.without)


Way = dict["Key", Interval]
TRUE: Final = Interval(Decimal(1), Decimal(1))
FALSE: Final = Interval(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Names:
    """``fixed``: names with the same value everywhere and always. ``signed``: names that may be negative."""

    fixed: Mapping[str, Decimal]
    signed: frozenset[str]


def unreached(rows: Sequence[tuple[str, Form]], known: Names) -> Iterator[tuple[str, str | None]]:
    """Yield rows that are never reached, each with one before it that its condition implies; None: it never holds.

    ``rows``: ids and conditions.
    """
    before: list[tuple[str, Way]] = []
    for name, form in rows:
        ways = _ways(form, known, holds=True)
        if ways is None:
            continue
        if not ways:
            yield name, None
            continue
        covered = [next((row for row, earlier in before if _implies(way, earlier)), None) for way in ways]
        if None not in covered:
            yield name, covered[0]
        before += [(name, way) for way in ways]


def _implies(way: Way, other: Way) -> bool:
    return all(key in way and way[key].within(interval) for key, interval in other.items())


def _ways(form: Form, known: Names, *, holds: bool) -> list[Way] | None:
    """The ways in which a condition holds, or does not; those that cannot be are left out. None: too many."""
    match form:
        case ("not", inner):
            return _ways(inner, known, holds=not holds)
        case ("and" | "or" as word, left, right):
            one, other = _ways(left, known, holds=holds), _ways(right, known, holds=holds)
            if one is None or other is None:
                return None
            if (word == "and") != holds:
                return one + other if len(one) + len(other) <= MOST else None
            if len(one) * len(other) > MOST:
                return None
            return [way for pair in product(one, other) if (way := _joined(*pair)) is not None]
        case (sign, left, right) if sign in _NO:
            return _compared(sign if holds else _NO[sign], left, right, known)
        case _:
            return [{("flag", form): TRUE if holds else FALSE}]


def _joined(one: Way, other: Way) -> Way | None:
    way = dict(one)
    for key, interval in other.items():
        way[key] = way[key].both(interval) if key in way else interval
    return None if any(_nowhere(way, key) for key in way) else way


def _nowhere(way: Way, key: Key) -> bool:
    """Whether nothing is as a way says of one thing: a multiple, neither of nothing nor of something."""
    if not way[key].empty:
        return False
    beside = {OF: OF_NOTHING, OF_NOTHING: OF}.get(key[0])
    return beside is None or way[beside, *key[1:]].empty


def _compared(sign: str, left: Form, right: Form, known: Names) -> list[Way]:
    one, other = _polynomial(left, known), _polynomial(right, known)
    parts = {name: one.get(name, Decimal(0)) - other.get(name, Decimal(0)) for name in one.keys() | other.keys()}
    number = -parts.pop(_ONE, Decimal(0))
    sums = sorted((name, factor) for name, factor in parts.items() if factor)
    if not sums:
        return [{}] if _interval(sign, number).has(Decimal(0)) else []
    first, factor = sums[0]
    turned = _TURNED[sign] if factor < 0 else sign
    if len(sums) == _PAIR and number == 0 and _never_negative(sums[1][0], known):
        multiple = _interval(turned, -sums[1][1] / factor)
        return [{(OF, first, sums[1][0]): multiple, (OF_NOTHING, first, sums[1][0]): _interval(turned, _ZERO)}]
    key = ("sum", tuple((name, each / factor) for name, each in sums))
    return [{key: _interval(turned, number / factor)}]


def _never_negative(name: Product, known: Names) -> bool:
    return known.signed.isdisjoint(name) and not any(each.startswith(_TEXT) for each in name)


def _interval(sign: str, number: Decimal) -> Interval:
    match sign:
        case "<" | "<=":
            return Interval(high=number, high_open=sign == "<")
        case ">" | ">=":
            return Interval(low=number, low_open=sign == ">")
        case "==":
            return Interval(number, number)
        case _:
            return Interval(without=frozenset({number}))


def _polynomial(form: Form, known: Names) -> Polynomial:
    """A sum of products of names, each with its factor. What is none is a name of its own."""
    match form:
        case Decimal():
            return {_ONE: form}
        case str():
            return {_ONE: known.fixed[form]} if form in known.fixed else {(form,): Decimal(1)}
        case ("+" | "-" as sign, left, right):
            one, other = _polynomial(left, known), _polynomial(right, known)
            turn = Decimal(1 if sign == "+" else -1)
            return {
                name: one.get(name, Decimal(0)) + turn * other.get(name, Decimal(0))
                for name in one.keys() | other.keys()
            }
        case ("*", left, right):
            found: Polynomial = {}
            for (name, factor), (beside, times) in product(
                _polynomial(left, known).items(), _polynomial(right, known).items()
            ):
                both = tuple(sorted(name + beside))
                found[both] = found.get(both, Decimal(0)) + factor * times
            return found
        case ("/", left, right):
            by = _polynomial(right, known)
            if by.keys() == {_ONE} and by[_ONE]:
                return {name: factor / by[_ONE] for name, factor in _polynomial(left, known).items()}
    return {(f"{_TEXT}{form!r}",): Decimal(1)}
