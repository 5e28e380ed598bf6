"""Make the sample departments, each in its own form, and the ground truth beside them."""

from __future__ import annotations

import shutil
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.demo import (
    charity,
    civil_affairs,
    county_offices,
    databases,
    exports,
    public_security,
    real_estate,
    social_security,
)
from hub.demo.assets import assets
from hub.demo.dirt import Dirt
from hub.demo.households import SampleHousehold, households
from hub.demo.people import Population, SamplePerson
from hub.demo.tables import SampleBatch, SampleTable
from hub.demo.truth import HouseholdTruth, Recorder
from hub.demo.words import CONSISTENT, INCONSISTENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

DEPARTMENTS: Final = "departments.json"
"""File in the demo's home that says which departments were made there."""
_VERSION: Final = 4
"""Raised when the same seed makes other data, so that kept departments are made anew."""

_BATCH: Final = 1000
_MEMBERS_AN_OUTSIDER: Final = 10
_STRAY_EVERY: Final = 200
"""Of so many outsiders one is entered as a member of a household that is gone."""
_NEAR: Final = 1000
"""Fen: found incomes nearer than this to the limit of the means check are moved away from it."""


@dataclass(frozen=True, slots=True)
class Departments:
    """Where the sample departments are: URLs of databases, directories of exports, and the truth file."""

    civil_affairs: str
    public_security: str
    social_security: str
    real_estate: Path
    charity_federation: Path
    county_offices: str
    truth: Path

    def connections(self) -> dict[str, str]:
        """Return source name → URL or directory."""
        return {
            civil_affairs.SOURCE: self.civil_affairs,
            public_security.SOURCE: self.public_security,
            social_security.SOURCE: self.social_security,
            real_estate.SOURCE: str(self.real_estate),
            charity.SOURCE: str(self.charity_federation),
        }

    def answering(self, insurers: str) -> dict[str, str]:
        """Return source name → URL of the offices that are only asked. ``insurers``: of their server."""
        return dict.fromkeys(county_offices.IN_DATABASE, self.county_offices) | {county_offices.INSURERS: insurers}


