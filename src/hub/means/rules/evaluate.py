"""What rules say of a household: reports that count, property beside its limits, declared beside found, a decision row.

Totals are compared and paid, never amounts a head: three people with 1,000 under a line of 700 get 1,100, not 1,101.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from hub.domain.codes import CheckOutcome
from hub.means.rules.case import (
    DISABILITY,
    ILLNESS,
    Compared,
    Line,
    Result,
    Unusable,
    Warned,
    grade_of,
    necessary,
    plain,
)
from hub.means.rules.vocabulary import DETAILS, NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from hub.means.rules.applied import Applied, DecisionRow
    from hub.means.rules.case import Case, Fact
    from hub.means.rules.expressions import Expression

CENT: Final = Decimal("0.01")
NOTHING: Final = Decimal(0)
NEGATIVE, ABSURD, NO_AMOUNT, FUTURE = "negative", "absurd", "no amount", "of a day to come"
NO_GRADE: Final = "no such grade"
SINGLE: Final = "DB-8"
"""What says who may be counted alone."""
_UNSAID: Final = dict.fromkeys(DETAILS, NOTHING)


def decide(rules: Applied, case: Case) -> Result:
    """Say what the rules say, without the lines that explain it."""
    return _found(rules, case)[0]


def explain(rules: Applied, case: Case) -> Result:
    """Say what the rules say, with a line for each rule that had a part in it."""
    result, names, counted, row = _found(rules, case)
    return replace(result, lines=tuple(_lines(rules, case, result, names, counted, row)))


def _found(rules: Applied, case: Case) -> tuple[Result, dict[str, Any], Sequence[tuple[Fact, Decimal]], DecisionRow]:
    used, counted, unusable = _reports(rules, case)
    names: dict[str, Any] = dict(rules.names)
    for fact in used:
        item = fact.item
        names[f"{item}.count"] += 1
        if item not in rules.income and fact.amount is not None:
            names[f"{item}.amount"] += fact.amount
    for item, amount in _monthly(counted, rules.window):
        names[f"{item}.amount"] += amount
    found = sum((names[f"{item}.amount"] for item in rules.income), NOTHING)
    declared = case.declared
    names |= {
        "n": Decimal(len(case.members)), "S": rules.standard, "found_income": found,
        "declared_income": declared.income or NOTHING, "declared_vehicles": Decimal(declared.vehicles or 0),
        "declared_homes": Decimal(declared.homes or 0), "singles": Decimal(sum(each.single for each in case.members)),
        "paid": case.paid, "rigid": case.rigid, "source_missing": bool(case.missing), "was_dibao": case.dibao,
        "employment": case.employment, "exit_months": Decimal(case.exit_months),
    }  # fmt: skip
    names["I"] = rules.total.compute(names)
    unsaid = {
        "declared_income": declared.income is None, "declared_vehicles": declared.vehicles is None,
        "declared_homes": declared.homes is None,
    }  # fmt: skip
    names["doubtful"] = bool(unusable or case.doubts or any(unsaid.values()))
    names["property_over"] = _any(rules.property, names)
    compared = [
        Compared(row.id, row.zh, row.en, None, names[row.found], None)
        if unsaid.get(row.declared)
        else Compared(row.id, row.zh, row.en, names[row.declared], names[row.found], over.compute(names))
        for row, over in rules.compare
    ]
    looked_into = {
        item for (row, _), each in zip(rules.compare, compared, strict=True) if each.over for item in row.items
    }
    warnings = tuple(
        Warned(fact.key, fact.person, fact.item, fact.department) for fact in used if fact.item in looked_into
    )
    row = next(each for each in rules.decide if each.when.compute(names))
    return (
        Result(
            _outcome(names, compared), row.row.then, None if row.pay is None else row.pay.compute(names),
            None if row.months is None else int(row.months.compute(names)), names["I"], tuple(compared), warnings,
            tuple(unusable), case.missing,
        ),
        names, counted, row,
    )  # fmt: skip


def _any(rows: Iterable[tuple[object, Expression]], names: Mapping[str, Any]) -> bool:
    for _, each in rows:  # noqa: SIM110 - any() over a generator costs as much as what it asks
        if each.compute(names):
            return True
    return False


def _outcome(names: Mapping[str, Any], compared: Iterable[Compared]) -> str:
    """*No answer* is not *nothing found*: without a department that must answer there is no CONSISTENT."""
    if names["source_missing"] or names["doubtful"]:
        return CheckOutcome.UNDECIDED.name
    if any(each.over for each in compared):
        return CheckOutcome.INCONSISTENT.name
    return CheckOutcome.CONSISTENT.name


def _reports(rules: Applied, case: Case) -> tuple[list[Fact], list[tuple[Fact, Decimal]], list[Unusable]]:
    """The reports that can be used, those of income with what counts of each, and those that cannot be used."""
    used: list[Fact] = []
    counted: list[tuple[Fact, Decimal]] = []
    unusable: list[Unusable] = []
    day = rules.day
    oldest = day.year * 12 + day.month - rules.age
    for fact in case.facts:
        if fact.aside is not None or fact.exempt:
            continue
        income = rules.income.get(fact.item)
        if fact.on is not None and income is not None and fact.on.year * 12 + fact.on.month < oldest:
            continue
        why = _wrong(rules, fact)
        if why is not None:
            unusable.append(Unusable(fact.key, fact.department, why))
            continue
        used.append(fact)
        if income is not None and fact.amount is not None:
            counted.append((fact, income[1].compute(_said(rules, fact))))
    return used, counted, unusable


def _said(rules: Applied, fact: Fact) -> dict[str, Any]:
    """The names of a row of income, for one report."""
    return {**rules.parameters, **_UNSAID, **fact.details, "amount": fact.amount}


def _wrong(rules: Applied, fact: Fact) -> str | None:
    if fact.on is not None and fact.on > rules.day:
        return FUTURE
    if fact.item == DISABILITY and grade_of(fact) is None:
        return NO_GRADE
    if fact.amount is None:
        return NO_AMOUNT if fact.item in rules.money else None
    if fact.amount < 0 or any(value < 0 for value in fact.details.values()):
        return NEGATIVE
    most = rules.absurd_property
    if fact.item in rules.income:
        most = rules.absurd * max(1, fact.months)
    if most is not None and (fact.amount > most or any(value > most for value in fact.details.values())):
        return ABSURD
    return ABSURD if fact.months < 1 else None


def _certified(case: Case, unusable: Collection[str]) -> Iterable[Line]:
    """A line for each certificate of a member who may be counted alone: by which report, of which department."""
    alone = {each.key for each in case.members if each.single}
    for fact in case.facts:
        if fact.item not in (DISABILITY, ILLNESS) or fact.aside is not None or fact.exempt:
            continue
        if fact.person in alone and fact.key not in unusable:
            grade = grade_of(fact)
            yield Line(
                f"single.{fact.key}", "可单独保障的成员", "A member who may be counted alone", f"member {fact.person}",
                ((fact.item, "yes" if grade is None else str(grade), f"{fact.department} {_day(fact.on)}"),), (SINGLE,),
            )  # fmt: skip


def _spent(rules: Applied, case: Case) -> Iterable[Line]:
    """A line for each report of necessary spending that counts, where a decision asks for it."""
    row = next((each.row for each in rules.decide if "rigid" in each.when.names), None)
    if row is None:
        return
    for fact in case.facts:
        if paid := necessary((fact,), rules.day):
            yield Line(
                f"rigid.{fact.key}", "十二个月内必需支出", "Necessary spending within twelve months",
                f"member {fact.person}", ((fact.item, plain(paid), f"{fact.department} {_day(fact.on)}"),), row.cite,
            )  # fmt: skip


def _limit(rules: Applied, item: str) -> str | None:
    """The parameter above which a report is not believed; of rules that have none for property, nothing is said."""
    if rules.bundle.absurd_property is None:
        return None
    return rules.bundle.absurd if item in rules.income else rules.bundle.absurd_property


def _monthly(counted: Sequence[tuple[Fact, Decimal]], window: int) -> Iterable[tuple[str, Decimal]]:
    """CNY a month by item, each member's on its own: the average of the newest months that are reported, to the cent.

    Each report by itself is brought to a month. Two reports of one month are two jobs; two months are two months. One
    without a date is of no month: it is added, so that it hides none.
    """
    if len(counted) == 1:
        yield counted[0][0].item, max(NOTHING, _a_month(*counted[0]))
        return
    reported: dict[tuple[str, str], dict[int, tuple[Decimal, int]]] = defaultdict(dict)
    undated: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for fact, amount in counted:
        key = fact.item, fact.person
        months = reported[key]
        if fact.on is None:
            undated[key] += _a_month(fact, amount)
            continue
        month = fact.on.year * 12 + fact.on.month
        before = months.get(month, (NOTHING, 0))
        months[month] = before[0] + _a_month(fact, amount), max(before[1], fact.months)
    for (item, person), months in reported.items():
        total, length = NOTHING, 0
        for month in sorted(months, reverse=True):
            if length >= window:
                break
            total, length = total + months[month][0] * months[month][1], length + months[month][1]
        average = NOTHING if not length else total if length == 1 else _cents(total / length)
        yield item, max(NOTHING, average + undated.get((item, person), NOTHING))


def _a_month(fact: Fact, amount: Decimal) -> Decimal:
    return amount if fact.months == 1 else _cents(amount / fact.months)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _lines(
    rules: Applied, case: Case, result: Result, names: Mapping[str, Any], counted: Sequence[tuple[Fact, Decimal]],
    row: DecisionRow,
) -> Iterable[Line]:  # fmt: skip
    for fact, amount in counted:
        declared, expression = rules.income[fact.item]
        given = _said(rules, fact)
        inputs = tuple(
            (
                name,
                plain(given[name]),
                f"{fact.department} {_day(fact.on)}" if name not in rules.parameters else "rules",
            )
            for name in sorted(expression.names)
        )
        over = f" / {fact.months} months" if fact.months > 1 else ""
        yield Line(
            f"income.{declared.id}", declared.zh, declared.en, f"{plain(amount)}{over}", inputs,
            _cites(rules, declared.cite, expression.names),
        )  # fmt: skip
    for fact in case.facts:
        why = (
            "set aside: " + fact.aside
            if fact.aside is not None
            else "exempt, says the department"
            if fact.exempt
            else None
        )
        if why is not None:
            yield Line(
                f"facts.{fact.key}",
                "不计入",
                "Not counted",
                why,
                ((fact.item, plain(fact.amount), fact.department),),
                (),
            )
    items = {fact.key: fact.item for fact in case.facts}
    for wrong in result.unusable:
        looked_at = [("report", wrong.fact, wrong.department)]
        limit = _limit(rules, items[wrong.fact]) if wrong.why == ABSURD else None
        if limit is not None:
            looked_at.append((limit, plain(rules.parameters[limit]), "rules"))
        yield Line(
            f"facts.{wrong.fact}", "无法采用", "Cannot be used", wrong.why, tuple(looked_at),
            () if limit is None else rules.cites.get(limit, ()),
        )  # fmt: skip
    yield from _certified(case, {each.fact for each in result.unusable})
    yield from _spent(rules, case)
    yield Line(
        "income.total", "家庭月收入", "Income of the household, CNY a month", plain(result.income),
        _inputs(rules, names, rules.total.names), _cites(rules, rules.total_cite, rules.total.names),
    )  # fmt: skip
    for property_row, expression in rules.property:
        yield Line(
            f"property.{property_row.id}", property_row.zh, property_row.en,
            "over" if expression.compute(names) else "within", _inputs(rules, names, expression.names),
            _cites(rules, property_row.cite, expression.names),
        )  # fmt: skip
    for (comparison, expression), compared in zip(rules.compare, result.compared, strict=True):
        yield Line(
            f"compare.{comparison.id}", comparison.zh, comparison.en,
            "not declared" if compared.over is None else "more was found" if compared.over else "agrees",
            _inputs(rules, names, expression.names), _cites(rules, comparison.cite, expression.names),
        )  # fmt: skip
    read = row.when.names | (frozenset() if row.pay is None else row.pay.names)
    said = row.row.then + ("" if result.pay is None else f", {plain(result.pay)} CNY a month")
    said += "" if result.months is None else f", {result.months} months"
    yield Line(
        f"decide.{row.row.id}", row.row.zh, row.row.en, said, _inputs(rules, names, read),
        _cites(rules, row.row.cite, read),
    )  # fmt: skip


def _inputs(rules: Applied, names: Mapping[str, Any], read: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (name, plain(names[name]), "rules" if name == "S" or name in rules.parameters else
         "declared" if name.startswith("declared_") else "departments" if name in NOT_FOUND or name == "found_income"
         else "household")
        for name in sorted(read)
    )  # fmt: skip


def _cites(rules: Applied, own: tuple[str, ...], read: Iterable[str]) -> tuple[str, ...]:
    """The articles of a row, and of the parameters that it reads."""
    found = list(own)
    for name in sorted(read):
        found += rules.cites.get(rules.standard_name if name == "S" else name, ())
    return tuple(dict.fromkeys(found))


def _day(day: date | None) -> str:
    return "undated" if day is None else day.isoformat()
