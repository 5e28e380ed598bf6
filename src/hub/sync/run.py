"""The second map: the way of a source row into the hub.

read → admit → identify → check → seal → load → audit → checkpoint. Every step takes what the one before gives; a batch
is one transaction, and a batch that was loaded before has nothing to write. So a run that was killed is simply run
again. The database writes a batch while the next one is read, admitted, identified, checked and sealed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from hub.consents import ConsentSteps, consent_rules, record_stated, watched
from hub.corrections import CorrectionSteps, corrected
from hub.domain import CATALOGUE
from hub.errors import HubError
from hub.sources import open_source
from hub.sync import claims, drafting, losses, quarantine, runs, seen, vanished
from hub.sync.batch import Batch, Counts
from hub.sync.errors import SyncStopped
from hub.sync.identify import ListedRegions, identify
from hub.sync.overlap import Footprint, one_behind
from hub.sync.runs import SyncReport
from hub.sync.source_table import source_tables
from hub.sync.tokens import SourceTokens
from hub.write import load, seal_rows, transaction, writable, write_claims, write_provenance

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from hub.crypto import Vault
    from hub.sources import Source
    from hub.store.pool import Pool
    from hub.sync.claims import ContestedField
    from hub.sync.mapping_files import LoadedMapping, Mappings
    from hub.sync.source_table import SourceTable
    from hub.write import ClaimChanges, DatabaseConnection, SealedRows, WritableEntity

    Progress = Callable[[str, str, Counts], None]
    Audit = Callable[[SyncReport], Awaitable[None]]


CONSENT: Final = CATALOGUE["Consent"]


@dataclass(frozen=True, slots=True)
class _Work:
    """What every batch of a run needs. ``writing``: the connection that loads; ``lookup``: the one that identifies."""

    writing: DatabaseConnection
    lookup: DatabaseConnection
    entities: Mapping[str, WritableEntity]
    tokens: SourceTokens
    index: Callable[[str], bytes]
    regions: ListedRegions
    contested: Mapping[str, ContestedField]
    consents: ConsentSteps
    corrections: CorrectionSteps
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
    """Pull one source to its end and report what became of its rows. Takes two connections.

    ``location``: see ``sources.open_source``. ``loss_share``: of a table's rows, how many may be gone or unfit
    before the run stops and has failed; None accepts every loss. ``progress(source, table, counts)`` is called after
    every batch. ``audit(report)`` is awaited before the run counts as done; if it refuses, the run has failed. A source
    that cannot be read gives a report with status FAILED and the reason, and leaves earlier data as they were. Raises
    ``SyncInProgress`` while another run of the source is under way, ``SyncStopped`` if the hub's database fails.
    """
    loaded = mappings[source]
    started = datetime.now(UTC)
    async with pool.acquire() as writing, runs.exclusive(writing, source), pool.acquire() as lookup:
        run = await runs.begin(writing, source, started)
        await seen.begin(lookup)
        work = _work(writing, lookup, vault, mappings, run, loss_share)
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
        # 8. checkpoint: the run has ended.
        async with transaction(writing) as tx:
            await runs.finish(tx, run, status, message)
        await seen.end(lookup)
        if work.counts.loaded:
            await _refresh_statistics(writing, source_tables(loaded.mapping, CATALOGUE))
    return _report(source, work, started, status, message)


def _work(
    writing: DatabaseConnection,
    lookup: DatabaseConnection,
    vault: Vault,
    mappings: Mappings,
    run: UUID,
    loss_share: float | None,
) -> _Work:
    entities, person = writable(vault), CATALOGUE.identified
    index = entities[person.name].indexes[person.identified_by or ""]
    contested = claims.contested_fields(mappings.ranks, vault)
    consents, corrections = ConsentSteps.of(vault, consent_rules), CorrectionSteps.of(vault)
    return _Work(
        writing, lookup, entities, SourceTokens.of(vault), index, ListedRegions(), contested, consents, corrections,
        run, Counts(), loss_share,
    )  # fmt: skip


async def _give_up(work: _Work, error: BaseException) -> None:
    """Record that the run failed by the hub's own fault. If even that fails, the next run records it."""
    # The error's text may hold a value; its name does not.
    failure = f"The hub failed: {type(error).__name__}. See its log."
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        async with transaction(work.writing) as tx:
            await runs.finish(tx, work.run, "FAILED", failure)


async def _tables(work: _Work, loaded: LoadedMapping, opened: Source, progress: Progress | None) -> None:
    tables = source_tables(loaded.mapping, CATALOGUE)
    for table in tables:
        await _refuse_unknown_columns(loaded, table, opened)
    share = work.loss_share
    if share is not None:
        await losses.refuse_missing_keys(work.lookup, tables, opened, work.tokens, work.index, share)
    for table in tables:
        fitness = await _table(work, table, opened, progress)
        if share is not None:
            losses.refuse_unfit(table, fitness, share)
    if share is not None:
        await losses.refuse_vanishing(work.lookup, tables, share)
    work.counts.vanished = await vanished.settle(work.lookup, tables, work.entities, work.consents, work.corrections)
    # What rows state of consents becomes records once all of them are read: a household's has to be of all members.
    await record_stated(work.lookup, work.consents, loaded.mapping.source, work.run)


