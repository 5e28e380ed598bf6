"""The second map: the way of a source row into the hub.

read → admit → identify → map and check → seal → load → audit → checkpoint. Every step takes what the one before gives;
a batch is one transaction, and a batch that was loaded before has nothing to write. So a run that was
killed is simply run again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg

from hub.domain import CATALOGUE
from hub.errors import HubError
from hub.sources import open_source
from hub.sync import batch as batches
from hub.sync import claims, load, losses, runs, vanished
from hub.sync.batch import Batch, Counts
from hub.sync.errors import SyncStopped
from hub.sync.identify import Regions, identify
from hub.sync.rules import Unfit
from hub.sync.runs import SyncReport
from hub.sync.seal import prepare, seal_all
from hub.sync.section import compile_sections
from hub.sync.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from hub.crypto import Vault
    from hub.sources import Broken, Row, Source
    from hub.store.pool import Pool
    from hub.sync.identify import Session
    from hub.sync.mapping_files import Loaded, Mappings
    from hub.sync.seal import Sealing
    from hub.sync.section import Section

    Progress = Callable[[str, str, Counts], None]
    Audit = Callable[[SyncReport], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Work:
    """What every batch of a run needs."""

    session: Session
    vault: Vault
    sealing: Sealing
    tokens: Tokens
    regions: Regions
    ranks: Mapping[tuple[str, str], Mapping[str, int]]
    run: UUID
    counts: Counts
    loss_share: float | None


async def sync_source(
    pool: Pool,
    vault: Vault,
    mappings: Mappings,
    source: str,
    location: str | Path,
    *,
    loss_share: float | None = 0.1,
    progress: Progress | None = None,
    audit: Audit | None = None,
) -> SyncReport:
    """Pull one source to its end and report what became of its rows.

    ``location``: see ``sources.open_source``. ``loss_share``: of a table's rows, how many may be gone or unfit
    before the run stops and has failed; None accepts every loss. ``progress(source, table, counts)`` is called after
    every batch. ``audit(report)`` is awaited before the run counts as done; if it refuses, the run has failed. A source
    that cannot be read gives a report with status FAILED and the reason, and leaves earlier data as they were. Raises
    ``SyncInProgress`` while another run of the source is under way, ``SyncStopped`` if the hub's database fails.
    """
    loaded = mappings[source]
    started = datetime.now(UTC)
    async with pool.acquire() as session, runs.exclusive(session, source):
        run = await runs.begin(session, source, started)
        work = _Work(
            session,
            vault,
            prepare(vault, CATALOGUE),
            Tokens.of(vault),
            Regions(),
            mappings.ranks,
            run,
            Counts(),
            loss_share,
        )
        status, message = "SUCCEEDED", None
        try:
            try:
                async with open_source(location) as opened:
                    await _tables(work, loaded, opened, progress)
            except HubError as error:
                status, message = "FAILED", error.message
            # 7. audit: of a failed run too. Without the record the run has not succeeded.
            if audit is not None:
                await audit(_report(source, work, started, status, message))
        except HubError as error:
            status, message = "FAILED", f"The run is not in the audit: {error.message}"
        except BaseException as error:
            await _give_up(work, error)
            if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
                raise SyncStopped(
                    f"The hub's database failed during the run of {source}: {type(error).__name__}. "
                    "What was committed stands; run it again."
                ) from error
            raise
        await runs.finish(session, run, status, message, datetime.now(UTC))
        await session.execute("TRUNCATE sync_seen")
        if work.counts.loaded:
            await load.refresh_statistics(session, compile_sections(loaded.mapping, CATALOGUE))
    return _report(source, work, started, status, message)


async def _give_up(work: _Work, error: BaseException) -> None:
    """Record that the run failed by the hub's own fault. If even that fails, the next run records it."""
    # The error's text may hold a value; its name does not.
    failure = f"The hub failed: {type(error).__name__}. See its log."
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await runs.finish(work.session, work.run, "FAILED", failure, datetime.now(UTC))


