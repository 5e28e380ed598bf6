"""Whether what the data catalogue promises is kept: when each source was last read, and by when it must be read again.

Nothing of it is stored. It follows from the mapping files, the declared intervals and the runs of synchronisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.process.calendar import day_of, days_between, last_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from hub.catalog import Catalogue, Entity
    from hub.store.catalogue_versions import CatalogueVersion
    from hub.store.pool import Reading
    from hub.sync.mapping_files import Mappings

LAST_RUNS: Final = "SELECT source, max(finished_at) FROM sync_run WHERE status = 'SUCCEEDED' GROUP BY source"


@dataclass(frozen=True, slots=True)
class SourceUpdate:
    """What one source has brought to an entry of the catalogue.

    ``last_updated_at``: end of the last run that read it to its end; None if there was none. ``due_on``: the last day
    on which the next one is in time; None where no period says so, or nothing came yet. ``days_late``: days since then,
    of the kind that the period is counted in; None where nothing came yet that should have.
    """

    source: str
    last_updated_at: datetime | None
    due_on: date | None
    days_late: int | None

    @property
    def overdue(self) -> bool:
        """Whether an update that was promised has not come."""
        return self.days_late != 0


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The state of the catalogue. ``updates``: by entity, of each source that fills it."""

    version: CatalogueVersion
    updates: Mapping[str, tuple[SourceUpdate, ...]]


def sources_of(mappings: Mappings, catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Return the sources that fill each entity, in the order in which they run."""
    found: dict[str, dict[str, None]] = {entity.name: {} for entity in catalogue}
    for mapping in (item.mapping for item in mappings.loaded):
        for table in mapping.tables.values():
            if table.entity is not None:
                found[table.entity][mapping.source] = None
            if table.person is not None and (table.person.mode == "create" or table.person.fields):
                found[catalogue.identified.name][mapping.source] = None
    return {name: tuple(sources) for name, sources in found.items()}


def source_update(entity: Entity, source: str, last: datetime | None, today: date) -> SourceUpdate:
    """Return how an entity stands that this source fills. ``last``: when it was last read to its end."""
    period = entity.frequency.period
    if period is None or last is None:
        return SourceUpdate(source, last, None, None if period is not None else 0)
    due = last_day(day_of(last), period).day
    return SourceUpdate(source, last, due, days_between(due, today, period.unit) if today > due else 0)


async def read_upkeep(
    reading: Reading,
    catalogue: Catalogue,
    sources: Mapping[str, tuple[str, ...]],
    version: CatalogueVersion,
    now: datetime,
) -> Upkeep:
    """Read when each source was last read, and judge it by the day that it is now. ``sources``: by entity."""
    async with reading.acquire(kept=True) as connection:
        last = {row[0]: row[1] for row in await connection.fetch(LAST_RUNS)}
    today = day_of(now)
    return Upkeep(
        version,
        {
            name: tuple(source_update(catalogue[name], source, last.get(source), today) for source in filling)
            for name, filling in sources.items()
        },
    )
