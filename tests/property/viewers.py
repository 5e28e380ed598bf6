"""Draws who asks: roles, divisions, department, purpose, and the agreements that are in force or were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain import CATALOGUE
from hub.domain.codes import Department
from hub.policy import ALL_GRANTED, Grant, Principal
from property.irregular import REGIONS
from property.policies import DEPARTMENTS, NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from hub.policy.terms import Terms

ITEMS = tuple(f"{entity.name}.{name}" for entity in CATALOGUE for name in entity.members)
PROVIDERS = tuple(department.name for department in Department)


def viewer(random: Random, terms: Terms) -> Principal:
    """A partner; most often one that fits a role, or few policies would be about it."""
    roles = random.sample(sorted(terms.roles), random.choice((1, 1, 1, 2)))
    fitting = sorted(terms.purposes_of(roles))
    if random.random() < 0.05:
        roles = random.choice(([], ["no-such-role"], [*roles, "no-such-role"]))
    return Principal(
        name=random.choice(NAMES),
        department=random.choice(DEPARTMENTS),
        roles=frozenset(roles),
        regions=_regions(random, random.choice((0, 1, 1, 1, 2, 3))),
        purpose=random.choice(fitting if random.random() < 0.85 else sorted(terms.purposes)),
        granted=agreements(random),
    )


def agreements(random: Random) -> frozenset[Grant]:
    """On everything, on nothing, or some, each on items of some departments."""
    way = random.random()
    if way < 0.35:
        return ALL_GRANTED
    if way < 0.45:
        return frozenset()
    return frozenset(
        Grant(
            frozenset(_some(random, ITEMS, random.choice((20, 60, len(ITEMS))))),
            provider,
            _regions(random, random.choice((1, 1, 2, 3))),
            random.choice(("active", "active", "active", "active", "suspended", "ended")),
        )
        for provider in PROVIDERS
        for _ in range(random.choice((0, 1, 1, 1, 2)))
    )


def _regions(random: Random, most: int) -> frozenset[str]:
    return frozenset(random.choice(("23", "2305", "2305", *REGIONS)) for _ in range(most))


def _some(random: Random, items: Sequence[str], count: int) -> list[str]:
    return random.sample(items, count)
