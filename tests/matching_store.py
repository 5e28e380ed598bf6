"""A hub with people, needs and resources by hand, whose criteria were approved: for tests of nights of matching."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import orjson

from consenting import TODAY, numbered
from hub import write
from hub.cli.nights import night_tools
from hub.matching import run_night
from hub.matching.nights.approvals import approve, stated_resources
from hub.postgres import embedded
from hub.proposals.acting import act_for
from hub.runtime import running
from hub.settings import Settings
from hub.store import partners

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from hub.matching import Night, NightTools
    from hub.runtime import Runtime

COUNTY = "230502"
CHARITY = "red-cross"
VILLAGE = "230502001001"
ELDERLY = {"op": ">=", "args": [{"property": "age"}, 60]}
POOR = {"op": "<", "args": [{"property": "income_per_person"}, 1000]}
_SERIAL = count(1)


def born(age: int) -> str:
    """A birth date, so that somebody is of this age for most of a year."""
    day = TODAY - timedelta(days=365 * age + age // 4 + 100)
    return day.isoformat()


@dataclass(frozen=True, slots=True)
class Store:
    """The hub, and what makes rows in it."""

    runtime: Runtime

    @property
    def tools(self) -> NightTools:
        """What a night needs."""
        return night_tools(self.runtime)

    async def need(
        self, *, age: int | None = 70, sex: str | None = "FEMALE", kind: str = "FOOD", urgency: str = "NORMAL",
        region: str = VILLAGE, consented: bool = True, status: str = "OPEN", income: int | None = 500,
        categories: tuple[str, ...] = (), enrolment: str = "ACTIVE",
    ) -> UUID:  # fmt: skip
        """Make somebody who lives alone, with one need; return the need."""
        person, household, need = uuid4(), uuid4(), uuid4()
        birth = None if age is None else datetime.fromisoformat(born(age)).date()
        days = [(TODAY - timedelta(days=3), TODAY + timedelta(days=300))] if consented else []
        rows: dict[str, list[tuple[UUID, Mapping[str, Any]]]] = {
            "Household": [(household, {"region": region, "size": 1, "declared_monthly_income": income})],
            "Person": [(person, {
                "id_number": numbered("19500101", next(_SERIAL)), "name": "测试", "sex": sex, "birth_date": birth,
                "region": region,
            })],
            "Recipient": [
                (uuid4(), {
                    "person": person, "household": household, "category": category, "status": enrolment,
                    "region": region,
                })
                for category in categories
            ],
            "Need": [(need, {
                "person": person, "household": household, "kind": kind, "urgency": urgency, "region": region,
                "status": status, "consented": days, "created_on": TODAY - timedelta(days=10),
            })],
        }  # fmt: skip
        await self._write(rows)
        return need

    async def resource(
        self, criteria: Any = None, *, kind: str = "FOOD", area: str = COUNTY, capacity: int | None = 1,
        title: str = "帮扶", approved: bool = True, charity: str | None = CHARITY, **more: Any,
    ) -> UUID:  # fmt: skip
        """Make a resource of an organisation that a partner acts for, and have its criteria approved."""
        made = uuid4()
        text = None if criteria is None else orjson.dumps(criteria).decode()
        values = {"title": title, "kind": kind, "area": area, "capacity_available": capacity, "criteria": text} | more
        if "organisation" not in values:
            values["organisation"] = await self.organisation(charity)
        await self._write({"CharityResource": [(made, values)]})
        if approved:
            await self.approve(made)
        return made

    async def organisation(self, charity: str | None = None) -> UUID:
        """Make an organisation. ``charity``: the partner that acts for it, which is added if there is none."""
        made = uuid4()
        await self._write({"CharityOrganisation": [(made, {"name": "慈善会"})]})
        if charity is not None:
            with suppress(partners.PartnerExists):
                await self.partner(charity)
            await self.act(made, charity)
        return made

    async def partner(self, name: str, regions: tuple[str, ...] = ("2305",)) -> None:
        """Add a charity that works in these divisions."""
        await partners.add_partner(
            self.runtime.pool, name=name, title="红十字会", department="charity", roles=["charity"], regions=regions,
            purposes=["charity-matching"], now=datetime.now(UTC),
        )  # fmt: skip

    async def act(self, organisation: UUID, charity: str) -> None:
        """Have a partner act for an organisation, as `hub resource act` does."""
        async with self.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
            await act_for(tx, organisation, charity)

    async def approve(self, resource: UUID) -> None:
        """Approve what the resource states."""
        runtime, widths = self.runtime, self.tools.widths
        (stated,) = await stated_resources(runtime.pool, runtime.vault, widths, resource)
        await approve(
            runtime.pool, runtime.vault, runtime.audit.append, widths, resource, str(stated.digest),
            by="tests", at=datetime.now(UTC),
        )  # fmt: skip

    async def run(self, *, preview: bool = False, **changes: Any) -> Night:
        """Run a night."""
        return await run_night(replace(self.tools, **changes), "tests", preview=preview)

    async def placed(self, **changes: Any) -> dict[UUID, UUID]:
        """What a preview places: need to resource."""
        material = (await self.run(preview=True, **changes)).material
        return {
            material.needs[need]: material.resources[resource]
            for need, resource in enumerate(material.assigned.tolist())
            if resource >= 0
        }

    async def clear(self) -> None:
        """Remove all rows that a test made, but approvals: the database keeps those."""
        for table in ("match_run", "need", "recipient", "person", "household", "charity_resource", "region"):
            await self.runtime.pool.execute(f"DELETE FROM {table}")

    async def _write(self, rows: Mapping[str, list[tuple[UUID, Mapping[str, Any]]]]) -> None:
        entities = write.writable(self.runtime.vault)
        async with self.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
            for entity, made in rows.items():
                plain = [write.PlainRow(row, values, "insert") for row, values in made]
                await write.load(tx, write.seal_rows(entities[entity], plain, "tests"))


async def opened(server: embedded.Server, template: str, home: Path, name: str) -> AsyncIterator[Store]:
    """Open a hub on a database of its own."""
    url = await embedded.create_database(server.url, name, template=template)
    async with running(Settings.load(home=home, database_url=url), answers=False) as runtime:
        yield Store(runtime)
