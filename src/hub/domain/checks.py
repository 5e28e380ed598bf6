"""Checking a household's means: who asks for it, which departments are asked, what is reported, who objects.

The steps follow the dibao measures (DB 15 to 20). The hub reports and does not decide (只核对不认定). Whatever no text
sets is our own and marked with †.
"""

from __future__ import annotations

from hub.catalog import (
    AT_ONCE,
    CLOCK,
    HUB,
    Boolean,
    Date,
    Escalate,
    Group,
    Integer,
    RegionCode,
    Sensitivity,
    Share,
    StateList,
    Take,
    Text,
    Timestamp,
    clock,
    entity,
    field,
    hide,
    link,
    links,
    party,
    step,
    working_days,
)
from hub.domain.codes import AnswerState, AnswerTime, CheckOutcome, CheckReason, Department, Indication
from hub.domain.groups import ASSISTANCE_FILE, STATISTICS

INTERNAL, PERSONAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE
CENTRE = "民政 (means-check centre)"


class CheckState(StateList):
    """Where a check stands. Departments are asked while it runs, and while it is looked into again."""

    REQUESTED = "已提请", "Asked for; nobody is asked yet"
    RUNNING = "核对中", "The departments are asked"
    REPORTED = "已出报告", "Reported; an answer that comes late makes another version"
    RECHECK = "复查中", "The family objects, with evidence; it is looked into again"
    CONFIRMED = "维持原报告", "Looked into again: the report stands"
    AMENDED = "已更正", "Looked into again: another version of the report replaces it"
    FINISHED = "已办结", "Reported, and nobody objected"
    WITHDRAWN = "授权终止", "Authorisation is over: nobody is asked any more"
    CANCELLED = "已撤销", "Given up before a report"


S = CheckState


