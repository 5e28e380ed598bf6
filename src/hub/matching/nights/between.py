"""Between two nights: what arrives, is declined, expires or comes free is decided at once, by the last bid prices.

Nothing is remembered but in the database. A need is to be decided on if it is open, consent covers it, nothing is
proposed for it, and it does not wait under these prices (``looking``). Units that came free have the needs that they
may reach decided on anew. So a worker that is killed loses nothing, and the next one proposes nothing twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from hub import write
from hub.matching.nights.bids import unseal
from hub.matching.nights.given import instance_of
from hub.matching.nights.looking import undecided
from hub.matching.nights.needs import FEW, read_needs
from hub.matching.nights.offers import LEVELS, Offer, by_place, given_where, in_force, over, too_small
from hub.matching.nights.reasons import Bidding, Reasons
from hub.matching.nights.run import record_of
from hub.process.calendar import day_of
from hub.process.take import Taken
from hub.proposals import ProposalSteps, propose
from hub.store import match_prices
from hub.store.criteria import LABEL, approvals_named
from hub.store.locks import alone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    import asyncpg

    from hub.matching.criteria import Criteria
    from hub.matching.nights.bids import Bids
    from hub.matching.nights.looking import Undecided
    from hub.matching.nights.needs import OpenNeeds
    from hub.matching.nights.run import NightTools
    from hub.store.pool import PooledConnection

FEWEST: Final = 200
"""Needs that are decided on at once, the most urgent first: a unit that came free is given in 20 ms instead of 100."""
MOST: Final = 5_000
"""Needs that are decided on at once where more than that wait: each round five times as many as the one before."""
_NEAR: Final = """
SELECT found.* FROM unnest($1::text[], $2::text[]) AS place(kind, area) CROSS JOIN LATERAL (
  SELECT s.resource_id, s.units, s.version, s.kind, s.area, s.charity, s.regions FROM match_seen s
  WHERE s.kind = place.kind AND s.area = place.area AND s.run_id = $3 AND s.units > 0 AND s.version > 0 OFFSET 0) found
ORDER BY found.resource_id
"""
"""What is offered at these places. OFFSET 0 has the server go by the index for each: 0.25 ms instead of 0.65."""
_THERE: Final = """
SELECT s.resource_id, 0 AS units, s.version, s.kind, s.area, s.charity, s.regions, r.title
FROM unnest($1::text[], $2::text[]) AS place(kind, area)
JOIN match_seen s ON s.kind = place.kind AND s.area = place.area AND s.run_id = $3 AND s.version > 0
JOIN charity_resource r ON r.id = s.resource_id
WHERE s.charity IS NOT NULL
"""
"""What serves these places, whether it has a unit left or not."""
_SENT: Final = "SELECT resource_id, count(*) FROM proposal WHERE run = $1 GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided between nights. ``proposed``: proposals that went out; ``waiting``: needs that wait.

    ``seconds``: that the decision took, from rows to what each need could have.
    """

    proposed: int = 0
    waiting: int = 0
    seconds: float = field(default=0.0, compare=False)

    def __add__(self, other: Decided) -> Decided:
        """Both."""
        return Decided(
            self.proposed + other.proposed, self.waiting + other.waiting, self.seconds + other.seconds
        )  # fmt: skip

    @property
    def total(self) -> int:
        """Needs that were decided on."""
        return self.proposed + self.waiting


