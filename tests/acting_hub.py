"""A hub in this process on a database of its own, with departments and a data authority that take steps over HTTP."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest_asyncio

from benchmarks.seed import seed
from hub.app import create_app
from hub.auth import issue_token
from hub.domain import CATALOGUE
from hub.postgres import embedded
from hub.process.calendar import day_of
from hub.runtime import Runtime, running
from hub.settings import Settings
from hub.store import partners

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

PARTNERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "social-security": ("social-security", ("data-sharing", "means-check", "benefit-coordination")),
    "civil-affairs": ("civil-affairs", ("data-sharing", "assistance-review", "means-check", "statistics")),
    "second-social-security": ("social-security", ("data-sharing", "benefit-coordination")),
    "second-civil-affairs": ("civil-affairs", ("data-sharing",)),
    "checking-centre": ("checking-centre", ("means-check",)),
    "public-security": ("data-provider", ("data-sharing",)),
    "real-estate": ("data-provider", ("data-sharing",)),
    "data-authority": ("data-authority", ("data-sharing",)),
    "auditor": ("auditor", ("audit", "data-sharing")),
    "charity": ("charity", ("charity-matching", "data-sharing")),
}
"""Name → role and purposes. The first purpose is the one that is declared unless said otherwise."""
DEPARTMENTS = {"checking-centre": "civil-affairs"}
"""The department of a partner that is not called like it."""


_REQUEST = CATALOGUE["SharingRequest"]
assert _REQUEST.process is not None
DECIDING = {step.mutation(_REQUEST.name) for step in _REQUEST.process.steps.values() if _REQUEST.process.decides(step)}
"""The steps that are taken with the version that was looked at."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Partners that ask and act. ``tokens``: by partner."""

    runtime: Runtime
    client: httpx.AsyncClient = field(repr=False)
    tokens: Mapping[str, str] = field(repr=False)

    async def post(
        self, partner: str, query: str, variables: Mapping[str, Any] | None = None, *, purpose: str | None = None
    ) -> httpx.Response:
        """Send an operation."""
        headers = {
            "Authorization": f"Bearer {self.tokens[partner]}",
            "Hub-Purpose": purpose or PARTNERS[partner][1][0],
        }
        return await self.client.post(
            "/graphql", json={"query": query, "variables": dict(variables or {})}, headers=headers
        )

    async def ask(
        self, partner: str, query: str, variables: Mapping[str, Any] | None = None, *, purpose: str | None = None
    ) -> dict[str, Any]:
        """Send an operation that must succeed; return its data."""
        response = await self.post(partner, query, variables, purpose=purpose)
        body: dict[str, Any] = response.json()
        assert response.status_code == 200, body
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    async def step(self, partner: str, mutation: str, given: Mapping[str, Any], select: str = "") -> dict[str, Any]:
        """Take a step; return its payload: the row with id, state and version, and the errors.

        Where the step wants the version that was looked at and none is given, the partner has looked just now.
        """
        given = dict(given)
        if mutation in DECIDING and "expectedVersion" not in given:
            version = "SELECT version FROM sharing_request WHERE id::text = $1"
            given["expectedVersion"] = await self.runtime.pool.fetchval(version, given["id"].partition(":")[2]) or 1
        conflicts = "... on StateConflict { state version by steps } ... on VersionConflict { version by }"
        query = f"""mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $input) {{
            sharingRequest {{ id state version {select} }}
            errors {{ __typename ... on UserError {{ code message path }}
              {"" if "id" not in given else conflicts}
              ... on StepRefused {{ article }} }} }} }}"""
        answer = await self.ask(partner, query, {"input": dict(given)}, purpose="data-sharing")
        payload: dict[str, Any] = answer[mutation]
        return payload

    async def agree(self, requester: str, items: Iterable[str], purpose: str, **changes: Any) -> str:
        """Have an agreement put in force by its steps; return its id. ``changes``: of what is asked for."""
        today = day_of(datetime.now(UTC))
        given = {
            "provider": "CIVIL_AFFAIRS", "items": list(items), "purpose": purpose, "regions": ["2305"],
            "method": "QUERY", "basis": "社会救助暂行办法第五十八条", "scenario": "核对养老金与救助待遇是否重复",
            "startsOn": today.isoformat(), "endsOn": (today + timedelta(days=90)).isoformat(), **changes,
        }  # fmt: skip
        row: str = (await self.taken(requester, "submit", given))["id"]
        provider = given["provider"].lower().replace("_", "-")
        await self.taken(provider, "accept", {"id": row})
        await self.taken(provider, "deliver", {"id": row})
        return row

    async def taken(self, partner: str, step: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Take a step that must succeed; return the row."""
        payload = await self.step(partner, f"{step}SharingRequest", given)
        assert payload["errors"] == [], payload
        row: dict[str, Any] = payload["sharingRequest"]
        return row


@asynccontextmanager
async def acting_on(url: str, **settings: Any) -> AsyncIterator[Acting]:
    """Serve the database with these partners in it. ``settings``: besides home and database."""
    with tempfile.TemporaryDirectory(prefix="hub-acting-") as home:
        async with running(
            Settings.load(home=Path(home), database_url=url, **{"demo_rules": True, **settings})
        ) as runtime:
            tokens = {}
            for name, (role, purposes) in PARTNERS.items():
                department = DEPARTMENTS.get(name) or (name if role == "data-provider" else role)
                await partners.add_partner(
                    runtime.pool, name=name, title=name, department=department,
                    roles=[role], regions=["2305"], purposes=list(purposes), now=datetime.now(UTC),
                )  # fmt: skip
                tokens[name] = (await issue_token(runtime.pool, name, datetime.now(UTC))).text
            app = create_app(runtime=runtime)
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub") as client,
            ):
                yield Acting(runtime, client, tokens)


@pytest_asyncio.fixture(scope="module")
async def acting(server: embedded.Server, migrated_template: str, request: Any) -> AsyncIterator[Acting]:
    """One acting hub for a module of tests."""
    name = f"acting_{request.module.__name__.rpartition('.')[2]}"[:60]
    url = await embedded.create_database(server.url, name, template=migrated_template)
    async with acting_on(url) as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def acting_with_rows(server: embedded.Server, migrated_template: str, request: Any) -> AsyncIterator[Acting]:
    """The same over some rows of the departments'."""
    name = f"rows_{request.module.__name__.rpartition('.')[2]}"[:60]
    url = await embedded.create_database(server.url, name, template=migrated_template)
    async with acting_on(url) as made:
        await seed(made.runtime.pool, made.runtime.vault, 60)
        yield made
