"""A version of a report: made, sealed, written; and the home visits that follow from it, ordered with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Self

from hub import write
from hub.domain.codes import AlertOrigin
from hub.means.code import code_of
from hub.means.composing import canonical, compose, digest
from hub.means.gathering import Gathering
from hub.means.rules import NoStandard
from hub.process.calendar import day_of
from hub.process.errors import RuleRefuses
from hub.store.means_rules import keep_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from hub.crypto import Vault
    from hub.means.gathering import Gathered
    from hub.means.rules import Result, Rules
    from hub.means.steps import Ordering
    from hub.write import Transaction, WritableEntity

ENTITY: Final = "CheckReport"
MADE: Final = "CheckReport.made"
LABEL: Final = "report code"
"""Of the token that codes on reports are made from."""
_VISITS: Final = """
SELECT person_id, department, item FROM home_visit
WHERE household_id = $1 AND origin IN ('REPORT', 'WATCH') AND (household_check_id = $2 OR state = 'DUE')
"""
_RECHECKS: Final = "SELECT person_id FROM death_recheck WHERE household_id = $1 AND person_id IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Reporter:
    """Makes versions of reports. ``rules``: those in force. ``token``: keyed, for the code on a report."""

    gathering: Gathering
    rules: Rules
    reports: WritableEntity
    checks: WritableEntity
    token: Callable[[str], bytes]
    order: Ordering
    recheck: Ordering

    @classmethod
    def of(
        cls, vault: Vault, rules: Rules, owners: Mapping[str, WritableEntity], order: Ordering, recheck: Ordering
    ) -> Self:
        """Bind it to a vault. ``order``: home visits; ``recheck``: checks after a death."""
        return cls(
            Gathering.of(vault), rules, owners[ENTITY], owners["HouseholdCheck"], vault.token(LABEL), order, recheck
        )

    async def __call__(self, tx: Transaction, check: Mapping[str, Any], *, changed: bool) -> None:
        """Make the next version of the report of a check whose row is locked.

        ``changed``: refuse one that is made from the same as the last one.
        """
        gathered = await self.gathering.inputs(tx, check)
        if changed and gathered.same:
            raise RuleRefuses("Nothing is otherwise than the last report says: confirm it instead.")
        try:
            content, result = compose(gathered.inputs, self.rules)
        except NoStandard as missing:
            raise RuleRefuses(missing.message) from None
        await keep_rules(tx.connection, self.rules.digest, self.rules.text, tx.at)
        text, inputs = canonical(content), canonical(gathered.inputs)
        row = write.PlainRow(
            write.new_id(),
            {
                "household_check": check["id"], "region": check["region"], "number": content["number"],
                "report_version": content["version"], "made_on": day_of(tx.at), "outcome": result.outcome,
                "indication": result.indication, "waiting_for": _codes(result), "rules_digest": self.rules.digest,
                "calendar": str(content["calendar"]), "inputs_digest": digest(inputs),
                "code": code_of(text, self.token), "inputs": inputs, "content": text, **_since(content),
            },
            "insert",
        )  # fmt: skip
        said = {
            "outcome": result.outcome, "indication": result.indication, "waiting_for": _codes(result),
            "reports_made": content["version"],
        }  # fmt: skip
        await write.load(tx, write.seal_rows(self.reports, [row]))
        await write.complete(tx, self.checks, check["id"], said)
        tx.tell(write.NewEvent(MADE, ENTITY, row.id))
        await self._visits(tx, check, gathered, result)
        await self._deaths(tx, check, gathered, content)

    async def _visits(self, tx: Transaction, check: Mapping[str, Any], gathered: Gathered, result: Result) -> None:
        """One for each thing that was reported and not declared, unless it is ordered or was made."""
        known = {tuple(row) for row in await tx.connection.fetch(_VISITS, check["household"], check["id"])}
        wanted: dict[tuple[UUID, str, str], None] = dict.fromkeys(
            (gathered.people[each.person], each.department, each.item.upper()) for each in result.warnings
        )
        for person, department, item in wanted:
            if (person, department, item) not in known:
                await self.order(tx, {
                    "household": check["household"], "household_check": check["id"], "person": person,
                    "origin": AlertOrigin.REPORT.name, "department": department, "item": item,
                })  # fmt: skip

    async def _deaths(
        self, tx: Transaction, check: Mapping[str, Any], gathered: Gathered, content: Mapping[str, Any]
    ) -> None:
        """A check within three months for each member who is reported dead, where the household receives dibao."""
        if not gathered.inputs["dibao"]:
            return
        known = {row[0] for row in await tx.connection.fetch(_RECHECKS, check["household"])}
        for each in content["deaths"]:
            person = gathered.people[each["person"]]
            if person not in known:
                await self.recheck(tx, {
                    "household": check["household"], "person": person, "household_check": check["id"],
                    # The month is enough to be in time by, and does not tell the day of a death.
                    "until": date.fromisoformat(each["until"]).replace(day=1),
                })  # fmt: skip


def _since(content: Mapping[str, Any]) -> dict[str, Any]:
    """What is otherwise than in the version before, as far as it can be asked for without opening a report."""
    found = content["changes"]
    if found is None:
        return {}
    answered = sorted({each["department"] for each in found["answered"]})
    return {
        "outcome_before": found["outcome_before"], "indication_before": found["indication_before"],
        "answered_since": ", ".join(answered) or None, "findings_new": len(found["new"]),
        "findings_gone": len(found["gone"]),
    }  # fmt: skip


def _codes(result: Result) -> str | None:
    return ", ".join(result.missing) or None
