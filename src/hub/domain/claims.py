"""What several departments say of one person, where they do not say the same."""

from __future__ import annotations

from hub.catalog import (
    DAILY,
    Group,
    RegionCode,
    Sensitivity,
    Share,
    Text,
    Timestamp,
    entity,
    field,
    hide,
    link,
)
from hub.domain.codes import Department
from hub.domain.groups import INDIVIDUALS

INTERNAL, PERSONAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE


@entity(
    zh="其他来源数值",
    en="What a source says of a person where another one's value stands",
    provider="公安 (household register); 民政 (household file)",
    departments=(Department.PUBLIC_SECURITY, Department.CIVIL_AFFAIRS),
    frequency=DAILY,
    share=Share.CONDITIONAL,
    conditions="社会救助审核、核对 for assistance review and means checks only",
    groups=(INDIVIDUALS,),
    subject="person",
    sourced=False,
    part_of="person",
)
class Claim:
    """A value that does not stand. Which one does is decided by the authorities in the mapping files (SR 26)."""

    person = link("Person", nullable=False, sensitivity=PERSONAL, zh="所涉人员", en="The person")
    item = field(
        Text, INTERNAL, nullable=False, filter=True, policy=True, zh="数据项",
        en="Item of the data catalogue that it is a value of, for example Person.name",
    )  # fmt: skip
    item_class = field(
        Text,
        INTERNAL,
        nullable=False,
        policy=True,
        zh="数据项级别",
        en="Class of that item: it decides who sees the value",
    )
    source = field(Text, INTERNAL, nullable=False, filter=True, zh="来源", en="Source that says so")
    region = field(RegionCode, INTERNAL, policy=True, zh="居住地区划", en="Division of the person")
    value = field(
        Text, SENSITIVE, nullable=False, sealed=True, group=Group.IDENTITY, mask=hide(),
        zh="数值", en="What it says; dates as YYYY-MM-DD, codes by their names",
    )  # fmt: skip
    observed_at = field(Timestamp, INTERNAL, nullable=False, zh="获取时间", en="When it came")
