"""One night, and its verification. ``_night`` is the map: one step below the other.

Nobody else runs a night meanwhile; everything is read in one snapshot; nothing is kept unless all of it is.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import uuid_utils.compat as uuids

from hub.catalog import Group
from hub.matching.errors import NoSuchRun, RunRefused, RunUnderWay, SameVersion
from hub.matching.instance import NOBODY
from hub.matching.nights.apart import solve_apart
from hub.matching.nights.bids import Record, Solver, bids_of, ends_on, held_for_later, seal
from hub.matching.nights.given import instance_of, within_limits
from hub.matching.nights.material import Material, pack, unpack
from hub.matching.nights.needs import read_needs, read_record
from hub.matching.nights.offers import over, read_offers
from hub.matching.proof import Proof, prove, verify
from hub.process.calendar import day_of
from hub.store import match_prices, match_runs
from hub.store.audit import AuditRecord, own_record
from hub.store.locks import alone
from hub.store.match_runs import MatchRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from hub.crypto import Vault
    from hub.matching.criteria import Widths
    from hub.matching.instance import Instance, Ints
    from hub.matching.nights.bids import Bids
    from hub.matching.nights.needs import OpenNeeds
    from hub.matching.nights.offers import Offers
    from hub.matching.parameters import Parameters
    from hub.store.pool import Pool, PooledConnection

    Account = Callable[[AuditRecord], Awaitable[object]]

PURPOSE: Final = "charity-matching"
SCHEDULE: Final = "hub"
"""Who runs a night that nobody asked for."""
_RUN_ID: Final = re.compile(r"[0-9a-f-]{4,36}")
_TABLE, _COLUMN = "match_run", "material"
_OF_INPUT, _OF_MATERIAL = "match run input", "match run material"
"""Digests are keyed: by a plain one, whoever has the database could try out who is eligible in a small night."""


@dataclass(frozen=True, slots=True)
class NightTools:
    """What a night needs. ``account``: writes a record of the audit, durable. ``parameters_digest``: of the file.

    ``mebibytes``, ``seconds``: what the solver may use. ``keep``: how long what proves a run is kept. ``smallest``:
    needs that a township must have for its share to be told. ``online``: whether bid prices hold units for those still
    to come, and decide until the next night.
    """

    pool: Pool
    vault: Vault
    account: Account
    parameters: Parameters
    parameters_digest: bytes
    widths: Widths
    mebibytes: int
    seconds: float
    keep: timedelta
    smallest: int
    online: bool


@dataclass(frozen=True, slots=True, eq=False)
class Night:
    """What a night came to. ``run``: as it is stored; of a preview nothing is. ``worst``: a township and its share.

    ``held``: needs that got something, and wait because its units are worth more to those still to come.
    """

    run: MatchRun
    material: Material
    needs: OpenNeeds
    offers: Offers
    worst: tuple[str, float] | None
    held: int = 0


async def run_night(tools: NightTools, by: str, *, preview: bool = False, at: datetime | None = None) -> Night:
    """Match all open needs that consent covers with all resources that are offered; store it with its proof.

    ``by``: who runs it. ``preview``: nothing is stored and nothing goes out. ``at``: the time, if not the present.
    Raises ``RunUnderWay``, ``SameVersion``; ``SolverFailed`` and ``MatchingNotInstalled``: then nothing is stored.
    """
    async with _alone(tools.pool) as connection:
        return await _night(tools, connection, by, at or datetime.now(UTC), preview=preview)


async def run_due(tools: NightTools, *, at: datetime | None = None) -> Night | None:
    """Run the night of the day, once, whoever asks how often; None where the schedule ran it already.

    Raises as ``run_night`` does.
    """
    started = at or datetime.now(UTC)
    async with _alone(tools.pool) as connection:
        if await match_runs.run_on(connection, day_of(started), SCHEDULE):
            return None
        return await _night(tools, connection, SCHEDULE, started, preview=False)


async def _night(
    tools: NightTools, connection: PooledConnection, by: str, started: datetime, *, preview: bool
) -> Night:
    day, parameters = day_of(started), tools.parameters
    if not preview and await match_runs.other_of_version(connection, parameters.version, tools.parameters_digest):
        raise SameVersion(
            f"A night was run by other parameters that say they are version {parameters.version} as well. Whoever "
            "changes parameters.yaml raises its version and states the reason (schema/matching/README.md)."
        )
    # 1. What is needed and offered, in one snapshot
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        offers = await read_offers(connection, tools.vault, tools.widths, day, tools.parameters.proposals.assessed)
        offered = {(offer.kind, offer.area) for offer in offers.offers}
        needs = await read_needs(connection, tools.vault, offered, day)
        gone = await over(connection)
        record = Record(*await read_record(connection, tools.vault, offered, day)) if tools.online else None
    # 2. Every pair that is eligible, with how well it fits
    instance = await asyncio.to_thread(instance_of, needs, offers.offers, tools.parameters, gone)
    # 3. The optimum, by a process that has nothing but these arrays
    assigned = await solve_apart(instance, mebibytes=tools.mebibytes, seconds=tools.seconds)
    # 4. Proven here: whatever the solver said, a better one does not exist
    proof = await asyncio.to_thread(prove, instance, assigned)
    # 5. Units that are worth more to those still to come are held; no more goes out than was approved
    bids = None if record is None else await _bids(tools, instance, offers, record, day)
    held = (
        np.zeros(len(assigned), np.bool_) if bids is None else held_for_later(instance, assigned, offers.offers, bids)
    )
    proposed = within_limits(instance, np.where(held, NOBODY, assigned), tools.parameters)
    resources = tuple(offer.id for offer in offers.offers)
    material = Material(instance, assigned, proof, needs.ids, resources, proposed)
    packed = await asyncio.to_thread(pack, material)
    run = _run(tools, by, started, material, packed)
    # 6. Accounted for, then stored with what proves it
    await tools.account(record_of("preview" if preview else "run", run.placed, run.started_at))
    if not preview:
        await _store(tools, connection, run, packed, bids)
    worst = _worst(needs, instance, assigned, tools.smallest)
    return Night(run, material, needs, offers, worst, int(held.sum()))


async def _bids(tools: NightTools, made: Instance, offers: Offers, record: Record, day: date) -> Bids:
    ends = [ends_on(offer.valid_until, day) for offer in offers.offers]
    solver = Solver(tools.mebibytes, tools.seconds)
    return await bids_of(made, offers.offers, ends, record, tools.parameters, day, solver)


async def verify_run(tools: NightTools, beginning: str) -> MatchRun:
    """Check a stored run without a solver; ``beginning``: of its id, or ``last``. Raises ``RunRefused``, ``NoSuchRun``.

    1. The hub wrote its numbers, and what proves it opens and is of this run. 2. Its proof holds, over all pairs.
    3. The numbers are those of the proof. 4. No more went out than was placed.
    """
    run, material = await read_run(tools, beginning)
    await asyncio.to_thread(verify, material.instance, material.assigned, material.proof)
    placed = int((material.assigned != NOBODY).sum())
    told = (material.proof.value, material.proof.bound, _of_input(tools.vault, material.proof), placed)
    if told != (run.value, run.bound, run.digest, run.placed):
        raise RunRefused(f"The numbers of run {run.id} are not those of its proof.")
    if (material.assigned[material.proposed] == NOBODY).any() or len(material.proposed) != run.proposed:
        raise RunRefused(f"Run {run.id} proposed what it did not place.")
    return run


async def read_run(tools: NightTools, beginning: str) -> tuple[MatchRun, Material]:
    """Return a stored run and what proves it, unverified. Raises as ``verify_run`` does."""
    async with tools.pool.acquire() as connection:
        if beginning == "last":
            found = [each.id for each in await match_runs.runs(connection, most=1)]
        else:
            named = _RUN_ID.fullmatch(beginning) is not None
            found = list(await match_runs.run_named(connection, beginning)) if named else []
        if len(found) != 1:
            raise NoSuchRun(f"There is not one run of matching whose id begins with {beginning}: hub match list")
        mac = tools.vault.mac(match_runs.LABEL)
        run, sealed, own = await match_runs.run_with_material(connection, found[0], mac)
    if not own:
        raise RunRefused(f"The numbers of run {run.id} were not written by this hub, or were changed since.")
    if sealed is None:
        raise NoSuchRun(f"What proves run {run.id} is not kept any more (HUB_MATCHING_DAYS).")
    packed = _opened(tools.vault, run, sealed)
    if tools.vault.mac(_OF_MATERIAL)(packed) != run.material_digest:
        raise RunRefused(f"What should prove run {run.id} is that of another one.")
    return run, await asyncio.to_thread(unpack, packed)


def record_of(what: str, rows: int, at: datetime) -> AuditRecord:
    """Return the audit record of a night: no partner got an answer, but needs and people were looked at."""
    return own_record(f"match:{what}", rows, at, purpose=PURPOSE)


@asynccontextmanager
async def _alone(pool: Pool) -> AsyncIterator[PooledConnection]:
    async with alone(pool, match_runs.LOCK) as connection:
        if connection is None:
            raise RunUnderWay
        yield connection


def _run(tools: NightTools, by: str, started: datetime, material: Material, packed: bytes) -> MatchRun:
    instance, proof = material.instance, material.proof
    return MatchRun(
        id=uuids.uuid7(), day=day_of(started), started_at=started, finished_at=max(started, datetime.now(UTC)),
        run_by=by, needs=len(instance.needs), eligible=int((np.diff(instance.pairs.start) > 0).sum()),
        resources=len(instance.resources), pairs=len(instance.pairs),
        placed=int((material.assigned != NOBODY).sum()), proposed=len(material.proposed),
        value=proof.value, bound=proof.bound, digest=_of_input(tools.vault, proof),
        parameters_version=tools.parameters.version, parameters_digest=tools.parameters_digest,
        material_digest=tools.vault.mac(_OF_MATERIAL)(packed),
    )  # fmt: skip


def _of_input(vault: Vault, proof: Proof) -> bytes:
    return vault.mac(_OF_INPUT)(bytes.fromhex(proof.digest))


async def _store(
    tools: NightTools, connection: PooledConnection, run: MatchRun, packed: bytes, bids: Bids | None
) -> None:
    seal_material = tools.vault.sealer(_TABLE, _COLUMN, Group.RECORD).seal
    sealed = await asyncio.to_thread(lambda: seal_material(run.id.bytes, base64.b64encode(packed).decode()))
    async with connection.transaction():
        await match_runs.append_run(connection, run, sealed, tools.vault.mac(match_runs.LABEL))
        if bids is not None:
            prices = await asyncio.to_thread(seal, tools.vault, run.id, bids)
            await match_prices.append_prices(connection, run.id, run.day, prices)
        await match_runs.forget_material(connection, run.started_at - tools.keep)


def _opened(vault: Vault, run: MatchRun, sealed: bytes) -> bytes:
    text = vault.opener(_TABLE, _COLUMN, Group.RECORD).open(run.id.bytes, sealed)
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise RunRefused(f"What should prove run {run.id} is not readable.") from None


def _worst(needs: OpenNeeds, instance: Instance, assigned: Ints, smallest: int) -> tuple[str, float] | None:
    """The township with the smallest share of needs that got something, of those with as many as may be told."""
    every = np.bincount(needs.township, minlength=instance.townships)
    served = np.bincount(needs.township[assigned != NOBODY], minlength=instance.townships)
    shares = [
        (float(served[place]) / int(every[place]), code)
        for place, code in enumerate(needs.townships)
        if code and every[place] >= smallest
    ]
    if not shares:
        return None
    share, code = min(shares)
    return code, share
