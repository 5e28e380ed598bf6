"""The real-estate registry: who owns which unit, written for one export file a county."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.demo import dirt
from hub.demo.public_security import verdict
from hub.demo.tables import CutShort, SampleBatch, SampleRow, SampleTable
from hub.domain.divisions import shipped

if TYPE_CHECKING:
    from hub.demo.assets import Assets
    from hub.demo.people import SamplePerson, SampleVillage

SOURCE: Final = "real-estate"
NAME: Final = "real_estate"

COLUMNS: Final = tuple(
    (name, "text") for name in ("不动产单元号", "权利人", "证件号码", "坐落", "面积(㎡)", "规划用途", "登记时间")
)
_COUNTIES: Final = [division for division in shipped() if division.level == "COUNTY"]
TABLES: Final = {
    county.code: SampleTable(
        SOURCE, NAME, COLUMNS, f"不动产登记_{county.name}.{'csv' if county.name.endswith('区') else 'xlsx'}"
    )
    for county in _COUNTIES
}
"""County code → the table of its export: districts (区) hand over CSV, counties (县) Excel."""


def units(
    draft: SampleBatch, person: SamplePerson, assets: Assets, place: SampleVillage, address: str, *, known: bool
) -> int:
    """Write the person's units into the export of the county; return how many homes the hub can find."""
    found = 0
    table = TABLES[place.county_code]
    for unit in assets.units:
        key = _unit_number(draft, place)
        written = draft.dirt.id_number(NAME, person.id_number, lossy=unit.counted)
        expect, rule = verdict(known=known, rule=written.rule, counted=unit.counted)
        name = draft.dirt.name(NAME, person.other_name or person.name)
        row = (
            key,
            name,
            written.text,
            address,
            f"{unit.area / 100:.2f}",
            unit.use,
            draft.dirt.date(NAME, unit.registered_on),
        )
        draft.saw(id_text=written.text, name=name)
        draft.put(table, row, key=key, person=person.id_number, expect=expect, rule=rule)
        found += expect == "load"
        if table.file.endswith(".csv") and draft.dirt.strikes(NAME, "row cut short"):
            _cut_short(draft, table, place, person, row)
    return found


def _cut_short(
    draft: SampleBatch, table: SampleTable, place: SampleVillage, person: SamplePerson, like: SampleRow
) -> None:
    """Write a line that an export lost the end of; nothing else says that this unit exists."""
    key = _unit_number(draft, place)
    draft.put(
        table,
        CutShort((key, *like[1:])),
        key=key,
        person=person.id_number,
        expect="quarantine",
        rule=dirt.ROW_MALFORMED,
        repeatable=False,
    )


def _unit_number(draft: SampleBatch, place: SampleVillage) -> str:
    """Return a unit number of 28 characters: 12 of the cadastral zone, 7 of the parcel, 9 of the unit."""
    serial = draft.serial(NAME)
    return f"{place.code}GB{serial % 99999:05}F{serial:08}"
