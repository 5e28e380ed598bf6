"""A death in a household that receives the minimum living guarantee: its circumstances are checked within three months.

The 2022 notice, 1 (3) (N22): 低保家庭成员死亡后，应当自其死亡之日起3个月内对其家庭状况进行核查.
"""

from __future__ import annotations

from hub.catalog import (
    AT_ONCE,
    HUB,
    Date,
    Escalate,
    Group,
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
from hub.domain.codes import Department
from hub.domain.groups import STATISTICS

INTERNAL, PERSONAL = Sensitivity.INTERNAL, Sensitivity.PERSONAL


class RecheckState(StateList):
    """Where the check after a death stands."""

    DUE = "待核查", "The household is to be checked; the hub opens the check as soon as it may"
    CHECKING = "核查中", "The check is open"
    CHECKED = "已核查", "The check was reported"
    SETTLED = "已办理", "The township settled it without a check, with reasons: nobody is left, for instance"


S = RecheckState


@entity(
    zh="死亡核查",
    en="A check that a death in a household calls for, within three months",
    provider="民政 (townships)",
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="社会救助审核、核对 for assistance review and means checks only",
    groups=(STATISTICS,),
    root="deathRechecks",
    subject="person",
    sourced=False,
    states=RecheckState,
    final=(S.CHECKED, S.SETTLED),
)
class DeathRecheck:
    """One for each member whose death a department reports, of a household that receives the guarantee."""

    household = link("Household", sensitivity=PERSONAL, zh="家庭", en="The household; none where it is kept no longer")
    person = link("Person", sensitivity=PERSONAL, zh="人员", en="The member; none where kept no longer")
    household_check = link("HouseholdCheck", zh="报告死亡的核对", en="The check in which the death was reported")
    followed_by = link("HouseholdCheck", zh="死亡后的核对", en="The check that it called for, once it is open")
    region = field(
        RegionCode, INTERNAL, filter=True, sort=True, aggregate=True, policy=True, zh="居住地区划",
        en="Division of the household",
    )  # fmt: skip
    until = field(
        Date, INTERNAL, nullable=False, filter=True, sort=True, zh="核查期限",
        en="Last day: the first of the month in which three months are over, so that it does not tell the day of death",
    )  # fmt: skip
    note = field(
        Text, PERSONAL, sealed=True, group=Group.RECORD, mask=hide(), zh="办理情况", en="How it was settled, and why"
    )

    township = party(role="civil-affairs", zh="乡镇（街道）民政经办人", en="the township, for the family")

    order = step(
        None >> S.DUE,
        by=HUB,
        takes=("household", "person", "household_check", "until"),
        tells=("township",),
        zh="转死亡核查",
        en="A department reports the death of a member",
        article="N22 1(3)",
    )
    begin = step(
        S.DUE >> S.CHECKING,
        by=HUB,
        takes=("followed_by",),
        tells=("township",),
        zh="启动核查",
        en="The hub opens the check: no other is under way, and all members have authorised it",
        article="N22 1(3)",
    )
    give_back = step(
        S.CHECKING >> S.DUE,
        by=HUB,
        tells=("township",),
        zh="重新待核查",
        en="The check ended without a report",
        article="N22 1(3)",
    )
    complete = step(
        S.CHECKING >> S.CHECKED,
        by=HUB,
        tells=("township",),
        zh="完成核查",
        en="The check was reported",
        article="N22 1(3)",
    )
    settle = step(
        (S.DUE | S.CHECKING) >> S.SETTLED,
        by="township",
        own=True,
        guarded=True,
        takes=("note",),
        zh="办理完毕",
        en="Settle it without a check, and say why",
        article="N22 1(3)",
    )

    checking = clock(
        S.DUE | S.CHECKING,
        "until",
        late=Escalate("township"),
        remind=working_days(20),
        reminds="township",
        zh="死亡核查期限",
        en="Three months from the death",
        article="N22 1(3)",
    )
