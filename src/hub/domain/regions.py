"""Administrative divisions."""

from __future__ import annotations

from hub.catalog import YEARLY, RegionCode, Sensitivity, Share, Text, entity, field, link, links
from hub.domain.codes import RegionLevel
from hub.domain.groups import PUBLISHED

PUBLIC = Sensitivity.PUBLIC


@entity(
    zh="行政区划",
    en="Administrative division",
    provider="统计部门 (published statistical division codes)",
    frequency=YEARLY,
    share=Share.UNCONDITIONAL,
    conditions="公开数据 published data",
    groups=(PUBLISHED,),
    root="regions",
    sourced=False,
)
class Region:
    """A division of any level, from province to village."""

    code = field(
        RegionCode,
        PUBLIC,
        nullable=False,
        filter=True,
        sort=True,
        policy=True,
        unique=True,
        zh="区划代码",
        en="Division code",
    )
    name = field(Text, PUBLIC, nullable=False, filter=True, sort=True, zh="区划名称", en="Name of the division")
    level = field(RegionLevel, PUBLIC, nullable=False, filter=True, sort=True, zh="级别", en="Level of the division")
    parent = link("Region", sensitivity=PUBLIC, zh="上级区划", en="The division that contains it")
    county = link(
        "Region",
        by="code",
        to="code",
        digits=6,
        sensitivity=PUBLIC,
        zh="所在县区",
        en="The county or district it is in",
    )
    township = link(
        "Region", by="code", to="code", digits=9, sensitivity=PUBLIC, zh="所在乡镇", en="The township it is in"
    )
    children = links("Region", by="parent", sensitivity=PUBLIC, zh="下级区划", en="The divisions within it")
