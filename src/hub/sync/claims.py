"""Where several sources state a field of a person: one value stands, the others are kept as sealed claims."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from hub.catalog import Group, Scalar
from hub.sync.authority import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from hub.catalog import Entity, Field
    from hub.crypto import Vault
    from hub.sync.batch import Batch, Draft
    from hub.sync.identify import Session

Origins = dict["UUID", dict[str, str]]
Place = tuple["UUID", str, str]
"""Row, field and source."""


@dataclass(slots=True)
class ClaimChanges:
    """The claims to write and to drop, and per person the source of fields that is not the one now read."""

    write: dict[Place, bytes] = field(default_factory=dict)
    drop: list[Place] = field(default_factory=list)
    origins: Origins = field(default_factory=lambda: defaultdict(dict))


async def settle(
    session: Session,
    batch: Batch,
    person: Entity,
    source: str,
    ranks: Mapping[tuple[str, str], Mapping[str, int]],
    vault: Vault,
) -> ClaimChanges:
    """Decide for every contested field in the batch's people whose value stands; change the drafts to that.

    ``ranks``: (entity, field) to source to authority.
    """
    changes = ClaimChanges()
    drafts = [draft for draft in batch.drafts.values() if draft.entity == "Person"]
    contested = [name for (entity, name) in ranks if entity == "Person"]
    if not drafts or not any(name in draft.values for draft in drafts for name in contested):
        return changes
    rows = await session.fetch(
        "SELECT row_id, field, source, value FROM claim WHERE row_id = ANY($1)",
        [draft.id for draft in drafts if draft.known is not None],
    )
    claims: dict[tuple[UUID, str], dict[str, bytes]] = defaultdict(dict)
    for row_id, name, other, value in rows:
        claims[row_id, name][other] = value
    for draft in drafts:
        for name in contested:
            if name in draft.values:
                owner = person.fields[name]
                _settle(draft, owner, source, ranks["Person", name], claims[draft.id, name], vault, changes)
    return changes


def _settle(
    draft: Draft,
    item: Field,
    source: str,
    ranks: Mapping[str, int],
    sealed_claims: Mapping[str, bytes],
    vault: Vault,
    changes: ClaimChanges,
) -> None:
    name, row = item.name, draft.id.bytes
    before = {other: _claim_opener(vault, item, other)(row, value) for other, value in sealed_claims.items()}
    statements = dict(before)
    origin = None
    if draft.known is not None and draft.known.stored.get(name) is not None:
        origin = orjson.loads(draft.known.origins).get(name, "")
        statements[origin] = _stored_text(vault, item, row, draft.known.stored[name])
    value = draft.values[name]
    if value is None:
        statements.pop(source, None)
    else:
        statements[source] = _to_text(item, value)
    standing, losing = resolve(statements, ranks)
    if standing != source:
        if standing is not None and standing == origin:
            del draft.values[name]
        else:
            draft.values[name] = None if standing is None else _from_text(item, statements[standing])
        if standing is not None:
            changes.origins[draft.id][name] = standing
    for other, text in losing.items():
        if before.get(other) != text:
            changes.write[draft.id, name, other] = _claim_sealer(vault, item, other)(row, text)
    changes.drop += [(draft.id, name, other) for other in before if other not in losing]


def _group(item: Field) -> Group:
    return item.group or Group.RECORD


# Bound per call: a sealer costs microseconds to make, and claims change rarely but at the first run.
def _claim_sealer(vault: Vault, item: Field, source: str) -> Any:
    return vault.sealer("claim", f"Person.{item.name}.{source}", _group(item)).seal


def _claim_opener(vault: Vault, item: Field, source: str) -> Any:
    return vault.opener("claim", f"Person.{item.name}.{source}", _group(item)).open


def _stored_text(vault: Vault, item: Field, row: bytes, value: Any) -> str:
    if item.sealed:
        return vault.opener("person", item.column, _group(item)).open(row, value)
    return _to_text(item, value)


def _to_text(item: Field, value: Any) -> str:
    return item.type.to_text(value) if isinstance(item.type, Scalar) else str(value)


def _from_text(item: Field, text: str) -> Any:
    return item.type.parse(text) if isinstance(item.type, Scalar) else text
