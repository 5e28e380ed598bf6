"""How right the synchronisation was, against the ground truth of the sample departments.

Rows of the sources are found in the hub by the keyed tokens of their keys, their people by opening the
sealed ID number. Nothing here is needed to run a hub.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.catalog import Group
from hub.sync.tokens import SourceTokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from hub.crypto import Vault
    from hub.demo.truth import Truth
    from hub.store.pool import Pool


@dataclass(frozen=True, slots=True)
class Score:
    """What the hub made of the departments' rows.

    ``people``: in the hub, of them right, and known to the truth. ``rows``: of the source rows about a person
    that the hub links to somebody, how many to the right one; and how many there are to link. ``quarantine``:
    by rule, found and expected. ``outcomes``: means checks as the truth has them, and all that are expected.
    """

    people_found: int
    people_right: int
    people_known: int
    rows_linked: int
    rows_right: int
    rows_identifiable: int
    quarantine: Mapping[str, tuple[int, int]]
    outcomes_right: int
    outcomes_expected: int

    @property
    def precision(self) -> float:
        """Of the rows linked to somebody, the share that is linked to the right person."""
        return self.rows_right / self.rows_linked if self.rows_linked else 1.0

    @property
    def recall(self) -> float:
        """Of the rows that say whom they are about, the share that is linked to that person."""
        return self.rows_right / self.rows_identifiable if self.rows_identifiable else 1.0


_LINKED = """
SELECT p.source, p.source_table, p.key_token, x.person_id
FROM provenance p JOIN (
    SELECT 'HouseholdMember' AS entity, id, person_id FROM household_member
    UNION ALL SELECT 'Recipient', id, person_id FROM recipient
    UNION ALL SELECT 'Need', id, person_id FROM need
    UNION ALL SELECT 'Finding', id, person_id FROM finding
    UNION ALL SELECT 'Person', id, id FROM person
) x ON x.entity = p.entity AND x.id = p.row_id
WHERE p.source <> 'hub' AND p.missing_since IS NULL
"""

_LATEST = """
SELECT DISTINCT ON (m.household_id) h.key_token, m.outcome
FROM provenance h JOIN means_check m ON m.household_id = h.row_id
LEFT JOIN provenance c ON c.entity = 'MeansCheck' AND c.row_id = m.id AND c.source = 'civil-affairs'
WHERE h.entity = 'Household' AND h.source = 'civil-affairs' AND c.row_id IS NULL
ORDER BY m.household_id, m.checked_at DESC
"""


async def score(pool: Pool, vault: Vault, truth: Truth) -> Score:
    """Hold the hub's state against the truth."""
    numbers = await _numbers(pool, vault)
    tokens = SourceTokens.of(vault)
    linked: dict[tuple[str, str, bytes], UUID] = {(row[0], row[1], row[2]): row[3] for row in await pool.fetch(_LINKED)}
    about = {
        key: row.person
        for key, row in truth.rows.items()
        if row.expect == "load" and row.identifiable and row.person in truth.known_people
    }
    right = sum(
        numbers.get(linked[found]) == person
        for (source, table, key), person in about.items()
        if (found := (source, table, tokens.source_key(source, table, key))) in linked
    )
    expected: Counter[str] = Counter(row.rule for row in truth.rows.values() if row.expect == "quarantine" and row.rule)
    rules = {row[0]: row[1] for row in await pool.fetch("SELECT rule, count(*) FROM quarantined_row GROUP BY rule")}
    outcomes = {row[0]: row[1] for row in await pool.fetch(_LATEST)}
    checked = {
        tokens.source_key("civil-affairs", "household", number): household.outcome
        for number, household in truth.households.items()
        if household.outcome is not None
    }
    return Score(
        people_found=len(numbers),
        people_right=len(set(numbers.values()) & truth.known_people),
        people_known=len(truth.known_people),
        rows_linked=len(linked),
        rows_right=right,
        rows_identifiable=len(about),
        quarantine={rule: (rules.get(rule, 0), expected.get(rule, 0)) for rule in sorted({*rules, *expected})},
        outcomes_right=sum(outcomes.get(token) == outcome for token, outcome in checked.items()),
        outcomes_expected=len(checked),
    )


async def _numbers(pool: Pool, vault: Vault) -> dict[UUID, str]:
    opener = vault.opener("person", "id_number", Group.IDENTITY)
    rows = await pool.fetch("SELECT id, id_number FROM person")
    return {row[0]: opener.open(row[0].bytes, row[1]) for row in rows}
