"""Home visits: what departments reported is looked at on the spot, and what that showed comes back.

The dibao measures oblige to one where a member is a close relative of staff, and after a complaint (DB 11, 20).
"""

from __future__ import annotations

from hub.catalog import (
    AT_ONCE,
    HUB,
    Date,
    Escalate,
    Group,
    Integer,
    RegionCode,
    Sensitivity,
    Share,
    StateList,
    Text,
    clock,
    entity,
    field,
    hide,
    link,
    party,
    step,
    working_days,
)
from hub.domain.codes import AlertOrigin, Department, MeansItem
from hub.domain.groups import STATISTICS

INTERNAL, PERSONAL = Sensitivity.INTERNAL, Sensitivity.PERSONAL


class VisitState(StateList):
    """What a home visit showed."""

    DUE = "待入户", "To be made"
    CONFIRMED = "属实", "What was reported is so, and had not been declared"
    EXPLAINED = "已说明", "What was reported is so, and changes nothing: there is an explanation"
    WRONG = "有误", "What was reported is wrong: another person's, sold since, never owned"


S = VisitState


@entity(
    zh="入户核查",
    en="A warning that a home visit looks into",
    provider="民政 (townships)",
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="社会救助审核、核对 for assistance review and means checks only",
    groups=(STATISTICS,),
    root="homeVisits",
    subject="person",
    sourced=False,
    states=VisitState,
    final=(S.CONFIRMED, S.EXPLAINED, S.WRONG),
)
class HomeVisit:
    """One for each thing that a department reported and nobody declared, and one for each reason that obliges to it."""

    household = link("Household", sensitivity=PERSONAL, zh="家庭", en="The household; none where it is kept no longer")
    household_check = link("HouseholdCheck", zh="核对委托", en="The check whose report it is about, if one is")
    person = link("Person", sensitivity=PERSONAL, zh="人员", en="The person that it was reported of, if one is")
    region = field(
        RegionCode, INTERNAL, filter=True, sort=True, aggregate=True, policy=True, zh="居住地区划",
        en="Division of the household",
    )  # fmt: skip
    origin = field(AlertOrigin, INTERNAL, nullable=False, filter=True, aggregate=True, zh="来源", en="What asks for it")
    department = field(
        Department, INTERNAL, filter=True, aggregate=True, zh="提供部门", en="Department that reported it, if one did"
    )
    item = field(MeansItem, INTERNAL, filter=True, aggregate=True, zh="事项", en="What it reported")
    complaint = field(
        Text, PERSONAL, sealed=True, group=Group.RECORD, mask=hide(), zh="投诉内容", en="What the complaint says"
    )
    visited_on = field(Date, INTERNAL, filter=True, zh="入户日期", en="Day of the visit")
    visitors = field(Integer, INTERNAL, zh="入户人数", en="How many made it; two at least (DB 16)")
    note = field(
        Text,
        PERSONAL,
        sealed=True,
        group=Group.RECORD,
        mask=hide(),
        zh="入户记录",
        en="What it showed, and the evidence",
    )

    township = party(role="civil-affairs", zh="乡镇（街道）民政经办人", en="the township, for the family")

    order = step(
        None >> S.DUE,
        by=HUB,
        takes=("household", "origin"),
        may_take=("household_check", "person", "department", "item"),
        tells=("township",),
        zh="转入户核查",
        en="Something was reported that nobody declared, or a visit is obligatory",
        article="DB 16, 20",
    )
    complain = step(
        None >> S.DUE,
        by="township",
        guarded=True,
        takes=("household", "complaint"),
        may_take=("household_check",),
        tells=("township",),
        zh="登记投诉",
        en="Note a complaint: the household must be visited",
        article="DB 20",
    )
    confirm = step(
        S.DUE >> S.CONFIRMED,
        by="township",
        own=True,
        guarded=True,
        takes=("visited_on", "visitors", "note"),
        zh="核实属实",
        en="It is so, and had not been declared",
        article="DB 16",
    )
    explain = step(
        S.DUE >> S.EXPLAINED,
        by="township",
        own=True,
        guarded=True,
        takes=("visited_on", "visitors", "note"),
        zh="已说明",
        en="It is so, and changes nothing",
        article="DB 16",
    )
    refute = step(
        S.DUE >> S.WRONG,
        by="township",
        own=True,
        guarded=True,
        takes=("visited_on", "visitors", "note"),
        zh="信息有误",
        en="What was reported is wrong",
        article="DB 16",
    )

    visiting = clock(
        S.DUE,
        working_days(10),
        late=Escalate("township"),
        remind=working_days(2),
        reminds="township",
        zh="入户期限",
        en="Time for the visit",
        article="†",
    )
