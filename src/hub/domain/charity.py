"""Charities' resources and people's needs. Names follow Open Referral HSDS 3 where its terms fit."""

from __future__ import annotations

from hub.catalog import (
    DAILY,
    WEEKLY,
    Alike,
    Boolean,
    Date,
    Group,
    Integer,
    Money,
    OnDays,
    RegionCode,
    Sensitivity,
    Share,
    Text,
    entity,
    field,
    hide,
    link,
    links,
)
from hub.domain.codes import Department, NeedKind, NeedStatus, Urgency
from hub.domain.groups import ASSISTANCE_FILE, PUBLISHED, STATISTICS

PUBLIC, INTERNAL, PERSONAL = Sensitivity.PUBLIC, Sensitivity.INTERNAL, Sensitivity.PERSONAL

FEDERATION = "慈善总会 (charity federation)"


@entity(
    zh="慈善组织",
    en="A charity organisation (HSDS organization)",
    provider=FEDERATION,
    departments=(Department.CHARITY_FEDERATION,),
    frequency=WEEKLY,
    share=Share.UNCONDITIONAL,
    conditions="公开数据 published data",
    groups=(PUBLISHED,),
    root="charityOrganisations",
)
class CharityOrganisation:
    """An organisation that gives help."""

    name = field(Text, PUBLIC, nullable=False, filter=True, sort=True, zh="组织名称", en="Name")
    credit_code = field(Text, PUBLIC, filter=True, zh="统一社会信用代码", en="Unified social credit code (GB 32100)")
    region = field(RegionCode, PUBLIC, filter=True, sort=True, policy=True, zh="所在区划", en="Division of its seat")
    description = field(Text, PUBLIC, zh="简介", en="Description")
    phone = field(Text, PUBLIC, zh="公开电话", en="Published telephone number")
    partner = field(
        Text, PUBLIC, filter=True, zh="接入单位",
        en="Partner of the hub that acts for it, by name; set by an administrator (hub resource act), by no source",
    )  # fmt: skip
    resources = links("CharityResource", by="organisation", sensitivity=PUBLIC, zh="帮扶资源", en="What it offers")


@entity(
    zh="慈善帮扶资源",
    en="What a charity offers (HSDS service with its service_capacity and service_area)",
    provider=FEDERATION,
    departments=(Department.CHARITY_FEDERATION,),
    frequency=WEEKLY,
    share=Share.UNCONDITIONAL,
    conditions="公开数据 published data",
    groups=(PUBLISHED,),
    root="charityResources",
)
class CharityResource:
    """One kind of help, for whom, where, how much of it and until when."""

    organisation = link("CharityOrganisation", sensitivity=PUBLIC, zh="慈善组织", en="Who offers it")
    title = field(Text, PUBLIC, nullable=False, filter=True, sort=True, zh="名称", en="Name of the service")
    kind = field(
        NeedKind,
        PUBLIC,
        nullable=False,
        filter=True,
        sort=True,
        policy=True,
        zh="资源类别",
        en="Kind of help",
    )
    eligibility = field(Text, PUBLIC, zh="申请条件", en="Who is eligible (HSDS eligibility_description)")
    criteria = field(
        Text,
        PUBLIC,
        zh="申请条件（结构化）",
        en="Who is eligible, as CQL2 in JSON (schema/matching/README.md); counts once civil affairs approved it",
    )
    minimum_age = field(Integer, PUBLIC, filter=True, zh="最低年龄", en="Minimum age, years")
    maximum_age = field(Integer, PUBLIC, filter=True, zh="最高年龄", en="Maximum age, years")
    unit = field(Text, PUBLIC, zh="计量单位", en="Unit of the capacity")
    unit_cost = field(Money, PUBLIC, zh="单位成本", en="What one unit costs the charity, CNY")
    assessment_required = field(
        Boolean, PUBLIC, filter=True, zh="是否须先评估",
        en="Whether the charity has to look first how much it can give",
    )  # fmt: skip
    capacity_maximum = field(Integer, PUBLIC, filter=True, sort=True, zh="总量", en="Capacity in all")
    capacity_available = field(Integer, PUBLIC, filter=True, sort=True, policy=True, zh="剩余量", en="Capacity left")
    area = field(RegionCode, PUBLIC, filter=True, sort=True, policy=True, zh="服务区域", en="Area served")
    valid_from = field(Date, PUBLIC, filter=True, sort=True, policy=True, zh="开始日期", en="First day on offer")
    valid_until = field(Date, PUBLIC, filter=True, sort=True, policy=True, zh="截止日期", en="Last day on offer")
    proposals = links(
        "Proposal", by="resource", zh="供需对接", en="Needs that it is proposed for, and what came of them"
    )


@entity(
    zh="救助需求",
    en="What a person in need asks for",
    provider="民政 (needs file)",
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=DAILY,
    share=Share.CONDITIONAL,
    conditions="向慈善组织提供须经本人同意 (民发〔2023〕46号) to charities only with the person's consent",
    groups=(ASSISTANCE_FILE, STATISTICS),
    root="needs",
    subject="person",
    logged=True,
)
class Need:
    """One thing that one person needs."""

    person = link("Person", nullable=False, sensitivity=PERSONAL, zh="人员", en="The person in need")
    household = link("Household", sensitivity=PERSONAL, zh="家庭", en="The household of the person")
    kind = field(
        NeedKind,
        INTERNAL,
        nullable=False,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="需求类别",
        en="Kind of help",
    )
    description = field(
        Text, PERSONAL, sealed=True, group=Group.HEALTH, mask=hide(), zh="需求描述", en="Description in words"
    )
    urgency = field(Urgency, INTERNAL, filter=True, sort=True, aggregate=True, zh="紧急程度", en="Urgency")
    region = field(
        RegionCode,
        INTERNAL,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="所属区划",
        en="Division of the person's residence",
    )
    status = field(
        NeedStatus,
        INTERNAL,
        nullable=False,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="状态",
        en="Status",
    )
    consent_signed_on = field(
        Date,
        PERSONAL,
        filter=True,
        zh="档案同意日期",
        en="Date of consent to sharing with charities, as civil affairs' file states it",
    )
    consented = field(
        OnDays,
        PERSONAL,
        nullable=False,
        filter=True,
        policy=True,
        zh="是否同意",
        en="Whether the person's consent to sharing with charities is in force today",
    )
    created_on = field(Date, INTERNAL, filter=True, sort=True, policy=True, zh="登记日期", en="Date of registration")
    county = field(
        RegionCode, INTERNAL, filter=True, sort=True, zh="所在县区",
        en="County, which is what charities see of the division",
        computed='"left"(region, 6)',
    )  # fmt: skip
    urgent = field(
        Boolean, INTERNAL, nullable=False, filter=True, sort=True, zh="是否紧急",
        en="Whether help is needed within days, which is what charities see of the urgency; not, where none is known",
        computed="COALESCE((urgency = ANY (ARRAY['HIGH'::text, 'URGENT'::text])), false)",
    )  # fmt: skip
    among_others = field(
        Boolean, INTERNAL, nullable=False, policy=True, zh="是否不少于五件同类",
        en="Whether charities are shown five such needs or more: open, consented, of one county, kind and urgency",
        alike=Alike(5, ("county", "kind", "urgent"), (("status", "OPEN"), ("consented", True))),
    )  # fmt: skip
    consents = links("Consent", by="need", sensitivity=PERSONAL, zh="同意记录", en="Consents for this need alone")
