"""What a version of a report says otherwise than the one before: who answered since, what is new or gone, what follows.

What the version before said is part of what a version is made from, so that it is made again without the other one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TypedDict

import orjson

from hub.domain.codes import AnswerState, CheckOutcome, Department, Indication, MeansItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ANSWERED: Final = (AnswerState.ANSWERED.name, AnswerState.EMPTY.name)
NOBODY: Final = "?"
"""A member of the version before who belongs to the household no longer."""
_NO_CONTENT: Final = ("key", "aside")
"""What of a fact says where it stands in its report, and not what was reported."""


class BeforeGiven(TypedDict):
    """The version before, as far as a later one speaks of it. People by their numbers in the later one.

    ``answered``: departments by code, each with whom it had answered about. ``left``: names of members who left.
    """

    version: int
    made_on: str
    outcome: str
    indication: str
    pay: str | None
    declared: dict[str, Any]
    members: list[str]
    left: list[str]
    answered: list[list[str]]
    facts: list[dict[str, Any]]


def before_of(
    inputs: Mapping[str, Any],
    content: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]],
    people: Mapping[str, str],
) -> BeforeGiven:
    """The version before, from what it was made from and what it says.

    ``members``: of the household now; ``people``: who they are, by their numbers now.
    """
    known = _known(inputs, members, people)
    return {
        "version": content["version"], "made_on": content["made_on"], "outcome": content["outcome"],
        "indication": content["indication"], "pay": content["pay"], "declared": inputs["declared"],
        "members": sorted(set(known.values()) - {NOBODY}),
        "left": [each["name"] for each in inputs["members"] if known[each["key"]] == NOBODY],
        "answered": sorted(_answered(inputs["asked"], known)),
        "facts": [{**each, "person": known.get(each["person"], NOBODY)} for each in inputs["facts"]],
    }  # fmt: skip


def _known(
    inputs: Mapping[str, Any], members: Sequence[Mapping[str, Any]], people: Mapping[str, str]
) -> dict[str, str]:
    """The numbers that members of the version before have now."""
    if "people" in inputs:
        now = {person: key for key, person in people.items()}
        return {key: now.get(person, NOBODY) for key, person in inputs["people"].items()}
    # Format 1 does not say who they were: the same ones in the same order, or whoever is called alike.
    named = {(each["name"], each["id_number"]): each["key"] for each in members}
    if len(named) < len(members) and len(inputs["members"]) == len(members):
        return {each["key"]: each["key"] for each in members}
    return {each["key"]: named.get((each["name"], each["id_number"]), NOBODY) for each in inputs["members"]}


def changes(
    before: BeforeGiven, asked: Iterable[Mapping[str, Any]], facts: Sequence[Mapping[str, Any]],
    declared: Mapping[str, Any], members: Iterable[str], said: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """What is otherwise. ``said``: outcome, indication and pay of this version."""
    keys = {key: key for key in members}
    now, then = _answered(asked, keys), [list(each) for each in before["answered"]]
    known, gone = Counter(map(_content, before["facts"])), Counter(map(_content, facts))
    new = [fact["key"] for fact in facts if _take(known, fact)]
    lost = [fact for fact in before["facts"] if _take(gone, fact)]
    aside = {_content(fact) for fact in before["facts"] if fact["aside"]}
    return {
        "version": before["version"],
        "made_on": before["made_on"],
        "answered": [_department(*each) for each in sorted(now) if each not in then],
        "unanswered": [_department(*each) for each in then if each not in now and each[1] in keys],
        "new": new,
        "gone": [_shown(fact) for fact in lost],
        "set_aside": [fact["key"] for fact in facts if fact["aside"] and _content(fact) not in aside],
        "joined": sorted(set(keys) - set(before["members"])),
        "left": before["left"],
        "declared": dict(declared) != before["declared"],
        "outcome_before": before["outcome"],
        "outcome_before_zh": CheckOutcome[before["outcome"]].zh,
        "indication_before": before["indication"],
        "indication_before_zh": Indication[before["indication"]].zh,
        "pay_before": before["pay"],
        "follows": any(said[name] != before[name] for name in ("outcome", "indication", "pay")),
    }


def _answered(asked: Iterable[Mapping[str, Any]], keys: Mapping[str, str]) -> list[list[str]]:
    found = {
        (each["department"], keys[each["person"]])
        for each in asked
        if each["state"] in ANSWERED and keys.get(each["person"], NOBODY) != NOBODY
    }
    return [list(each) for each in sorted(found)]


def _content(fact: Mapping[str, Any]) -> str:
    said = {name: value for name, value in fact.items() if name not in _NO_CONTENT}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


def _take(left: Counter[str], fact: Mapping[str, Any]) -> bool:
    """Whether this is one that there is not on the other side; of two that are alike, one may be."""
    text = _content(fact)
    left[text] -= 1
    return left[text] < 0


def _department(code: str, person: str) -> dict[str, str]:
    return {"department": code, "department_zh": Department[code].zh, "person": person}


def _shown(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "person": fact["person"], "item": fact["item"], "item_zh": MeansItem[fact["item"].upper()].zh,
        "department": fact["department"], "department_zh": Department[fact["department"]].zh, "text": fact["text"],
        "amount": fact["amount"], "on": fact["on"],
    }  # fmt: skip
