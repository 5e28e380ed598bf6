"""What came of matching, by county and kind, from the statistics that civil affairs may ask for.

Numbers are those of ``schema/operations/civil-affairs/outcomes-of-matching.graphql``: what it withholds is withheld
here. A number that is withheld is None; none at all is 0.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DOCUMENT: Final = "operations/civil-affairs/outcomes-of-matching.graphql"
OPERATIONS: Final = ("Counties", "HelpedByKind", "EndedByKind", "Townships", "TownshipsByKind")
"""Its operations. The last may have too many groups for one table; the others stand without it."""
TOWNSHIP: Final = 9
"""Digits of a township's code (GB/T 2260)."""
_COUNTED: Final = {
    "open": "regionCounty", "placed": "townshipCounty", "delivered": "townshipCounty", "confirmed": "townshipCounty"
}  # fmt: skip
"""Parts of the answer that are a number each, with what their groups call the county."""

Group = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Township:
    """``registered``: needs that were, whatever became of them; ``helped``: those to which help was delivered."""

    code: str
    registered: int
    helped: int

    @property
    def share(self) -> float:
        """Of the needs registered. Proposals outlive needs that are kept no longer: never more than all."""
        return min(1.0, self.helped / self.registered)


@dataclass(slots=True)
class Outcome:
    """Of one kind of help in one county, or of every kind.

    ``open``: needs. ``placed``: proposals that charities did not turn down and consent still covers; ``delivered``,
    ``confirmed`` and ``unmet``, by reason, are among them. ``days``: mean time from a need's registration to the
    delivery. ``worst``: the township with the smallest share of needs that were helped, of those that may be told.
    """

    open: int | None = 0
    placed: int | None = 0
    delivered: int | None = 0
    confirmed: int | None = 0
    unmet: dict[str, int | None] = field(default_factory=dict)
    days: float | None = None
    worst: Township | None = None


@dataclass(slots=True)
class County:
    """``every``: of all kinds together."""

    every: Outcome = field(default_factory=Outcome)
    kinds: dict[str, Outcome] = field(default_factory=dict)

    def of(self, kind: str | None) -> Outcome:
        """The outcome of a kind; of every kind where none is said."""
        return self.every if kind is None else self.kinds.setdefault(kind, Outcome())


def outcomes(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, County]:
    """Return counties by code, with kinds by code. ``answers``: by operation."""
    counties: dict[str, County] = defaultdict(County)

    def of(group: Group, county: str) -> Outcome:
        return counties[group[county] or ""].of(group.get("kind"))

    for answer in (answers.get(name, {}) for name in OPERATIONS[:3]):
        for part, county in _COUNTED.items():
            for group in _groups(answer, part):
                setattr(of(group, county), part, group["count"])
        for group in _groups(answer, "delivered"):
            of(group, "townshipCounty").days = None if group["average"] is None else group["average"]["daysWaited"]
        for group in _groups(answer, "unmet"):
            of(group, "townshipCounty").unmet[group["unmetReason"]] = group["count"]
    for answer in (answers.get(name, {}) for name in OPERATIONS[3:]):
        for (code, kind), worst in _worst(answer).items():
            counties[code].of(kind).worst = worst
    return {code: County(each.every, dict(sorted(each.kinds.items()))) for code, each in sorted(counties.items())}


def _groups(answer: Mapping[str, Any], part: str) -> Iterable[Group]:
    """The groups of a part of an answer; none where nothing may be counted."""
    groups: Iterable[Group] = (answer.get(part) or {}).get("groups", ())
    return groups


def _worst(answer: Mapping[str, Any]) -> dict[tuple[str, str | None], Township]:
    """By county, and by kind where the answer is: the worst of the townships of which both numbers may be told."""
    helped = {(group["townshipTownship"], group.get("kind")): group["count"] for group in _groups(answer, "helped")}
    worst: dict[tuple[str, str | None], Township] = {}
    for group in _groups(answer, "registered"):
        code, kind = group["regionTownship"], group.get("kind")
        count, some = group["count"], helped.get((code, kind), 0)
        if not code or len(code) < TOWNSHIP or not count or some is None:
            continue  # registered for no township, or too few to be told of
        made, place = Township(code, count, some), (group["regionCounty"], kind)
        if place not in worst or (made.share, code) < (worst[place].share, worst[place].code):
            worst[place] = made
    return worst
