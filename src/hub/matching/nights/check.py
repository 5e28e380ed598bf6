"""How many open needs would be eligible, by county, and never who."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from hub.catalog.predicate import Within, conj, fields_of
from hub.matching.columns import decide
from hub.matching.nights.needs import KINDS, read_needs
from hub.process.calendar import day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.crypto import Vault
    from hub.matching.criteria import Criteria
    from hub.store.pool import Pool

_COUNTY: Final = 6
_COUNTY_UNIT: Final = 10**6
_COUNTIES: Final = (
    'SELECT code, name FROM region WHERE length(code) = 6 AND code COLLATE "C" LIKE ANY($1) ORDER BY code'
)


@dataclass(frozen=True, slots=True)
class Eligible:
    """How many needs of a county are eligible; None for fewer than may be told, none included."""

    county: str
    name: str
    needs: int | None


async def count_eligible(
    pool: Pool, vault: Vault, kind: str, area: str, criteria: Criteria, *, smallest: int
) -> list[Eligible]:
    """Return how many open needs that consent covers would be eligible today, for each county of the area."""
    day = day_of(datetime.now(UTC))
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        needs = await read_needs(connection, vault, [(kind, area)], day, plain=criteria.plain)
        patterns = [f"{area}%"] if len(area) <= _COUNTY else [area[:_COUNTY]]
        counties = await connection.fetch(_COUNTIES, patterns)
    asked = conj([Within("division", (area,)), criteria.predicate])
    columns = {name: needs.columns[name] for name in fields_of(asked)}
    eligible = decide(asked, columns, len(needs)).so & (needs.kind == KINDS.index(kind))
    codes, counts = np.unique(needs.area[eligible] // _COUNTY_UNIT, return_counts=True)
    found: Mapping[str, int] = dict(zip(map(str, codes.tolist()), counts.tolist(), strict=True))
    return [
        Eligible(row["code"], row["name"], count if (count := found.get(row["code"], 0)) >= smallest else None)
        for row in counties
    ]
