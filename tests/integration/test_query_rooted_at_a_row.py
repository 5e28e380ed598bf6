"""The selection below a change is planned by the one planner, and read in the transaction that makes the change."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from hub.query.plan.planner import RowSelection
from seeded_hub import CITY, SOCIAL_SECURITY

if TYPE_CHECKING:
    from uuid import UUID

DOCUMENT = """{ recipients { nodes { id status person { name idNumber }
    household { size meansChecks(first: 1) { totalCount edges { cursor node { outcome } } } } } } }"""


async def below_a_change(seeded, connection, principal, row: UUID) -> Any:
    """What a payload's field ``recipient`` would be, and the plan."""
    engine = seeded.runtime.engine
    operation = engine.operation(DOCUMENT, None, principal)
    [listed] = operation.definition.selection_set.selections
    root = RowSelection("Recipient", tuple(listed.selection_set.selections), (("recipient", "recipient"),))
    planned = engine.plan(operation, {}, principal, root=root)
    bound = engine.bind(planned, {}, principal, row=row)
    fetched = await engine.fetch_within(planned, bound, connection)
    answer = engine.reveal(planned, bound, fetched, operation, {})
    return orjson.loads(orjson.dumps(answer.data))["recipient"], answer


@asynccontextmanager
async def rolled_back(seeded):
    """A connection whose transaction is not kept."""
    async with seeded.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


@pytest.mark.parametrize("principal", [CITY, SOCIAL_SECURITY])
async def test_what_was_changed_is_read_before_it_is_committed_and_under_the_viewers_rights(seeded, principal):
    row = next(row for row in seeded.rows["Recipient"] if row["status"] == "ACTIVE")
    document = f'{{ node(id: "Recipient:{row["id"]}") {{ ... on Recipient {DOCUMENT[DOCUMENT.index("{ id") : -4]} }} }}'
    before = (await seeded.ask(principal, document))["node"]
    async with rolled_back(seeded) as connection:
        await connection.execute("UPDATE recipient SET status = 'SUSPENDED' WHERE id = $1", row["id"])
        changed, answer = await below_a_change(seeded, connection, principal, row["id"])
    assert changed == {**before, "status": "SUSPENDED"}
    assert row["person_id"].bytes in answer.subjects
    assert (await seeded.ask(principal, document))["node"] == before


async def test_a_row_that_was_moved_out_of_the_viewers_sight_is_null(seeded):
    row = seeded.rows["Recipient"][0]
    async with rolled_back(seeded) as connection:
        await connection.execute("UPDATE recipient SET region = '310101' WHERE id = $1", row["id"])
        changed, answer = await below_a_change(seeded, connection, CITY, row["id"])
    assert changed is None
    assert (answer.rows, answer.subjects) == (0, frozenset())
