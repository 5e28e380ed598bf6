"""What people agree to: that a need of theirs is shown to charities, that their household's means are checked.

The steps follow the Personal Information Protection Law (PIPL) and the dibao measures (DB); ``[V]`` in the
field's notes: an authorisation of a means check is signed by every member, ends when members change, the check fails or
assistance ends. Whatever no text sets is our own and marked with †.
"""

from __future__ import annotations

from hub.catalog import (
    AT_ONCE,
    CLOCK,
    HUB,
    Date,
    Field,
    Group,
    IdNumber,
    Name,
    OnDays,
    RegionCode,
    Sensitivity,
    Share,
    StateList,
    Take,
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
from hub.domain.codes import ConsentEnd, ConsentPurpose, ConsentScope, Department, Signatory
from hub.domain.groups import ASSISTANCE_FILE, INDIVIDUALS

INTERNAL, PERSONAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE


class ConsentState(StateList):
    """Where a consent stands. Only one in force permits anything, on the days of its period."""

    DRAFT = "待签署", "Drawn up, not signed: nothing may be asked or shown by it"
    IN_FORCE = "生效中", "Signed, and in force on the days of its period"
    WITHDRAWN = "已撤回", "Withdrawn by the person or the guardian"
    ENDED = "已终止", "Over"


S = ConsentState


def words(zh: str, en: str, *, group: Group = Group.RECORD) -> Field:
    """A text that may name people."""
    return field(Text, PERSONAL, sealed=True, group=group, mask=hide(), zh=zh, en=en)


@entity(
    zh="同意与授权",
    en="A person's consent to one purpose, or authorisation of a means check",
    provider="民政 (signed at the window, or stated in a department's file)",
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="社会救助审核、核对 for assistance review and means checks only",
    groups=(ASSISTANCE_FILE, INDIVIDUALS),
    root="consents",
    subject="person",
    sourced=False,
    states=ConsentState,
    final=(S.WITHDRAWN, S.ENDED),
)
class Consent:
    """Who agreed to what, by which evidence, from when until when."""

    person = link("Person", nullable=False, sensitivity=PERSONAL, zh="同意人", en="The person whose consent it is")
    need = link(
        "Need", sensitivity=PERSONAL, zh="所涉需求", en="The need that it is for; none, every one of the person"
    )
    household = link("Household", sensitivity=PERSONAL, zh="所涉家庭", en="The household whose means may be checked")
    region = field(
        RegionCode,
        INTERNAL,
        filter=True,
        sort=True,
        policy=True,
        zh="所属区划",
        en="Division of the person's residence",
    )
    purpose = field(
        ConsentPurpose, PERSONAL, nullable=False, filter=True, policy=True, zh="处理目的", en="What is consented to"
    )
    scope = field(ConsentScope, PERSONAL, nullable=False, filter=True, zh="信息范围", en="What may be used")
    signed_by = field(Signatory, PERSONAL, nullable=False, filter=True, zh="签署人", en="Who signs")
    guardian_name = field(
        Name, PERSONAL, sealed=True, group=Group.IDENTITY, mask=hide(), zh="监护人姓名", en="Name of the guardian"
    )
    guardian_id_number = field(
        IdNumber, SENSITIVE, sealed=True, group=Group.IDENTITY, mask=hide(),
        zh="监护人公民身份号码", en="Citizen identity number of the guardian (GB 11643)",
    )  # fmt: skip
    evidence = words("签署凭证", "Where the signed form is kept: its number, or the place in the file")
    evidence_valid_until = field(
        Date, INTERNAL, zh="凭证有效期至", en="Last day on which the evidence may be relied on, if limited"
    )
    signed_on = field(Date, PERSONAL, filter=True, sort=True, zh="签署日期", en="Day of the signature")
    starts_on = field(Date, PERSONAL, filter=True, sort=True, zh="生效日", en="First day")
    ends_on = field(
        Date, PERSONAL, filter=True, sort=True, zh="截止日", en="Last day; none, until it is withdrawn or ended"
    )
    ended_on = field(Date, PERSONAL, filter=True, sort=True, zh="终止日", en="Day on which it was withdrawn or ended")
    end_reason = field(ConsentEnd, PERSONAL, filter=True, zh="终止原因", en="Why it is over")
    withdrawal_evidence = words("撤回凭证", "How the person withdrew, if in writing")
    source = field(
        Text, INTERNAL, filter=True, policy=True, zh="来源",
        en="Source whose file states it; none where an officer entered it",
    )  # fmt: skip

    officer = party(role="civil-affairs", zh="民政经办人", en="civil affairs, for the person")

    draft = step(
        None >> S.DRAFT,
        by="officer",
        guarded=True,
        takes=("person", "purpose", "scope", "signed_by"),
        may_take=("need", "household", "guardian_name", "guardian_id_number", "starts_on", "ends_on"),
        zh="登记",
        en="Draw it up, to be signed",
        article="PIPL 17",
    )
    sign = step(
        S.DRAFT >> S.IN_FORCE,
        by="officer",
        guarded=True,
        takes=("signed_on", "evidence"),
        may_take=("signed_by", "guardian_name", "guardian_id_number", "starts_on", "ends_on", "evidence_valid_until"),
        zh="签署",
        en="Record that the person, or the guardian, has signed",
        article="PIPL 14",
    )
    withdraw = step(
        (S.DRAFT | S.IN_FORCE) >> S.WITHDRAWN,
        by="officer",
        may_take=("withdrawal_evidence",),
        zh="撤回",
        en="Withdraw it; no reason is asked for",
        article="PIPL 15",
    )
    record = step(
        None >> S.IN_FORCE,
        by=HUB,
        takes=("person", "region", "purpose", "scope", "signed_by", "signed_on", "starts_on", "source"),
        may_take=("need", "household", "guardian_id_number", "ends_on"),
        zh="据档案记入",
        en="A department's file states it, with the day",
        article="PIPL 14",
    )
    note = step(
        None >> S.DRAFT,
        by=HUB,
        takes=("person", "region", "purpose", "scope", "signed_by", "signed_on", "starts_on", "source"),
        may_take=("need", "household", "ends_on"),
        zh="据档案待签",
        en="A department's file states it for a child, and names no guardian",
        article="PIPL 31",
    )
    end = step(
        (S.DRAFT | S.IN_FORCE) >> S.ENDED,
        by=HUB,
        takes=("end_reason",),
        zh="终止",
        en="It ends with what it was for: members change, the check fails, assistance ends, the file states it no more",
        article="PIPL 47",
    )
    expire = step(S.IN_FORCE >> S.ENDED, by=CLOCK, zh="期满", en="Its last day is over", article="PIPL 47")

    period = clock(
        S.IN_FORCE,
        "ends_on",
        remind=working_days(10),
        reminds="officer",
        late=Take("expire"),
        zh="同意期限",
        en="Period of the consent",
        article="†",
    )


@entity(
    zh="停用通知",
    en="A notice to whoever may have received a need that consent to it is over: dispose of it",
    provider="数据共享枢纽 (the hub)",
    frequency=AT_ONCE,
    share=Share.UNCONDITIONAL,
    conditions="曾可查阅该需求的慈善组织 for charities that could see the need before",
    root="disposalNotices",
    sourced=False,
    logged=True,
)
class DisposalNotice:
    """Names a need by its id, as an answer gave it, and says nothing else of it (PIPL 47)."""

    need_id = field(Text, INTERNAL, nullable=False, filter=True, zh="需求标识", en="Id of the need, as answers gave it")
    region = field(RegionCode, INTERNAL, policy=True, zh="所属区划", en="Division of the need")
    made_on = field(Date, INTERNAL, nullable=False, zh="通知日", en="Day of the notice")
    dispose_by = field(
        Date, INTERNAL, nullable=False, zh="处置期限", en="Last day for disposing of what was received (†)"
    )
    current = field(
        OnDays, INTERNAL, nullable=False, policy=True, zh="是否有效",
        en="Whether it is still shown: until its last day, so that who comes later learns nothing",
    )  # fmt: skip
