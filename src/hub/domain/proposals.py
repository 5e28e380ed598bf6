"""What is proposed for a need: a charity's resource, from the proposal to help that has arrived.

No text sets these steps or their periods: whatever is marked with † is our own. What binds is the consent of the person
(民发〔2023〕46号; Personal Information Protection Law, PIPL): a charity learns who it is once it has accepted, and only
where that was consented to.
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
    Name,
    OnDays,
    Phone,
    RegionCode,
    Sensitivity,
    Share,
    StateList,
    Take,
    Text,
    clock,
    days,
    entity,
    field,
    hide,
    link,
    links,
    party,
    step,
    working_days,
)
from hub.domain.codes import ConfirmedBy, DeclineReason, NeedKind, UnmetReason
from hub.domain.groups import STATISTICS

INTERNAL, PERSONAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE


class ProposalState(StateList):
    """Where a proposal stands. One that waits, was accepted or was delivered takes a unit of the resource."""

    OFFERED = "主动认领", "A charity offers it; an officer has yet to agree"
    PROPOSED = "已推荐", "Proposed to the charity, and a unit of the resource is held"
    ACCEPTED = "已接受", "The charity gives it"
    DECLINED = "已谢绝", "It is not given, for the reason that is stated"
    EXPIRED = "逾期未复", "Nobody answered in time"
    WITHDRAWN = "同意已撤", "Consent to it is over; whoever received something disposes of it"
    DELIVERED = "已送达", "The charity says that it was delivered"
    CONFIRMED = "已确认", "It arrived"
    UNMET = "未满足", "It ended without help"
    REOPENED = "重新对接", "It ended without help, and something else may be proposed for the need"
    ARCHIVED = "已归档", "Closed, and the person was helped; who it is is kept here no longer"
    CLOSED = "未满足已归档", "Closed without help; who the person is is kept here no longer"


S = ProposalState


@entity(
    zh="供需对接",
    en="A charity's resource that is proposed for a need, and what came of it",
    provider="数据共享枢纽 (the hub)",
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="所荐慈善组织和民政部门 for the charity in question and civil affairs",
    groups=(STATISTICS,),
    root="proposals",
    subject="person",
    sourced=False,
    states=ProposalState,
    final=(S.DECLINED, S.EXPIRED, S.WITHDRAWN, S.ARCHIVED, S.CLOSED),
)
class Proposal:
    """What a charity sees of a need before it accepts stands here: kind, county, whether it is urgent, and the week."""

    need = link("Need", sensitivity=PERSONAL, zh="所涉需求", en="The need; none where it is kept no longer")
    person = link("Person", sensitivity=PERSONAL, zh="需求人", en="The person in need")
    resource = link("CharityResource", sensitivity=INTERNAL, zh="帮扶资源", en="The resource")
    charity = field(
        Text, INTERNAL, nullable=False, filter=True, policy=True, zh="慈善组织", en="Partner that gives it, by name"
    )
    kind = field(
        NeedKind, INTERNAL, nullable=False, filter=True, sort=True, aggregate=True, zh="需求类别", en="Kind of help"
    )
    county = field(RegionCode, INTERNAL, filter=True, sort=True, zh="所在县区", en="County of the need")
    region = field(RegionCode, PERSONAL, filter=True, policy=True, zh="所属区划", en="Division of the need")
    # Counted by the township, whose first level is the county: counts by two fields of one geography would each be safe
    # by itself, and not both together.
    township = field(
        RegionCode, INTERNAL, filter=True, aggregate=True, zh="所在乡镇", en="Township of the need, for statistics",
        computed='"left"(region, 9)',
    )  # fmt: skip
    urgent = field(
        Boolean, INTERNAL, nullable=False, filter=True, aggregate=True, zh="是否紧急",
        en="Whether help is needed within days",
    )  # fmt: skip
    registered_week = field(
        Date, INTERNAL, zh="登记周",
        en="Monday of the week in which the need was registered, where it was one of five such needs of the county",
    )  # fmt: skip
    days_waited = field(
        Integer, INTERNAL, aggregate=True, zh="等待天数",
        en="Days from the need's registration to the proposal; once help was delivered, to the delivery (time to help)",
    )  # fmt: skip
    period_from = field(
        Date, INTERNAL, filter=True, zh="资源周期", en="First day of the resource's period of which it takes a unit"
    )
    run = field(Text, INTERNAL, filter=True, zh="对接批次", en="Run of matching that proposed it; none otherwise")
    override_reason = field(
        Text, PERSONAL, sealed=True, group=Group.RECORD, mask=hide(), zh="人工指定理由",
        en="Why an officer placed it otherwise than the run did",
    )  # fmt: skip
    decline_reason = field(
        DeclineReason, INTERNAL, filter=True, aggregate=True, zh="谢绝理由", en="Why it is not given"
    )
    delivered_on = field(Date, INTERNAL, filter=True, zh="送达日期", en="Day of the delivery")
    amount = field(Integer, INTERNAL, total=True, zh="送达数量", en="What was delivered, in the resource's unit")
    evidence = field(
        Text, PERSONAL, sealed=True, group=Group.RECORD, mask=hide(), zh="送达凭证", en="Where the evidence is kept"
    )
    confirmed_by = field(ConfirmedBy, INTERNAL, filter=True, zh="确认人", en="Who says that it arrived")
    unmet_reason = field(
        UnmetReason, INTERNAL, filter=True, aggregate=True, zh="未满足原因", en="Why the need was not met"
    )
    contact_name = field(
        Name, PERSONAL, sealed=True, group=Group.IDENTITY, mask=hide(), zh="联系人姓名",
        en="Name of the person; kept from acceptance to the end, where consent covers identity",
    )  # fmt: skip
    contact_phone = field(
        Phone, SENSITIVE, sealed=True, group=Group.CONTACT, mask=hide(), zh="联系电话",
        en="Telephone number of the person; kept as the name is",
    )  # fmt: skip
    contact_open = field(
        OnDays, INTERNAL, nullable=False, policy=True, zh="可否联系",
        en="Whether the charity may be told today who the person is",
    )  # fmt: skip
    dispose_by = field(
        Date, INTERNAL, filter=True, zh="处置期限",
        en="Last day for disposing of what was received, where consent is over (†)",
    )  # fmt: skip

    reasons = links(
        "ProposalReason", by="proposal", sensitivity=INTERNAL, zh="对接理由",
        en="Why it was proposed, and why each other resource was not",
    )  # fmt: skip

    giving = party(partner="charity", zh="慈善组织", en="the charity")
    officer = party(role="civil-affairs", zh="民政经办人", en="civil affairs, for the person")

    propose = step(
        None >> S.PROPOSED,
        by=HUB,
        guarded=True,
        takes=("need", "resource", "charity"),
        may_take=("run",),
        tells=("giving",),
        zh="推荐",
        en="A run of matching proposes it",
        article="†",
    )
    place = step(
        None >> S.PROPOSED,
        by="officer",
        guarded=True,
        takes=("need", "resource", "charity", "override_reason"),
        tells=("giving",),
        zh="人工指定",
        en="An officer places it otherwise than the run did, with reasons",
        article="†",
    )
    offer = step(
        None >> S.OFFERED,
        by="giving",
        guarded=True,
        takes=("need", "resource"),
        tells=("officer",),
        zh="主动认领",
        en="A charity takes a need by itself",
        article="†",
    )
    agree = step(
        S.OFFERED >> S.ACCEPTED,
        by="officer",
        guarded=True,
        tells=("giving",),
        zh="同意认领",
        en="Agree to what the charity offers",
        article="†",
    )
    refuse = step(
        S.OFFERED >> S.DECLINED,
        by="officer",
        takes=("decline_reason",),
        tells=("giving",),
        zh="不同意认领",
        en="Do not agree, for a reason",
        article="†",
    )
    accept = step(
        S.PROPOSED >> S.ACCEPTED,
        by="giving",
        guarded=True,
        tells=("officer",),
        zh="接受",
        en="Accept it; who it is for is shown where the person consented to that",
        article="†",
    )
    decline = step(
        (S.OFFERED | S.PROPOSED | S.ACCEPTED) >> S.DECLINED,
        by="giving",
        takes=("decline_reason",),
        tells=("officer",),
        zh="谢绝",
        en="Decline it, or give it back, for a reason; the unit is free again",
        article="†",
    )
    expire = step(
        (S.OFFERED | S.PROPOSED) >> S.EXPIRED,
        by=CLOCK,
        tells=("giving",),
        zh="逾期",
        en="Nobody answered in time; the unit is free again",
        article="†",
    )
    lapse = step(
        (S.OFFERED | S.PROPOSED | S.ACCEPTED) >> S.WITHDRAWN,
        by=HUB,
        tells=("giving",),
        zh="同意撤回",
        en="Consent to it is over; the unit is free again, and what was received is disposed of",
        article="PIPL 15, 47",
    )
    deliver = step(
        S.ACCEPTED >> S.DELIVERED,
        by="giving",
        guarded=True,
        takes=("delivered_on", "amount", "evidence"),
        tells=("officer",),
        zh="送达",
        en="Say what was delivered, when, and where the evidence is",
        article="†",
    )
    confirm = step(
        S.DELIVERED >> S.CONFIRMED,
        by="officer",
        takes=("confirmed_by",),
        tells=("giving",),
        zh="确认",
        en="Confirm that it arrived",
        article="†",
    )
    fail = step(
        (S.ACCEPTED | S.DELIVERED) >> S.UNMET,
        by="officer",
        takes=("unmet_reason",),
        tells=("giving",),
        zh="未满足",
        en="It ended without help, for a reason",
        article="†",
    )
    reopen = step(
        (S.ACCEPTED | S.DELIVERED) >> S.REOPENED,
        by="officer",
        takes=("unmet_reason",),
        tells=("giving",),
        zh="重新对接",
        en="It ended without help; something else may be proposed",
        article="†",
    )
    archive = step(
        S.CONFIRMED >> S.ARCHIVED,
        by=CLOCK,
        zh="归档",
        en="Close it after help; who the person is is kept here no longer",
        article="PIPL 47",
    )
    close = step(
        (S.UNMET | S.REOPENED) >> S.CLOSED,
        by=CLOCK,
        zh="未满足归档",
        en="Close it without help; who the person is is kept here no longer",
        article="PIPL 47",
    )

    answering = clock(
        S.PROPOSED,
        working_days(5),
        by_rule=True,
        late=Take("expire"),
        zh="答复期限",
        en="Time for the charity's answer: 5 working days, 1 if it is urgent",
        article="†",
    )
    agreeing = clock(
        S.OFFERED,
        working_days(5),
        by_rule=True,
        late=Take("expire"),
        zh="认领审核期限",
        en="Time for the officer's answer: 5 working days, 1 if it is urgent",
        article="†",
    )
    delivering = clock(
        S.ACCEPTED,
        working_days(20),
        by_rule=True,
        late=Escalate("officer"),
        zh="送达期限",
        en="Time for delivering it: 20 working days, 3 if it is urgent",
        article="†",
    )
    confirming = clock(
        S.DELIVERED,
        days(10),
        late=Escalate("officer"),
        zh="确认期限",
        en="Time for asking the person whether it arrived",
        article="†",
    )
    objecting = clock(
        S.UNMET | S.REOPENED,
        working_days(10),
        late=Take("close"),
        zh="异议期限",
        en="Time for objections until it is closed without help",
        article="†",
    )
    closing = clock(
        S.CONFIRMED,
        working_days(10),
        late=Take("archive"),
        zh="归档期限",
        en="Time for objections until it is closed",
        article="†",
    )
