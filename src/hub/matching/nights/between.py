"""Between two nights: what arrives, is declined, expires or comes free is decided at once, by the last bid prices.

Nothing is remembered but in the database. A need is to be decided on if it is open, consent covers it, nothing is
proposed for it, and it does not wait under these prices. Units that came free have the needs that they may reach
decided on anew. So a worker that is killed loses nothing, and the next one proposes nothing twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hub import write
from hub.domain import CATALOGUE
from hub.matching.nights.bids import unseal
from hub.matching.nights.given import instance_of
from hub.matching.nights.needs import FEW, OPEN, read_needs
from hub.matching.nights.offers import approved_offers, over
from hub.matching.nights.run import record_of
from hub.process.calendar import day_of
from hub.process.take import Taken
from hub.proposals import ProposalSteps, propose
from hub.proposals.holds import units_left
from hub.store import match_prices
from hub.store.locks import alone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from hub.matching.nights.bids import Bids
    from hub.matching.nights.needs import OpenNeeds
    from hub.matching.nights.offers import Offer
    from hub.matching.nights.run import NightTools
    from hub.store.pool import PooledConnection

BATCH: Final = 5_000
"""Needs that are decided on at once, the most urgent first."""
_LEVELS: Final = (2, 4, 6, 9, 12)
_PLACE: Final = CATALOGUE["Need"].fields["urgency"].ordering.column
_UNITS: Final = f"""CASE WHEN r.area IS NOT NULL AND coalesce(r.valid_from <= $1::date, true)
  AND coalesce(r.valid_until >= $1::date, true) THEN greatest(coalesce({units_left("$3")}, 0), 0) ELSE 0 END"""
_CHANGED: Final = f"""
SELECT * FROM (
  SELECT r.id, r.kind, r.area, {_UNITS} AS units, coalesce(a.version, 0) AS version, s.units AS seen,
    s.version AS seen_version
  FROM charity_resource r
  LEFT JOIN (SELECT resource_id, max(version) AS version FROM criteria_approval GROUP BY 1) a ON a.resource_id = r.id
  LEFT JOIN match_seen s ON s.resource_id = r.id AND s.run_id = $2) found
WHERE units IS DISTINCT FROM seen OR version IS DISTINCT FROM seen_version
"""
_AGAIN: Final = """
DELETE FROM match_waiting w USING need n WHERE n.id = w.need_id AND EXISTS (
  SELECT FROM unnest($1::text[], $2::text[]) AS free(kind, area)
  WHERE n.kind = free.kind AND n.region >= free.area AND n.region < free.area || '~')
"""
_UNDECIDED: Final = f"""
SELECT n.id FROM need n
WHERE {OPEN} AND n.consented @> $1::date
  AND NOT EXISTS (SELECT FROM match_waiting w WHERE w.need_id = n.id AND w.run_id = $2)
ORDER BY n.{_PLACE} DESC NULLS LAST, n.created_on, n.id LIMIT $3
"""
_FREE: Final = f"""
SELECT r.id, {_UNITS} AS units, o.partner FROM charity_resource r
LEFT JOIN charity_organisation o ON o.id = r.organisation_id WHERE r.id = ANY($2)
"""
_SENT: Final = "SELECT resource_id, count(*) FROM proposal WHERE run = $1 GROUP BY 1"


@dataclass(frozen=True, slots=True)
class _Free:
    """``units``: left of a resource. ``charity``: the partner that acts for its organisation, if one does."""

    units: int
    charity: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided between nights. ``proposed``: proposals that went out; ``waiting``: needs that wait."""

    proposed: int = 0
    waiting: int = 0

    def __add__(self, other: Decided) -> Decided:
        """Both."""
        return Decided(self.proposed + other.proposed, self.waiting + other.waiting)

    @property
    def total(self) -> int:
        """Needs that were decided on."""
        return self.proposed + self.waiting


