"""One criterion as JSON gave it → a predicate, with what its limits need to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hub.catalog import RegionCode
from hub.catalog.predicate import (
    NEVER,
    Compare,
    Comparison,
    Not,
    OneOf,
    Predicate,
    Within,
    conj,
    disj,
    negate,
)
from hub.matching.criteria.faults import Fault
from hub.matching.criteria.vocabulary import VOCABULARY, category_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.matching.criteria.vocabulary import Property

MOST_COMPARISONS: Final = 32
DEEPEST: Final = 8
LARGEST: Final = 1_000_000
"""The largest number that a criterion may compare with: columns stay within 32 bits, in fen too."""

_COMPARED: Final[dict[str, Comparison]] = {"=": "eq", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_FORMS: Final = {
    "number": ("=", "<>", "<", "<=", ">", ">=", "between"),
    "code": ("=", "<>", "in"),
    "flag": ("=",),
    "categories": ("a_overlaps",),
    "division": ("like",),
}
"""The operators that each form of property is asked by."""
_OPERATORS: Final = frozenset({"and", "or", "not", *(each for some in _FORMS.values() for each in some)})


class Cut(NamedTuple):
    """Where a number is cut: those from ``place`` on, in its column's units, are told from those below."""

    name: str
    place: int
    at: str


class Branch(NamedTuple):
    """All of a criterion, or one of its alternatives."""

    at: str
    predicate: Predicate