@entity(
    zh="核对委托",
    en="One check of one household, from the request to the report and what came after it",
    provider=CENTRE,
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="经本人授权 with the authorisation of every member",
    groups=(STATISTICS,),
    root="householdChecks",
    sourced=False,
    states=CheckState,
    final=(S.CONFIRMED, S.AMENDED, S.FINISHED, S.WITHDRAWN, S.CANCELLED),
)
class HouseholdCheck:
    """A township asks for one, a county for many at once; without authorisation nobody is asked."""

    household = link("Household", sensitivity=PERSONAL, zh="家庭", en="The household; none where it is kept no longer")
    region = field(
        RegionCode, INTERNAL, filter=True, sort=True, aggregate=True, policy=True, zh="居住地区划",
        en="Division of the household",
    )  # fmt: skip
    reason = field(
        CheckReason, INTERNAL, nullable=False, filter=True, aggregate=True, zh="核对事由", en="Why it is checked"
    )
    batch = field(
        Text, INTERNAL, filter=True, zh="批次", en="Batch that it belongs to: of a yearly review, for instance"
    )
    staff_relative = field(
        Boolean, INTERNAL, filter=True, zh="是否经办人员近亲属",
        en="Whether a member is a close relative of staff; then a home visit is obligatory (DB 11, 20)",
    )  # fmt: skip
    waiting_for = field(
        Text, INTERNAL, zh="尚未答复的部门", en="Departments that have not answered, by code, at the last report"
    )
    outcome = field(
        CheckOutcome, INTERNAL, filter=True, sort=True, aggregate=True, zh="核对结论", en="What the last report says"
    )
    indication = field(
        Indication, INTERNAL, filter=True, aggregate=True, zh="提示",
        en="What the rules say of the last report; the hub reports, it does not decide",
    )  # fmt: skip
    reports_made = field(
        Integer, INTERNAL, filter=True, zh="报告版本数", en="How many versions of the report there are"
    )
    closed_with = field(
        Text, PERSONAL, sealed=True, group=Group.RECORD, mask=hide(), zh="撤销理由", en="Why it was given up"
    )
    objection = field(
        Text, PERSONAL, sealed=True, group=Group.RECORD, mask=hide(), zh="异议及佐证",
        en="What the family objects to, and the evidence for it (DB 18)",
    )  # fmt: skip
    ask_department = field(
        Department, INTERNAL, zh="再次查询的部门", en="Department that is asked once more because of the objection"
    )
    set_aside = field(
        Text, PERSONAL, sealed=True, group=Group.RECORD, mask=hide(), zh="不予采信的记录",
        en="What departments reported and the evidence disproves: numbers of the report's findings, with commas",
    )  # fmt: skip
    recheck_reason = field(
        Text,
        PERSONAL,
        sealed=True,
        group=Group.RECORD,
        mask=hide(),
        zh="复查意见",
        en="What was found on looking again",
    )
    questions = links(
        "CheckQuestion", by="household_check", sensitivity=PERSONAL, zh="查询", en="What departments were asked"
    )
    reports = links(
        "CheckReport", by="household_check", sensitivity=PERSONAL, zh="核对报告", en="Versions of the report"
    )
    visits = links("HomeVisit", by="household_check", sensitivity=PERSONAL, zh="入户核查", en="Home visits that follow")

    township = party(role="civil-affairs", zh="乡镇（街道）民政经办人", en="the township, for the family")
    centre = party(role="checking-centre", zh="县级核对中心", en="the county's checking centre")

    request = step(
        None >> S.REQUESTED,
        by="township",
        guarded=True,
        takes=("household", "reason"),
        may_take=("staff_relative",),
        tells=("centre",),
        zh="提请核对",
        en="Ask for a check",
        article="DB 15",
    )
    open = step(
        None >> S.RUNNING,
        by=HUB,
        guarded=True,
        takes=("household", "reason"),
        may_take=("batch", "staff_relative"),
        zh="批量启动",
        en="A batch asks for it: the yearly review of a county, for instance",
        article="†",
    )
    start = step(
        S.REQUESTED >> S.RUNNING,
        by="centre",
        tells=("township",),
        zh="启动核对",
        en="Ask the departments",
        article="DB 17",
    )
    cancel = step(
        (S.REQUESTED | S.RUNNING) >> S.CANCELLED,
        by="township",
        guarded=True,
        takes=("closed_with",),
        tells=("centre",),
        zh="撤销",
        en="Give it up, with the reason; whoever was asked is not waited for",
        article="†",
    )
    lapse = step(
        (S.RUNNING | S.RECHECK) >> S.WITHDRAWN,
        by=HUB,
        tells=("township", "centre"),
        zh="授权终止",
        en="Authorisation is over: look-ups under way are cancelled, and late rows dropped unread",
        article="PIPL 15",
    )
    report = step(
        S.RUNNING >> S.REPORTED,
        by=HUB,
        tells=("township",),
        zh="出具报告",
        en="Everybody who was asked has answered, or is late",
        article="DB 17",
    )
    close = step(
        S.RUNNING >> S.REPORTED,
        by="centre",
        tells=("township",),
        zh="提前出具报告",
        en="Report without waiting longer; the report says who has not answered",
        article="†",
    )
    time_out = step(
        S.RUNNING >> S.REPORTED,
        by=CLOCK,
        tells=("township", "centre"),
        zh="到期出具报告",
        en="The time is over; the report says who has not answered",
        article="†",
    )
    renew = step(
        S.REPORTED >> S.REPORTED,
        by=HUB,
        tells=("township",),
        zh="补充报告",
        en="An answer came late: another version of the report",
        article="†",
    )
    object_to = step(
        S.REPORTED >> S.RECHECK,
        by="township",
        guarded=True,
        takes=("objection",),
        tells=("centre",),
        zh="提出异议",
        en="The family objects, with evidence",
        article="DB 18",
    )
    ask_again = step(
        S.RECHECK >> S.RECHECK,
        by="centre",
        takes=("ask_department",),
        zh="再次查询",
        en="Ask a department once more",
        article="DB 18",
    )
    confirm = step(
        S.RECHECK >> S.CONFIRMED,
        by="centre",
        guarded=True,
        takes=("recheck_reason",),
        tells=("township",),
        zh="维持",
        en="The report stands, with the reason",
        article="DB 18",
    )
    amend = step(
        S.RECHECK >> S.AMENDED,
        by="centre",
        guarded=True,
        takes=("recheck_reason",),
        may_take=("set_aside",),
        tells=("township",),
        zh="更正",
        en="Another version replaces it: by what was answered anew, or without what the evidence disproves",
        article="DB 18",
    )
    finish = step(
        S.REPORTED >> S.FINISHED,
        by="township",
        own=True,
        zh="办结",
        en="Nobody objected; obligatory home visits were made",
        article="DB 18, 20",
    )

    starting = clock(
        S.REQUESTED,
        working_days(3),
        late=Escalate("centre"),
        remind=working_days(1),
        reminds="centre",
        zh="启动期限",
        en="Time for starting it",
        article="DB 17",
    )
    running = clock(
        S.RUNNING,
        working_days(10),
        late=(Escalate("centre"), Take("time_out")),
        zh="核对期限",
        en="Time for the departments' answers, until it is reported without them",
        article="†",
    )
    objecting = clock(
        S.REPORTED,
        working_days(10),
        late=Escalate("township"),
        zh="异议期限",
        en="Time for objections, until it is to be finished",
        article="†",
    )
    rechecking = clock(
        S.RECHECK,
        working_days(10),
        late=Escalate("centre"),
        zh="复查期限",
        en="Time for looking again",
        article="†",
    )


