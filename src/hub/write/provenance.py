"""Where rows came from, and what departments said that does not stand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from hub.write.rows import PlainRow, delete, load, seal_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from hub.catalog import Field
    from hub.write.transaction import Transaction
    from hub.write.writable import WritableEntity

_FOLLOW: Final = """
UPDATE claim c SET region = p.region FROM person p
WHERE c.person_id = ANY($1) AND p.id = c.person_id AND c.region IS DISTINCT FROM p.region
"""
_COLUMNS = (
    "key_token", "entity", "row_id", "fingerprint", "source", "source_table", "run_id", "observed_at",
)  # fmt: skip


class ProvenanceLine(NamedTuple):
    """Which row of an entity a source row made. ``key_token`` names the source row, ``fingerprint`` its content."""

    key_token: bytes
    entity: str
    row_id: UUID
    fingerprint: bytes


def claim_id(person: UUID, item: str, source: str) -> UUID:
    """Return the id of a claim: there is one for each person, item and source."""
    return UUID(bytes=hashlib.sha256(b"\0".join((person.bytes, item.encode(), source.encode()))).digest()[:16])


def claim_row(person: UUID, item: str, about: Field, source: str, value: str, at: datetime) -> PlainRow:
    """Return a claim: a source says ``value`` of a person's ``item``, the field ``about``. ``at``: when it came."""
    values = {
        "person": person, "item": item, "item_class": about.sensitivity.name, "source": source, "value": value,
        "observed_at": at,
    }  # fmt: skip
    return PlainRow(claim_id(person, item, source), values, "upsert")


@dataclass(slots=True)
class ClaimChanges:
    """What departments say that does not stand: rows to write, in plain, and ids of rows to drop.

    ``people``: those of the batch, whose claims follow them to their division.
    """

    write: list[PlainRow] = field(default_factory=list)
    drop: list[UUID] = field(default_factory=list)
    people: Collection[UUID] = ()


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


async def write_claims(tx: Transaction, owner: WritableEntity, changes: ClaimChanges) -> None:
    """Write the values that do not stand, and drop those that do now. ``owner``: of claims."""
    await load(tx, seal_rows(owner, changes.write))
    await delete(tx, owner, changes.drop)
    await tx.connection.execute(_FOLLOW, list(changes.people))
