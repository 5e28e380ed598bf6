"""What a department says is wrong in another one's data, and what the other one makes of it.

The steps follow article 26 of the Regulation on Government Data Sharing (State Council; SR below) and article 46 of the
Personal Information Protection Law (PIPL).
"""

from __future__ import annotations

from hub.catalog import (
    AT_ONCE,
    HUB,
    Escalate,
    Field,
    Group,
    IdNumber,
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
from hub.domain.codes import Department, UpheldReason

INTERNAL, PERSONAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE


class CorrectionState(StateList):
    """Where a correction stands. While it is open or being corrected, the value is disputed."""

    OPEN = "待核查", "The provider has it to check"
    CONFIRMED = "确认有误", "The provider found it wrong and corrects it in its own database"
    CORRECTED = "已更正", "The provider's corrected value has come with a synchronisation"
    UPHELD = "维持原值", "The provider checked it and stands by it, with reasons"
    WITHDRAWN = "已撤回", "The partner that asked for it withdrew it"


S = CorrectionState


def words(zh: str, en: str, *, nullable: bool = True, group: Group = Group.RECORD) -> Field:
    """A text that may name people."""
    return field(Text, SENSITIVE, nullable=nullable, sealed=True, group=group, mask=hide(), zh=zh, en=en)


@entity(
    zh="更正核查",
    en="A value of a row that a partner says is wrong, for the department that provided it",
    provider="数据共享枢纽 (the hub)",
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="提出、提供和主管部门 for whoever asks, the provider and the data authority",
    root="corrections",
    subject="person",
    sourced=False,
    states=CorrectionState,
    final=(S.CORRECTED, S.UPHELD, S.WITHDRAWN),
)
class Correction:
    """Which value of which row, why it is wrong, and whose it is to check. The value itself is not repeated here."""

    person = link("Person", sensitivity=PERSONAL, zh="所涉人员", en="The person whose data are in question")
    household = link("Household", sensitivity=PERSONAL, zh="所涉家庭", en="The household, if the value is one of it")
    recipient = link("Recipient", sensitivity=PERSONAL, zh="所涉救助对象", en="The enrolment, if it is a value of one")
    item = field(
        Text, INTERNAL, nullable=False, filter=True, policy=True, zh="有误数据项",
        en="Item of the data catalogue that is disputed, for example Person.birthDate",
    )  # fmt: skip
    item_class = field(
        Text,
        INTERNAL,
        nullable=False,
        policy=True,
        zh="数据项级别",
        en="Class of that item: it decides who learns of it",
    )
    region = field(
        RegionCode, INTERNAL, filter=True, sort=True, policy=True, zh="所属区划", en="Division of the row in question"
    )
    requester = field(
        Text, INTERNAL, nullable=False, filter=True, policy=True, zh="提出单位", en="Partner that asks, by name"
    )
    provider = field(
        Department, INTERNAL, filter=True, policy=True, zh="提供单位", en="Department that provided the value"
    )
    source = field(Text, INTERNAL, filter=True, zh="来源", en="Source that the value came from")
    id_number = field(
        IdNumber, SENSITIVE, sealed=True, group=Group.IDENTITY, mask=hide(),
        zh="公民身份号码", en="Number by which the provider finds the person (GB 11643)",
    )  # fmt: skip
    reasons = words("提出理由", "Why it is wrong", nullable=False)
    proposed = words("建议值", "What it should be, if that is known", group=Group.IDENTITY)
    evidence = words("依据材料", "Where the evidence is kept")
    findings = words("核查情况", "What the provider found")
    upheld_reason = field(UpheldReason, INTERNAL, filter=True, zh="维持原值的理由", en="Why the provider stands by it")
    ended_by = field(Text, INTERNAL, zh="更正来源", en="Source with whose synchronisation the corrected value came")

    requesting = party(partner="requester", zh="提出单位", en="the partner that asks")
    providing = party(department="provider", zh="提供单位", en="the providing department")
    authority = party(role="data-authority", zh="数据主管部门", en="the data authority")

    open = step(
        None >> S.OPEN,
        by="requesting",
        guarded=True,
        takes=("item", "reasons"),
        may_take=("person", "household", "recipient", "proposed", "evidence"),
        tells=("providing",),
        zh="提出更正",
        en="Say that a value is wrong",
        article="SR 26",
    )
    confirm = step(
        S.OPEN >> S.CONFIRMED,
        by="providing",
        may_take=("findings",),
        tells=("requesting",),
        zh="确认有误",
        en="Find it wrong; it is corrected at the source, and the case ends when that has come",
        article="SR 26",
    )
    uphold = step(
        (S.OPEN | S.CONFIRMED) >> S.UPHELD,
        by="providing",
        guarded=True,
        takes=("upheld_reason", "findings"),
        tells=("requesting",),
        zh="维持原值",
        en="Stand by it, with reasons",
        article="SR 26",
    )
    correct = step(
        (S.OPEN | S.CONFIRMED) >> S.CORRECTED,
        by=HUB,
        takes=("ended_by",),
        tells=("requesting", "providing"),
        zh="更正完成",
        en="The source's corrected value has come",
        article="SR 26",
    )
    withdraw = step(
        (S.OPEN | S.CONFIRMED) >> S.WITHDRAWN,
        by="requesting",
        zh="撤回",
        en="Withdraw it",
        article="†",
    )

    checking = clock(
        S.OPEN | S.CONFIRMED,
        working_days(10),
        remind=working_days(2),
        reminds="providing",
        late=Escalate("authority"),
        zh="核查期限",
        en="Time for checking and correcting it",
        article="SR 26",
    )