async def _tables(work: _Work, loaded: Loaded, opened: Source, progress: Progress | None) -> None:
    sections = compile_sections(loaded.mapping, CATALOGUE)
    for section in sections:
        await _refuse_unknown_columns(loaded, section, opened)
    if work.loss_share is not None:
        await losses.refuse_missing_keys(work.session, sections, opened, work.tokens, work.loss_share)
    for section in sections:
        fitness = losses.Fitness()
        # 1. read: in batches, as the source gives them.
        async for rows in opened.rows(section.table, section.columns):
            await _batch(work, section, rows, fitness)
            if progress is not None:
                progress(section.source, section.table.name, work.counts)
        if work.loss_share is not None:
            losses.refuse_unfit(section, fitness, work.loss_share)
    if work.loss_share is not None:
        await losses.refuse_vanishing(work.session, sections, work.loss_share)
    work.counts.vanished = await vanished.settle(work.session, sections, datetime.now(UTC))


async def _refuse_unknown_columns(loaded: Loaded, section: Section, opened: Source) -> None:
    missing = await opened.missing(section.table, section.columns)
    for column, place in missing.items():
        path = loaded.column_path(section.table.name, column)
        raise loaded.refuse(path, f"{place} has no column {column}")


async def _batch(work: _Work, section: Section, rows: Sequence[Row | Broken], fitness: losses.Fitness) -> None:
    batch, tokens, index, session = Batch(), work.tokens, work.sealing.person_index, work.session
    contested = [
        name
        for (entity, name) in work.ranks
        if entity == "Person" and any(reader.field.name == name for reader in section.person_fields)
    ]
    # 2. admit: whose row is it? Nothing else of it is looked at yet.
    admitted = batches.admit_all(section, rows, tokens, batch)
    unreadable, left_out = batch.counts.quarantined, batch.counts.not_concerned
    async with session.transaction():
        # 3. identify: people by blind index, other rows by key token.
        found = await identify(session, section, admitted, index, contested)
        # 4. map and check: of rows that concern the hub; the others are counted and forgotten.
        mapped, regions = batches.map_all(section, admitted, found, index, tokens, batch)
        kept = list[batches.Mapped | None](mapped)
        unknown = await work.regions.unknown(session, {code for _, _, code in regions})
        for position, reader, code in regions:
            item = kept[position]
            if code in unknown and item is not None:
                if reader.spare:
                    (item[3] if reader in section.person_fields else item[4])[reader.field.name] = None
                else:
                    unfit = Unfit("REGION_UNKNOWN", reader.field.name)
                    batches.set_aside(section, batch, tokens, unfit, values=item[0].values, key=item[0].key)
                    kept[position] = None
        batches.draft_all(section, kept, found, index, tokens, batch)
        # 5. seal: whose value stands is decided in plain, then everything protected is sealed.
        changes = await claims.settle(session, batch, CATALOGUE["Person"], section.source, work.ranks, work.vault)
        groups = seal_all(work.sealing, batch.drafts.values(), section.source, changes.origins)
        # 6. load: rows, provenance, quarantine, and the counts as checkpoint, or nothing of it.
        now = datetime.now(UTC)
        await load.load_rows(session, groups)
        await load.load_claims(session, changes, now)
        await load.load_trails(session, section, batch, work.run, now)
        await load.load_aside(session, section, batch, work.sealing, work.run, now)
        await load.load_seen(session, batch)
        total = _sum(work.counts, batch.counts)
        await runs.advance(session, work.run, total)
    fitness.read += len(rows)
    fitness.unreadable += unreadable
    fitness.concerned += len(admitted) - (batch.counts.not_concerned - left_out)
    fitness.unfit += batch.counts.quarantined - unreadable
    for name in Counts.__slots__:
        setattr(work.counts, name, getattr(total, name))


def _sum(one: Counts, other: Counts) -> Counts:
    return Counts(*(getattr(one, name) + getattr(other, name) for name in Counts.__slots__))


def _report(source: str, work: _Work, started: datetime, status: str, message: str | None) -> SyncReport:
    counts = work.counts
    return SyncReport(
        source, work.run, started, status, message, counts.read, counts.loaded, counts.unchanged, counts.quarantined,
        counts.not_concerned, counts.vanished,
    )  # fmt: skip
