"""What rules are asked about, and what they say: frozen values, in plain, without any name or number of a person."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

NOTHING = Decimal(0)
DISABILITY, ILLNESS = "disability", "serious_illness"
"""Items that say something of a member, and nothing of means. Details of the first: ``grade``, and 1 as ``mental``."""
GRADES = (1, 2, 3, 4)
SPENDING = frozenset({"medical_spending"})
"""Items that are necessary spending (RX 5), of the day on which it was paid."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the household. ``key``: names it in a case, and says nothing else.

    ``disability``: grade 1 to 4, and ``mental`` whether of an intellectual or mental kind; ``illness``: serious.
    """

    key: str
    disability: int | None = None
    mental: bool = False
    illness: bool = False

    @property
    def single(self) -> bool:
        """Whether the member may be counted for itself (DB 8)."""
        grade = self.disability
        return self.illness or (grade is not None and (grade <= 2 or (grade == 3 and self.mental)))  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Fact:
    """One report of a department about one member.

    ``item``: a code of ``MeansItem``, in small letters. ``amount``: CNY over ``months`` months; None where it is no
    money, or none was told. ``details``: further numbers of the report, as ``employment_cost``, for the same months.
    ``exempt``: the department says that it does not count (a disabled person's scooter). ``aside``: why it is left out.
    """

    key: str
    person: str
    item: str
    department: str
    amount: Decimal | None = None
    months: int = 1
    on: date | None = None
    exempt: bool = False
    aside: str | None = None
    details: Mapping[str, Decimal] = field(default_factory=dict)


def grade_of(fact: Fact) -> int | None:
    """The grade that a certificate says; None where it says none that there is."""
    said = fact.details.get("grade")
    return int(said) if said in GRADES else None


def as_certified(members: Iterable[Member], facts: Iterable[Fact], day: date) -> tuple[Member, ...]:
    """The members as departments certify them on a day. Of several certificates that one stands which counts most."""
    said: dict[str, list[Member]] = defaultdict(list)
    for fact in facts:
        if fact.aside is not None or fact.exempt or (fact.on is not None and fact.on > day):
            continue
        if fact.item == ILLNESS:
            said[fact.person].append(Member(fact.person, illness=True))
        elif fact.item == DISABILITY and (grade := grade_of(fact)) is not None:
            said[fact.person].append(Member(fact.person, grade, mental=bool(fact.details.get("mental"))))
    return tuple(min(said.get(each.key, [each]), key=_weight) for each in members)


def necessary(facts: Iterable[Fact], day: date) -> Decimal:
    """The necessary spending of the twelve months before a day (RX 4), CNY. What cannot be believed is none."""
    year, month = day.year - 1, day.month
    return sum(
        (
            fact.amount for fact in facts
            if fact.item in SPENDING and fact.aside is None and not fact.exempt and fact.amount and fact.amount > 0
            and fact.on is not None and (year, month) <= (fact.on.year, fact.on.month) and fact.on <= day
        ), NOTHING,
    )  # fmt: skip


def _weight(member: Member) -> tuple[bool, int]:
    return not member.single, member.disability or len(GRADES) + 1


@dataclass(frozen=True, slots=True)
class Declared:
    """What the household declared. ``income``: CNY a month. None: nothing was said of it."""

    income: Decimal | None = None
    vehicles: int | None = None
    homes: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A household on a day. ``missing``: departments that must answer and have not, by code.

    ``doubts``: why nothing can be said whatever departments report, by code (a member of two households).
    ``dibao``: whether it received the minimum living guarantee until now, at ``paid`` CNY a month; ``employment``:
    whether it left the limit by taking up work. ``rigid``: necessary spending of 12 months, CNY. ``exit_months``: full
    months since a report first said that its gradual exit begins.
    """

    division: str
    members: tuple[Member, ...]
    declared: Declared
    facts: tuple[Fact, ...] = ()
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    dibao: bool = False
    employment: bool = False
    paid: Decimal = NOTHING
    rigid: Decimal = NOTHING
    exit_months: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One rule and what it came to. ``inputs``: what it read, each name with its value and where that is from.

    ``value``: what it says. ``cites``: the articles.
    """

    rule: str
    zh: str
    en: str
    value: str
    inputs: tuple[tuple[str, str, str], ...]
    cites: tuple[str, ...]


class Compared(NamedTuple):
    """What was declared of one thing, and what was found. ``over``: more was found; None where it cannot be told."""

    id: str
    zh: str
    en: str
    declared: Decimal | None
    found: Decimal
    over: bool | None


@dataclass(frozen=True, slots=True)
class Warned:
    """A report that says more than was declared: to be looked into on the spot."""

    fact: str
    person: str
    item: str
    department: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """A report that cannot be used.

    ``why``: ``negative``, ``absurd``, ``no amount``, ``of a day to come``, ``no such grade``.
    """

    fact: str
    department: str
    why: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the rules say of a case. The hub reports it; it decides nothing.

    ``outcome``: a code of ``CheckOutcome``; ``indication``: of ``Indication``. ``pay``: CNY a month for the household;
    ``months``: for how long, if that is limited. ``lines``: empty where they were not asked for.
    """

    outcome: str
    indication: str
    pay: Decimal | None
    months: int | None
    income: Decimal
    compared: tuple[Compared, ...]
    warnings: tuple[Warned, ...]
    unusable: tuple[Unusable, ...]
    missing: tuple[str, ...]
    lines: tuple[Line, ...] = ()


def plain(value: Any) -> str:
    """A value as reports have it: numbers without an exponent or zeros that say nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return "—" if value is None else str(value)