async def make_departments(
    home: Path,
    server_url: str,
    people: int,
    seed: int,
    *,
    mariadb_url: str | None = None,
    prefix: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Departments:
    """Make the departments anew and return where they are.

    ``home``: directory for the files (``departments/``) and the truth (``truth/``). ``server_url``: a PostgreSQL
    server on which databases can be made; ``civil_affairs``, ``public_security`` and ``county_offices`` there are
    replaced, their names starting with ``prefix``. ``people``: members of households; a tenth more are in the other
    registers only. ``mariadb_url``: a server for social security, else it gets an SQLite file. ``progress``
    is called with the number of people made and the number to make. The same ``people`` and ``seed`` make the
    same data. Raises ValueError for fewer than one person, and what the servers raise.
    """
    if people < 1:
        raise ValueError("the sample departments need at least one person")
    where = _where(home, server_url, mariadb_url, prefix)
    stamp = home / DEPARTMENTS
    stamp.unlink(missing_ok=True)
    for directory in (where.real_estate.parent, where.truth.parent):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    async with _open(where, server_url, mariadb_url, prefix) as write:
        with where.truth.open("wb") as stream:
            draft = SampleBatch(Random(f"rows {seed}"), Dirt(seed), Recorder(stream, people, seed))  # noqa: S311 - sample data
            charity.write(draft, people)
            made = 0
            for count in everybody(draft, people, seed):
                made += count
                if made % _BATCH < count:
                    await write(draft)
                    if progress is not None:
                        progress(min(made, people), people)
            await write(draft)
            draft.truth.close()
    stamp.write_bytes(orjson.dumps(_stamp(people, seed, mariadb_url, prefix)))
    if progress is not None:
        progress(people, people)
    return where


def find_departments(
    home: Path,
    server_url: str,
    people: int,
    seed: int,
    *,
    mariadb_url: str | None = None,
    prefix: str = "",
) -> Departments | None:
    """Return the departments that an earlier, finished ``make_departments`` left in ``home``, else None.

    Whether the server still has their databases is not looked at.
    """
    try:
        found = orjson.loads((home / DEPARTMENTS).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    same = found == _stamp(people, seed, mariadb_url, prefix)
    return _where(home, server_url, mariadb_url, prefix) if same else None


def _stamp(people: int, seed: int, mariadb_url: str | None, prefix: str) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "people": people,
        "seed": seed,
        "social_security": "sqlite" if mariadb_url is None else "mariadb",
        "prefix": prefix,
    }


def _where(home: Path, server_url: str, mariadb_url: str | None, prefix: str) -> Departments:
    files = home / "departments"
    return Departments(
        civil_affairs=databases.with_database(server_url, f"{prefix}civil_affairs"),
        public_security=databases.with_database(server_url, f"{prefix}public_security"),
        social_security=f"sqlite:///{files / 'social_security.db'}"
        if mariadb_url is None
        else databases.with_database(mariadb_url, f"{prefix}social_security"),
        real_estate=files / "real_estate",
        charity_federation=files / "charity",
        county_offices=databases.with_database(server_url, f"{prefix}{county_offices.NAME}"),
        truth=home / "truth" / "truth.ndjson",
    )


def everybody(draft: SampleBatch, people: int, seed: int) -> Iterator[int]:
    """Draft the rows of household after household, outsiders between them; yield how many members each has.

    The caller empties ``draft.rows`` as often as it likes.
    """
    rng = Random(f"people {seed}")  # noqa: S311 - sample data
    population = Population(rng)
    members = outsiders = 0
    for household in households(rng, population, people):
        _household(draft, household)
        members += len(household.members)
        while outsiders * _MEMBERS_AN_OUTSIDER < members:
            outsiders += 1
            _outsider(draft, rng, population, stray=outsiders % _STRAY_EVERY == 1)
        yield len(household.members)


def _household(draft: SampleBatch, household: SampleHousehold) -> None:
    vehicles = homes = income = 0
    anybody = False
    for member in household.members:
        typed = civil_affairs.member(draft, member, household)
        civil_affairs.enrolments(draft, member, household, typed)
        if member.enrolled:
            civil_affairs.needs(draft, member, household, typed)
        person, owns, known = member.person, member.assets, typed.rule is None
        anybody |= known
        public_security.register(draft, person, known=known)
        # Without authorisation there is no check, and what only a check may know does not concern the hub.
        checked = known and household.authorised
        vehicles += public_security.vehicles(draft, person, owns, known=checked)
        income += social_security.pension(draft, person, owns, known=checked)
        income += social_security.wages(draft, person, owns, known=checked)
        homes += real_estate.units(draft, person, owns, household.place, household.address, known=checked)
        county_offices.records(draft, person, owns)
    declared = household.declared_income
    if abs(income * 10 - declared * 11 - 100_000) < _NEAR * 10:
        declared += 2 * _NEAR  # an outcome must not hang on how a tenth of a yuan is rounded
    exceeds = (
        vehicles > household.declared_vehicles
        or homes > household.declared_homes
        or income * 10 > declared * 11 + 100_000
    )
    civil_affairs.household(draft, household, declared)
    outcome = INCONSISTENT if exceeds else CONSISTENT
    draft.truth.household(
        household.number,
        # Of whom nobody is known, nobody has authorised anything.
        HouseholdTruth(
            outcome if household.authorised and anybody else None, vehicles, homes, income, household.hidden
        ),
    )
    draft.plant(tuple(member.person for member in household.members), household.address)


def _outsider(draft: SampleBatch, rng: Random, population: Population, *, stray: bool) -> None:
    """Draft somebody who is in no household: in the other registers, or in a household that is gone."""
    person: SamplePerson = population.person(
        rng.randrange(18, 90), rng.choice(("男", "女")), rng.choice(population.places)
    )
    if stray:
        civil_affairs.stray_member(draft, person)
    owns = assets(rng, person, head=True)
    address = population.address(person.place)
    public_security.register(draft, person, known=False)
    public_security.vehicles(draft, person, owns, known=False)
    social_security.pension(draft, person, owns, known=False)
    social_security.wages(draft, person, owns, known=False)
    real_estate.units(draft, person, owns, person.place, address, known=False)
    draft.plant((person,), address)


@asynccontextmanager
async def _open(
    where: Departments, server_url: str, mariadb_url: str | None, prefix: str
) -> AsyncIterator[Callable[[SampleBatch], Awaitable[None]]]:
    """Open the databases and files of all five departments; yield what writes a draft into them and empties it."""
    async with AsyncExitStack() as stack:
        opened: dict[tuple[SampleTable, ...], databases.Write] = {}
        for name, tables in (
            ("civil_affairs", civil_affairs.TABLES), ("public_security", public_security.TABLES),
            (county_offices.NAME, county_offices.TABLES),
        ):  # fmt: skip
            opened[tables] = await stack.enter_async_context(databases.postgres(server_url, prefix + name, tables))
        tables = social_security.TABLES
        opened[tables] = await stack.enter_async_context(
            databases.sqlite(where.real_estate.parent / "social_security.db", tables)
            if mariadb_url is None
            else databases.mariadb(mariadb_url, f"{prefix}social_security", tables)
        )
        files = exports.real_estate(where.real_estate, tuple(real_estate.TABLES.values()))
        files |= exports.charity(where.charity_federation, charity.TABLES)
        for file in files.values():
            stack.callback(file.close)

        async def write(draft: SampleBatch) -> None:
            for tables, write_rows in opened.items():
                for table in tables:
                    if rows := draft.rows.pop(table, None):
                        await write_rows(table, rows)
            for table, rows in draft.rows.items():
                files[table].write(rows)
            draft.rows.clear()

        yield write
