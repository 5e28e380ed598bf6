"""Human resources and social security: pensions and the wages on which contributions are paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hub.demo import dirt
from hub.demo.public_security import verdict
from hub.demo.tables import SampleBatch, SampleTable

if TYPE_CHECKING:
    from hub.demo.assets import Assets
    from hub.demo.people import SamplePerson

SOURCE: Final = "social-security"

PENSION: Final = SampleTable(
    SOURCE,
    "pension",
    (
        ("pension_no", "varchar(20)"),
        ("id_card", "varchar(40)"),
        ("name", "varchar(80)"),
        ("monthly_pension", "decimal(10,2)"),
        ("state", "varchar(20)"),
        ("updated_at", "datetime"),
    ),
)
INSURED_WAGE: Final = SampleTable(
    SOURCE,
    "insured_wage",
    (
        ("record_no", "varchar(20)"),
        ("id_card", "varchar(40)"),
        ("name", "varchar(80)"),
        ("employer", "varchar(120)"),
        ("wage_base", "decimal(10,2)"),
        ("month", "varchar(7)"),
        ("updated_at", "datetime"),
    ),
)
TABLES: Final = (PENSION, INSURED_WAGE)


def pension(draft: SampleBatch, person: SamplePerson, assets: Assets, *, known: bool) -> int:
    """Write the person's pension; return the monthly amount (fen) that the hub can find and count."""
    if assets.pension is None:
        return 0
    table, pension = PENSION.name, assets.pension
    key = f"P{draft.serial(table):08}"
    written = draft.dirt.id_number(table, person.id_number, lossy=pension.counted)
    expect, rule = verdict(known=known, rule=written.rule, counted=pension.counted)
    amount = pension.amount
    if expect == "load" and draft.dirt.strikes(table, "amount negative"):
        amount, expect, rule = -amount, "quarantine", dirt.AMOUNT_NEGATIVE
    name = draft.dirt.name(table, person.other_name or person.name)
    row = (key, written.text, name, yuan(amount), pension.state, draft.moment().replace(tzinfo=None))
    draft.saw(id_text=written.text, name=name)
    draft.put(PENSION, row, key=key, person=person.id_number, expect=expect, rule=rule)
    return amount if expect == "load" else 0


def wages(draft: SampleBatch, person: SamplePerson, assets: Assets, *, known: bool) -> int:
    """Write the person's wages; return that of the newest month (fen) among the rows that the hub can load."""
    table, newest = INSURED_WAGE.name, 0
    for wage in assets.wages:
        key = f"W{draft.serial(table):08}"
        written = draft.dirt.id_number(table, person.id_number)
        expect, rule = verdict(known=known, rule=written.rule)
        amount = wage.amount
        if expect == "load" and draft.dirt.strikes(table, "amount negative"):
            amount, expect, rule = -amount, "quarantine", dirt.AMOUNT_NEGATIVE
        name = draft.dirt.name(table, person.other_name or person.name)
        moment = draft.moment().replace(tzinfo=None)
        row = (key, written.text, name, wage.employer, yuan(amount), wage.month, moment)
        draft.saw(id_text=written.text, name=name)
        draft.put(INSURED_WAGE, row, key=key, person=person.id_number, expect=expect, rule=rule)
        if expect == "load":
            newest = amount
    return newest


def yuan(fen: int) -> Decimal:
    """Return the amount in yuan with two decimals."""
    return Decimal(fen).scaleb(-2)
