"""Everything that a report of a check is made from, read under the lock of the check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import orjson

from hub.catalog import Budget, Group
from hub.domain import CATALOGUE
from hub.means.changes import before_of
from hub.means.composing import FORMAT, Inputs, canonical
from hub.means.steps import CHECK, obligatory_visit_due
from hub.process.calendar import DIGEST as CALENDAR
from hub.process.calendar import LAST_YEAR, day_of, last_day
from hub.process.errors import RuleRefuses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from hub.crypto import Vault
    from hub.means.composing import AskedGiven, FactGiven, MemberGiven
    from hub.write import Transaction

    Open = Callable[[bytes, bytes], str]

TWO_HOUSEHOLDS: Final = "a member belongs to another household too"
_HOUSEHOLD: Final = """
SELECT h.region, h.declared_monthly_income, h.declared_vehicles, h.declared_homes,
  coalesce((SELECT sum(r.monthly_amount) FROM recipient r WHERE r.household_id = h.id AND r.category = 'DIBAO'
    AND r.status = 'ACTIVE'), 0) AS paid,
  EXISTS (SELECT FROM recipient r WHERE r.household_id = h.id AND r.category = 'DIBAO' AND r.status = 'ACTIVE') AS dibao
FROM household h WHERE h.id = $1
"""
_MEMBERS: Final = """
SELECT m.person_id, min(m.relationship) AS relation, p.name, p.id_number,
  EXISTS (SELECT FROM household_member x WHERE x.person_id = m.person_id AND x.household_id <> $1) AS elsewhere
FROM household_member m JOIN person p ON p.id = m.person_id WHERE m.household_id = $1
GROUP BY m.person_id, p.id ORDER BY m.person_id
"""
_QUESTIONS: Final = """
SELECT id, person_id, source, department, items, mandatory, state, reason, answered_at, answer
FROM check_question WHERE household_check_id = $1 ORDER BY department, source, person_id, id
"""
_LAST: Final = """
SELECT id, inputs, content FROM check_report WHERE household_check_id = $1 ORDER BY report_version DESC LIMIT 1
"""
_EXIT_SINCE: Final = """
WITH said AS (
  SELECT r.indication, r.made_on FROM check_report r JOIN household_check c ON c.id = r.household_check_id
  WHERE c.household_id = $1)
SELECT min(made_on) FROM said WHERE indication = 'EXIT'
  AND made_on > coalesce((SELECT max(made_on) FROM said WHERE indication = 'DIBAO'), '-infinity')