@entity(
    zh="部门查询",
    en="What one department was asked about one person, and what became of it",
    provider=CENTRE,
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="经本人授权 with the authorisation of every member",
    groups=(STATISTICS,),
    root="checkQuestions",
    subject="person",
    sourced=False,
)
class CheckQuestion:
    """Kept with its state, however it ended: *not asked* is not *nothing there*."""

    household_check = link("HouseholdCheck", nullable=False, zh="核对委托", en="The check that asks")
    person = link("Person", sensitivity=PERSONAL, zh="人员", en="The person asked about; none where kept no longer")
    region = field(RegionCode, INTERNAL, aggregate=True, policy=True, zh="居住地区划", en="Division of the household")
    source = field(
        Text, INTERNAL, nullable=False, filter=True, zh="来源", en="Source that is asked, by its mapping file"
    )
    department = field(
        Department, INTERNAL, nullable=False, filter=True, aggregate=True, zh="提供部门", en="Department that is asked"
    )
    items = field(Text, INTERNAL, nullable=False, zh="查询事项", en="What it is asked for, by code and a comma")
    mandatory = field(
        Boolean, INTERNAL, nullable=False, filter=True, zh="是否必答",
        en="Whether nothing can be said without its answer",
    )  # fmt: skip
    state = field(
        AnswerState, INTERNAL, nullable=False, filter=True, aggregate=True, zh="状态", en="Where the question stands"
    )
    reason = field(Text, INTERNAL, filter=True, zh="原因", en="Why it is not answered, by code")
    attempts = field(Integer, INTERNAL, nullable=False, zh="查询次数", en="How often it was asked")
    asked_at = field(Timestamp, INTERNAL, zh="查询时间", en="When it was asked last")
    due_at = field(Timestamp, INTERNAL, nullable=False, zh="答复期限", en="Until when its answer is waited for")
    next_at = field(
        Timestamp, INTERNAL, sort=True, zh="下次处理", en="When it is looked at next; none where nothing is to be done"
    )
    answered_at = field(Timestamp, INTERNAL, zh="答复时间", en="When its answer came")
    answered_within = field(
        AnswerTime, INTERNAL, filter=True, aggregate=True, zh="答复用时", en="How long it took from the first asking"
    )
    answer = field(
        Text, SENSITIVE, sealed=True, group=Group.FINANCE, mask=hide(), zh="答复内容", en="What it answered, as JSON"
    )


@entity(
    zh="核对报告",
    en="One version of the report of a check",
    provider=CENTRE,
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="经本人授权 with the authorisation of every member",
    groups=(ASSISTANCE_FILE, STATISTICS),
    root="checkReports",
    sourced=False,
    logged=True,
)
class CheckReport:
    """Never changed: what is found later makes another version."""

    household_check = link("HouseholdCheck", nullable=False, zh="核对委托", en="The check")
    region = field(
        RegionCode, INTERNAL, filter=True, aggregate=True, policy=True, zh="居住地区划", en="Division of the household"
    )
    number = field(Text, INTERNAL, nullable=False, filter=True, zh="报告编号", en="Number of the report")
    report_version = field(Integer, INTERNAL, nullable=False, filter=True, sort=True, zh="版次", en="Version, from 1")
    made_on = field(
        Date, INTERNAL, nullable=False, filter=True, sort=True, zh="出具日期", en="Day on which it was made"
    )
    outcome = field(CheckOutcome, INTERNAL, nullable=False, filter=True, aggregate=True, zh="核对结论", en="Outcome")
    indication = field(
        Indication, INTERNAL, nullable=False, filter=True, aggregate=True, zh="提示", en="What the rules say of it"
    )
    waiting_for = field(Text, INTERNAL, zh="尚未答复的部门", en="Departments that had not answered, by code")
    outcome_before = field(
        CheckOutcome, INTERNAL, filter=True, zh="上一版核对结论", en="Outcome of the version before, if there is one"
    )
    indication_before = field(Indication, INTERNAL, filter=True, zh="上一版提示", en="Indication of the version before")
    answered_since = field(
        Text, INTERNAL, zh="新答复的部门", en="Departments that answered since the version before, by code"
    )
    findings_new = field(Integer, INTERNAL, zh="新增记录数", en="Findings that the version before did not have")
    findings_gone = field(Integer, INTERNAL, zh="不再报送的记录数", en="Findings of the version before that are gone")
    rules_digest = field(Text, INTERNAL, nullable=False, zh="规则摘要", en="Digest of the rules that it was made by")
    calendar = field(Text, INTERNAL, nullable=False, zh="日历", en="Calendar of working days that it was made by")
    inputs_digest = field(Text, INTERNAL, nullable=False, zh="输入摘要", en="Digest of what it was made from")
    code = field(Text, INTERNAL, nullable=False, zh="验证码", en="Code by which a copy is checked")
    inputs = field(
        Text, SENSITIVE, nullable=False, sealed=True, group=Group.FINANCE, mask=hide(), zh="输入",
        en="What it was made from, as JSON",
    )  # fmt: skip
    content = field(
        Text, SENSITIVE, nullable=False, sealed=True, group=Group.FINANCE, mask=hide(), zh="报告内容",
        en="The report, as JSON; hub means render makes a page of it",
    )  # fmt: skip
