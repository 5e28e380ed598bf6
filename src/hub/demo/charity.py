"""The charity federation: organisations and what they offer, in the layout of HSDS 3 (Open Referral).

Columns that HSDS does not have: ``phone`` and ``region`` of an organisation; ``kind``, ``eligible_categories``,
``eligibility_criteria`` (CQL2 in JSON), ``assessment_required``, ``valid_from`` and ``valid_to`` of a service; ``unit``
and ``unit_cost`` (CNY) of a capacity, where HSDS refers to a table of units and knows only what a client pays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from stdnum.cn import uscc

from hub.demo import dirt, words
from hub.demo.tables import CutShort, SampleBatch, SampleRow, SampleTable
from hub.domain.divisions import Division, shipped

if TYPE_CHECKING:
    from hub.demo.truth import Expect

SOURCE: Final = "charity-federation"


def _table(name: str, columns: str) -> SampleTable:
    return SampleTable(SOURCE, name, tuple((column, "text") for column in columns.split()), f"{name}.csv")


ORGANIZATION: Final = _table(
    "organization",
    "id name alternate_name description email website tax_id legal_status year_incorporated phone region",
)
SERVICE: Final = _table(
    "service",
    "id organization_id name description status eligibility_description eligibility_criteria kind"
    " eligible_categories minimum_age maximum_age fees_description valid_from valid_to last_modified"
    " assessment_required",
)
SERVICE_CAPACITY: Final = _table(
    "service_capacity", "id service_id unit available maximum description updated unit_cost"
)
SERVICE_AREA: Final = _table("service_area", "id service_id name description extent extent_type")
TABLES: Final = (ORGANIZATION, SERVICE, SERVICE_CAPACITY, SERVICE_AREA)

_STEMS: Final = ("暖阳", "同心", "爱民", "晨光", "春雨", "连心桥", "幸福里", "北疆", "安邦河", "青松", "绿荫", "众善")
_FORMS: Final = ("志愿服务队", "慈善基金会", "社会工作服务中心", "养老服务中心", "助学会", "爱心协会")
_UNITS: Final = {
    "CARE": "小时",
    "REHABILITATION": "人次",
    "MEDICAL_ESCORT": "人次",
    "SOCIAL_INCLUSION": "人次",
    "SKILLS": "人次",
    "COUNSELLING": "小时",
    "RESOURCE_LINKING": "户",
    "FOOD": "份",
    "CLOTHING": "件",
    "FUEL": "户",
    "TUITION": "人次",
    "MEDICAL_COST": "人次",
    "HOUSING_REPAIR": "户",
    "EQUIPMENT": "件",
}
_COSTS: Final = {
    "CARE": "35.00",
    "REHABILITATION": "120.00",
    "MEDICAL_ESCORT": "80.00",
    "SKILLS": "200.00",
    "COUNSELLING": "150.00",
    "FOOD": "18.50",
    "CLOTHING": "96.00",
    "FUEL": "600.00",
    "TUITION": "1500.00",
    "MEDICAL_COST": "3000.00",
    "HOUSING_REPAIR": "4800.00",
    "EQUIPMENT": "450.00",
}
"""CNY a unit; of the other kinds charities do not say what a unit costs."""
_LOOKED_AT_FIRST: Final = frozenset({"HOUSING_REPAIR", "EQUIPMENT"})
"""Kinds of which a charity has to look first how much it can give."""
_WITHOUT_QUANTITY: Final = 3
"""Of these, one service in so many states no quantity."""
_AGES: Final = {"TUITION": (6, 29), "CARE": (60, None), "SKILLS": (18, 59)}
_INCOMES: Final = {"FOOD": 1500, "FUEL": 1500, "CLOTHING": 2000, "HOUSING_REPAIR": 1000}
_PEOPLE_A_SERVICE: Final = 100
_SERVICES_AN_ORGANISATION: Final = 5
_VALID_TO: Final = date(2028, 12, 31)


@dataclass(frozen=True, slots=True)
class _Organisation:
    id: str
    name: str
    region: Division


def write(draft: SampleBatch, people: int) -> None:
    """Write the federation's four tables: about 200 services of 40 organisations for 20,000 people."""
    divisions = [division for division in shipped() if division.level in ("PREFECTURE", "COUNTY")]
    services = max(20, people // _PEOPLE_A_SERVICE)
    organisations = [
        _organisation(draft, divisions, number) for number in range(max(8, services // _SERVICES_AN_ORGANISATION))
    ]
    _organisation_with_wrong_credit_code(draft, divisions[0])
    for number in range(services):
        _service(draft, draft.rng.choice(organisations), divisions, number)
    _service_of_nobody(draft)
    _line_cut_short(draft, organisations[0])


def _id(draft: SampleBatch) -> str:
    return str(UUID(int=draft.rng.getrandbits(128), version=4))


def _organisation(draft: SampleBatch, divisions: list[Division], number: int) -> _Organisation:
    rng = draft.rng
    region = rng.choice(divisions)
    stem, form = _STEMS[number % len(_STEMS)], _FORMS[number // len(_STEMS) % len(_FORMS)]
    again = number // (len(_STEMS) * len(_FORMS))
    suffix = f"第{again + 1}分会" if again else ""
    made = _Organisation(_id(draft), f"{region.name}{stem}{form}{suffix}", region)
    _organisation_row(draft, made, stem, _credit_code(draft, region), None)
    return made


def _organisation_with_wrong_credit_code(draft: SampleBatch, region: Division) -> None:
    code = _credit_code(draft, region)
    wrong = code[:17] + ("0" if code[17] != "0" else "1")
    _organisation_row(
        draft, _Organisation(_id(draft), f"{region.name}福泽协会", region), "福泽", wrong, dirt.CREDIT_CODE
    )


def _organisation_row(draft: SampleBatch, made: _Organisation, stem: str, credit_code: str, rule: str | None) -> None:
    row = (
        made.id,
        made.name,
        stem,
        f"在{made.region.name}开展慈善救助。" if draft.rng.random() < 0.8 else "",  # noqa: PLR2004 - share with a description
        "",
        "",
        credit_code,
        "社会团体",
        str(draft.rng.randrange(1995, 2024)),
        f"0469-{draft.rng.randrange(5_000_000, 5_999_999)}",
        made.region.code,
    )
    expect: Expect = "load" if rule is None else "quarantine"
    draft.put(ORGANIZATION, row, key=made.id, person=None, expect=expect, rule=rule)


def _credit_code(draft: SampleBatch, region: Division) -> str:
    """Return a unified social credit code of a social organisation (GB 32100; 51 = registered with civil affairs)."""
    body = f"51{region.code:0<6}{draft.rng.randrange(10**9):09}"
    return body + str(uscc.calc_check_digit(body + "0"))


def _service(draft: SampleBatch, provider: _Organisation, divisions: list[Division], number: int) -> None:
    rng = draft.rng
    kind = tuple(words.NEED_KINDS)[number % len(words.NEED_KINDS)]
    word, rule = words.NEED_KINDS[kind], None
    if draft.dirt.strikes(SERVICE.name, "code unknown", share=5):
        word, rule = words.UNKNOWN_NEED_KIND, dirt.CODE_UNKNOWN
    inactive = rule is None and rng.random() < 0.06  # noqa: PLR2004 - share that has ended
    service_id = _id(draft)
    expect: Expect = "quarantine" if rule else "not_concerned" if inactive else "load"
    youngest, oldest = _AGES.get(kind, (None, None))
    categories = rng.sample(tuple(words.CATEGORIES.values()), rng.choice((0, 0, 1, 2, 3)))
    poorer_than = _INCOMES.get(kind) if not categories else None
    row = (
        service_id,
        provider.id,
        f"{words.NEED_KINDS[kind]}帮扶（{provider.region.name}）",
        f"为困难家庭提供{words.NEED_KINDS[kind]}。",
        "inactive" if inactive else "active",
        _eligibility(categories, youngest, oldest, poorer_than),
        _criteria(categories, youngest, oldest, poorer_than),
        word,
        ";".join(categories),
        str(youngest) if youngest is not None else "",
        str(oldest) if oldest is not None else "",
        "免费",
        (words.AS_OF - timedelta(days=rng.randrange(600))).isoformat(),
        (_VALID_TO + timedelta(days=rng.choice((0, 365)))).isoformat(),
        _moment(draft),
        "是" if kind in _LOOKED_AT_FIRST else "否",
    )
    draft.put(SERVICE, row, key=service_id, person=None, expect=expect, rule=rule)
    unknown = kind in _LOOKED_AT_FIRST and number % _WITHOUT_QUANTITY == 0
    _capacity(draft, service_id, kind, expect, unknown=unknown)
    near = [provider.region, *divisions[:1]] if rng.random() < 0.7 else divisions  # noqa: PLR2004 - most serve where they are
    _area(draft, service_id, rng.choice(near), expect)


def _eligibility(categories: list[str], youngest: int | None, oldest: int | None, poorer_than: int | None) -> str:
    who = f"{'、'.join(categories)}对象" if categories else "困难群众"
    if poorer_than is not None:
        who += f"，人均月收入低于{poorer_than}元"
    if youngest is not None and oldest is not None:
        return f"{who}，{youngest}至{oldest}周岁。"
    return f"{who}，{youngest}周岁以上。" if youngest is not None else f"{who}。"


def _criteria(categories: list[str], youngest: int | None, oldest: int | None, poorer_than: int | None) -> str:
    """Return the same as CQL2 in JSON; nothing where everybody in need is eligible."""
    codes = {word: code for code, word in words.CATEGORIES.items()}
    named = [codes[word] for word in categories if codes[word] != "DISABILITY_SUBSIDY"]
    either = [_asked("a_overlaps", "categories", named)] if named else []
    if len(named) < len(categories):
        either.append(_asked("=", "disability", True))
    every = _joined("or", either)
    if youngest is not None and oldest is not None:
        every.append(_asked("between", "age", youngest, oldest))
    elif youngest is not None:
        every.append(_asked(">=", "age", youngest))
    if poorer_than is not None:
        every.append(_asked("<", "income_per_person", poorer_than))
    found = _joined("and", every)
    return json.dumps(found[0]) if found else ""


def _asked(op: str, name: str, *constants: Any) -> dict[str, Any]:
    return {"op": op, "args": [{"property": name}, *constants]}


def _joined(op: str, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return parts if len(parts) < 2 else [{"op": op, "args": parts}]  # noqa: PLR2004 - one needs no joining


def _capacity(draft: SampleBatch, service_id: str, kind: str, service: Expect, *, unknown: bool) -> None:
    """Write how much there is; ``unknown``: nobody knows before the charity has looked."""
    rng = draft.rng
    maximum = rng.randrange(5, 200)
    available = rng.randrange(maximum + 1)
    expect, rule = _following(service), None
    if service == "load" and draft.dirt.strikes(SERVICE_CAPACITY.name, "amount negative", share=5):
        available, expect, rule, unknown = -available - 1, "quarantine", dirt.AMOUNT_NEGATIVE, False
    key = _id(draft)
    stated = ("", "") if unknown else (str(available), str(maximum))
    row = (key, service_id, _UNITS[kind], *stated, "", _moment(draft), _COSTS.get(kind, ""))
    draft.put(SERVICE_CAPACITY, row, key=key, person=None, expect=expect, rule=rule)


def _area(draft: SampleBatch, service_id: str, division: Division, service: Expect) -> None:
    expect, rule, extent = _following(service), None, division.code
    if service == "load" and draft.dirt.strikes(SERVICE_AREA.name, "region retired", share=5):
        extent, expect, rule = words.RETIRED_COUNTY, "quarantine", dirt.REGION_UNKNOWN
    key = _id(draft)
    row = (key, service_id, division.name, "", extent, "text")
    draft.put(SERVICE_AREA, row, key=key, person=None, expect=expect, rule=rule)


def _following(service: Expect) -> Expect:
    """Say what becomes of a row that belongs to a service: without the service nobody asks for it."""
    return "load" if service == "load" else "not_concerned"


def _service_of_nobody(draft: SampleBatch) -> None:
    """Write a service whose organisation has left the federation."""
    row = _plain_service(draft, _id(draft), "FOOD")
    draft.put(SERVICE, row, key=row[0], person=None, expect="quarantine", rule=dirt.REFERENCE_UNKNOWN, repeatable=False)


def _line_cut_short(draft: SampleBatch, provider: _Organisation) -> None:
    """Write a service whose line ends in the middle."""
    row = CutShort(_plain_service(draft, provider.id, "CLOTHING"))
    draft.put(SERVICE, row, key=row[0], person=None, expect="quarantine", rule=dirt.ROW_MALFORMED, repeatable=False)


def _plain_service(draft: SampleBatch, organization_id: str, kind: str) -> SampleRow:
    word = words.NEED_KINDS[kind]
    return (
        _id(draft),
        organization_id,
        f"{word}帮扶",
        "",
        "active",
        "困难群众。",
        "",
        word,
        "",
        "",
        "",
        "免费",
        "2025-01-01",
        _VALID_TO.isoformat(),
        _moment(draft),
        "否",
    )


def _moment(draft: SampleBatch) -> str:
    return draft.moment().isoformat(timespec="milliseconds")