"""
"""Since when a household is in its gradual exit, or was, and not within the standard again."""
_WHAT: Final = ("declared", "members", "asked", "facts", "doubts", "dibao", "paid")
"""The inputs that say something of the household; the others say which report it is."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """``people``: of members by their number in the report. ``same``: as the last report was made from."""

    inputs: Inputs
    people: Mapping[str, UUID]
    same: bool


@dataclass(frozen=True, slots=True)
class Gathering:
    """Opens what is sealed of it."""

    name: Open
    id_number: Open
    answer: Open
    last: Open
    said: Open

    @classmethod
    def of(cls, vault: Vault) -> Self:
        """Bind it to a vault."""
        return cls(
            vault.opener("person", "name", Group.IDENTITY).open,
            vault.opener("person", "id_number", Group.IDENTITY).open,
            vault.opener("check_question", "answer", Group.FINANCE).open,
            vault.opener("check_report", "inputs", Group.FINANCE).open,
            vault.opener("check_report", "content", Group.FINANCE).open,
        )

    async def inputs(self, tx: Transaction, check: Mapping[str, Any]) -> Gathered:
        """Read them. Raises ``RuleRefuses``: the household is kept no longer, a finding is named that is none."""
        connection, household = tx.connection, check["household"]
        home = await connection.fetchrow(_HOUSEHOLD, household)
        if home is None or home["region"] is None:
            raise RuleRefuses("The household is kept no longer, or its division is not known: nothing can be reported.")
        rows = await connection.fetch(_MEMBERS, household)
        keys = {row["person_id"]: str(place) for place, row in enumerate(rows, 1)}
        questions = await connection.fetch(_QUESTIONS, check["id"])
        made_on, version = day_of(tx.at), (check["reports_made"] or 0) + 1
        inputs: Inputs = {
            "format": FORMAT,
            "number": f"HD{home['region'][:6]}-{made_on.year}-{check['id'].hex[-10:].upper()}",
            "version": version,
            "made_on": made_on.isoformat(),
            "reason": check["reason"],
            "division": home["region"],
            "declared": {
                "income": None if home["declared_monthly_income"] is None else str(home["declared_monthly_income"]),
                "vehicles": home["declared_vehicles"], "homes": home["declared_homes"],
            },
            "members": [self._member(row, keys) for row in rows],
            "asked": [_asked(row, keys) for row in questions],
            "facts": self._facts(questions, keys, _aside(check["set_aside"])),
            "doubts": [TWO_HOUSEHOLDS] if any(row["elsewhere"] for row in rows) else [],
            "dibao": home["dibao"],
            "paid": str(home["paid"]),
            "object_by": last_day(made_on, _objecting()).day.isoformat(),
            "objection": bool(check["objection"]),
            "home_visit": await obligatory_visit_due(tx, household),
            "calendar": LAST_YEAR,
            "calendar_digest": CALENDAR,
            "people": {key: person.hex for person, key in keys.items()},
            "before": None,
            "exit_since": None,
        }  # fmt: skip
        if (since := await connection.fetchval(_EXIT_SINCE, household)) is not None:
            inputs["exit_since"] = since.isoformat()
        last = await connection.fetchrow(_LAST, check["id"])
        before = None if last is None else orjson.loads(self.last(last["id"].bytes, last["inputs"]))
        same = before is not None and _substance(before) == _substance(inputs)
        if last is not None and before is not None:
            said = orjson.loads(self.said(last["id"].bytes, last["content"]))
            inputs["before"] = before_of(before, said, inputs["members"], inputs["people"])
        return Gathered(inputs, {key: person for person, key in keys.items()}, same)

    def _member(self, row: Any, keys: Mapping[UUID, str]) -> MemberGiven:
        person, mask = row["person_id"], CATALOGUE["Person"].fields["id_number"].mask
        number = self.id_number(person.bytes, row["id_number"])
        return {
            "key": keys[person], "name": "" if row["name"] is None else self.name(person.bytes, row["name"]),
            "id_number": mask(number) if mask is not None else "", "relation": row["relation"],
        }  # fmt: skip

    def _facts(self, questions: Sequence[Any], keys: Mapping[UUID, str], aside: frozenset[str]) -> list[FactGiven]:
        facts: list[FactGiven] = []
        for row in questions:
            if row["answer"] is None or row["person_id"] not in keys:
                continue
            for said in orjson.loads(self.answer(row["id"].bytes, row["answer"])):
                key = f"F{len(facts) + 1}"
                facts.append({
                    "key": key, "person": keys[row["person_id"]], "department": row["department"],
                    "item": said["item"], "amount": said.get("amount"), "months": said.get("months", 1),
                    "on": said.get("on"), "exempt": said.get("exempt", False), "text": said.get("text"),
                    "details": said.get("details", {}), "aside": key in aside,
                })  # fmt: skip
        unknown = sorted(aside - {fact["key"] for fact in facts})
        if unknown:
            raise RuleRefuses(
                f"The report has no finding {', '.join(unknown)}: name its findings by their numbers, F1, F2 …",
                field="set_aside",
            )
        return facts


def _objecting() -> Budget:
    """The time for objections, as the clock of a check has it."""
    process = CATALOGUE[CHECK].process
    assert process is not None  # noqa: S101 - it is declared so
    budget = process.clocks["objecting"].budget
    assert isinstance(budget, Budget)  # noqa: S101 - as above
    return budget


def _aside(text: str | None) -> frozenset[str]:
    return frozenset((text or "").replace("，", ",").replace(",", " ").upper().split())


def _asked(row: Any, keys: Mapping[UUID, str]) -> AskedGiven:
    return {
        "source": row["source"], "department": row["department"], "items": row["items"].lower().split(", "),
        "person": keys.get(row["person_id"], "?"), "state": row["state"], "reason": row["reason"],
        "mandatory": row["mandatory"],
        "answered_on": None if row["answered_at"] is None else day_of(row["answered_at"]).isoformat(),
    }  # fmt: skip


def _substance(inputs: Mapping[str, Any]) -> str:
    return canonical({name: inputs[name] for name in _WHAT})
