"""Checks of means as they stand to consents: one that fails ends the authorisations that it rested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.catalog import working_days
from hub.consents.own import ConsentSteps, end_of_households
from hub.consents.rules import consent_rules
from hub.means.own import CheckSteps
from hub.means.questions import Answering

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from hub.crypto import Vault
    from hub.means.rules import Rules
    from hub.sources.asking import Answers
    from hub.write import Transaction


def check_steps(vault: Vault, rules: Rules, answering: Iterable[Answers], *, unusable: str | None) -> CheckSteps:
    """The steps of checks of means. ``unusable``: why nothing may be reported by these rules."""
    consents = ConsentSteps.of(vault, consent_rules)

    async def over(tx: Transaction, household: UUID) -> None:
        await end_of_households(tx, consents, [household], "CHECK_FAILED")

    sources = [
        Answering(each.source, each.department, each.codes, each.mandatory, working_days(each.wait_days))
        for each in answering
    ]
    return CheckSteps.of(vault, rules, sources, over, unusable=unusable)
