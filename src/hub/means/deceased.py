"""What a report says of members whose death a department reports: they count, and what would follow if they did not.

Who belongs to a household is for the household register to say, so the hub strikes nobody off by itself. The 2022
notice, 1 (3) (N22), has the circumstances of a household that receives the guarantee checked within three months.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from hub.domain.codes import Indication
from hub.means.rules import decide
from hub.means.rules.case import plain

if TYPE_CHECKING:
    from collections.abc import Collection

    from hub.means.rules import Case
    from hub.means.rules.applied import Applied

MONTHS: Final = 3
ITEM: Final = "death"


def deaths(rules: Applied, case: Case, unusable: Collection[str], made_on: date) -> list[dict[str, Any]]:
    """Each member reported dead: by which finding, when, until when the household is to be checked, what would follow.

    ``unusable``: the keys of findings that say nothing. What would follow is without all of them and what is reported
    of them; None where nobody is left.
    """
    found = {
        fact.person: fact
        for fact in case.facts
        if fact.item == ITEM and fact.aside is None and not fact.exempt and fact.key not in unusable
    }
    members = tuple(each for each in case.members if each.key not in found)
    without: dict[str, Any] | None = None
    if found and members:
        facts = tuple(each for each in case.facts if each.person not in found)
        result = decide(rules, replace(case, members=members, facts=facts))
        without = {
            "members": len(members), "outcome": result.outcome, "indication": result.indication,
            "indication_zh": Indication[result.indication].zh,
            "pay": None if result.pay is None else plain(result.pay),
        }  # fmt: skip
    return [
        {
            "person": person, "fact": fact.key, "on": None if fact.on is None else fact.on.isoformat(),
            "until": until(fact.on or made_on).isoformat(), "counted": True, "without": without,
        }
        for person, fact in found.items()
    ]  # fmt: skip


def until(begins: date) -> date:
    """Return the day on which three months are over; the last of that month where it has no such day."""
    months = begins.year * 12 + begins.month - 1 + MONTHS
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(begins.day, monthrange(year, month)[1]))
