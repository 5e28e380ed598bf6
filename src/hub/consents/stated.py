"""Consents that departments' files state become records, each with its source: of a day, once.

A record that was withdrawn, or that ended, is not made again by the same line of the file: a later day is a new
signature, anything else is not. A child's consent is in force only where the file names the guardian who signed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from hub.catalog import normalise
from hub.catalog.normalise import NotNormal
from hub.consents import own
from hub.consents.rules import is_child
from hub.domain import CATALOGUE
from hub.process.many import begin_many
from hub.write import ProvenanceLine, transaction, write_provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asyncpg import Record

    from hub.consents.own import ConsentSteps
    from hub.write import DatabaseConnection, Transaction

    Open = Callable[[str, str], Callable[[bytes, bytes], str]]

BATCH: Final = 1_000
"""Needs or households of one transaction."""
LONGEST: Final = 3600
"""Seconds that looking through a whole table may take."""

# The row that states it, its division, the day; person, need and household of the consent; the person's number; the row
# that names a guardian, with the number; where the line came from.
_NEEDS: Final = """
SELECT n.id AS at, n.region, n.consent_signed_on AS day, n.person_id, n.id AS need_id, NULL::uuid AS household_id,
  p.id_number, g.id AS guarded, g.guardian_id_number, v.key_token, v.source_table
FROM need n JOIN person p ON p.id = n.person_id
JOIN provenance v ON v.row_id = n.id AND v.entity = 'Need' AND v.source = $1 AND v.missing_since IS NULL
LEFT JOIN LATERAL (
  SELECT m.id, m.guardian_id_number FROM household_member m
  WHERE m.person_id = n.person_id AND m.guardian_id_number IS NOT NULL
  ORDER BY m.household_id IS NOT DISTINCT FROM n.household_id DESC, m.id LIMIT 1) g ON true
WHERE n.id > $2 AND n.consent_signed_on IS NOT NULL AND NOT EXISTS (
  SELECT FROM consent c WHERE c.person_id = n.person_id AND c.purpose = 'CHARITY_MATCHING'
    AND coalesce(c.need_id, n.id) = n.id AND (c.need_id IS NOT NULL OR c.state = 'WITHDRAWN')
    AND (c.signed_on >= n.consent_signed_on
      OR c.ended_on >= n.consent_signed_on AND c.end_reason <> 'NOT_STATED'))
ORDER BY n.id LIMIT $3
"""
_HOUSEHOLDS: Final = """
SELECT h.id AS at, h.region, h.day, m.person_id, NULL::uuid AS need_id, h.id AS household_id,
  p.id_number, m.id AS guarded, m.guardian_id_number, v.key_token, v.source_table
FROM (
  SELECT h.id, h.region, h.check_authorised_on AS day FROM household h
  WHERE h.id > $2 AND h.check_authorised_on IS NOT NULL AND EXISTS (
      SELECT FROM provenance w WHERE w.row_id = h.id AND w.entity = 'Household' AND w.source = $1
        AND w.missing_since IS NULL)
    AND EXISTS (SELECT FROM household_member m WHERE m.household_id = h.id)
    AND NOT EXISTS (
      SELECT FROM consent c WHERE c.household_id = h.id AND c.purpose = 'MEANS_CHECK'
        AND (c.signed_on >= h.check_authorised_on
          OR c.ended_on >= h.check_authorised_on AND c.end_reason <> 'NOT_STATED'))
  ORDER BY h.id LIMIT $3) h
JOIN household_member m ON m.household_id = h.id JOIN person p ON p.id = m.person_id
JOIN provenance v ON v.row_id = m.id AND v.entity = 'HouseholdMember' AND v.source = $1
ORDER BY h.id, m.id
"""


async def record_stated(connection: DatabaseConnection, steps: ConsentSteps, source: str, run: UUID) -> int:
    """Make a record of each consent that the source's rows state and that none was made of; return how many."""
    made = 0
    for statement in (_NEEDS, _HOUSEHOLDS):
        last: UUID | None = UUID(int=0)
        while last is not None:
            async with transaction(connection) as tx:
                await connection.execute(f"SET LOCAL statement_timeout = '{LONGEST}s'")
                rows = await connection.fetch(statement, source, last, BATCH, timeout=LONGEST)
                last = rows[-1]["at"] if rows else None
                made += await _record(tx, steps, source, run, rows)
    return made


async def _record(tx: Transaction, steps: ConsentSteps, source: str, run: UUID, rows: Sequence[Record]) -> int:
    if not rows:
        return 0
    people, households = {row["person_id"] for row in rows}, {row["household_id"] for row in rows} - {None}
    await own.lock(tx, people=people, households=households)
    reader = _Reader(steps)
    drawn = {
        (row["person_id"], row["need_id"], row["household_id"]): (row, reader.consent(row, source)) for row in rows
    }
    for plan, named in ((steps.record, True), (steps.note, False)):
        wanted = [(row, values) for row, values in drawn.values() if reader.signed(values) is named]
        ids = await begin_many(tx, plan, [values for _, values in wanted])
        lines: dict[str, list[ProvenanceLine]] = defaultdict(list)
        for made, (row, _) in zip(ids, wanted, strict=True):
            token = row["key_token"]
            lines[row["source_table"]].append(ProvenanceLine(token, own.CONSENT.name, made, token))
        for table, some in lines.items():
            await write_provenance(tx, source, table, run, known=some)
    await own.keep(tx, steps.dependents, people=() if households else people, households=households)
    return len(drawn)


class _Reader:
    """Reads what a file states as the values of a consent."""

    def __init__(self, steps: ConsentSteps) -> None:
        self._number = _opener(steps, "Person", "id_number")
        self._guardian = _opener(steps, "HouseholdMember", "guardian_id_number")

    def consent(self, row: Record, source: str) -> Mapping[str, Any]:
        number = self._number(row["person_id"].bytes, row["id_number"])
        guardian = self._named_guardian(row, number)
        child, checked = is_child(number, row["day"]), row["household_id"] is not None
        return {
            "person": row["person_id"],
            "need": row["need_id"],
            "household": row["household_id"],
            "region": row["region"],
            "purpose": "MEANS_CHECK" if checked else "CHARITY_MATCHING",
            "scope": "MEANS" if checked else "NEED",
            "signed_by": "GUARDIAN" if child or guardian is not None else "SELF",
            "guardian_id_number": guardian,
            "signed_on": row["day"],
            "starts_on": row["day"],
            "ends_on": None,
            "source": source,
        }

    def signed(self, consent: Mapping[str, Any]) -> bool:
        """Whether it is known who signed: of a child's consent, that is the guardian and nobody else (PIPL 31)."""
        return consent["signed_by"] == "SELF" or consent["guardian_id_number"] is not None

    def _named_guardian(self, row: Record, subject: str) -> str | None:
        if row["guardian_id_number"] is None:
            return None
        try:
            named = normalise.id_number(self._guardian(row["guarded"].bytes, row["guardian_id_number"]))
        except NotNormal:
            return None
        return None if named == subject else named


def _opener(steps: ConsentSteps, entity: str, name: str) -> Callable[[bytes, bytes], str]:
    owner = CATALOGUE[entity]
    field = owner.fields[name]
    assert field.group is not None  # noqa: S101 - it is sealed
    return steps.vault.opener(owner.table, field.column, field.group).open
