"""The little language of rules: comparison, arithmetic, and/or/not over named numbers and flags. Parsed, never run.

    expression := and ("or" and)*                 and  := not ("and" not)*
    not  := "not" not | sum (("<"|"<="|">"|">="|"=="|"!=") sum)?
    sum  := term (("+"|"-") term)*                term := sign (("*"|"/") sign)*
    sign := "-" sign | atom
    atom := number | name | ("min"|"max"|"ceil") "(" expression ("," expression)* ")" | "(" expression ")"

A name is letters, digits, ``_`` and dots. Numbers are ``Decimal``; a flag is never a number. It becomes closures, so
that a rule costs a few function calls; nothing of it is ever Python's own source.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from operator import itemgetter, truediv
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hub.means.rules.errors import RulesRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Compute = Callable[[Mapping[str, Any]], Any]
    Form = Decimal | str | tuple[Any, ...]

NUMBER: Final = "a number"
FLAG: Final = "true or false"
MOST: Final = 500
"""Characters of an expression: what is longer is not read by people either."""
DEEPEST: Final = 30
PAIR: Final = 2
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)|(?P<sign><=|>=|==|!=|[-+*/<>(),]))"
)
_COMPARED: Final = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_SUMS: Final = {"+": operator.add, "-": operator.sub}
_TERMS: Final = {"*": operator.mul, "/": truediv}
_WORDS: Final = frozenset({"and", "or", "not", "min", "max", "ceil"})
_CENT: Final = Decimal("0.0000000001")


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """``compute``: from the values of names to the value. ``kind``: NUMBER or FLAG. ``names``: those that it reads.

    ``form``: what it is made of, for whoever looks into it: a number, a name, or a sign with its parts.
    """

    text: str
    compute: Compute
    kind: str
    names: frozenset[str]
    form: Form


def ceiling(value: Decimal) -> Decimal:
    """Return the next whole number that is not less: amounts are paid in whole yuan."""
    # What division left beyond ten decimals is no part of a yuan.
    return value.quantize(_CENT).to_integral_value(ROUND_CEILING)


_CALLED: Final[Mapping[str, tuple[Callable[..., Decimal], int, int]]] = {
    "min": (min, 2, 9), "max": (max, 2, 9), "ceil": (ceiling, 1, 1),
}  # fmt: skip


def parse(
    text: str, vocabulary: Mapping[str, str], where: str, fixed: Mapping[str, Decimal] = MappingProxyType({})
) -> Expression:
    """Parse an expression over names with their kinds. Raises ``RulesRefused`` with ``where`` and the column.

    ``fixed``: values of names that never change; what follows from them alone is computed here, once.
    """
    if len(text) > MOST:
        raise RulesRefused(f"{where}: an expression has at most {MOST} characters, this one {len(text)}.")
    reader = _Reader(text, vocabulary, where, fixed)
    part = reader.either(0)
    reader.end()
    return Expression(text, part.compute, part.kind, frozenset(reader.names), part.form)


class _Part(NamedTuple):
    """A piece of an expression. ``fixed``: its value, where that is known beforehand."""

    compute: Compute
    kind: str
    form: Form
    fixed: Any = None


class _Reader:
    def __init__(self, text: str, vocabulary: Mapping[str, str], where: str, fixed: Mapping[str, Decimal]) -> None:
        self.text, self.vocabulary, self.where, self.fixed = text, vocabulary, where, fixed
        self.names: set[str] = set()
        self.at = 0
        self.token, self.kind, self.column = "", "", 0
        self._next()

    def _wrong(self, what: str) -> RulesRefused:
        return RulesRefused(f"{self.where}: column {self.column + 1} of «{self.text}»: {what}.")

    def _next(self) -> None:
        blank = len(self.text) - len(self.text[self.at :].lstrip())
        self.column = min(blank, len(self.text))
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            if self.text[self.at :].strip():
                raise self._wrong(f"«{self.text[self.column]}» is no part of the language")
            self.token, self.kind = "", "end"
            return
        assert found.lastgroup is not None  # noqa: S101 - one of the groups matched
        self.kind, self.token, self.at = found.lastgroup, found[found.lastgroup], found.end()

    def end(self) -> None:
        if self.kind != "end":
            raise self._wrong(f"«{self.token}» is one too many")

    def _take(self, token: str) -> None:
        if self.token != token:
            raise self._wrong(f"«{token}» is missing" + (f", not «{self.token}»" if self.token else ""))
        self._next()

    def _need(self, kind: str, found: str, what: str) -> None:
        if kind != found:
            raise self._wrong(f"{what} needs {found}, and this is {kind}")

    def either(self, depth: int) -> _Part:
        """One of both, or more."""
        return self._joined("or", _or, self._both, depth)

    def _both(self, depth: int) -> _Part:
        return self._joined("and", _and, self._not, depth)

    def _joined(
        self, word: str, join: Callable[[_Part, _Part], _Part], below: Callable[[int], _Part], depth: int
    ) -> _Part:
        left = below(depth)
        while self.token == word:
            self._need(left.kind, FLAG, word)
            self._next()
            right = below(depth)
            self._need(right.kind, FLAG, word)
            left = join(left, right)
        return left

    def _not(self, depth: int) -> _Part:
        if depth > DEEPEST:
            raise self._wrong(f"an expression is at most {DEEPEST} deep")
        if self.token == "not":  # noqa: S105 - a token of the language
            self._next()
            inner = self._not(depth + 1)
            self._need(inner.kind, FLAG, "not")
            return _Part(lambda of: not inner.compute(of), FLAG, ("not", inner.form))
        left = self._sum(depth)
        compared = _COMPARED.get(self.token)
        if compared is None:
            return left
        sign = self.token
        self._need(left.kind, NUMBER, sign)
        self._next()
        right = self._sum(depth)
        self._need(right.kind, NUMBER, sign)
        if self.token in _COMPARED:
            raise self._wrong("two comparisons in a row say nothing clear; join them with and")
        return _pair(compared, left, right, FLAG, sign)

    def _sum(self, depth: int) -> _Part:
        return self._chain(_SUMS, self._term, depth)

    def _term(self, depth: int) -> _Part:
        return self._chain(_TERMS, self._sign, depth)

    def _chain(self, signs: Mapping[str, Any], below: Callable[[int], _Part], depth: int) -> _Part:
        left = below(depth)
        while self.token in signs:
            sign = self.token
            self._need(left.kind, NUMBER, sign)
            self._next()
            right = below(depth)
            self._need(right.kind, NUMBER, sign)
            left = _pair(signs[sign], left, right, NUMBER, sign)
        return left

    def _sign(self, depth: int) -> _Part:
        if depth > DEEPEST:
            raise self._wrong(f"an expression is at most {DEEPEST} deep")
        if self.token != "-":  # noqa: S105 - a token of the language
            return self._atom(depth)
        self._next()
        inner = self._sign(depth + 1)
        self._need(inner.kind, NUMBER, "-")
        return _Part(lambda of: -inner.compute(of), NUMBER, ("-", Decimal(0), inner.form))

    def _atom(self, depth: int) -> _Part:
        token, kind = self.token, self.kind
        if kind == "number":
            self._next()
            return _known(Decimal(token), NUMBER, Decimal(token))
        if token == "(":  # noqa: S105 - a token of the language
            self._next()
            inner = self.either(depth + 1)
            self._take(")")
            return inner
        if kind != "name" or token in ("and", "or", "not"):
            raise self._wrong("a number, a name or a bracket is missing" + (f" before «{token}»" if token else ""))
        if token in _CALLED:
            return self._call(token, depth)
        if token not in self.vocabulary:
            raise self._wrong(f"{token} is no name that rules know: {', '.join(sorted(self.vocabulary))}")
        self._next()
        self.names.add(token)
        if token in self.fixed:
            return _known(self.fixed[token], self.vocabulary[token], token)
        return _Part(itemgetter(token), self.vocabulary[token], token)

    def _call(self, name: str, depth: int) -> _Part:
        function, least, most = _CALLED[name]
        self._next()
        self._take("(")
        given: list[Compute] = []
        form: list[Form] = [name]
        while True:
            part = self.either(depth + 1)
            self._need(part.kind, NUMBER, name)
            given.append(part.compute)
            form.append(part.form)
            if self.token != ",":  # noqa: S105 - a token of the language
                break
            self._next()
        if not least <= len(given) <= most:
            raise self._wrong(f"{name} takes {least} to {most} values, not {len(given)}")
        self._take(")")
        if len(given) == PAIR:
            one, other = given
            return _Part(lambda of: function(one(of), other(of)), NUMBER, tuple(form))
        parts = tuple(given)
        return _Part(lambda of: function(*(part(of) for part in parts)), NUMBER, tuple(form))


def _known(value: Any, kind: str, form: Form) -> _Part:
    return _Part(lambda _of: value, kind, form, value)


def _pair(function: Any, left: _Part, right: _Part, kind: str, sign: str) -> _Part:
    one, other, known, beside = left.compute, right.compute, left.fixed, right.fixed
    form = (sign, left.form, right.form)
    # Dividing by nothing is an error of the household that it happens to, not of the rules of all others.
    if known is not None and beside is not None and not (function is truediv and beside == 0):
        return _known(function(known, beside), kind, form)
    if beside is not None:
        return _Part(lambda of: function(one(of), beside), kind, form)
    if known is not None:
        return _Part(lambda of: function(known, other(of)), kind, form)
    return _Part(lambda of: function(one(of), other(of)), kind, form)


def _and(left: _Part, right: _Part) -> _Part:
    one, other = left.compute, right.compute
    return _Part(lambda of: one(of) and other(of), FLAG, ("and", left.form, right.form))


def _or(left: _Part, right: _Part) -> _Part:
    one, other = left.compute, right.compute
    return _Part(lambda of: one(of) or other(of), FLAG, ("or", left.form, right.form))


def is_word(name: str) -> bool:
    """Whether a name is a word of the language, and may name nothing."""
    return name in _WORDS
