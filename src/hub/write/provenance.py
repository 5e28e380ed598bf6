"""Where rows came from, and what departments said that does not stand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from hub.write.transaction import Transaction

_COLUMNS = (
    "key_token", "entity", "row_id", "fingerprint", "source", "source_table", "run_id", "observed_at",
)  # fmt: skip


class ProvenanceLine(NamedTuple):
    """Which row of an entity a source row made. ``key_token`` names the source row, ``fingerprint`` its content."""

    key_token: bytes
    entity: str
    row_id: UUID
    fingerprint: bytes


class ClaimPlace(NamedTuple):
    """What a claim is about, and who makes it."""

    row_id: UUID
    field: str
    source: str


@dataclass(slots=True)
class ClaimChanges:
    """The claims to write (sealed) and to drop, and per row the source of fields that is not the one now read."""

    write: dict[ClaimPlace, bytes] = field(default_factory=dict)
    drop: list[ClaimPlace] = field(default_factory=list)
    origins: dict[UUID, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


async def write_provenance(
    tx: Transaction,
    source: str,
    table: str,
    run: UUID,
    *,
    new: Iterable[ProvenanceLine] = (),
    known: Iterable[ProvenanceLine] = (),
) -> None:
    """Write where rows came from. ``new``: of source rows that no line is about; ``known``: that one may be about."""
    more = (source, table, run, tx.at)
    added = [(*line, *more) for line in new]
    if added:
        await tx.connection.copy_records_to_table("provenance", records=added, columns=_COLUMNS)
    changed = list(known)
    if changed:
        await tx.connection.execute(
            "INSERT INTO provenance (source, source_table, run_id, observed_at, key_token, entity, row_id, fingerprint)"
            " SELECT $1, $2, $3, $4, u.* FROM unnest($5::bytea[], $6::text[], $7::uuid[], $8::bytea[]) u"
            " ON CONFLICT (key_token, entity) DO UPDATE SET row_id = excluded.row_id,"
            " fingerprint = excluded.fingerprint, run_id = excluded.run_id, observed_at = excluded.observed_at,"
            " missing_since = NULL",
            *more, *zip(*changed, strict=True),
        )  # fmt: skip


async def write_claims(tx: Transaction, entity: str, changes: ClaimChanges) -> None:
    """Write the values that do not stand, and drop those that do now."""
    if changes.write:
        await tx.connection.execute(
            "INSERT INTO claim (entity, observed_at, row_id, field, source, value)"
            " SELECT $1, $2, u.* FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[]) u"
            " ON CONFLICT (row_id, field, source) DO UPDATE SET value = excluded.value,"
            " observed_at = excluded.observed_at",
            entity, tx.at, *zip(*changes.write, strict=True), tuple(changes.write.values()),
        )  # fmt: skip
    if changes.drop:
        await tx.connection.execute(
            "DELETE FROM claim c USING unnest($1::uuid[], $2::text[], $3::text[]) AS u(row_id, field, source)"
            " WHERE c.row_id = u.row_id AND c.field = u.field AND c.source = u.source",
            *zip(*changes.drop, strict=True),
        )
