"""A hub over rows that a test knows, asked without HTTP: for tests of the query engine."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest_asyncio

from benchmarks.seed import seed
from hub.policy import ALL_GRANTED, Principal
from hub.postgres import embedded
from hub.query import Spending
from hub.runtime import Runtime, running
from hub.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from hub.query import Planned

RECIPIENTS = 400
DISTRICT = "230502"


def viewer(role: str, purpose: str, *regions: str, name: str = "") -> Principal:
    """A partner in one role whose agreement covers everything."""
    return Principal(
        name=name or role,
        department=role,
        roles=frozenset({role}),
        regions=frozenset(regions),
        purpose=purpose,
        granted=ALL_GRANTED,
    )


CITY = viewer("civil-affairs", "assistance-review", "2305")
COUNTY = viewer("civil-affairs", "assistance-review", DISTRICT)
SOCIAL_SECURITY = viewer("social-security", "means-check", "2305")
CHARITY = viewer("charity", "charity-matching", "2305")
AUDITOR = viewer("auditor", "audit", "2305")


@dataclass(frozen=True, slots=True)
class Seeded:
    """The hub, and its rows by entity with nothing sealed (links under their column's name)."""

    runtime: Runtime
    rows: Mapping[str, list[dict[str, Any]]]

    def plan(self, principal: Principal, document: str, variables: Mapping[str, Any] | None = None) -> Planned:
        """The plan of a document; ``HubError`` where it is refused."""
        engine = self.runtime.engine
        operation = engine.operation(document, None, principal)
        return engine.plan(operation, engine.variables(operation, variables or {}, principal), principal)

    async def ask(
        self, principal: Principal, document: str, variables: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The data of the answer, as JSON has it."""
        engine = self.runtime.engine
        operation = engine.operation(document, None, principal)
        values = engine.variables(operation, variables or {}, principal)
        planned = engine.plan(operation, values, principal)
        bound = engine.bind(planned, values, principal)
        fetched = await engine.fetch(planned, bound, self.runtime.reading)
        found: dict[str, Any] = orjson.loads(
            orjson.dumps(engine.reveal(planned, bound, fetched, operation, values).data)
        )
        return found

    def by_id(self, entity: str) -> dict[Any, dict[str, Any]]:
        """The rows of an entity by their ids."""
        return {row["id"]: row for row in self.rows[entity]}


@pytest_asyncio.fixture(scope="session")
async def seeded(server: embedded.Server, migrated_template: str) -> AsyncIterator[Seeded]:
    """One seeded hub for the whole session; tests only read it."""
    url = await embedded.create_database(server.url, "seeded", template=migrated_template)
    with tempfile.TemporaryDirectory(prefix="hub-seeded-") as home:
        async with running(Settings.load(home=Path(home), database_url=url)) as runtime:
            yield Seeded(runtime, await seed(runtime.pool, runtime.vault, RECIPIENTS))


class UnitsAtOneMoment(Spending):
    """Units of which none come back while a test runs, however long that takes."""

    def spend(self, principal, cost, _now):
        super().spend(principal, cost, 0.0)

    def require_some(self, principal, _now):
        super().require_some(principal, 0.0)

    def charge(self, principal, cost, _now):
        super().charge(principal, cost, 0.0)
