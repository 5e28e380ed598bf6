"""Enrolments in assistance."""

from __future__ import annotations

from hub.catalog import DAILY, Date, Money, RegionCode, Sensitivity, Share, entity, field, link, links
from hub.domain.codes import AssistanceCategory, Department, EnrolmentStatus
from hub.domain.groups import ASSISTANCE_FILE, ENROLMENT, STATISTICS

INTERNAL, PERSONAL = Sensitivity.INTERNAL, Sensitivity.PERSONAL


@entity(
    zh="救助对象",
    en="A person's enrolment in one kind of assistance",
    provider="民政 (assistance file)",
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=DAILY,
    share=Share.CONDITIONAL,
    conditions="社会救助审核、核对 for assistance review and means checks only",
    groups=(ASSISTANCE_FILE, ENROLMENT, STATISTICS),
    root="recipients",
    subject="person",
)
class Recipient:
    """One person, one category. A person enrolled twice is two recipients."""

    person = link("Person", nullable=False, zh="人员", en="The person enrolled")
    household = link("Household", zh="家庭", en="The household enrolled with")
    category = field(
        AssistanceCategory, INTERNAL, nullable=False, filter=True, sort=True, aggregate=True, policy=True,
        zh="救助类别", en="Category of assistance",
    )  # fmt: skip
    status = field(
        EnrolmentStatus, INTERNAL, nullable=False, filter=True, sort=True, aggregate=True, policy=True,
        zh="救助状态", en="Status of the enrolment",
    )  # fmt: skip
    monthly_amount = field(
        Money, PERSONAL, filter=True, sort=True, aggregate=True, zh="月保障金额", en="Monthly amount, CNY"
    )
    region = field(
        RegionCode,
        INTERNAL,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="所属区划",
        en="Division in charge",
    )
    approved_on = field(Date, INTERNAL, filter=True, sort=True, policy=True, zh="批准日期", en="Date of approval")
    valid_until = field(
        Date, INTERNAL, filter=True, sort=True, policy=True, zh="有效期至", en="Last day of validity, if limited"
    )
    means_checks = links(
        "MeansCheck", by="household", via="household", zh="核对结果", en="Means checks of the household"
    )
    corrections = links("Correction", by="recipient", zh="更正核查", en="Values of it that are, or were, disputed")
