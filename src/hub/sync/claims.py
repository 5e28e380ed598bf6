"""Where several sources state a field of a person: one value stands, the others are kept as sealed claims."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from hub.catalog import Group, Scalar
from hub.domain import CATALOGUE
from hub.sync.authority import resolve
from hub.write import ClaimChanges, ClaimPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from hub.catalog import Field
    from hub.crypto import Vault
    from hub.sync.batch import Batch
    from hub.sync.identify import KnownPerson
    from hub.write import DatabaseConnection, PlainRow

    SealedClaims = dict[tuple[UUID, str], dict[str, bytes]]


@dataclass(frozen=True, slots=True)
class ContestedField:
    """A field that several sources state. ``ranks``: source to authority.

    ``open_stored``: opens the value that stands. ``open_claim`` and ``seal_claim``: source → what opens or seals a
    value that the source states.
    """

    field: Field
    ranks: Mapping[str, int]
    open_stored: Callable[[bytes, bytes], str]
    open_claim: Callable[[str], Callable[[bytes, bytes], str]]
    seal_claim: Callable[[str], Callable[[bytes, str], bytes]]


def contested_fields(ranks: Mapping[str, Mapping[str, int]], vault: Vault) -> dict[str, ContestedField]:
    """Bind the contested fields of people, by name. ``ranks``: field to source to authority."""
    person = CATALOGUE.identified
    return {name: _bind(person.table, person.fields[name], by_source, vault) for name, by_source in ranks.items()}


def _bind(table: str, item: Field, ranks: Mapping[str, int], vault: Vault) -> ContestedField:
    group, place = item.group or Group.RECORD, f"{CATALOGUE.identified.name}.{item.name}"
    return ContestedField(
        item,
        ranks,
        vault.opener(table, item.column, group).open,
        cache(lambda source: vault.opener("claim", f"{place}.{source}", group).open),
        cache(lambda source: vault.sealer("claim", f"{place}.{source}", group).seal),
    )


async def of(lookup: DatabaseConnection, people: Iterable[UUID]) -> SealedClaims:
    """Look up what departments said of these people that does not stand."""
    claims: SealedClaims = defaultdict(dict)
    ids = list(people)
    if ids:
        rows = await lookup.fetch("SELECT row_id, field, source, value FROM claim WHERE row_id = ANY($1)", ids)
        for row_id, name, source, value in rows:
            claims[row_id, name][source] = value
    return claims


def settle(batch: Batch, claims: SealedClaims, source: str, contested: Mapping[str, ContestedField]) -> ClaimChanges:
    """Decide for every contested field in the batch's people whose value stands; change the rows to that.

    Also notes in the rows which fields have another origin than ``source``, and returns the claims to write and drop.
    """
    changes = ClaimChanges()
    for row in batch.of(CATALOGUE.identified.name) if contested else ():
        known = batch.people.get(row.id)
        origins: dict[str, str] = {}
        for name, item in contested.items():
            if name in row.values:
                standing = _settle(row, known, item, source, claims.get((row.id, name), {}), changes)
                if standing not in (None, source):
                    origins[name] = standing
        row.origins = origins or None
    return changes


def _settle(
    row: PlainRow,
    known: KnownPerson | None,
    item: ContestedField,
    source: str,
    claims: Mapping[str, bytes],
    changes: ClaimChanges,
) -> str | None:
    """Return whose value of a row's field stands."""
    name, row_id = item.field.name, row.id.bytes
    before = {other: item.open_claim(other)(row_id, value) for other, value in claims.items()}
    statements = dict(before)
    origin = None
    stored = None if known is None else known.stored.get(name)
    if known is not None and stored is not None:
        origin = orjson.loads(known.origins).get(name, "")
        statements[origin] = item.open_stored(row_id, stored) if item.field.sealed else _to_text(item.field, stored)
    value = row.values[name]
    if value is None:
        statements.pop(source, None)
    else:
        statements[source] = _to_text(item.field, value)
    standing, losing = resolve(statements, item.ranks)
    if standing != source:
        if standing is not None and standing == origin:
            del row.values[name]
        else:
            row.values[name] = None if standing is None else _from_text(item.field, statements[standing])
    for other, text in losing.items():
        if before.get(other) != text:
            changes.write[ClaimPlace(row.id, name, other)] = item.seal_claim(other)(row_id, text)
    changes.drop += [ClaimPlace(row.id, name, other) for other in before if other not in losing]
    return standing


def _to_text(item: Field, value: Any) -> str:
    return item.type.to_text(value) if isinstance(item.type, Scalar) else str(value)


def _from_text(item: Field, text: str) -> Any:
    return item.type.parse(text) if isinstance(item.type, Scalar) else text
