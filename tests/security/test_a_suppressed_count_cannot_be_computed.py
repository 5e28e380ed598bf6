"""Attack: ask for the same rows in every grouping and through many filters, and solve for what was withheld."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

import asyncpg
import pytest

from exact_sums import Span, total_of

SMALLEST = 5
KEYS = {"CATEGORY": "category", "STATUS": "status", "REGION_COUNTY": "regionCounty"}
DISTRICTS = ("230502", "230503", "230505", "230506", "230521", "230522", "230523", "230524")


async def truth(hub):
    """The real number of recipients by category, status and county."""
    connection = await asyncpg.connect(hub.database)
    try:
        rows = await connection.fetch("SELECT category, status, left(region, 6) AS county FROM recipient")
    finally:
        await connection.close()
    return Counter(tuple(row) for row in rows)


def filters(categories, statuses):
    """Filters with the cells that they admit: single values, several, all but one, and combinations."""
    yield None, lambda _cell: True
    for size in (1, 2, len(categories) - 1):
        for chosen in combinations(categories, size):
            yield {"category": {"in": chosen}}, lambda cell, c=chosen: cell[0] in c
    for size in (1, len(statuses) - 1):
        for chosen in combinations(statuses, size):
            yield {"status": {"in": chosen}}, lambda cell, c=chosen: cell[1] in c
    for district in DISTRICTS:
        here, ended = {"region": {"within": district}}, {"status": {"eq": statuses[-1]}}
        yield here, lambda cell, d=district: cell[2] == d
        yield {"not": here}, lambda cell, d=district: cell[2] != d
        yield {"not": {**here, **ended}}, lambda cell, d=district: (cell[2], cell[1]) != (d, statuses[-1])
        yield {"or": [here, ended]}, lambda cell, d=district: cell[2] == d or cell[1] == statuses[-1]


@pytest.mark.parametrize("viewer", ["civil-affairs", "auditor"])
async def test_no_withheld_count_follows_from_all_that_is_shown(ask, viewer):
    real = await truth(ask.hub)
    domain = list(product(*(sorted({cell[at] for cell in real}, key=str) for at in range(3))))
    categories, statuses = (sorted({cell[at] for cell in real}) for at in range(2))
    known, withheld, asked = Span(), set(), 0
    groupings = [tuple(chosen) for size in range(4) for chosen in combinations(KEYS, size)]
    for where, admitted in filters(categories, statuses):
        for by in groupings if where is None else groupings[:3]:
            query = f"""query ($w: RecipientStatsWhere) {{ recipientStats(groupBy: [{", ".join(by)}], where: $w) {{
                groups {{ category status regionCounty count suppressed }} total {{ count suppressed }} }} }}"""
            found = (await ask.data(viewer, query, {"w": where}))["recipientStats"]
            for group in [*found["groups"], found["total"]]:
                keys = [(at, group[name]) for at, (way, name) in enumerate(KEYS.items()) if way in by and name in group]
                cells = [cell for cell in domain if admitted(cell) and all(cell[at] == value for at, value in keys)]
                asked += 1
                if group["suppressed"]:
                    assert group["count"] is None
                    withheld.add(frozenset(cells))
                else:
                    assert group["count"] == sum(real[cell] for cell in cells)
                    assert not 0 < group["count"] < SMALLEST
                    known.learn(total_of(cells))
            listed = {tuple(group[name] for name in KEYS.values()) for group in found["groups"]}
            if by == tuple(KEYS):  # what is not listed is known to be nothing
                for cell in domain:
                    if admitted(cell) and cell not in listed:
                        assert real[cell] == 0
                        known.learn(total_of([cell]))
    assert asked > 200
    small = [cell for cell in domain if 0 < real[cell] < SMALLEST]
    assert small
    assert withheld
    for cells in [frozenset([cell]) for cell in small] + [cells for cells in withheld if cells]:
        count = sum(real[cell] for cell in cells)
        if 0 < count < SMALLEST:
            assert not known.knows(total_of(cells)), cells


async def test_a_filter_for_a_group_and_its_neighbour_does_not_give_the_group(ask):
    query = "query ($w: RecipientStatsWhere) { recipientStats(where: $w) { total { count suppressed } } }"
    real = await truth(ask.hub)
    statuses = sorted({cell[1] for cell in real})
    for district, status in product(DISTRICTS, statuses):
        here = Counter()
        for (_, own, county), count in real.items():
            if county == district:
                here[own] += count
        if not 0 < here[status] < SMALLEST:
            continue
        for with_it in ([status], *([status, other] for other in statuses if other != status)):
            where = {"region": {"within": district}, "status": {"in": with_it}}
            both = (await ask.data("auditor", query, {"w": where}))["recipientStats"]["total"]
            neighbours = {"region": {"within": district}, "status": {"in": with_it[1:] or [status]}}
            alone = (await ask.data("auditor", query, {"w": neighbours}))["recipientStats"]["total"]
            assert both["suppressed"] or alone["suppressed"]


@pytest.mark.parametrize(
    "where",
    [
        '{id: {eq: "Recipient:0190a0a0-0000-7000-8000-000000000000"}}',
        '{person: {idNumber: {eq: "230502198001010019"}}}',
        '{approvedOn: {lt: "2024-01-01"}}',
        '{monthlyAmount: {gt: "400.00"}}',
        '{region: {eq: "230502"}}',
    ],
)
async def test_a_filter_that_could_single_a_person_out_does_not_exist(ask, where):
    refusal = await ask.refusal("civil-affairs", f"{{ recipientStats(where: {where}) {{ total {{ count }} }} }}")
    assert (refusal["status"], refusal["extensions"]["code"]) == (400, "HUB-103")
