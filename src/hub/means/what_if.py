"""What if a parameter were another one: how many households would enter and leave the guarantee, and the money.

Over all households that declared their means, by what departments report of them today. Nothing is written, and nobody
is told. What is shown is counts by county, and none that is about fewer households than a group must have.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hub.domain.codes import Indication
from hub.means.rules import decide

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping
    from datetime import date

    from hub.means.rules import Case, Result, Rules
    from hub.means.rules.applied import Applied

COUNTY: Final = 6
PAID: Final = (Indication.DIBAO.name, Indication.SINGLE_PERSON_DIBAO.name)
"""The indications by which something is paid for as long as they hold."""


@dataclass(slots=True)
class County:
    """Households that are within the guarantee before and after, enter and leave it. Money: CNY a month."""

    households: int = 0
    before: int = 0
    enter: int = 0
    leave: int = 0
    paid_before: Decimal = field(default_factory=Decimal)
    paid_after: Decimal = field(default_factory=Decimal)


@dataclass(frozen=True, slots=True)
class ShownCounty:
    """As it is shown: None where it is about too few households."""

    households: int | None
    before: int | None
    enter: int | None
    leave: int | None
    more: Decimal | None


async def reckon(
    rules: Rules, cases: AsyncIterable[Case], day: date, values: Mapping[str, Decimal]
) -> dict[str, County]:
    """Ask the rules about every household, as they are and with other values, on a day; return it by county.

    ``values``: of parameters, by name. Households are asked about as they are read, and none is kept. Raises
    ``NoStandard``.
    """
    counties: dict[str, County] = defaultdict(County)
    changed: dict[str, Applied] = {}
    async for case in cases:
        before = rules.at(case.division, day)
        after = changed.get(before.division)
        if after is None:
            after = changed[before.division] = before.changed(values)
        _count(counties[case.division[:COUNTY]], decide(before, case), decide(after, case))
    return dict(counties)


def _count(county: County, was: Result, now: Result) -> None:
    county.households += 1
    within, then = was.indication in PAID, now.indication in PAID
    county.before += within
    county.enter += then and not within
    county.leave += within and not then
    if within and was.pay is not None:
        county.paid_before += was.pay
    if then and now.pay is not None:
        county.paid_after += now.pay


def shown(counties: Mapping[str, County], smallest: int) -> dict[str, ShownCounty]:
    """What may be shown: no count of fewer than ``smallest`` households, and no money that is theirs.

    Where some households enter or leave, and fewer than that, neither how many nor the money is shown: the difference
    would be theirs. None that does is no secret.
    """
    found: dict[str, ShownCounty] = {}
    for code, each in sorted(counties.items()):
        few = 0 < each.enter < smallest or 0 < each.leave < smallest or 0 < each.before < smallest
        if each.households < smallest:
            found[code] = ShownCounty(None, None, None, None, None)
        elif few:
            found[code] = ShownCounty(each.households, None, None, None, None)
        else:
            more = each.paid_after - each.paid_before
            found[code] = ShownCounty(each.households, each.before, each.enter, each.leave, more)
    return found