async def _refuse_unknown_columns(loaded: LoadedMapping, table: SourceTable, opened: Source) -> None:
    missing = await opened.missing(table.ref, table.columns)
    for column, place in missing.items():
        path = loaded.column_path(table.ref.name, column)
        raise loaded.refuse(path, f"{place} has no column {column}")


async def _table(work: _Work, table: SourceTable, opened: Source, progress: Progress | None) -> losses.Fitness:
    stated = {reader.field.name for reader in table.person_fields}
    contested = {name: item for name, item in work.contested.items() if name in stated}
    before, fitness = Footprint(), losses.Fitness()
    async with one_behind() as behind:
        # 1. read: in batches, as the source gives them.
        async for rows in opened.rows(table.ref, table.columns):
            batch = Batch()
            # 2. admit: whose row is it? Nothing else of it is looked at yet.
            admitted = await asyncio.to_thread(drafting.admit_all, table, rows, work.tokens, work.index, batch)
            admission = replace(batch.counts)
            footprint = Footprint.of(table, admitted)
            if footprint.meets(before):
                await behind.done()
            # 3. identify: people by blind index, other rows by key token.
            found = await identify(work.lookup, table, admitted, list(contested), work.regions)
            # 4. check: the rows that concern the hub; the others are counted and forgotten.
            await asyncio.to_thread(drafting.draft_all, table, admitted, found, work.tokens, batch)
            # 5. seal: whose value stands is decided in plain, then everything protected is sealed.
            said = await claims.of(work.lookup, batch.people if contested else ())
            changes = claims.settle(batch, said, table.source, contested, datetime.now(UTC))
            sealed = await asyncio.to_thread(_seal, work, table, batch)
            await seen.remember(work.lookup, batch.seen)
            # 6. load: while the next batch comes.
            await behind.start(_load(work, table, batch, sealed, changes, progress))
            fitness.add(admission, batch.counts)
            before = footprint
    return fitness


def _seal(work: _Work, table: SourceTable, batch: Batch) -> list[SealedRows]:
    names = {name for name, _ in batch.rows}
    return [rows for name in names for rows in seal_rows(work.entities[name], batch.of(name), table.source)]


async def _load(
    work: _Work,
    table: SourceTable,
    batch: Batch,
    sealed: Sequence[SealedRows],
    changes: ClaimChanges,
    progress: Progress | None,
) -> None:
    """Write rows, claims, provenance, quarantine, and the counts as checkpoint, or nothing of it."""
    source, name = table.source, table.ref.name
    total = work.counts + batch.counts
    async with transaction(work.writing) as tx:
        owner, rows = _of_the_table(table, batch)
        written = {name: [row.id for row in batch.of(name)] for name, _ in batch.rows}
        async with watched(tx, work.consents, owner, rows), corrected(tx, work.corrections, source, written):
            await load(tx, sealed)
        await write_claims(tx, work.entities[claims.CLAIM.name], changes)
        await write_provenance(tx, source, name, work.run, new=batch.new_lines, known=batch.known_lines)
        await quarantine.keep(tx, table, batch.quarantine.values(), work.entities[quarantine.ENTITY], work.run)
        await runs.advance(tx, work.run, total)
    for item in Counts.__slots__:
        setattr(work.counts, item, getattr(total, item))
    if progress is not None:
        progress(source, name, work.counts)


def _of_the_table(table: SourceTable, batch: Batch) -> tuple[str, dict[UUID, Mapping[str, Any]]]:
    """The rows of the table's own entity, by id."""
    owner = "" if table.entity is None else table.entity.name
    return owner, {row.id: row.values for row in batch.of(owner)}


async def _refresh_statistics(connection: DatabaseConnection, tables: Sequence[SourceTable]) -> None:
    """Tell the planner what the tables are like now; the first queries after a first run would else crawl."""
    names = {table.entity.table for table in tables if table.entity is not None} | {CONSENT.table}
    if any(table.who is not None for table in tables):
        names.add(CATALOGUE.identified.table)
    await connection.execute(f"ANALYZE {', '.join(sorted(names))}")


def _report(source: str, work: _Work, started: datetime, status: str, message: str | None) -> SyncReport:
    counts = work.counts
    return SyncReport(
        source, work.run, started, status, message, counts.read, counts.loaded, counts.unchanged, counts.quarantined,
        counts.not_concerned, counts.vanished,
    )  # fmt: skip
