"""A city's open needs and its charities' resources, drawn: Shuangyashan's divisions, 14 kinds, criteria on five fields.

Synthetic: no need and no person here is real. Villages differ in size and townships in what charities offer them; most
resources have few units and some have hundreds.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from hub.domain.codes import NeedKind
from hub.matching import Instance, Needs, Pairs, Resources, Weighing, eligible_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = len(NeedKind)
DIGITS = 12
CATEGORIES = 8
"""Categories of assistance that a criterion may name."""
POINTS = (1000, 2000, 4000, 8000)
UNITS_A_NEED = 0.72
"""Units that there are for each need; not all of them are where they are needed."""


@dataclass(frozen=True, slots=True)
class People:
    """What criteria ask about whoever has each need. ``income`` in CNY a month."""

    category: NDArray[np.int8]
    age: NDArray[np.int16]
    woman: NDArray[np.bool_]
    disabled: NDArray[np.bool_]
    income: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class City:
    """Needs, the people who have them, resources, and which of their criteria fit whom."""

    needs: Needs
    people: People
    resources: Resources
    criteria: Criteria

    def pairs(self) -> Pairs:
        """Return every eligible pair and its value."""
        return eligible_pairs(self.needs, self.resources, lambda needs, each: self.criteria.fit(self, needs, each))

    def instance(self, pairs: Pairs, share: float = 0.0, below: int = 500) -> Instance:
        """Return the night's input. ``share``: of each township's needs, its floor."""
        open_needs = np.bincount(self.needs.township)
        floor = np.floor(open_needs * share).astype(np.int32)
        return Instance(self.needs, self.resources, pairs, Weighing(np.array(POINTS), floor, below))


@dataclass(frozen=True, slots=True)
class Criteria:
    """Of each resource: bits of categories, ages, who may apply, and the highest income."""

    categories: NDArray[np.int32]
    youngest: NDArray[np.int16]
    oldest: NDArray[np.int16]
    women: NDArray[np.bool_]
    disabled: NDArray[np.bool_]
    income: NDArray[np.int32]

    def fit(self, city: City, needs: NDArray[np.int32], each: int) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
        """Return which of these needs one resource is for, and how well it fits them: near, and meant for the like."""
        people = city.people
        age, income = people.age[needs], people.income[needs]
        fits = (self.categories[each] >> people.category[needs]) & 1 > 0
        fits &= (age >= self.youngest[each]) & (age <= self.oldest[each]) & (income <= self.income[each])
        if self.women[each]:
            fits &= people.woman[needs]
        if self.disabled[each]:
            fits &= people.disabled[needs]
        area = city.resources.area[each]
        near = 100 * sum(
            (city.needs.area[needs] // 10**zeros == area // 10**zeros).astype(np.int32) for zeros in (6, 3, 0)
        )
        narrow = 100 * (self.oldest[each] - self.youngest[each] < 60) + 100 * bool(self.disabled[each])
        poor = 400 * np.clip(self.income[each] - income, 0, 4000) // 4000
        return fits, (near + narrow + poor).astype(np.int32)


def divisions() -> list[str]:
    """Codes of Shuangyashan and what lies in it."""
    text = (files("hub.domain") / "data" / "shuangyashan.csv").read_text(encoding="utf-8")
    return [row["code"] for row in csv.DictReader(text.splitlines()) if len(row["code"]) > len("23")]


def filled(codes: list[str]) -> NDArray[np.int64]:
    """The codes, filled up with zeros to twelve digits."""
    return np.array([int(code.ljust(DIGITS, "0")) for code in codes])


def draw(seed: int, needs: int, resources: int) -> City:
    """Draw a city of so many open needs and resources."""
    chance = np.random.default_rng(seed)
    codes = divisions()
    by_level = {digits: filled([code for code in codes if len(code) == digits]) for digits in (4, 6, 9, 12)}
    villages, townships = by_level[DIGITS], by_level[9]
    size = chance.lognormal(0, 0.6, len(villages))
    village = chance.choice(len(villages), needs, p=size / size.sum())
    kinds = chance.dirichlet(np.full(KINDS, 3.0))
    area = villages[village]
    wanted = Needs(
        chance.choice(KINDS, needs, p=kinds).astype(np.int32),
        area,
        chance.choice(4, needs, p=(0.45, 0.3, 0.18, 0.07)).astype(np.int32),
        np.searchsorted(townships, area // 1000 * 1000).astype(np.int32),
    )
    people = People(
        chance.integers(0, CATEGORIES, needs, dtype=np.int8),
        np.clip(chance.normal(55, 22, needs), 0, 100).astype(np.int16),
        chance.random(needs) < 0.5,
        chance.random(needs) < 0.3,
        (chance.gamma(2, 500, needs)).astype(np.int32),
    )
    level = chance.choice([4, 6, 9, 12], resources, p=(0.04, 0.26, 0.5, 0.2))
    where = area[chance.choice(needs, resources)] // 10 ** (DIGITS - level) * 10 ** (DIGITS - level)
    # A wider division has more units, as it has more people; charities favour some places.
    heavy = (1 + chance.pareto(1.3, resources)) * (1 + (DIGITS - level)) * _favoured(chance, where)
    capacity = np.clip(heavy * UNITS_A_NEED * needs / heavy.sum(), 1, 500).astype(np.int32)
    offered = Resources(chance.choice(KINDS, resources, p=kinds).astype(np.int32), where, capacity)
    return City(wanted, people, offered, _criteria(chance, resources))


def _favoured(chance: np.random.Generator, where: NDArray[np.int64]) -> NDArray[np.float64]:
    county, at = np.unique(where // 10**6, return_inverse=True)
    favour: NDArray[np.float64] = chance.lognormal(0, 0.25, len(county))[at]
    return favour


def _criteria(chance: np.random.Generator, count: int) -> Criteria:
    some = chance.random((count, CATEGORIES)) < 0.6
    some[chance.random(count) < 0.5] = True
    some[np.arange(count), chance.integers(0, CATEGORIES, count)] = True
    youngest = chance.choice([0, 0, 0, 16, 60], count).astype(np.int16)
    oldest = np.where(youngest == 0, chance.choice([120, 120, 18, 60], count), 120).astype(np.int16)
    return Criteria(
        (some @ (1 << np.arange(CATEGORIES))).astype(np.int32),
        youngest,
        oldest,
        chance.random(count) < 0.05,
        chance.random(count) < 0.1,
        chance.choice([800, 1500, 3000, 100_000], count, p=(0.1, 0.2, 0.2, 0.5)).astype(np.int32),
    )
