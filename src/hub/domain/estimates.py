"""What if the standard were another one: asked for under the right to count, reckoned by the hub, shown by county."""

from __future__ import annotations

from hub.catalog import (
    AT_ONCE,
    HUB,
    Date,
    Escalate,
    Integer,
    Money,
    RegionCode,
    Sensitivity,
    Share,
    StateList,
    Text,
    clock,
    entity,
    field,
    link,
    links,
    party,
    step,
    working_days,
)
from hub.domain.codes import Department

INTERNAL = Sensitivity.INTERNAL


class EstimateState(StateList):
    """Where an estimate stands."""

    REQUESTED = "待测算", "Asked for; the hub reckons it next"
    RECKONED = "已测算", "Reckoned; its counties say what follows"
    IMPOSSIBLE = "无法测算", "It cannot be reckoned; it says why"


S = EstimateState


@entity(
    zh="标准测算",
    en="What would follow if the standard of the minimum living guarantee were another one from some day on",
    provider="数据共享枢纽 (the hub)",
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="统计用途 for counting and comparing, without people",
    root="estimates",
    sourced=False,
    states=EstimateState,
    final=(S.RECKONED, S.IMPOSSIBLE),
)
class Estimate:
    """Over all households of a division that declared their means, by what departments report of them on that day."""

    region = field(
        RegionCode, INTERNAL, nullable=False, filter=True, sort=True, policy=True, zh="测算区划",
        en="Division over whose households it is reckoned",
    )  # fmt: skip
    standard = field(Money, INTERNAL, nullable=False, filter=True, zh="拟定标准", en="Standard, CNY a month a head")
    begins_on = field(
        Date,
        INTERNAL,
        nullable=False,
        filter=True,
        zh="拟执行日期",
        en="Day from which it would hold; rules of that day",
    )
    requester = field(
        Text, INTERNAL, nullable=False, filter=True, policy=True, zh="提出单位", en="Partner that asks, by name"
    )
    rules_digest = field(Text, INTERNAL, zh="规则摘要", en="Digest of the rules that it was reckoned by")
    impossible = field(Text, INTERNAL, zh="无法测算的原因", en="Why it cannot be reckoned")
    counties = links("EstimatedCounty", by="estimate", zh="分县结果", en="What would follow in each county")

    requesting = party(partner="requester", zh="提出单位", en="the partner that asks")

    request = step(
        None >> S.REQUESTED,
        by="requesting",
        guarded=True,
        takes=("region", "standard", "begins_on"),
        zh="提出测算",
        en="Ask what would follow from another standard",
        article="†",
    )
    reckon = step(
        S.REQUESTED >> S.RECKONED,
        by=HUB,
        takes=("rules_digest",),
        tells=("requesting",),
        zh="完成测算",
        en="Reckon it, and keep what may be shown",
        article="†",
    )
    give_up = step(
        S.REQUESTED >> S.IMPOSSIBLE,
        by=HUB,
        takes=("impossible",),
        tells=("requesting",),
        zh="无法测算",
        en="Say why it cannot be reckoned",
        article="†",
    )

    reckoning = clock(
        S.REQUESTED,
        working_days(1),
        late=Escalate("requesting"),
        zh="测算期限",
        en="Time for reckoning it, until whoever asked is told that no worker does",
        article="†",
    )


@entity(
    zh="分县测算结果",
    en="What would follow from another standard in one county, without small numbers",
    provider="数据共享枢纽 (the hub)",
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="统计用途 for counting and comparing, without people",
    root="estimatedCounties",
    sourced=False,
)
class EstimatedCounty:
    """Only what may be shown is kept: no number of fewer households than a group must have, all of them rounded."""

    estimate = link("Estimate", nullable=False, zh="标准测算", en="The estimate")
    region = field(RegionCode, INTERNAL, nullable=False, filter=True, sort=True, policy=True, zh="县区", en="County")
    households = field(
        Integer, INTERNAL, zh="申报家庭数", en="Households that declared their means; none: too few to be shown"
    )
    within_now = field(Integer, INTERNAL, zh="现符合低保户数", en="Of them, those within the standard of that day")
    enter = field(Integer, INTERNAL, zh="新增户数", en="Those that would enter")
    leave = field(Integer, INTERNAL, zh="退出户数", en="Those that would leave")
    more = field(Money, INTERNAL, zh="月增支出", en="How much more would be paid, CNY a month")
