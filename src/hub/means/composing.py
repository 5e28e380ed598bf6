"""A report from what it was made from, and nothing else: the same inputs and rules give the same bytes, years later.

Inputs and content are JSON with sorted keys; amounts are texts, days YYYY-MM-DD. ``Inputs`` says what inputs have.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NotRequired, TypedDict

import orjson

from hub.domain.codes import AnswerState, CheckOutcome, Department, Indication, MeansItem, Relationship
from hub.means.changes import ANSWERED, BeforeGiven, changes
from hub.means.deceased import deaths
from hub.means.rules import Case, Declared, Fact, Member, Result, explain
from hub.means.rules.case import as_certified, necessary, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.means.rules import Rules
    from hub.means.rules.case import Line

FORMAT: Final = 2
"""Raised when a report is composed otherwise. From 2 on it says what is otherwise than in the version before."""
FORMATS: Final = (1, 2)
"""Those that are still composed as they were, to the byte."""
REPORTS_ONLY: Final = {
    "zh": "本报告只反映核对情况，不作为认定结论（只核对不认定）。",
    "en": "This report says what was found; it decides nothing.",
}


class MemberGiven(TypedDict):
    """A member. ``key``: a number within the report; ``id_number``: masked."""

    key: str
    name: str
    id_number: str
    relation: str | None


class AskedGiven(TypedDict):
    """A question to a department about a member, as it stands."""

    source: str
    department: str
    items: list[str]
    person: str
    state: str
    reason: str | None
    mandatory: bool
    answered_on: str | None


class FactGiven(TypedDict):
    """What a department reported. ``aside``: whether the evidence of an objection disproves it."""

    key: str
    person: str
    item: str
    department: str
    amount: str | None
    months: int
    on: str | None
    exempt: bool
    text: str | None
    details: dict[str, str]
    aside: bool


class Inputs(TypedDict):
    """What a report is made from. ``paid``: CNY a month until now, where the household receives dibao.

    From format 2 on ``people`` has the members by their numbers, as ids, and ``before`` what the version before said;
    None for the first one. ``exit_since``: the day on which a report first said that a gradual exit begins.
    """

    format: int
    number: str
    version: int
    made_on: str
    reason: str
    division: str
    declared: dict[str, Any]
    members: list[MemberGiven]
    asked: list[AskedGiven]
    facts: list[FactGiven]
    doubts: list[str]
    dibao: bool
    paid: str
    object_by: str
    objection: bool
    home_visit: bool
    calendar: int
    calendar_digest: NotRequired[str]
    people: NotRequired[dict[str, str]]
    before: NotRequired[BeforeGiven | None]
    exit_since: NotRequired[str | None]


def canonical(value: Any) -> str:
    """JSON of a value, the same for equal values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def unanswered(asked: Iterable[AskedGiven]) -> tuple[str, ...]:
    """The departments that must answer and have not, of whomever, by code."""
    return tuple(sorted({each["department"] for each in asked if each["mandatory"] and each["state"] not in ANSWERED}))


def case_of(given: Inputs) -> Case:
    """What the rules are asked about."""
    facts = tuple(
        Fact(
            each["key"], each["person"], each["item"], each["department"],
            None if each["amount"] is None else Decimal(each["amount"]), each["months"],
            None if each["on"] is None else date.fromisoformat(each["on"]), each["exempt"],
            "disproved by the evidence of the objection" if each["aside"] else None,
            {name: Decimal(value) for name, value in each["details"].items()},
        )
        for each in given["facts"]
    )  # fmt: skip
    said, made_on = given["declared"], date.fromisoformat(given["made_on"])
    wage = any(fact.item == "wage" and fact.amount for fact in facts)
    return Case(
        division=given["division"],
        members=as_certified((Member(each["key"]) for each in given["members"]), facts, made_on),
        declared=Declared(None if said["income"] is None else Decimal(said["income"]), said["vehicles"], said["homes"]),
        facts=facts,
        missing=unanswered(given["asked"]),
        doubts=tuple(given["doubts"]),
        dibao=given["dibao"],
        employment=given["dibao"] and wage,
        paid=Decimal(given["paid"]),
        rigid=necessary(facts, made_on),
        exit_months=_months(given.get("exit_since"), made_on),
    )


