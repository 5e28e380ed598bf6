"""Documents that differ: drawn by chance from what a civil affairs bureau may read, each valid, no two the same.

They differ in fields, links, filters and sizes of pages, not in names alone: a hub that kept plans by anything less
than the whole document would not find one of them known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SHORTEST, LONGEST = 600, 700
"""Characters of a document."""
DEEPEST: Final = 4
LARGEST_PAGE: Final = 5
SCALARS: Final = {
    "Recipient": "id category status monthlyAmount region approvedOn validUntil",
    "Person": "id idNumber name sex birthDate phone region registeredRegion registeredAddress",
    "Household": "id region address size declaredMonthlyIncome declaredVehicles declaredHomes checkAuthorisedOn",
    "MeansCheck": "id outcome checkedAt region",
    "Finding": "id department kind value amount observedOn region",
}
LINKS: Final = {
    "Recipient": {"person": "Person", "household": "Household"},
    "MeansCheck": {"household": "Household"},
    "Finding": {"person": "Person", "meansCheck": "MeansCheck"},
}
PAGES: Final = {
    "Query": {"recipients": "Recipient", "people": "Person", "households": "Household", "meansChecks": "MeansCheck"},
    "Recipient": {"meansChecks": "MeansCheck"},
    "Person": {"households": "Household", "recipients": "Recipient", "findings": "Finding"},
    "Household": {"members": "Person", "recipients": "Recipient", "meansChecks": "MeansCheck"},
}
FILTERS: Final = {
    "Recipient": (
        "status: {in: [ACTIVE]}", "category: {in: [DIBAO, TEKUN]}", 'monthlyAmount: {gte: "400.00"}',
        'approvedOn: {gte: "2024-06-01"}',
    ),
    "Person": ("sex: {in: [FEMALE]}", 'birthDate: {lt: "1990-01-01"}'),
    "Household": ("size: {gte: 2}", "declaredVehicles: {eq: 0}"),
    "MeansCheck": ("outcome: {in: [CONSISTENT]}", 'checkedAt: {gte: "2025-01-01T00:00:00Z"}'),
    "Finding": ("kind: {in: [PENSION]}",),
}  # fmt: skip


def documents(random: Random) -> Iterator[str]:
    """Documents without end, none of them twice."""
    given = set()
    while True:
        drawn = _document(random)
        if SHORTEST <= len(drawn) <= LONGEST and drawn not in given:
            given.add(drawn)
            yield drawn


def _document(random: Random) -> str:
    roots = PAGES["Query"]
    chosen = random.sample(sorted(roots), random.randint(1, 2))
    return "{ " + " ".join(_page(random, name, roots[name], 1) for name in chosen) + " }"


def _page(random: Random, name: str, entity: str, depth: int) -> str:
    size = random.randint(1, LARGEST_PAGE)
    tests = [test for test in FILTERS[entity] if random.random() < 0.3]
    where = f", where: {{{', '.join(tests)}}}" if tests else ""
    rows = _selection(random, entity, depth)
    inner = f"nodes {rows}" if random.random() < 0.5 else f"edges {{ cursor node {rows} }}"
    return f"{name}(first: {size}{where}) {{ {inner} }}"


def _selection(random: Random, entity: str, depth: int) -> str:
    scalars = SCALARS[entity].split()
    parts = random.sample(scalars, random.randint(1, len(scalars)))
    if depth < DEEPEST:
        for name, target in LINKS.get(entity, {}).items():
            if random.random() < 0.5:
                parts.append(f"{name} {_selection(random, target, depth + 1)}")
        for name, target in PAGES.get(entity, {}).items():
            if random.random() < 0.4:
                parts.append(_page(random, name, target, depth + 1))
        if entity == "MeansCheck" and random.random() < 0.5:
            parts.append(f"findings {_selection(random, 'Finding', depth + 1)}")
    return "{ " + " ".join(parts) + " }"
