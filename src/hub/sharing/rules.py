"""The rules of sharing requests (Regulation on Government Data Sharing; SR below).

A rule looks at the request, at what it is given and at the data catalogue, and at nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import Share, working_days
from hub.process.errors import RuleRefuses
from hub.process.rules import Asked, Rules
from hub.store.agreements import grants_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from hub.catalog import Budget, Catalogue, Entity
    from hub.policy import Terms
    from hub.write import Transaction

ENTITY: Final = "SharingRequest"
CHANGES_GRANTS: Final = ("deliver", "suspend", "resume", "end", "expire", "dispose")
TEXTS: Final = ("basis", "scenario")
LEAST: Final = 8
"""Characters that basis, scenario and reasons have at least: a dash is no reason."""
UNCONDITIONAL_ANSWER: Final = working_days(1)
CONDITIONAL_ANSWER: Final = working_days(10)
"""SR 21."""


@dataclass(frozen=True, slots=True)
class SharingRules:
    """What the rules know besides the request: the data catalogue, and which purposes there are for whom."""

    catalogue: Catalogue
    terms: Terms

    def asked(self, asked: Asked) -> None:
        """A request states basis, scenario, scope, method and period (SR 20), and asks for what its provider has."""
        for name in TEXTS:
            _stated(asked, name)
        self._purpose(asked)
        provider = asked.value("provider")
        if asked.by is not None and provider == asked.by.department:
            raise RuleRefuses("Your own department's data needs no agreement.", field="provider", article="SR 20")
        for item in asked.value("items"):
            self._item(item, provider)
        _covers(asked, asked.value("regions"))
        _period(asked.value("starts_on"), asked.value("ends_on"), asked.today)

    def answer_time(self, row: Mapping[str, Any]) -> Budget:
        """One working day where everything asked for is shared unconditionally, ten otherwise (SR 21)."""
        shares = {self._share(item) for item in row["items"]}
        return UNCONDITIONAL_ANSWER if shares == {Share.UNCONDITIONAL} else CONDITIONAL_ANSWER

    def in_charge(self, asked: Asked) -> None:
        """Who decides about a request is in charge of every division that it asks for: no county gives a city."""
        _covers(asked, asked.row["regions"])

    def in_time(self, asked: Asked) -> None:
        """What is agreed can still be used."""
        if asked.row["ends_on"] < asked.today:
            raise RuleRefuses(
                f"The period that was asked for ended on {asked.row['ends_on']}: the requester must ask anew.",
                article="SR 20",
            )

    def _purpose(self, asked: Asked) -> None:
        purpose = asked.value("purpose")
        if purpose not in self.terms.purposes:
            raise RuleRefuses(
                f"There is no such purpose. Known are {', '.join(sorted(self.terms.purposes))}.", field="purpose"
            )
        if asked.by is not None and purpose not in self.terms.purposes_of(asked.by.roles):
            raise RuleRefuses("None of your roles has this purpose.", field="purpose", article="SR 25")

    def _item(self, item: str, provider: str) -> None:
        entity = self._entity(item)
        if item.partition(".")[2] not in entity.members:
            raise RuleRefuses(f"The data catalogue has no item {item}.", field="items", article="SR 13")
        member = entity.members[item.partition(".")[2]]
        if entity.share_of(member) is Share.NOT_SHARED:
            why = f"{entity.conditions}; legal basis: {entity.legal_basis_of(member)}"
            raise RuleRefuses(f"{item} is not shared: {why}.", field="items", article="SR 15")
        if provider not in {department.name for department in entity.departments}:
            whose = ", ".join(f"{department.zh} {department.name}" for department in entity.departments)
            raise RuleRefuses(f"{item} is provided by {whose or 'no department'}, not by {provider}.", field="items")

    def _share(self, item: str) -> Share:
        entity = self._entity(item)
        member = entity.members.get(item.partition(".")[2])
        return entity.share if member is None else entity.share_of(member)

    def _entity(self, item: str) -> Entity:
        found = self.catalogue.entities.get(item.partition(".")[0])
        if found is None:
            raise RuleRefuses(f"The data catalogue has no item {item}.", field="items", article="SR 13")
        return found


def _covers(asked: Asked, regions: Iterable[str]) -> None:
    if asked.by is None:
        return
    for code in regions:
        if not any(code.startswith(mine) for mine in asked.by.regions):
            raise RuleRefuses(
                f"Division {code} is not in your charge; in your charge are {', '.join(sorted(asked.by.regions))}.",
                field="regions", article="SR 20",
            )  # fmt: skip


def _stated(asked: Asked, name: str) -> None:
    text = asked.value(name)
    if len((text or "").strip()) < LEAST:
        raise RuleRefuses(f"Say it in words: at least {LEAST} characters.", field=name)


def _period(starts_on: date, ends_on: date, today: date) -> None:
    if ends_on < starts_on:
        raise RuleRefuses(
            f"The period ends on {ends_on}, before it starts on {starts_on}.", field="ends_on", article="SR 20"
        )
    if ends_on < today:
        raise RuleRefuses(f"The period ended on {ends_on}; today is {today}.", field="ends_on", article="SR 20")


async def _grants_changed(tx: Transaction, row: Mapping[str, Any]) -> None:
    tx.finally_do(grants_changed, row["requester"])


def _with_words(*names: str) -> Callable[[Asked], None]:
    def guard(asked: Asked) -> None:
        for name in names:
            _stated(asked, name)

    return guard


def _all(*guards: Callable[[Asked], None]) -> Callable[[Asked], None]:
    def guard(asked: Asked) -> None:
        for each in guards:
            each(asked)

    return guard


def sharing_rules(catalogue: Catalogue, terms: Terms) -> Rules:
    """The file of rules of ``SharingRequest``."""
    mine = SharingRules(catalogue, terms)
    return Rules(
        ENTITY,
        guards={
            "submit": mine.asked,
            "complete": mine.asked,
            "send_back": _all(mine.in_charge, _with_words("gaps")),
            "extend": _all(mine.in_charge, _with_words("extension_reasons")),
            "accept": _all(mine.in_charge, mine.in_time),
            "refuse": _all(mine.in_charge, _with_words("refusal_reasons")),
            "deliver": _all(mine.in_charge, mine.in_time),
            "dispute": _with_words("dispute_grounds"),
            "overrule": _all(mine.in_charge, _with_words("ruling"), mine.in_time),
            "uphold": _all(mine.in_charge, _with_words("ruling")),
            "suspend": _all(mine.in_charge, _with_words("suspension_reasons")),
            "resume": _all(mine.in_charge, _with_words("ruling"), mine.in_time),
            "dispose": _with_words("disposal_proof"),
        },
        budgets={"answer": mine.answer_time},
        with_steps=dict.fromkeys(CHANGES_GRANTS, _grants_changed),
    )
