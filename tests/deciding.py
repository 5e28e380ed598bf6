"""Deciding between two nights by hand, on the rows of ``matching_store``: for tests of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub import matching
from hub.matching.nights import bids
from hub.matching.nights.between import Between

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from hub.matching import Decided, Night
    from matching_store import Store

KEPT = (
    "proposal_step", "proposal_clock", "proposal_reason", "proposal", "match_prices", "match_waiting", "match_seen",
    "match_change",
)  # fmt: skip


async def a_night(store: Store, **changes: Any) -> Night:
    """A night that went out: its bid prices decide."""
    night = await store.run(**changes)
    await matching.send(store.tools, "last", datetime.now(UTC))
    return night


async def decided(store: Store, between: Between | None = None, at: datetime | None = None, **changes: Any) -> Decided:
    """Decide until nothing is left to decide; return what came of it, as the hub's worker would. ``at``: a time."""
    between, total = between or Between(replace(store.tools, **changes)), matching.Decided()
    while (done := await between.decide(at or datetime.now(UTC))).total:
        total += done
    return total


async def proposals(store: Store) -> dict[UUID, UUID]:
    """What is proposed: need to resource."""
    rows = await store.runtime.pool.fetch("SELECT need_id, resource_id FROM proposal WHERE state = 'PROPOSED'")
    return {row["need_id"]: row["resource_id"] for row in rows}


async def declined(store: Store, need: UUID) -> None:
    """Have the charity decline what is proposed for a need."""
    await store.runtime.pool.execute("UPDATE proposal SET state = 'DECLINED' WHERE need_id = $1", need)


async def price(store: Store, night: Night, prices: Mapping[UUID, int]) -> None:
    """Put other prices in force, as futures that expect more would."""
    found = bids.Bids(prices, (1000, 2000, 4000, 8000), {})
    sealed = bids.seal(store.runtime.vault, night.run.id, found)
    await store.runtime.pool.execute("UPDATE match_prices SET prices = $1", sealed)


async def forget(store: Store) -> None:
    """Remove all that a test made."""
    await store.runtime.pool.execute("ALTER TABLE proposal_step DISABLE TRIGGER ALL")
    for table in KEPT:
        await store.runtime.pool.execute(f"DELETE FROM {table}")
    await store.runtime.pool.execute("ALTER TABLE proposal_step ENABLE ALWAYS TRIGGER proposal_step_append_only")
    await store.clear()
