"""What a charity offers by itself is held against the same criteria, when an officer agrees to it.

Not before: an offer that was refused at once would tell the charity whether somebody fulfils a criterion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from hub import matching
from hub.matching.criteria import load_widths, vocabulary
from hub.matching.nights.offers import EVERYBODY, Offer, in_force
from hub.matching.parameters import FILE as PARAMETERS
from hub.matching.parameters import load_parameters
from hub.process.calendar import day_of
from hub.proposals import proposal_rules
from hub.proposals.contacts import Contacts
from hub.store.criteria import LABEL, latest_approvals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.crypto import Vault
    from hub.process.rules import Rules
    from hub.settings import Settings
    from hub.write import Transaction

_STATED: Final = "SELECT area, criteria, minimum_age, maximum_age FROM charity_resource WHERE id = $1"


@dataclass(frozen=True, slots=True)
class ProposalRules:
    """The rules of proposals. ``assessed``: those that may wait at once for a charity that has to look first."""

    rules: Rules
    assessed: int

    @classmethod
    def of(cls, vault: Vault, settings: Settings) -> Self:
        """Read what matching goes by; a directory without parameters has those that come with the hub.

        Raises ``SettingsError``.
        """
        own = settings.schema_directory / PARAMETERS
        file = own if own.is_file() else settings.shipped_schema / PARAMETERS
        assessed = load_parameters(file).proposals.assessed
        agreeing = Agreeing(vault, settings.schema_directory / vocabulary.FILE)
        return cls(proposal_rules(Contacts.of(vault), assessed, agreeing.why_not), assessed)


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Decides on criteria in an officer's step. ``widths``: the file that says how narrow criteria may be."""

    vault: Vault
    widths: Path

    async def why_not(self, tx: Transaction, row: Mapping[str, Any]) -> str | None:
        """Return why the need of a proposal is not eligible for its resource today; None where it is.

        A resource that states no criteria is for everybody. Raises ``MatchingNotInstalled`` where it states some.
        """
        connection, resource = tx.connection, row["resource"]
        found = await connection.fetchrow(_STATED, resource)
        assert found is not None  # noqa: S101 - the link is followed under a lock before
        area, *stated = found
        if not (row["region"] or "").startswith(area or ""):
            return f"The resource is given in {area} alone, and the need is in {row['region']}."
        approvals = await latest_approvals(connection, self.vault.mac(LABEL), resource)
        if resource not in approvals:
            waits = "Nobody has approved the criteria that the resource states (hub resource approve)."
            return waits if any(each is not None for each in stated) else None
        criteria = in_force(resource, approvals[resource], load_widths(self.widths), {})
        if criteria is None:
            return "The criteria of the resource that were approved cannot be used any more (hub resource show)."
        if criteria is EVERYBODY or not criteria.parts:
            return None
        offer = Offer(resource, "", row["kind"], row["region"], 1, criteria, row["charity"])
        told = await matching.decide_one(connection, self.vault, offer, row["need"], day_of(tx.at))
        named = [*told.failed, *told.unknown]
        if not named:
            return None
        return (
            f"The criteria of the resource are not met, or it is not known whether they are: {', '.join(named)}. "
            "Refuse it, or place the need yourself, with the reason."
        )
