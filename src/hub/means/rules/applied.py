"""Rules as they hold in one division on one day: every parameter a number, every expression a function."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from hub.means.rules import vocabulary
from hub.means.rules.errors import NoStandard
from hub.means.rules.expressions import parse
from hub.means.rules.lint import values_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from hub.means.rules.bundle import Bundle, Comparison, CountedRow, Decision, PropertyRow
    from hub.means.rules.expressions import Expression


@dataclass(frozen=True, slots=True, eq=False)
class DecisionRow:
    """A row of decisions, ready to be asked."""

    row: Decision
    when: Expression
    pay: Expression | None
    months: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """``parameters``: by name, and ``cites``: what each rests on. ``money``: the items whose reports need an amount.

    ``names``: what every household has: the parameters, and nothing found of any item.
    """

    division: str
    day: date
    parameters: Mapping[str, Decimal]
    cites: Mapping[str, tuple[str, ...]]
    standard: Decimal
    standard_name: str
    window_name: str
    window: int
    age: int
    absurd: Decimal
    income: Mapping[str, tuple[CountedRow, Expression]]
    total: Expression
    total_cite: tuple[str, ...]
    property: tuple[tuple[PropertyRow, Expression], ...]
    compare: tuple[tuple[Comparison, Expression], ...]
    decide: tuple[DecisionRow, ...]
    money: frozenset[str]
    names: Mapping[str, Decimal]
    absurd_property: Decimal | None
    bundle: Bundle

    def changed(self, values: Mapping[str, Decimal]) -> Applied:
        """The same rules with other values of some parameters."""
        return apply(self.bundle, self.division, self.day, values)


def apply(bundle: Bundle, division: str, day: date, instead: Mapping[str, Decimal] = MappingProxyType({})) -> Applied:
    """Return a bundle as it holds there and then. ``instead``: other values of parameters. Raises ``NoStandard``."""
    parameters: dict[str, Decimal] = {}
    cites: dict[str, tuple[str, ...]] = {}
    for name, parameter in bundle.parameters.items():
        for each in values_of(parameter, division):
            if each.first <= day and (each.until is None or day <= each.until):
                parameters[name], cites[name] = each.value, each.cite
    needed = (bundle.standard, bundle.absurd, bundle.absurd_property, bundle.income.window, bundle.income.age)
    for name in filter(None, needed):
        if name not in parameters:
            raise NoStandard(
                f"Nothing says what {name} is in {division} on {day}: add it to the rules before households of it are "
                "checked for that day."
            )
    # What no text sets on that day is nothing: an exemption that has ended exempts no longer.
    nothing = parameters[bundle.standard] * 0
    parameters = dict.fromkeys(bundle.parameters, nothing) | parameters | dict(instead)
    fixed = {**parameters, "S": parameters[bundle.standard]}
    reports, households = vocabulary.of_reports(parameters), vocabulary.of_households(parameters)

    def made(text: str) -> Expression:
        return parse(text, households, "rules", fixed)

    income = {row.item: (row, parse(row.count, reports, row.id, parameters)) for row in bundle.income.rows}
    decide = tuple(
        DecisionRow(
            row, made(row.when), None if row.pay is None else made(row.pay),
            None if row.months is None else made(row.months),
        )
        for row in bundle.decide
    )  # fmt: skip
    property_rows = tuple((row, made(row.when)) for row in bundle.property)
    compare = tuple((row, made(row.over)) for row in bundle.compare)
    total = made(bundle.income.total)
    named = frozenset[str]().union(
        total.names, *(each.names for _, each in property_rows), *(each.names for _, each in compare),
        *(each.when.names for each in decide), *(row.pay.names for row in decide if row.pay is not None),
    )  # fmt: skip
    money = {name.removesuffix(".amount") for name in named if name.endswith(".amount")}
    return Applied(
        division, day, parameters, cites, parameters[bundle.standard], bundle.standard, bundle.income.window,
        int(parameters[bundle.income.window]), int(parameters[bundle.income.age]), parameters[bundle.absurd], income,
        total, bundle.income.cite, property_rows, compare, decide, frozenset(money | income.keys()),
        {**vocabulary.NOT_FOUND, **parameters},
        None if bundle.absurd_property is None else parameters[bundle.absurd_property], bundle,
    )  # fmt: skip
