"""Households as civil affairs knows them: who lives together, what they declared, what they are enrolled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.demo.assets import Assets, assets
from hub.demo.people import Population, SamplePerson, SampleVillage, SexWord, surname_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

CHILD_CATEGORIES: Final = ("ORPHAN", "DE_FACTO_UNSUPPORTED_CHILD")
WHOLE_HOUSEHOLD: Final = ("DIBAO", "DIBAO_MARGIN", "RELAPSE_MONITORED")
"""Categories in which every member is enrolled; in the others it is one person."""

# Households a category; with the sizes below the enrolments come near the national mix of 2023
# (of 66 million: dibao 40, tekun 4.6, margin 6, monitored 3, other 13).
_CATEGORY_WEIGHTS: Final = {
    "DIBAO": 19.0,
    "TEKUN": 4.6,
    "DIBAO_MARGIN": 2.6,
    "RELAPSE_MONITORED": 1.3,
    "TEMPORARY": 5.5,
    "RIGID_EXPENDITURE": 1.6,
    "ORPHAN": 0.6,
    "DE_FACTO_UNSUPPORTED_CHILD": 1.0,
}
_SIZES: Final = ((1, 2, 3, 4, 5), (33, 34, 20, 9, 4))
_LIARS: Final = 0.14


@dataclass(frozen=True, slots=True)
class SampleMember:
    """A person in a household. ``relation`` is a key of ``words.RELATIONS``; ``enrolled``: categories, maybe none."""

    person: SamplePerson
    relation: str
    assets: Assets
    enrolled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleHousehold:
    """A household with what it declared (income in fen a month) and what it hides (``hidden``)."""

    number: str
    place: SampleVillage
    address: str
    members: tuple[SampleMember, ...]
    declared_income: int
    declared_vehicles: int
    declared_homes: int
    authorised: bool
    hidden: tuple[str, ...]


def households(rng: Random, population: Population, people: int) -> Iterator[SampleHousehold]:
    """Yield households until they have ``people`` members; every village gets some when there are enough."""
    order = list(population.places)
    rng.shuffle(order)
    made = index = 0
    while made < people:
        place = order[index // 2 % len(order)] if index % 2 == 0 else rng.choice(order)
        index += 1
        household = _household(rng, population, f"H2305-{index:07}", place, people - made)
        made += len(household.members)
        yield household


def _household(rng: Random, population: Population, number: str, place: SampleVillage, room: int) -> SampleHousehold:
    category = rng.choices(tuple(_CATEGORY_WEIGHTS), tuple(_CATEGORY_WEIGHTS.values()))[0]
    if category in CHILD_CATEGORIES and room < 2:  # noqa: PLR2004 - a child does not live alone
        category = "DIBAO"
    if category == "TEKUN":
        family = [(population.person(_age(rng, 60, 92), _sex(rng), place), "HEAD")]
    elif category in CHILD_CATEGORIES:
        family = _grandparents(rng, population, place)[:room] if room > 2 else _grandparent(rng, population, place)  # noqa: PLR2004
    else:
        family = _family(rng, population, place, min(room, rng.choices(*_SIZES)[0]))
    members = tuple(
        SampleMember(
            person,
            relation,
            assets(rng, person, head=relation == "HEAD"),
            _enrolled(rng, category, relation),
        )
        for person, relation in family
    )
    return _declare(rng, number, place, population.address(place), members)


def _enrolled(rng: Random, category: str, relation: str) -> tuple[str, ...]:
    if category in CHILD_CATEGORIES:
        return (category,) if relation == "GRANDCHILD" else ()
    if category not in WHOLE_HOUSEHOLD:
        return (category,) if relation == "HEAD" else ()
    disabled = rng.random() < 0.09  # noqa: PLR2004 - share with a disability subsidy besides
    return (category, "DISABILITY_SUBSIDY") if disabled else (category,)


def _declare(
    rng: Random, number: str, place: SampleVillage, address: str, members: tuple[SampleMember, ...]
) -> SampleHousehold:
    """Declare the truth and some other income, or hide one thing that there is to hide."""
    income = sum(member.assets.monthly_income for member in members)
    vehicles = sum(vehicle.counted for member in members for vehicle in member.assets.vehicles)
    homes = sum(unit.counted for member in members for unit in member.assets.units)
    hidden: tuple[str, ...] = ()
    to_hide = [kind for kind, has in (("vehicles", vehicles), ("homes", homes), ("income", income > 60000)) if has]  # noqa: PLR2004 - nobody hides less than 600 yuan
    if to_hide and rng.random() < _LIARS:
        hidden = (rng.choice(to_hide),)
    declared = round(income * rng.uniform(0.2, 0.7)) if "income" in hidden else income + rng.randrange(0, 60000)
    return SampleHousehold(
        number=number,
        place=place,
        address=address,
        members=members,
        declared_income=(declared + 999) // 1000 * 1000,
        declared_vehicles=vehicles - ("vehicles" in hidden),
        declared_homes=homes - ("homes" in hidden),
        authorised=rng.random() >= 0.02,  # noqa: PLR2004 - share that has not signed
        hidden=hidden,
    )


def _age(rng: Random, youngest: int, oldest: int) -> int:
    return rng.randrange(youngest, oldest + 1)


def _sex(rng: Random) -> SexWord:
    return rng.choice(("男", "女"))


def _family(rng: Random, population: Population, place: SampleVillage, size: int) -> list[tuple[SamplePerson, str]]:
    """Return a head and, in this order of likelihood, spouse, children, parents, others."""
    head = population.person(_age(rng, 28, 78), _sex(rng), place)
    family = [(head, "HEAD")]
    if len(family) < size and rng.random() < 0.75:  # noqa: PLR2004 - share of couples
        other: SexWord = "女" if head.sex == "男" else "男"
        age = min(max(head.age + rng.randrange(-6, 7), 22), 85)
        family.append((population.person(age, other, place), "SPOUSE"))
    while len(family) < size:
        family.append(_dependant(rng, population, place, head))
    return family


def _dependant(
    rng: Random, population: Population, place: SampleVillage, head: SamplePerson
) -> tuple[SamplePerson, str]:
    kind = rng.choices(("child", "parent", "grandchild", "sibling", "other"), (68, 14, 9, 6, 3))[0]
    sex = _sex(rng)
    surname = surname_of(head)
    if kind == "parent" and head.age <= 62:  # noqa: PLR2004 - the parents of older heads are dead in the samples
        relation = "FATHER" if sex == "男" else "MOTHER"
        own = surname if sex == "男" else None
        return population.person(_age(rng, head.age + 20, head.age + 32), sex, place, own), relation
    if kind == "grandchild" and head.age >= 50:  # noqa: PLR2004 - youngest grandparents
        return population.person(_age(rng, 1, max(2, head.age - 44)), sex, place), "GRANDCHILD"
    if kind == "sibling":
        age = min(max(head.age + rng.randrange(-9, 10), 20), 85)
        return population.person(age, sex, place, surname), "SIBLING"
    if kind == "other":
        return population.person(_age(rng, 19, 80), sex, place), "OTHER"
    oldest = max(1, head.age - 22)
    child = population.person(_age(rng, max(0, oldest - 18), oldest), sex, place, surname)
    return child, "SON" if sex == "男" else "DAUGHTER"


def _grandparents(rng: Random, population: Population, place: SampleVillage) -> list[tuple[SamplePerson, str]]:
    head = population.person(_age(rng, 58, 76), "男", place)
    wife = population.person(_age(rng, 56, 74), "女", place)
    child = population.person(_age(rng, 3, 17), _sex(rng), place, surname_of(head))
    return [(head, "HEAD"), (wife, "SPOUSE"), (child, "GRANDCHILD")]


def _grandparent(rng: Random, population: Population, place: SampleVillage) -> list[tuple[SamplePerson, str]]:
    head = population.person(_age(rng, 58, 76), _sex(rng), place)
    child = population.person(_age(rng, 3, 17), _sex(rng), place)
    return [(head, "HEAD"), (child, "GRANDCHILD")]
