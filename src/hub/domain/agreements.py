"""How a department asks for data of another one, and the agreement that its request becomes.

The steps follow the Regulation on Government Data Sharing (State Council, in force since 2025-08-01; SR below).
Periods that no text sets are our own and marked with †.
"""

from __future__ import annotations

from hub.catalog import (
    AT_ONCE,
    CLOCK,
    CatalogueItems,
    Date,
    Escalate,
    Field,
    Group,
    RegionCodes,
    Sensitivity,
    Share,
    StateList,
    Take,
    Text,
    clock,
    entity,
    field,
    hide,
    party,
    step,
    working_days,
)
from hub.domain.codes import Department, SharingMethod

INTERNAL = Sensitivity.INTERNAL


class SharingState(StateList):
    """Where a request for data stands; ACTIVE is an agreement in force."""

    SUBMITTED = "待答复", "Submitted, waiting for the provider's answer"
    INCOMPLETE = "待补正", "Incomplete, waiting for the requester"
    AGREED = "已同意", "Agreed, not delivered yet"
    ACTIVE = "使用中", "In force"
    SUSPENDED = "暂停", "Suspended for abuse"
    REFUSED = "不予共享", "Refused, with reasons"
    DISPUTED = "争议协调", "Disputed, with the data authority"
    ENDED = "已终止", "Over, proof of disposal is due"
    DISPOSED = "已处置", "Over, and the data disposed of"
    CLOSED = "已办结", "Closed without an agreement"
    WITHDRAWN = "已撤回", "Withdrawn by the requester"


S = SharingState


def text(zh: str, en: str, *, nullable: bool = True) -> Field:
    """A text that somebody writes freely: it should name no person, and nothing keeps it from doing so."""
    return field(
        Text, Sensitivity.PERSONAL, nullable=nullable, sealed=True, group=Group.RECORD, mask=hide(), zh=zh, en=en
    )


