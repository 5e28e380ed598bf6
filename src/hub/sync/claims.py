"""Where several sources state a field of a person: one value stands, the others are kept as sealed claims."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.catalog import Group, Scalar
from hub.domain import CATALOGUE
from hub.sync.authority import resolve
from hub.write import ClaimChanges, claim_id, claim_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from hub.catalog import Field
    from hub.crypto import Vault
    from hub.sync.batch import Batch
    from hub.sync.identify import KnownPerson
    from hub.write import DatabaseConnection, PlainRow

    SealedClaims = dict[tuple[UUID, str], dict[str, bytes]]


CLAIM: Final = CATALOGUE["Claim"]


@dataclass(frozen=True, slots=True)
class ContestedField:
    """A field that several sources state. ``item``: as the data catalogue names it. ``ranks``: source to authority.

    ``open_stored``: opens the value that stands; ``open_claim``: one that does not.
    """

    field: Field
    item: str
    ranks: Mapping[str, int]
    open_stored: Callable[[bytes, bytes], str]
    open_claim: Callable[[bytes, bytes], str]


def contested_fields(ranks: Mapping[str, Mapping[str, int]], vault: Vault) -> dict[str, ContestedField]:
    """Bind the contested fields of people, by name. ``ranks``: field to source to authority."""
    person = CATALOGUE.identified
    return {name: _bind(person.table, person.fields[name], by_source, vault) for name, by_source in ranks.items()}


def _bind(table: str, item: Field, ranks: Mapping[str, int], vault: Vault) -> ContestedField:
    value = CLAIM.fields["value"]
    assert value.group is not None  # noqa: S101 - a sealed field names its group
    return ContestedField(
        item,
        f"{CATALOGUE.identified.name}.{item.graphql}",
        ranks,
        vault.opener(table, item.column, item.group or Group.RECORD).open,
        vault.opener(CLAIM.table, value.column, value.group).open,
    )


async def of(lookup: DatabaseConnection, people: Iterable[UUID]) -> SealedClaims:
    """Look up what departments said of these people that does not stand: sealed, by source."""
    claims: SealedClaims = defaultdict(dict)
    ids = list(people)
    if ids:
        rows = await lookup.fetch("SELECT person_id, item, source, value FROM claim WHERE person_id = ANY($1)", ids)
        for person, item, source, value in rows:
            claims[person, item][source] = value
    return claims


def settle(
    batch: Batch, claims: SealedClaims, source: str, contested: Mapping[str, ContestedField], at: datetime
) -> ClaimChanges:
    """Decide for every contested field in the batch's people whose value stands; change the rows to that.

    Also notes in the rows which fields have another origin than ``source``, and returns the claims to write and drop.
    ``at``: when the batch was read.
    """
    changes = ClaimChanges(people=list(batch.people) if contested else ())
    for row in batch.of(CATALOGUE.identified.name) if contested else ():
        known = batch.people.get(row.id)
        origins: dict[str, str] = {}
        for name, item in contested.items():
            if name in row.values:
                standing = _settle(row, known, item, source, claims.get((row.id, item.item), {}), changes, at)
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
    at: datetime,
) -> str | None:
    """Return whose value of a row's field stands."""
    name = item.field.name
    ids = {other: claim_id(row.id, item.item, other) for other in claims}
    before = {other: item.open_claim(ids[other].bytes, value) for other, value in claims.items()}
    statements = dict(before)
    origin = None
    stored = None if known is None else known.stored.get(name)
    if known is not None and stored is not None:
        origin = orjson.loads(known.origins).get(name, "")
        statements[origin] = (
            item.open_stored(row.id.bytes, stored) if item.field.sealed else _to_text(item.field, stored)
        )
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
            changes.write.append(claim_row(row.id, item.item, item.field, other, text, at))
    changes.drop += [ids[other] for other in before if other not in losing]
    return standing


def _to_text(item: Field, value: Any) -> str:
    return item.type.to_text(value) if isinstance(item.type, Scalar) else str(value)


def _from_text(item: Field, text: str) -> Any:
    return item.type.parse(text) if isinstance(item.type, Scalar) else text
