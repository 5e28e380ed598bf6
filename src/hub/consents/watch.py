"""What ends consents when rows change: other members, the end of assistance, a file that says something else.

Whoever writes such rows writes them inside ``watched``. The consents that could end are locked before, and those that
do end with the rows, in one transaction.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.consents import own

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping
    from uuid import UUID

    from hub.consents.own import ConsentSteps
    from hub.write import Transaction

    Rows = Mapping[UUID, Mapping[str, Any]]
    """Rows that are written, by id: what is written of each, by field and link; nothing of one that is deleted."""
    Sets = dict[UUID, Any]

# Of the rows that are written, and of each household that they were or will be of.
_THROUGH: Final[Mapping[str, str]] = {
    "HouseholdMember": "SELECT DISTINCT household_id FROM household_member WHERE id = ANY($1)",
    "Recipient": "SELECT DISTINCT household_id FROM recipient WHERE id = ANY($1) AND household_id IS NOT NULL",
}
_MEMBERS: Final = """
SELECT household_id, array_agg(person_id ORDER BY person_id) FROM household_member WHERE household_id = ANY($1)
GROUP BY household_id
"""
_ASSISTED: Final = """
SELECT household_id, true FROM recipient WHERE household_id = ANY($1) AND status <> 'ENDED' GROUP BY household_id
"""
_LOOKED_AT: Final[Mapping[str, tuple[str, str]]] = {
    "HouseholdMember": (_MEMBERS, "MEMBERS_CHANGED"),
    "Recipient": (_ASSISTED, "ASSISTANCE_ENDED"),
}
# A consent that a file stated lasts as long as the file says the same.
_UNSTATED: Final[Mapping[str, str]] = {
    "Need": (
        "SELECT c.id FROM consent c JOIN need n ON n.id = c.need_id WHERE n.id = ANY($1) AND c.source IS NOT NULL"
        " AND c.state IN ('DRAFT', 'IN_FORCE')"
        " AND (n.consent_signed_on IS DISTINCT FROM c.signed_on OR n.person_id <> c.person_id) ORDER BY c.id"
    ),
    "Household": (
        "SELECT c.id FROM consent c JOIN household h ON h.id = c.household_id WHERE h.id = ANY($1)"
        " AND c.source IS NOT NULL AND c.state IN ('DRAFT', 'IN_FORCE')"
        " AND h.check_authorised_on IS DISTINCT FROM c.signed_on ORDER BY c.id"
    ),
}
_PEOPLE: Final = "SELECT DISTINCT person_id FROM need WHERE id = ANY($1)"
_SAY: Final = frozenset({"Need", "HouseholdMember"})
"""The entities of which a new row changes what rows say, of a consent too that is given at the same time."""
WATCHED: Final = frozenset({*_THROUGH, *_UNSTATED})
"""The entities whose rows consents depend on."""


@dataclass(frozen=True, slots=True)
class _Touched:
    """Whose consents could end."""

    people: Collection[UUID]
    households: Collection[UUID]


@asynccontextmanager
async def watched(tx: Transaction, steps: ConsentSteps, entity: str, rows: Rows) -> AsyncIterator[None]:
    """Write rows of the entity inside; consents that do not outlast it end, and what rows say of them is kept."""
    if entity not in WATCHED or not rows:
        yield
        return
    touched = await _touched(tx, entity, rows)
    known = await own.lock(tx, people=touched.people, households=touched.households)
    if not known and entity not in _SAY:
        yield
        return
    before = await _look(tx, entity, touched)
    yield
    if entity in _LOOKED_AT:
        after = await _look(tx, entity, touched)
        gone = [each for each, what in before.items() if after.get(each) != what]
        await own.end_of_households(tx, steps, gone, _LOOKED_AT[entity][1])
    else:
        found = await tx.connection.fetch(_UNSTATED[entity], list(rows))
        await own.end(tx, steps, [row[0] for row in found], "NOT_STATED")
    await own.keep(tx, steps.dependents, people=touched.people, households=touched.households)


async def _touched(tx: Transaction, entity: str, rows: Rows) -> _Touched:
    match entity:
        case "Household":
            return _Touched((), list(rows))
        case "Need":
            return _Touched(await _named(tx, _PEOPLE, rows, "person"), ())
        case _:
            return _Touched((), await _named(tx, _THROUGH[entity], rows, "household"))


async def _named(tx: Transaction, known: str, rows: Rows, link: str) -> list[UUID]:
    """Where a link leads from these rows, before and after they are written."""
    found = {row[0] for row in await tx.connection.fetch(known, list(rows))}
    return sorted(found | {row[link] for row in rows.values() if row.get(link) is not None})


async def _look(tx: Transaction, entity: str, touched: _Touched) -> Sets:
    if entity not in _LOOKED_AT:
        return {}
    return dict(map(tuple, await tx.connection.fetch(_LOOKED_AT[entity][0], list(touched.households))))