@entity(
    zh="共享申请",
    en="A department's request for data of another one, and the agreement that it becomes",
    provider="数据主管部门 (the data authority)",
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="申请、提供和主管部门 for requester, provider and data authority",
    root="sharingRequests",
    sourced=False,
    states=SharingState,
    final=(S.DISPOSED, S.CLOSED, S.WITHDRAWN),
)
class SharingRequest:
    """Which items, for which purpose, where and until when. In force it grants exactly that, and nothing else."""

    requester = field(
        Text, INTERNAL, nullable=False, filter=True, policy=True, zh="申请单位", en="Partner that asks, by name"
    )
    provider = field(
        Department, INTERNAL, nullable=False, filter=True, policy=True, zh="提供单位", en="Department that is asked"
    )
    items = field(CatalogueItems, INTERNAL, nullable=False, zh="数据项", en="Items of the catalogue that are asked for")
    purpose = field(
        Text, INTERNAL, nullable=False, filter=True, zh="使用用途", en="Purpose; data may be used for no other"
    )
    regions = field(RegionCodes, INTERNAL, nullable=False, zh="数据范围", en="Divisions whose rows are asked for")
    method = field(SharingMethod, INTERNAL, nullable=False, zh="共享方式", en="How the data is delivered")
    basis = text("申请依据", "The text that the request rests on", nullable=False)
    scenario = text("使用场景", "What the data is needed for", nullable=False)
    starts_on = field(Date, INTERNAL, nullable=False, filter=True, sort=True, zh="使用开始日", en="First day of use")
    ends_on = field(Date, INTERNAL, nullable=False, filter=True, sort=True, zh="使用截止日", en="Last day of use")
    gaps = text("补正内容", "What is missing, all of it, once")
    extension_reasons = text("延长理由", "Why the answer takes longer")
    conditions = text("共享条件", "Conditions on which the provider agrees")
    refusal_reasons = text("不予共享理由", "Why the provider refuses")
    dispute_grounds = text("争议理由", "Why the requester disputes the refusal")
    ruling = text("协调意见", "What the data authority decided, and why")
    suspension_reasons = text("暂停理由", "What was abused")
    disposal_proof = text("处置证明", "How the data was disposed of")

    requesting = party(partner="requester", zh="申请单位", en="the requesting partner")
    providing = party(department="provider", zh="提供单位", en="the providing department")
    authority = party(role="data-authority", zh="数据主管部门", en="the data authority")

    submit = step(
        None >> S.SUBMITTED,
        by="requesting",
        guarded=True,
        tells=("providing",),
        takes=("provider", "items", "purpose", "regions", "method", "basis", "scenario", "starts_on", "ends_on"),
        zh="提出申请",
        en="Ask for data",
        article="SR 20",
    )
    send_back = step(
        S.SUBMITTED >> S.INCOMPLETE,
        by="providing",
        takes=("gaps",),
        guarded=True,
        once=True,
        tells=("requesting",),
        zh="一次性告知",
        en="Say once, and in full, what is missing",
        article="SR 21",
    )
    complete = step(
        S.INCOMPLETE >> S.SUBMITTED,
        by="requesting",
        guarded=True,
        tells=("providing",),
        may_take=("items", "purpose", "regions", "method", "basis", "scenario", "starts_on", "ends_on"),
        zh="补正",
        en="Give what was missing",
        article="SR 21",
    )
    extend = step(
        S.SUBMITTED >> S.SUBMITTED,
        by="providing",
        takes=("extension_reasons",),
        once=True,
        guarded=True,
        extends="answer",
        tells=("requesting",),
        zh="延长答复",
        en="Take more time to answer, once",
        article="SR 21",
    )
    accept = step(
        S.SUBMITTED >> S.AGREED,
        by="providing",
        may_take=("conditions",),
        guarded=True,
        tells=("requesting",),
        zh="同意共享",
        en="Agree to share",
        article="SR 21",
    )
    refuse = step(
        S.SUBMITTED >> S.REFUSED,
        by="providing",
        takes=("refusal_reasons",),
        guarded=True,
        tells=("requesting",),
        zh="不予共享",
        en="Refuse, with reasons",
        article="SR 21",
    )
    deliver = step(
        S.AGREED >> S.ACTIVE,
        by="providing",
        guarded=True,
        tells=("requesting",),
        zh="提供数据",
        en="Put the agreement in force",
        article="SR 22",
    )
    dispute = step(
        S.REFUSED >> S.DISPUTED,
        by="requesting",
        takes=("dispute_grounds",),
        guarded=True,
        tells=("authority", "providing"),
        zh="提请协调",
        en="Ask the data authority to coordinate",
        article="†",
    )
    overrule = step(
        S.DISPUTED >> S.AGREED,
        by="authority",
        takes=("ruling",),
        guarded=True,
        tells=("requesting", "providing"),
        zh="协调同意",
        en="Decide that it is shared",
        article="†",
    )
    uphold = step(
        S.DISPUTED >> S.CLOSED,
        by="authority",
        takes=("ruling",),
        guarded=True,
        tells=("requesting", "providing"),
        zh="维持不予共享",
        en="Decide that it is not shared",
        article="†",
    )
    suspend = step(
        S.ACTIVE >> S.SUSPENDED,
        by="authority",
        takes=("suspension_reasons",),
        guarded=True,
        tells=("requesting", "providing"),
        zh="暂停共享",
        en="Suspend, with reasons",
        article="SR 27",
    )
    resume = step(
        S.SUSPENDED >> S.ACTIVE,
        by="authority",
        takes=("ruling",),
        guarded=True,
        tells=("requesting", "providing"),
        zh="恢复共享",
        en="Put in force again",
        article="†",
    )
    end = step(
        (S.ACTIVE | S.SUSPENDED) >> S.ENDED,
        by="requesting",
        tells=("providing",),
        zh="用途完成",
        en="End the use before its last day",
        article="SR 25",
    )
    expire = step(
        (S.ACTIVE | S.SUSPENDED) >> S.ENDED,
        by=CLOCK,
        tells=("requesting", "providing"),
        zh="使用期满",
        en="The last day of use is over",
        article="SR 25",
    )
    dispose = step(
        S.ENDED >> S.DISPOSED,
        by="requesting",
        takes=("disposal_proof",),
        guarded=True,
        tells=("providing", "authority"),
        zh="提交处置证明",
        en="Prove that the data was disposed of",
        article="SR 25",
    )
    lapse = step(
        (S.INCOMPLETE | S.REFUSED) >> S.CLOSED,
        by=CLOCK,
        tells=("requesting", "providing"),
        zh="逾期办结",
        en="Nothing came in time: closed",
        article="†",
    )
    withdraw = step(
        (S.SUBMITTED | S.INCOMPLETE | S.AGREED) >> S.WITHDRAWN,
        by="requesting",
        tells=("providing",),
        zh="撤回",
        en="Withdraw the request",
        article="†",
    )

    answer = clock(
        S.SUBMITTED,
        working_days(10),
        by_rule=True,
        pauses=S.INCOMPLETE,
        extension=working_days(10),
        remind=working_days(2),
        reminds="providing",
        late=Escalate("authority"),
        zh="答复期限",
        en="Time to answer",
        article="SR 21",
    )
    completion = clock(
        S.INCOMPLETE,
        working_days(30),
        remind=working_days(5),
        reminds="requesting",
        late=Take("lapse"),
        zh="补正期限",
        en="Time to give what is missing",
        article="†",
    )
    delivery = clock(
        S.AGREED,
        working_days(20),
        remind=working_days(5),
        reminds="providing",
        late=Escalate("authority"),
        zh="提供期限",
        en="Time to deliver",
        article="SR 22",
    )
    disputing = clock(
        S.REFUSED,
        working_days(10),
        late=Take("lapse"),
        zh="提请期限",
        en="Time to dispute a refusal",
        article="†",
    )
    coordination = clock(
        S.DISPUTED,
        working_days(20),
        remind=working_days(5),
        reminds="authority",
        late=Escalate("authority"),
        zh="协调期限",
        en="Time to coordinate",
        article="†",
    )
    period = clock(
        S.ACTIVE | S.SUSPENDED,
        "ends_on",
        remind=working_days(10),
        reminds="requesting",
        late=Take("expire"),
        zh="使用期限",
        en="Period of use",
        article="SR 25",
    )
    disposal = clock(
        S.ENDED,
        working_days(10),
        remind=working_days(2),
        reminds="requesting",
        late=Escalate("authority"),
        zh="处置期限",
        en="Time to dispose of the data",
        article="†",
    )
