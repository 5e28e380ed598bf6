"""What a bundle of rules may not be, found before it is used: every fault is named with its place.

Dates that overlap or leave a gap, a division without a standard on some day, a name that nothing has, a citation that
stands in no list, a value without a text outside the demo, a row that can never be reached.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from hub.means.rules import vocabulary
from hub.means.rules.bundle import EVERYWHERE, UNKNOWN
from hub.means.rules.errors import RulesRefused
from hub.means.rules.expressions import FLAG, NUMBER, is_word, parse
from hub.means.rules.reach import Names, unreached

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from hub.means.rules.bundle import Bundle, DatedValue, Parameter

_DAY: Final = timedelta(days=1)
ENDING: Final = "exempt."
"""How parameters are named that may end: an exemption that is over exempts nothing."""
ALWAYS: Final = "1 == 1"
"""A condition that always holds: the last row of decisions."""


def faults(bundle: Bundle, articles: Mapping[str, object]) -> list[str]:
    """Return everything that is wrong with a bundle, in the order of the file."""
    return [
        *_parameters(bundle), *_standards(bundle), *_expressions(bundle), *_named(bundle), *_reached(bundle),
        *_cited(bundle, articles),
    ]  # fmt: skip


def _parameters(bundle: Bundle) -> Iterator[str]:
    for name, parameter in bundle.parameters.items():
        if name in vocabulary.HOUSEHOLD or name in vocabulary.of_reports(()) or is_word(name):
            yield f"parameters.{name}: this name means something else already; choose another."
        for division, values in parameter.values.items():
            place = f"parameters.{name}.values.{division}"
            if not values:
                yield f"{place}: has no value."
            for one, next_one in pairwise(sorted(values, key=lambda each: each.first)):
                if one.until is None or one.until >= next_one.first:
                    yield (
                        f"{place}: the values from {one.first} and from {next_one.first} overlap: say until when "
                        "the earlier one holds."
                    )
                elif one.until + _DAY < next_one.first:
                    yield f"{place}: nothing holds from {one.until + _DAY} to {next_one.first - _DAY}."
            last = max(values, key=lambda each: each.first, default=None)
            if last is not None and last.until is not None and not name.startswith(ENDING):
                yield f"{place}: nothing holds after {last.until}; only what is named {ENDING}… may end."
    named: tuple[tuple[str, str | None], ...] = (
        ("standard", bundle.standard), ("absurd", bundle.absurd),
        ("absurd_property", bundle.absurd_property), ("income.window", bundle.income.window),
        ("income.age", bundle.income.age),
    )  # fmt: skip
    for place, wanted in named:
        if wanted is None:
            yield f"{place}: say above which amount a report of property is not believed: name a parameter."
        elif wanted not in bundle.parameters:
            yield f"{place}: there is no parameter {wanted}."


def _standards(bundle: Bundle) -> Iterator[str]:
    standard = bundle.parameters.get(bundle.standard)
    for division in bundle.divisions if standard is not None else ():
        assert standard is not None  # noqa: S101 - looked at above
        values = values_of(standard, division)
        first = min((each.first for each in values), default=None)
        if first is None:
            yield f"divisions: {division} has no {bundle.standard}: a division without a standard is no zero."
        elif first > bundle.begins:
            yield f"divisions: {division} has no {bundle.standard} from {bundle.begins} to {first - _DAY}."
        elif (last := max(values, key=lambda each: each.first)).until is not None:
            yield f"divisions: {division} has no {bundle.standard} after {last.until}."


def values_of(parameter: Parameter, division: str) -> tuple[DatedValue, ...]:
    """The values of a parameter in a division: its own, or those of the nearest one above."""
    for end in range(len(division), 1, -1):
        if division[:end] in parameter.values:
            return parameter.values[division[:end]]
    return parameter.values.get(EVERYWHERE, ())


def _expressions(bundle: Bundle) -> Iterator[str]:
    names = bundle.parameters
    reports, households = vocabulary.of_reports(names), vocabulary.of_households(names)
    rows = [(f"income.rows.{each.id}.count", each.count, reports, NUMBER) for each in bundle.income.rows]
    rows.append(("income.total", bundle.income.total, households, NUMBER))
    rows += [(f"property.{each.id}.when", each.when, households, FLAG) for each in bundle.property]
    rows += [(f"compare.{each.id}.over", each.over, households, FLAG) for each in bundle.compare]
    for row in bundle.decide:
        rows.append((f"decide.{row.id}.when", row.when, households, FLAG))
        rows += [
            (f"decide.{row.id}.{what}", text, households, NUMBER)
            for what, text in (("pay", row.pay), ("months", row.months))
            if text is not None
        ]
    for place, text, words, wanted in rows:
        try:
            found = parse(text, words, place)
        except RulesRefused as wrong:
            yield wrong.message
            continue
        if found.kind != wanted:
            yield f"{place}: «{text}» is {found.kind}; it must be {wanted}."
        if place == "income.total" and "I" in found.names:
            yield f"{place}: I is what this row says; speak of declared_income and found_income."


def _named(bundle: Bundle) -> Iterator[str]:
    for group, ids in (
        ("income.rows", [each.id for each in bundle.income.rows]), ("property", [each.id for each in bundle.property]),
        ("compare", [each.id for each in bundle.compare]), ("decide", [each.id for each in bundle.decide]),
    ):  # fmt: skip
        for name, count in Counter(ids).items():
            if count > 1:
                yield f"{group}: {count} rows have the id {name}."
    for item, count in Counter(each.item for each in bundle.income.rows).items():
        if count > 1:
            yield f"income.rows: {count} rows are for {item}: which one counts? Say it in one."
    for row in bundle.compare:
        for name in (row.declared, row.found):
            if vocabulary.HOUSEHOLD.get(name) != NUMBER:
                yield f"compare.{row.id}: {name} is no number of a household."
        for item in row.items:
            if item not in vocabulary.ITEMS:
                yield f"compare.{row.id}.items: {item} is no item: {', '.join(vocabulary.ITEMS)}."


def _reached(bundle: Bundle) -> Iterator[str]:
    if " ".join(bundle.decide[-1].when.split()) != ALWAYS:
        yield f"decide: the last row must hold for whatever is left: when: {ALWAYS}."
    names, known = vocabulary.of_households(bundle.parameters), _known(bundle)
    try:
        rows = [(row.id, parse(row.when, names, row.id).form) for row in bundle.decide]
    except RulesRefused:  # said already, with its place
        return
    for row, before in unreached(rows, known):
        if before is None:
            yield f"decide.{row}: its condition never holds: what it asks for contradicts itself."
        else:
            yield (
                f"decide.{row}: is never reached: whenever it holds, {before} or another row before it holds too. Put "
                "it before that one, or leave it out."
            )


def _known(bundle: Bundle) -> Names:
    """The parameters that have one value, everywhere and always; and the names that may be less than nothing."""
    values = {
        name: {each.value for dated in parameter.values.values() for each in dated}
        for name, parameter in bundle.parameters.items()
    }
    fixed = {
        name: next(iter(found)) for name, found in values.items() if len(found) == 1 and not name.startswith(ENDING)
    }
    negative = {name for name, found in values.items() if any(each < 0 for each in found)}
    return Names(fixed, frozenset({"I", *negative}))


def cited(bundle: Bundle) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every place that cites, and what."""
    for name, parameter in bundle.parameters.items():
        for division, values in parameter.values.items():
            for each in values:
                yield f"parameters.{name}.values.{division} from {each.first}", each.cite
    yield "income", bundle.income.cite
    for group, rows in (
        ("income.rows", bundle.income.rows), ("property", bundle.property), ("compare", bundle.compare),
        ("decide", bundle.decide),
    ):  # fmt: skip
        for row in rows:
            yield f"{group}.{row.id}", row.cite


def _cited(bundle: Bundle, articles: Collection[str]) -> Iterator[str]:
    for place, cites in cited(bundle):
        for cite in cites:
            if cite == UNKNOWN:
                if not bundle.demo:
                    yield f"{place}: cites no text. Cite the one that it rests on; only a bundle for the demo may not."
            elif cite not in articles:
                yield f"{place}: cites {cite}, which is not in articles.yaml."
