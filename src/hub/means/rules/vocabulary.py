"""The names that rules may speak of. A closed list: what is not here is no part of any rule."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hub.domain.codes import MeansItem
from hub.means.rules.expressions import FLAG, NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DETAILS: Final[Mapping[str, str]] = {
    "employment_cost": "what working costs: fares, meals, CNY",
    "contributions": "taxes and social insurance that were paid, CNY",
    "basic_pension": "the part of a pension that is the central basic pension, CNY",
    "maintenance_paid": "maintenance that was paid to others, CNY",
}
"""What a report may say beside its amount, for the same months. Unsaid, it is nothing."""
ITEMS: Final = tuple(each.lower() for each in MeansItem.__members__)
HOUSEHOLD: Final[Mapping[str, str]] = {
    "n": NUMBER, "I": NUMBER, "S": NUMBER, "found_income": NUMBER, "declared_income": NUMBER,
    "declared_vehicles": NUMBER, "declared_homes": NUMBER, "singles": NUMBER, "paid": NUMBER, "rigid": NUMBER,
    "exit_months": NUMBER,
    "source_missing": FLAG, "doubtful": FLAG, "property_over": FLAG, "was_dibao": FLAG, "employment": FLAG,
    **{f"{item}.count": NUMBER for item in ITEMS}, **{f"{item}.amount": NUMBER for item in ITEMS},
}  # fmt: skip
"""n members; I income and S standard, CNY a month, of the household and a head; singles: members of DB 8; paid: until
now, CNY a month; rigid: necessary spending of 12 months; exit_months: since a gradual exit began. ``wage.count``:
reports that count; ``wage.amount``: their amounts, a month where rules of income speak of the item, as they stand
elsewhere."""


NOT_FOUND: Final[Mapping[str, Decimal]] = {
    f"{item}.{what}": Decimal(0) for item in ITEMS for what in ("count", "amount")
}
"""What is found of items that nobody reports."""


def of_reports(parameters: Iterable[str]) -> Mapping[str, str]:
    """The names of a row of income."""
    return dict.fromkeys(("amount", *DETAILS, *parameters), NUMBER)


def of_households(parameters: Iterable[str]) -> Mapping[str, str]:
    """The names of all other rows."""
    return dict.fromkeys(parameters, NUMBER) | dict(HOUSEHOLD)
