"""Rules as data and an independent reading of the same articles say the same of every drawn household.

HOUSEHOLDS says how many are drawn: 100,000 take about half a minute.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from hub.means.rules import Case, Declared, Fact, Member, decide, load_rules
from means_by_hand import by_hand, families

RULES = load_rules(Path(__file__).parents[4] / "schema" / "rules")
HOUSEHOLDS = int(os.environ.get("HOUSEHOLDS", "3000"))


def case(family):
    members = tuple(Member(str(place), 1 if place < family.singles else None) for place in range(family.members))
    facts = tuple(
        Fact(
            f"F{place}", str(each.person), each.item, "X", each.amount, each.months, each.day, each.exempt,
            "disproved" if each.aside else None,
            {name: value for name, value in (("employment_cost", each.cost), ("basic_pension", each.basic)) if value},
        )
        for place, each in enumerate(family.reports)
    )  # fmt: skip
    return Case(
        family.division, members, Declared(family.income, family.vehicles, family.homes), facts,
        ("BANKS",) if family.missing else (), ("doubt",) if family.doubt else (), family.dibao, family.employed,
        family.paid, family.rigid, family.leaving,
    )  # fmt: skip


def test_the_rules_and_a_reading_by_hand_say_the_same():
    said = set()
    for family in islice(families(os.environ.get("SEED", "1")), HOUSEHOLDS):
        found = decide(RULES.at(family.division, family.day), case(family))
        assert (found.outcome, found.indication, found.pay, found.months) == by_hand(family), family
        said.add((found.outcome, found.indication))
    # Every indication is drawn, and both outcomes: a difference in any of them would be seen.
    assert {indication for _, indication in said} == {
        "DIBAO", "MARGIN", "SINGLE_PERSON_DIBAO", "RIGID_EXPENDITURE", "EXIT", "REFUSE", "UNDECIDED",
    }  # fmt: skip
    assert {outcome for outcome, _ in said} == {"CONSISTENT", "INCONSISTENT", "UNDECIDED"}