@dataclass(slots=True)
class Reading:
    """Reads one criterion. ``faults``: what was found wrong; ``cuts``, ``divisions``, ``branches``: what it asks."""

    faults: list[Fault] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    divisions: list[tuple[str, str]] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    comparisons: int = 0

    def expression(self, value: Any, at: str, depth: int) -> Predicate:
        """Return the predicate; ``NEVER`` in place of what is wrong, which is among the faults then."""
        if depth > DEEPEST:
            return self._wrong(at, f"nested more than {DEEPEST} deep")
        if not isinstance(value, dict) or set(value) != {"op", "args"}:
            return self._wrong(at, 'must be an object with "op" and "args", and nothing else')
        op, args = value["op"], value["args"]
        if not isinstance(op, str) or op not in _OPERATORS:
            return self._wrong(f"{at}/op", f"unknown operator; there are {', '.join(sorted(_OPERATORS))}")
        if not isinstance(args, list):
            return self._wrong(f"{at}/args", "must be a list")
        if op in {"and", "or", "not"}:
            return self._combined(op, args, at, depth)
        self.comparisons += 1
        if self.comparisons == MOST_COMPARISONS + 1:
            self._wrong(at, f"more than {MOST_COMPARISONS} comparisons")
        asked = self._property(args, at)
        if asked is None:
            return NEVER
        if op not in _FORMS[asked.form]:
            return self._wrong(f"{at}/op", f"{asked.name} is asked by {', '.join(_FORMS[asked.form])}")
        return self._compared(asked, op, args[1:], at)

    def _combined(self, op: str, args: Sequence[Any], at: str, depth: int) -> Predicate:
        if op == "not":
            if len(args) != 1:
                return self._wrong(f"{at}/args", "not takes one expression")
            return negate(self.expression(args[0], f"{at}/args/0", depth + 1))
        if len(args) < 2:  # noqa: PLR2004 - two, as CQL2 has it
            return self._wrong(f"{at}/args", f"{op} takes two expressions or more")
        places = [f"{at}/args/{place}" for place in range(len(args))]
        parts = [self.expression(each, place, depth + 1) for each, place in zip(args, places, strict=True)]
        if op == "and":
            return conj(parts)
        self.branches += map(Branch, places, parts)
        return disj(parts)

    def _property(self, args: Sequence[Any], at: str) -> Property | None:
        first = args[0] if args else None
        if not isinstance(first, dict) or set(first) != {"property"}:
            self._wrong(f"{at}/args/0", 'must be {"property": …}: a property stands first, constants behind it')
            return None
        found = VOCABULARY.get(first["property"]) if isinstance(first["property"], str) else None
        if found is None:
            self._wrong(
                f"{at}/args/0/property", f"nothing of this name may be asked; there are {', '.join(VOCABULARY)}"
            )
        return found

    def _compared(self, asked: Property, op: str, constants: Sequence[Any], at: str) -> Predicate:
        takes = 2 if op == "between" else 1
        if len(constants) != takes:
            return self._wrong(f"{at}/args", f"{op} takes a property and {takes} of what it is compared with")
        match asked.form:
            case "number":
                return self._number(asked, op, constants, at)
            case "flag":
                if constants[0] is not True:
                    return self._wrong(f"{at}/args/1", f"must be true: nothing shows that {asked.name} is not so")
                return Compare(asked.name, "eq", value=True)
            case "division":
                return self._division(asked, constants[0], f"{at}/args/1")
            case _:
                return self._codes(asked, op, constants[0], f"{at}/args/1")

    def _number(self, asked: Property, op: str, constants: Sequence[Any], at: str) -> Predicate:
        for place, each in enumerate(constants, start=1):
            if isinstance(each, bool) or not isinstance(each, int | float):
                return self._wrong(f"{at}/args/{place}", "must be a number")
            if not isinstance(each, int):
                why = "it would bisect an age" if asked.name == "age" else f"of {asked.unit}"
                return self._wrong(f"{at}/args/{place}", f"must be a whole number: {why}")
            if not 0 <= each <= LARGEST:
                return self._wrong(f"{at}/args/{place}", f"must be from 0 to {LARGEST:,}")
        scaled = [each * asked.scale for each in constants]
        first, last = scaled[0], scaled[-1]
        if op == "between":
            if first > last:
                return self._wrong(f"{at}/args", "contradictory: the first bound lies above the second")
            self._cut(asked, (first, f"{at}/args/1"), (last + 1, f"{at}/args/2"))
            return conj([Compare(asked.name, "gte", first), Compare(asked.name, "lte", last)])
        here = f"{at}/args/1"
        if op in {"=", "<>"}:
            self._cut(asked, (first, here), (first + 1, here))
            equal = Compare(asked.name, "eq", first)
            return equal if op == "=" else Not(equal)
        self._cut(asked, (first + (op in {"<=", ">"}), here))
        return Compare(asked.name, _COMPARED[op], first)

    def _cut(self, asked: Property, *places: tuple[int, str]) -> None:
        self.cuts += (Cut(asked.name, place, at) for place, at in places)

    def _codes(self, asked: Property, op: str, constant: Any, at: str) -> Predicate:
        several = op in {"in", "a_overlaps"}
        named = constant if several else [constant]
        if not isinstance(named, list) or not named:
            return self._wrong(at, "must be a list of codes")
        for place, each in enumerate(named):
            if each not in asked.codes:
                here = f"{at}/{place}" if several else at
                return self._wrong(here, f"no code of {asked.name}; there are {', '.join(asked.codes)}{_instead(each)}")
        if asked.form == "categories":
            return disj(Compare(category_column(each), "eq", value=True) for each in dict.fromkeys(named))
        found = OneOf(asked.name, tuple(dict.fromkeys(named)))
        return Not(found) if op == "<>" else found

    def _division(self, asked: Property, constant: Any, at: str) -> Predicate:
        given = isinstance(constant, str) and constant.endswith("%")
        try:
            code = RegionCode.parse(constant[:-1] if given else None)
        except ValueError:
            return self._wrong(at, 'must be a division\'s code and a percent sign, for example "230502%"')
        self.divisions.append((code, at))
        return Within(asked.name, (code,))

    def _wrong(self, at: str, message: str) -> Predicate:
        self.faults.append(Fault(at, message))
        return NEVER


def _instead(code: Any) -> str:
    return '. Ask {"property": "disability"} instead' if code == "DISABILITY_SUBSIDY" else ""
