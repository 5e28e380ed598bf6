"""Means checks and what departments report for them."""

from __future__ import annotations

from hub.catalog import (
    DAILY,
    EACH_SYNCHRONISATION,
    Date,
    Group,
    Money,
    RegionCode,
    Sensitivity,
    Share,
    Text,
    Timestamp,
    entity,
    field,
    hide,
    link,
    links,
)
from hub.domain.codes import CheckOutcome, Department, FindingKind
from hub.domain.groups import ASSISTANCE_FILE, INDIVIDUALS, STATISTICS

INTERNAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.SENSITIVE


@entity(
    zh="家庭经济状况核对",
    en="A check of a household's declared means against the departments' reports",
    provider="民政 (means-check centre)",
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=EACH_SYNCHRONISATION,
    share=Share.CONDITIONAL,
    conditions="经本人授权 with the household's authorisation",
    groups=(ASSISTANCE_FILE, STATISTICS),
    root="meansChecks",
    logged=True,
)
class MeansCheck:
    """Made by the hub from findings, or taken over from civil affairs' records of earlier checks."""

    household = link("Household", nullable=False, zh="家庭", en="The household checked")
    outcome = field(
        CheckOutcome,
        INTERNAL,
        nullable=False,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="核对结论",
        en="Outcome",
    )
    missing_departments = field(
        Text,
        INTERNAL,
        zh="缺少数据的部门",
        en="Departments whose data have not been read yet, by their codes and a comma; then nothing is decided",
    )
    checked_at = field(
        Timestamp, INTERNAL, nullable=False, filter=True, sort=True, zh="核对时间", en="Time of the check"
    )
    region = field(
        RegionCode,
        INTERNAL,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="居住地区划",
        en="Division of the household",
    )
    findings = links("Finding", by="means_check", plain=True, zh="核对信息", en="What the departments report")


@entity(
    zh="核对信息",
    en="What one department reports about one person",
    provider="公安, 人社, 不动产登记 (the checking departments)",
    departments=(
        Department.PUBLIC_SECURITY,
        Department.SOCIAL_SECURITY,
        Department.REAL_ESTATE,
    ),
    frequency=DAILY,
    share=Share.CONDITIONAL,
    conditions="经本人授权 with the household's authorisation",
    groups=(ASSISTANCE_FILE, INDIVIDUALS),
    subject="person",
    authorised_by="check_authorised",  # no authorisation, no check: this is for no mapping to decide
)
class Finding:
    """A vehicle, a pension, an insured wage or a piece of real estate."""

    person = link("Person", nullable=False, zh="人员", en="The person whom the report is about")
    means_check = link("MeansCheck", zh="核对", en="The means check that took it into account")
    department = field(
        Department, INTERNAL, nullable=False, filter=True, policy=True, zh="提供部门", en="Department that reports it"
    )
    kind = field(FindingKind, INTERNAL, nullable=False, filter=True, zh="类别", en="What it is")
    value = field(
        Text,
        SENSITIVE,
        sealed=True,
        group=Group.FINANCE,
        mask=hide(),
        zh="内容",
        en="As the department states it",
    )
    amount = field(
        Money,
        SENSITIVE,
        sealed=True,
        group=Group.FINANCE,
        mask=hide(),
        zh="金额",
        en="Amount in CNY a month, where it is money",
    )
    observed_on = field(Date, INTERNAL, filter=True, zh="数据日期", en="Date that the report is of")
    region = field(RegionCode, INTERNAL, policy=True, zh="居住地区划", en="Division of the person's residence")
