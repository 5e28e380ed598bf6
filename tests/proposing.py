"""Resources of charities by hand, and proposals by their steps over HTTP: for tests of proposals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

import consenting
from consenting import CONFLICTS, OTHERS, TODAY, Home, for_charities, numbered, others_in_need, settle
from hub import write
from hub.process import calendar
from hub.process.worker import Worker
from hub.proposals import ProposalSteps, propose
from hub.proposals.acting import act_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from acting_hub import Acting

STEP = """mutation($input: %sInput!) { done: %s(input: $input) {
  proposal { id state version %s }
  errors { __typename ... on UserError { code message path } %s ... on StepRefused { article } } } }"""
OFFICERS = ("place", "agree", "refuse", "confirm", "fail", "reopen")
YEARS, SERIALS = 40, 900
"""People who can be had: so many a year are born on its first day."""
NUMBERS = iter(numbered(f"{1950 + year}0101", serial) for year in range(YEARS) for serial in range(100, 100 + SERIALS))
OTHER = UUID(next(iter(OTHERS))[5:])
REASON = "老人行动不便，离该站点最近"
DELIVERED = {"deliveredOn": TODAY.isoformat(), "amount": 1, "evidence": "签收单 2026-0193"}


@pytest.fixture
def numbers() -> Callable[[], str]:
    """Gives the number of somebody else each time."""
    return lambda: next(NUMBERS)


async def offered(
    acting: Acting, *, units: int | None = 5, partner: str | None = "charity", area: str = "2305", **changes: Any
) -> str:
    """Have an organisation offer food; return the resource's id. ``partner``: who acts for it."""
    organisation, resource = uuid4(), uuid4()
    values = {
        "organisation": organisation, "title": "送餐", "kind": "FOOD", "capacity_available": units, "area": area,
        **changes,
    }  # fmt: skip
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        for entity, row in (
            ("CharityOrganisation", write.PlainRow(organisation, {"name": "测试慈善会"}, "insert")),
            ("CharityResource", write.PlainRow(resource, values, "insert")),
        ):
            await write.load(tx, write.seal_rows(write.UNSEALED[entity], [row]))
        if partner is not None:
            await act_for(tx, organisation, partner)
    return f"CharityResource:{resource}"


async def in_need(
    acting: Acting, *numbers: str, scope: str = "NEED_AND_IDENTITY", others: bool = True, **changes: Any
) -> Home:
    """Have people in need of food who consented to charities, in one household.

    ``others``: whether others need food as well, so that charities are shown it.
    """
    if others and not await acting.runtime.pool.fetchval("SELECT EXISTS (SELECT FROM need WHERE id = $1)", OTHER):
        await others_in_need(acting)
    home = await settle(acting, *numbers, **changes)
    for number in numbers:
        await consenting.in_force(acting, for_charities(home, number, scope=scope))
    return home


async def changed(acting: Acting, entity: str, row: str, **values: Any) -> None:
    """Change a row as a source would."""
    owners = write.writable(acting.runtime.vault)
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        made = write.PlainRow(UUID(row.partition(":")[2]), values, "update")
        await write.load(tx, write.seal_rows(owners[entity], [made]))


async def step(
    acting: Acting, name: str, given: Mapping[str, Any], select: str = "", *, partner: str | None = None
) -> dict[str, Any]:
    """Take a step with a proposal; return its payload."""
    mutation = f"{name}Proposal"
    conflicts = CONFLICTS if "id" in given else ""
    document = STEP % (mutation[0].upper() + mutation[1:], mutation, select, conflicts)
    who = partner or ("civil-affairs" if name in OFFICERS else "charity")
    purpose = "assistance-review" if who == "civil-affairs" else "charity-matching"
    payload: dict[str, Any] = (await acting.ask(who, document, {"input": dict(given)}, purpose=purpose))["done"]
    return payload


async def taken(
    acting: Acting, name: str, given: Mapping[str, Any], select: str = "", *, partner: str | None = None
) -> dict[str, Any]:
    """Take a step that must succeed; return the proposal."""
    payload = await step(acting, name, given, select, partner=partner)
    assert payload["errors"] == [], payload
    row: dict[str, Any] = payload["proposal"]
    return row


async def refused(acting: Acting, name: str, given: Mapping[str, Any], *, partner: str | None = None) -> str:
    """Take a step that must be refused; return what is said."""
    payload = await step(acting, name, given, partner=partner)
    assert payload["proposal"] is None, payload
    [error] = payload["errors"]
    said: str = error["message"]
    return said


async def proposed(acting: Acting, need: str, resource: str, charity: str = "charity") -> str:
    """Propose as a run of matching does; return the proposal's id."""
    steps = ProposalSteps.of(acting.runtime.vault, acting.runtime.proposals.assessed)
    ids = (UUID(each.partition(":")[2]) for each in (need, resource))
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        done = await propose(tx, steps, *ids, charity, "2026-11-26")
        assert hasattr(done, "row_id"), done
        return f"Proposal:{done.row_id}"


async def days_later(acting: Acting, days: int) -> None:
    """Have the worker act on what is due by then, as often as something is."""
    at = calendar.start_of(TODAY + timedelta(days=days)) + timedelta(hours=1)
    worker = Worker(acting.runtime.pool, acting.runtime.steps.tools, time=lambda: max(at, datetime.now(UTC)))
    while (await worker.round()).total:
        pass


async def state(acting: Acting, row: str) -> str:
    """Where a proposal stands."""
    found: str = await acting.runtime.pool.fetchval(
        "SELECT state FROM proposal WHERE id = $1", UUID(row.partition(":")[2])
    )
    return found