@dataclass(slots=True, eq=False)
class Between:
    """Decides what happens until the next night. ``known``: what is offered, by kind and division, of one run."""

    tools: NightTools
    _run: UUID | None = None
    _bids: Bids | None = None
    _approvals: int = -1
    _steps: ProposalSteps | None = None
    _offers: Mapping[tuple[str, str], Sequence[Offer]] = field(default_factory=dict)

    async def decide(self, at: datetime) -> Decided:
        """Decide what is to be decided, up to a batch; nothing where somebody else does, or where no prices decide.

        Prices decide in the month for which they were made: its units are not those of the next.
        """
        async with alone(self.tools.pool, match_prices.LOCK) as connection:
            if connection is None:
                return Decided()
            prices = await match_prices.in_force(connection)
            day = day_of(at)
            if prices is None or (prices.day.year, prices.day.month) != (day.year, day.month):
                return Decided()
            # 1. Which needs: those that arrived, and those that units that came free may reach
            await _come_free(connection, prices.run, day, self.tools.parameters.proposals.assessed)
            ids = [row[0] for row in await connection.fetch(_UNDECIDED, day, prices.run, BATCH)]
            if not ids:
                return Decided()
            bids = await self._of(connection, prices)
            sent = dict(map(tuple, await connection.fetch(_SENT, str(prices.run))))
            await self.tools.account(record_of("between", len(ids), at))
            # 2. What each could have, and 3. what it gets
            choice = await self._choice(connection, ids, bids, day)
            return await self._propose(connection, prices.run, ids, choice, sent, at)

    def _planned(self) -> ProposalSteps:
        if self._steps is None:
            self._steps = ProposalSteps.of(self.tools.vault, self.tools.parameters.proposals.assessed)
        return self._steps

    async def _of(self, connection: PooledConnection, prices: match_prices.InForce) -> Bids:
        """The prices, opened once; what is offered, read again when criteria were approved."""
        approvals = int(await connection.fetchval("SELECT count(*) FROM criteria_approval"))
        if self._run != prices.run or self._bids is None:
            self._bids, self._run = unseal(self.tools.vault, prices.run, prices.sealed), prices.run
            self._approvals = -1
        if approvals != self._approvals:
            found: dict[tuple[str, str], list[Offer]] = {}
            for offer in (await approved_offers(connection, self.tools.vault, self.tools.widths)).offers:
                found.setdefault((offer.kind, offer.area), []).append(offer)
            self._offers, self._approvals = found, approvals
        return self._bids

    async def _choice(self, connection: PooledConnection, ids: Sequence[UUID], bids: Bids, day: date) -> Choice:
        """What each need could have: of what is left now, by criteria decided here."""
        where = await connection.fetch("SELECT DISTINCT kind, region FROM need WHERE id = ANY($1)", ids)
        near = {
            offer.id: offer
            for kind, region in where
            for level in _LEVELS
            if region is not None and len(region) >= level
            for offer in self._offers.get((kind, region[:level]), ())
        }
        assessed = self.tools.parameters.proposals.assessed
        free = {row[0]: _Free(*row[1:]) for row in await connection.fetch(_FREE, day, list(near), assessed)}
        offers = [
            replace(offer, capacity=units)
            for offer in sorted(near.values(), key=lambda each: each.id)
            if offer.id in free and (units := free[offer.id].units) > 0
        ]
        offered = {(offer.kind, offer.area) for offer in offers}
        needs = await read_needs(connection, self.tools.vault, offered, day, needs=ids)
        gone = await over(connection, ids)
        if len(ids) <= FEW:
            return self._chosen(needs, offers, gone, bids, free, near)
        return await asyncio.to_thread(self._chosen, needs, offers, gone, bids, free, near)

    def _chosen(
        self, needs: OpenNeeds, offers: Sequence[Offer], gone: Mapping[UUID, Collection[UUID]], bids: Bids,
        free: Mapping[UUID, _Free], near: Mapping[UUID, Offer],
    ) -> Choice:  # fmt: skip
        made = instance_of(needs, offers, self.tools.parameters, gone)
        price = np.array([bids.of(offer.id, offer.kind) for offer in offers], dtype=np.int64)
        wanted: dict[UUID, list[UUID]] = {}
        for at, need in enumerate(needs.ids):
            rows = made.pairs.of(at)
            resource = made.pairs.resource[rows]
            above = bids.points[int(needs.urgency[at])] + made.pairs.value[rows] - price[resource]
            order = np.argsort(-above, kind="stable")
            wanted[need] = [offers[int(resource[each])].id for each in order if above[each] >= 0]
        left = {each: free[each].units if each in free else 0 for each in near}
        return Choice(wanted, left, {each: row.charity for each, row in free.items() if row.charity is not None})

    async def _propose(
        self, connection: PooledConnection, run: UUID, ids: Sequence[UUID], choice: Choice, sent: dict[UUID, int],
        at: datetime,
    ) -> Decided:  # fmt: skip
        """Each proposal in a transaction of its own; whoever gets nothing waits, until units come free or a night."""
        limits, steps = self.tools.parameters.proposals, self._planned()
        waits, room = [], limits.most - sum(sent.values())
        for need in ids:
            for resource in choice.open_to(need):
                if room <= 0 or sent.get(resource, 0) >= limits.per_resource:
                    continue
                async with write.transaction(connection, at) as tx:
                    done = await propose(tx, steps, need, resource, choice.charities[resource], str(run))
                    if not isinstance(done, Taken):
                        tx.abandon()
                if isinstance(done, Taken):
                    choice.left[resource] -= 1
                    sent[resource] = sent.get(resource, 0) + 1
                    room -= 1
                    break
            else:
                waits.append(need)
        async with connection.transaction():
            await match_prices.wait(connection, run, waits, choice.left, at)
        return Decided(len(ids) - len(waits), len(waits))


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """``wanted``: what each need could have above its price, most first. ``charities``: who gives a resource.

    ``left``: units of all resources that are near enough, by which was decided.
    """

    wanted: Mapping[UUID, Sequence[UUID]]
    left: dict[UUID, int]
    charities: Mapping[UUID, str]

    def open_to(self, need: UUID) -> Iterator[UUID]:
        """What a need can have now, most above its price first."""
        for resource in self.wanted.get(need, ()):
            if self.left[resource] > 0 and resource in self.charities:
                yield resource


async def _come_free(connection: PooledConnection, run: UUID, day: date, assessed: int) -> None:
    """Have needs decided on anew that units may reach which came free, or were not there, or criteria which changed."""
    async with connection.transaction():
        rows = await connection.fetch(_CHANGED, day, run, assessed)
        if not rows:
            return
        more = [
            row for row in rows
            if row["version"] and row["units"] and (
                row["seen"] is None or row["units"] > row["seen"] or row["version"] != row["seen_version"])
        ]  # fmt: skip
        if more:
            await connection.execute(_AGAIN, [row["kind"] for row in more], [row["area"] for row in more])
        await match_prices.see(connection, run, [(row["id"], row["units"], row["version"]) for row in rows])
