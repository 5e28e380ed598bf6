"""What is to be decided between two nights: needs that came, and those that units may reach which came free.

Only what changed since the last look is looked at (``store.match_changes``): no round reads all needs or all resources
of a city. Everything is looked at when prices begin to decide; when a day begins, for consents and periods of
resources begin and end with it; and every hour, should somebody have switched the triggers off.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.domain import CATALOGUE
from hub.matching.nights.needs import OPEN
from hub.process.calendar import day_of
from hub.proposals.acting import ACTING
from hub.proposals.holds import units_left
from hub.store import match_changes, match_prices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from hub.store.match_changes import Changes
    from hub.store.match_prices import InForce
    from hub.store.pool import PooledConnection

AT_ONCE: Final = 5_000
"""Changes that are looked at together."""
EVERYTHING: Final = timedelta(hours=1)
"""How often everything is looked at, changed or not."""
_PLACE: Final = CATALOGUE["Need"].fields["urgency"].ordering.column
_UNITS: Final = f"""CASE WHEN r.area IS NOT NULL AND acting.name IS NOT NULL
      AND coalesce(r.valid_from <= $1::date, true) AND coalesce(r.valid_until >= $1::date, true)
      THEN greatest(coalesce({units_left("$3")}, 0), 0) ELSE 0 END"""
_SEE: Final = f"""
WITH found AS MATERIALIZED (
  SELECT r.id, {_UNITS} AS units,
    coalesce((SELECT max(a.version) FROM criteria_approval a WHERE a.resource_id = r.id), 0) AS version,
    r.kind, r.area, acting.name AS charity, acting.regions
  FROM charity_resource r {ACTING} WHERE {{which}}
), changed AS MATERIALIZED (
  SELECT f.*, s.resource_id IS NULL OR f.units > s.units OR (f.version, f.kind, f.area, f.charity, f.regions)
    IS DISTINCT FROM (s.version, s.kind, s.area, s.charity, s.regions) AS anew
  FROM found f LEFT JOIN LATERAL (
    SELECT s.* FROM match_seen s WHERE s.resource_id = f.id AND s.run_id = $2 OFFSET 0) s ON true
  WHERE (f.units, f.version, f.kind, f.area, f.charity, f.regions)
    IS DISTINCT FROM (s.units, s.version, s.kind, s.area, s.charity, s.regions)
), seen AS (
  INSERT INTO match_seen (resource_id, units, version, kind, area, charity, regions, run_id)
  SELECT id, units, version, kind, area, charity, regions, $2 FROM changed
  ON CONFLICT (resource_id) DO UPDATE SET units = excluded.units, version = excluded.version, kind = excluded.kind,
    area = excluded.area, charity = excluded.charity, regions = excluded.regions, run_id = excluded.run_id
) SELECT DISTINCT kind, area FROM changed WHERE anew AND units > 0 AND version > 0
"""
"""Notes these resources as they are now; returns where one offers more than needs that wait were decided by."""
_GIVEN_BY: Final = """
SELECT r.id FROM charity_resource r JOIN charity_organisation o ON o.id = r.organisation_id
WHERE o.id = ANY($1) OR o.partner = ANY($2)
"""
_AGAIN: Final = """
UPDATE match_waiting SET decided_at = NULL
WHERE run_id = $3 AND decided_at IS NOT NULL AND need_id = ANY(ARRAY(
  SELECT n.id FROM unnest($1::text[], $2::text[]) AS free(kind, area) CROSS JOIN LATERAL (
    SELECT n.id FROM need n WHERE n.status = 'OPEN' AND n.kind = free.kind
      AND n.region >= free.area AND n.region < free.area || '~' OFFSET 0) n))
"""
_LIST: Final = f"""
INSERT INTO match_waiting (need_id, run_id)
SELECT n.id, $2 FROM need n WHERE {{which}} AND {OPEN} AND n.consented @> $1::date
ON CONFLICT (need_id) DO UPDATE SET run_id = excluded.run_id, decided_at = NULL
WHERE {{again}} OR match_waiting.run_id <> excluded.run_id
"""
_LISTED: Final = f"""
SELECT w.need_id, coalesce(n.still, false) AS still, n.kind, n.region
FROM match_waiting w LEFT JOIN LATERAL (
  SELECT n.kind, n.region, n.created_on, n.{_PLACE} AS place, {OPEN} AND n.consented @> $1::date AS still
  FROM need n WHERE n.id = w.need_id OFFSET 0) n ON true
WHERE w.run_id = $2 AND w.decided_at IS NULL
ORDER BY n.place DESC NULLS LAST, n.created_on, w.need_id LIMIT $3
"""
"""OFFSET 0 has the server read the needs on the list alone, also where it believes that all are on it."""


class Undecided(NamedTuple):
    """A need that is to be decided on, and where."""

    id: UUID
    kind: str
    region: str | None


async def undecided(
    connection: PooledConnection, prices: InForce, at: datetime, most: int, assessed: int
) -> Sequence[Undecided]:
    """Look at what changed; return the needs to decide on, the most urgent first. For whoever holds the lock.

    ``assessed``: proposals that may wait at once for a charity that has to look first.

    A worker that is killed leaves what it looked at on the list, and what it did not look at noted.
    """
    day, looked_at = day_of(at), prices.looked_at
    everything = looked_at is None or day_of(looked_at) != day or not looked_at <= at < looked_at + EVERYTHING
    while True:
        async with connection.transaction():
            changes = await match_changes.read_changes(connection, AT_ONCE)
            if everything or changes.ids:
                await _look(connection, prices.run, day, None if everything else changes, assessed)
                await match_changes.remove_changes(connection, changes)
            if everything:
                await match_prices.looked(connection, prices.run, at)
                # Until it knows how many rows there are, the server plans for a table that was empty a moment ago.
                await connection.execute("ANALYZE match_seen")
        everything = False
        if len(changes.ids) < AT_ONCE:
            break
    while listed := await connection.fetch(_LISTED, day, prices.run, most):
        # Whatever covers a need again later, or opens it, is noted then.
        if over := [row["need_id"] for row in listed if not row["still"]]:
            await match_prices.decided(connection, prices.run, [], over, {}, at)
        if found := [Undecided(row["need_id"], row["kind"], row["region"]) for row in listed if row["still"]]:
            return found
    return []


async def _look(connection: PooledConnection, run: UUID, day: date, changes: Changes | None, assessed: int) -> None:
    """Look at these changes, at everything where there are none, by statements later than the one that read them."""
    if changes is None:
        more = await connection.fetch(_SEE.format(which="true"), day, run, assessed)
    else:
        resources = [*changes.resources, *await _given_by(connection, changes)]
        more = []
        if resources:
            more = await connection.fetch(_SEE.format(which="r.id = ANY($4)"), day, run, assessed, resources)
    if more:
        await connection.execute(_AGAIN, [row["kind"] for row in more], [row["area"] for row in more], run)
    if changes is None:
        await connection.execute(_LIST.format(which="true", again="false"), day, run)
    elif changes.needs:
        await connection.execute(_LIST.format(which="n.id = ANY($3)", again="true"), day, run, list(changes.needs))


async def _given_by(connection: PooledConnection, changes: Changes) -> Sequence[UUID]:
    if not changes.organisations and not changes.partners:
        return ()
    rows = await connection.fetch(_GIVEN_BY, list(changes.organisations), list(changes.partners))
    return [row["id"] for row in rows]
