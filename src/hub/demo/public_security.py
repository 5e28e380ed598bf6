"""Public security: the household register and the vehicles, with Chinese table and column names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.demo import dirt, words
from hub.demo.tables import SampleBatch, SampleTable

if TYPE_CHECKING:
    from hub.demo.assets import Assets
    from hub.demo.people import SamplePerson
    from hub.demo.truth import Expect

SOURCE: Final = "public-security"

REGISTER: Final = SampleTable(
    SOURCE,
    "户籍人口",
    (
        ("人员编号", "text"),
        ("公民身份号码", "text"),
        ("姓名", "text"),
        ("性别", "text"),
        ("出生日期", "text"),
        ("户籍地区划", "text"),
        ("住址", "text"),
        ("更新时间", "timestamptz"),
    ),
)
VEHICLES: Final = SampleTable(
    SOURCE,
    "机动车",
    (
        ("号牌号码", "text"),
        ("所有人证件号", "text"),
        ("车辆类型", "text"),
        ("初次登记日期", "text"),
        ("状态", "text"),
        ("更新时间", "timestamptz"),
    ),
)
TABLES: Final = (REGISTER, VEHICLES)

_NOT_REGISTERED: Final = 0.02
_PLATE_CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def register(draft: SampleBatch, person: SamplePerson, *, known: bool) -> None:
    """Write the person's line of the household register; a few people are registered in another province."""
    if known and draft.rng.random() < _NOT_REGISTERED:
        return
    table = REGISTER.name
    key = f"R{draft.serial(table):08}"
    written = draft.dirt.id_number(table, person.id_number)
    name = draft.dirt.name(table, person.name)
    expect, rule = verdict(known=known, rule=written.rule)
    region = person.place.code
    if expect == "load" and draft.dirt.strikes(table, "region retired"):
        region, expect, rule = words.RETIRED_COUNTY + "001001", "quarantine", dirt.REGION_UNKNOWN
    elif draft.dirt.strikes(table, "region of county"):
        region = region[:6]
    sex: str = person.sex
    if draft.dirt.strikes(table, "sex as code"):
        sex = "1" if person.sex == "男" else "2"
    row = (
        key,
        written.text,
        name,
        sex,
        draft.dirt.date(table, person.birth),
        region,
        person.registered_address,
        draft.moment(),
    )
    draft.saw(id_text=written.text, name=name)
    draft.put(REGISTER, row, key=key, person=person.id_number, expect=expect, rule=rule)


def vehicles(draft: SampleBatch, person: SamplePerson, assets: Assets, *, known: bool) -> int:
    """Write the person's vehicles; return how many the hub can find and count."""
    table, found = VEHICLES.name, 0
    for vehicle in assets.vehicles:
        key = _plate(draft.serial(table))
        written = draft.dirt.id_number(table, person.id_number, lossy=vehicle.counted)
        expect, rule = verdict(known=known, rule=written.rule, counted=vehicle.counted)
        row = (
            key,
            written.text,
            vehicle.kind,
            draft.dirt.date(table, vehicle.registered_on),
            vehicle.state,
            draft.moment(),
        )
        draft.saw(id_text=written.text)
        draft.put(VEHICLES, row, key=key, person=person.id_number, expect=expect, rule=rule)
        found += expect == "load"
    return found


def verdict(*, known: bool, rule: str | None, counted: bool = True) -> tuple[Expect, str | None]:
    """Say what the hub should do with a register's row about a person, and by which quarantine rule."""
    if rule is not None:
        return "quarantine", rule
    return ("load" if known and counted else "not_concerned"), None


def _plate(serial: int) -> str:
    """Return a number plate of the prefecture (黑J): five characters without I and O."""
    characters = ""
    for _ in range(5):
        serial, index = divmod(serial, len(_PLATE_CHARACTERS))
        characters = _PLATE_CHARACTERS[index] + characters
    return f"黑J·{characters}"