def _months(since: str | None, day: date) -> int:
    """Full months from a day to another."""
    if since is None:
        return 0
    began = date.fromisoformat(since)
    return max(0, (day.year - began.year) * 12 + day.month - began.month - (day.day < began.day))


def compose(given: Inputs, rules: Rules) -> tuple[dict[str, Any], Result]:
    """Return the content of a report, and what the rules say. Raises ``NoStandard``."""
    made_on, case = date.fromisoformat(given["made_on"]), case_of(given)
    applied = rules.at(given["division"], made_on)
    result = explain(applied, case)
    warned = {each.fact for each in result.warnings}
    unusable = {each.fact: each.why for each in result.unusable}
    content: dict[str, Any] = {
        "format": given["format"],
        "number": given["number"],
        "version": given["version"],
        "made_on": given["made_on"],
        "reason": given["reason"],
        "division": given["division"],
        "reports_only": REPORTS_ONLY,
        "demo_rules": rules.bundle.demo,
        "members": [
            {**each, "relation_zh": None if each["relation"] is None else Relationship[each["relation"]].zh}
            for each in given["members"]
        ],
        "declared": given["declared"],
        "compared": [
            {
                "id": each.id, "zh": each.zh, "en": each.en,
                "declared": None if each.declared is None else plain(each.declared), "found": plain(each.found),
                "over": each.over,
            }
            for each in result.compared
        ],
        "facts": [
            {
                **each, "item_zh": MeansItem[each["item"].upper()].zh,
                "department_zh": Department[each["department"]].zh, "warning": each["key"] in warned,
                "unusable": unusable.get(each["key"]),
            }
            for each in given["facts"]
        ],
        "asked": [
            {
                **each, "department_zh": Department[each["department"]].zh,
                "state_zh": AnswerState[each["state"]].zh,
                "items_zh": [MeansItem[item.upper()].zh for item in each["items"]],
            }
            for each in given["asked"]
        ],
        "missing": list(result.missing),
        "doubts": given["doubts"],
        "outcome": result.outcome,
        "outcome_zh": CheckOutcome[result.outcome].zh,
        "indication": result.indication,
        "indication_zh": Indication[result.indication].zh,
        "pay": None if result.pay is None else plain(result.pay),
        "months": result.months,
        "income": plain(result.income),
        "lines": [_line(each) for each in result.lines],
        "articles": _articles(result.lines, rules),
        "parameters": _parameters(result.lines, rules),
        "home_visit": given["home_visit"] or bool(warned),
        "object_by": given["object_by"],
        "after_objection": given["objection"],
        "rules": {"version": rules.bundle.version, "digest": rules.digest, "zh": rules.bundle.zh},
        "calendar": given["calendar"],
        "inputs_digest": digest(canonical(given)),
    }  # fmt: skip
    if "calendar_digest" in given:
        content["calendar_digest"] = given["calendar_digest"]
    if given["format"] > 1:
        content["changes"] = _changes(given, content)
        content["deaths"] = deaths(applied, case, unusable, made_on)
    return content, result


def _changes(given: Inputs, content: dict[str, Any]) -> dict[str, Any] | None:
    before = given.get("before")
    if before is None:
        return None
    keys = [each["key"] for each in given["members"]]
    return changes(before, given["asked"], given["facts"], given["declared"], keys, content)


def _line(line: Line) -> dict[str, Any]:
    return {**asdict(line), "inputs": [list(each) for each in line.inputs], "cites": list(line.cites)}


def _parameters(lines: Sequence[Line], rules: Rules) -> dict[str, str]:
    """What the parameters that were read are called in Chinese."""
    read = {name for line in lines for name, _, _ in line.inputs}
    return {name: each.zh for name, each in rules.bundle.parameters.items() if name in read}


def _articles(lines: Sequence[Line], rules: Rules) -> list[dict[str, Any]]:
    named = dict.fromkeys(cite for line in lines for cite in line.cites)
    return [
        {"cite": cite, "text": rules.articles[cite].text, "article": rules.articles[cite].article,
         "read": rules.articles[cite].read}
        if cite in rules.articles else {"cite": cite, "text": None, "article": None, "read": False}
        for cite in named
    ]  # fmt: skip
