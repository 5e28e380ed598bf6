"""Agreements for tests of something else: as decisions see them, and as the store has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson

from benchmarks.agreed import IN_FORCE
from hub.domain import CATALOGUE
from hub.domain.codes import Department
from hub.policy import ALL_GRANTED, Grant
from hub.store.agreements import grants_changed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.policy import Standing
    from hub.store.pool import Database


def agreed(
    *items: str, regions: Iterable[str] = ("2305",), providers: Iterable[str] = (), standing: Standing = "active"
) -> frozenset[Grant]:
    """An agreement with each of these departments, or with all, on these items; "*": agreements on everything."""
    if "*" in items:
        return ALL_GRANTED
    if not items:
        return frozenset()
    wanted = tuple(providers) or tuple(department.name for department in Department)
    return frozenset(Grant(frozenset(items), provider, frozenset(regions), standing) for provider in wanted)


async def put_in_force(pool: Database, requester: str, purpose: str, *, regions: Iterable[str] = ("2305",)) -> None:
    """Have a partner's agreements on everything in force, as steps would leave them: for tests of something else."""
    now = datetime.now(UTC)
    items = [f"{entity.name}.{name}" for entity in CATALOGUE if entity.departments for name in entity.members]
    rows = [
        (uuid4(), requester, department.name, orjson.dumps(items).decode(), purpose, orjson.dumps([*regions]).decode(),
         now.date() - timedelta(days=1), now.date() + timedelta(days=30), now)
        for department in Department
    ]  # fmt: skip
    for row in rows:
        await pool.execute(IN_FORCE, *row)
    await grants_changed(pool, [requester])