@dataclass(slots=True, eq=False)
class Between:
    """Decides what happens until the next night. Kept are the prices of a run, and criteria: versions never change."""

    tools: NightTools
    _run: UUID | None = None
    _bids: Bids | None = None
    _steps: ProposalSteps | None = None
    _most: int = FEWEST
    _criteria: dict[tuple[UUID, int], Criteria | None] = field(default_factory=dict)
    _parsed: dict[str | None, Criteria | None] = field(default_factory=dict)

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
            needs = await undecided(connection, prices, at, self._most, self.tools.parameters.proposals.assessed)
            bids = await self._of(connection, prices.run) if needs else None
            if bids is None:
                return Decided()
            sent = dict(map(tuple, await connection.fetch(_SENT, str(prices.run))))
            await self.tools.account(record_of("between", len(needs), at))
            # 2. What each could have, and 3. what it gets
            began = perf_counter()
            choice = await self._choice(connection, needs, bids, day)
            seconds = perf_counter() - began
            done = await self._propose(connection, prices.run, needs, choice, sent, at)
            await self._next(connection, full=len(needs) == self._most)
            return replace(done, seconds=seconds)

    async def _next(self, connection: PooledConnection, *, full: bool) -> None:
        """How many needs the next round takes."""
        if not full and self._most > FEWEST:
            # Otherwise the server goes on believing that all are still to be decided, and reads all that wait.
            await connection.execute("ANALYZE match_waiting")
        self._most = min(MOST, self._most * 5) if full else FEWEST

    def _planned(self) -> ProposalSteps:
        if self._steps is None:
            self._steps = ProposalSteps.of(self.tools.vault, self.tools.parameters.proposals.assessed)
        return self._steps

    async def _of(self, connection: PooledConnection, run: UUID) -> Bids | None:
        """The prices, opened once."""
        if self._run != run or self._bids is None:
            sealed = await match_prices.sealed_prices(connection, run)
            if sealed is None:
                return None
            self._bids, self._run = unseal(self.tools.vault, run, sealed), run
            self._criteria.clear()
        return self._bids

    async def _choice(
        self, connection: PooledConnection, undecided: Sequence[Undecided], bids: Bids, day: date
    ) -> Choice:
        """What each need could have: of what was left when it was looked at, by criteria decided here."""
        ids, (kinds, areas) = [need.id for need in undecided], _places(undecided)
        offers = await self._offers(connection, await connection.fetch(_NEAR, kinds, areas, self._run))
        offered = {(offer.kind, offer.area) for offer in offers}
        needs = await read_needs(connection, self.tools.vault, offered, day, needs=ids)
        gone = await over(connection, ids)
        if len(ids) <= FEW:
            return self._chosen(needs, offers, gone, bids)
        return await asyncio.to_thread(self._chosen, needs, offers, gone, bids)

    async def _offers(self, connection: PooledConnection, rows: Sequence[asyncpg.Record]) -> Sequence[Offer]:
        """What is offered near enough; criteria are read the first time that their version counts."""
        vault, widths = self.tools.vault, self.tools.widths
        named = [(row["resource_id"], row["version"]) for row in rows]
        if new := [each for each in named if each not in self._criteria]:
            for each, approval in (await approvals_named(connection, vault.mac(LABEL), new)).items():
                self._criteria[each] = in_force(each[0], approval, widths, self._parsed)
        offers = []
        for each, row in zip(named, rows, strict=True):
            criteria = None if too_small(row["area"], widths) else self._criteria.get(each)
            given = None if criteria is None else given_where(criteria, row["area"], row["regions"])
            if given is not None:
                title, charity = row.get("title", ""), row["charity"]
                offers.append(Offer(each[0], title, row["kind"], row["area"], row["units"], given, charity))
        return offers

    def _chosen(
        self, needs: OpenNeeds, offers: Sequence[Offer], gone: Mapping[UUID, Collection[UUID]], bids: Bids
    ) -> Choice:
        made = instance_of(needs, offers, self.tools.parameters, gone)
        price = np.array([bids.of(offer.id, offer.kind) for offer in offers], dtype=np.int64)
        wanted: dict[UUID, list[UUID]] = {}
        for at, need in enumerate(needs.ids):
            rows = made.pairs.of(at)
            resource = made.pairs.resource[rows]
            above = bids.points[int(needs.urgency[at])] + made.pairs.value[rows] - price[resource]
            order = np.argsort(-above, kind="stable")
            wanted[need] = [offers[int(resource[each])].id for each in order if above[each] >= 0]
        left = {offer.id: offer.capacity for offer in offers}
        charities = {offer.id: offer.charity for offer in offers}
        bidding = Bidding(made, price, needs, tuple(offer.id for offer in offers), gone)
        return Choice(wanted, left, charities, bidding)

    async def _reasons(self, connection: PooledConnection, undecided: Sequence[Undecided], bidding: Bidding) -> Reasons:
        """What reasons are made of: all that was near enough, with a unit left or without."""
        there = await connection.fetch(_THERE, *_places(undecided), self._run)
        offers = await self._offers(connection, there)
        return Reasons.of(bidding.needs, by_place(offers), bidding.tried, bidding.resources)

    async def _propose(
        self, connection: PooledConnection, run: UUID, undecided: Sequence[Undecided], choice: Choice,
        sent: dict[UUID, int], at: datetime,
    ) -> Decided:  # fmt: skip
        """Each proposal in a transaction of its own; whoever gets nothing waits, until units come free or a night."""
        limits, steps, reasons = self.tools.parameters.proposals, self._planned(), None
        waits: list[UUID] = []
        proposed: list[UUID] = []
        given: dict[UUID, int] = {}
        room = limits.most - sum(sent.values())
        for need in (each.id for each in undecided):
            for resource in choice.open_to(need):
                if room <= 0 or sent.get(resource, 0) >= limits.per_resource:
                    continue
                reasons = reasons or await self._reasons(connection, undecided, choice.bidding)
                why = reasons.of_bids(choice.bidding, need, resource, choice.left)
                async with write.transaction(connection, at) as tx:
                    done = await propose(tx, steps, need, resource, choice.charities[resource], str(run), why)
                    if not isinstance(done, Taken):
                        tx.abandon()
                if isinstance(done, Taken):
                    choice.left[resource] -= 1
                    given[resource] = choice.left[resource]
                    sent[resource] = sent.get(resource, 0) + 1
                    room -= 1
                    proposed.append(need)
                    break
            else:
                waits.append(need)
        async with connection.transaction():
            await match_prices.decided(connection, run, waits, proposed, given, at)
        return Decided(len(proposed), len(waits))


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """``wanted``: what each need could have above its price, most first. ``charities``: who gives a resource.

    ``left``: units of all resources that are near enough, by which was decided; ``bidding``: of what.
    """

    wanted: Mapping[UUID, Sequence[UUID]]
    left: dict[UUID, int]
    charities: Mapping[UUID, str]
    bidding: Bidding

    def open_to(self, need: UUID) -> Iterator[UUID]:
        """What a need can have now, most above its price first."""
        return (resource for resource in self.wanted.get(need, ()) if self.left[resource] > 0)


def _places(undecided: Sequence[Undecided]) -> tuple[list[str], list[str]]:
    """The kinds and divisions of resources that these needs could have."""
    places = {
        (need.kind, need.region[:level]) for need in undecided if need.region is not None
        for level in LEVELS if level <= len(need.region)
    }  # fmt: skip
    return [kind for kind, _ in places], [area for _, area in places]
