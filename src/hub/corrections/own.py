"""How a correction ends at the source: whoever writes rows writes them inside ``corrected``.

A case that is open ends in the transaction in which another value of what it disputes is written.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from hub import write
from hub.catalog.predicate import ALWAYS
from hub.corrections.rules import ABOUT, correction_rules
from hub.domain import CATALOGUE
from hub.process.locking import linked_sql, look, row_reader
from hub.process.plan import StepPlan, StepTools, plan_own_step
from hub.process.take import StepCall, take

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping
    from uuid import UUID

    from hub.crypto import Vault
    from hub.process.locking import RowReader
    from hub.write import Transaction

CORRECTION: Final = CATALOGUE["Correction"]
_ANY_OPEN: Final = "SELECT EXISTS (SELECT FROM correction WHERE state IN ('OPEN', 'CONFIRMED'))"
_OPEN: Final = """
SELECT id, {column}, item FROM correction
WHERE {column} = ANY($1) AND split_part(item, '.', 1) = $2 AND state IN ('OPEN', 'CONFIRMED') ORDER BY id FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class CorrectionSteps:
    """The step that the hub takes itself, and how it reads the rows in question. ``rows``: by entity."""

    correct: StepPlan
    rows: Mapping[str, tuple[str, RowReader]]

    @classmethod
    def of(cls, vault: Vault) -> Self:
        """Plan it."""
        assert CORRECTION.process is not None  # noqa: S101 - it is declared so
        owners = write.writable(vault)
        tools = StepTools(CATALOGUE, None, vault, {CORRECTION.name: correction_rules()}, owners)
        return cls(
            plan_own_step(CORRECTION, CORRECTION.process.steps["correct"], tools),
            {
                name: (linked_sql(owners[name], ALWAYS, CATALOGUE), row_reader(owners[name], vault))
                for name in ABOUT.values()
            },
        )


@dataclass(frozen=True, slots=True)
class _Disputed:
    """A case that is open. ``field``: by its Python name."""

    case: UUID
    entity: str
    row: UUID
    field: str


@asynccontextmanager
async def corrected(
    tx: Transaction, steps: CorrectionSteps, source: str, rows: Mapping[str, Collection[UUID]]
) -> AsyncIterator[None]:
    """Write rows of a source inside. ``rows``: their ids, by entity."""
    disputed = await _disputed(tx, rows)
    before = [await _value(tx, steps, each) for each in disputed]
    yield
    for each, was in zip(disputed, before, strict=True):
        if await _value(tx, steps, each) != was:
            await take(tx, steps.correct, StepCall(each.case, {"ended_by": source}, None, None))


async def _disputed(tx: Transaction, rows: Mapping[str, Collection[UUID]]) -> list[_Disputed]:
    touched = [(link, entity, list(rows[entity])) for link, entity in ABOUT.items() if rows.get(entity)]
    if not touched or not await tx.connection.fetchval(_ANY_OPEN):
        return []
    found = []
    for link, entity, ids in touched:
        column = CORRECTION.stored_links[link].column
        for case, row, item in await tx.connection.fetch(_OPEN.format(column=column), ids, entity):
            named = item.partition(".")[2]
            field = next(each for each in CATALOGUE[entity].fields.values() if each.graphql == named)
            found.append(_Disputed(case, entity, row, field.name))
    return found


async def _value(tx: Transaction, steps: CorrectionSteps, disputed: _Disputed) -> Any:
    sql, read_row = steps.rows[disputed.entity]
    row = await look(tx, sql, read_row, disputed.row)
    return None if row is None else row[disputed.field]
