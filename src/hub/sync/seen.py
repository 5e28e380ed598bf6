"""Which source rows a run has met: kept on one connection until the run ends, and for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.write import DatabaseConnection


class SeenRow(NamedTuple):
    """A source row that this run has met. ``bad``: known by its content, because it goes to quarantine."""

    token: bytes
    bad: bool


async def begin(lookup: DatabaseConnection) -> None:
    """Forget what an earlier run on this connection has met."""
    await lookup.execute(
        "CREATE TEMP TABLE IF NOT EXISTS sync_seen (token bytea NOT NULL, bad bool NOT NULL, fingerprint bytea)"
    )
    await lookup.execute("CREATE INDEX IF NOT EXISTS sync_seen_token ON sync_seen (token)")
    await end(lookup)


async def end(lookup: DatabaseConnection) -> None:
    """Forget everything."""
    await lookup.execute("TRUNCATE sync_seen")


async def remember(lookup: DatabaseConnection, met: Mapping[SeenRow, bytes | None]) -> None:
    """Note rows with the fingerprint of what was made of them, None for nothing. A row may be met again."""
    if met:
        rows = [(token, bad, fingerprint) for (token, bad), fingerprint in met.items()]
        await lookup.copy_records_to_table("sync_seen", records=rows)


async def fingerprints(lookup: DatabaseConnection, keys: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return what this run has made of the rows with these keys."""
    rows = await lookup.fetch(
        "SELECT token, fingerprint FROM sync_seen WHERE token = ANY($1) AND fingerprint IS NOT NULL", list(keys)
    )
    return {row[0]: row[1] for row in rows}
