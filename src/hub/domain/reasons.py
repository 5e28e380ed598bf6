"""Why a resource was proposed for a need, and why each of the others was not."""

from __future__ import annotations

from hub.catalog import (
    AT_ONCE,
    Group,
    Integer,
    RegionCode,
    Sensitivity,
    Share,
    Text,
    entity,
    field,
    link,
)
from hub.domain.codes import MatchReason

INTERNAL, PERSONAL = Sensitivity.INTERNAL, Sensitivity.PERSONAL


@entity(
    zh="对接理由",
    en="Why one resource was proposed for a need, or was not",
    provider="数据共享枢纽 (the hub)",
    frequency=AT_ONCE,
    share=Share.CONDITIONAL,
    conditions="民政部门; 慈善组织仅见向其推荐的资源 civil affairs; a charity, of what is proposed to it",
    sourced=False,
    part_of="proposal",
)
class ProposalReason:
    """As it was decided, by a night or between two nights; kept as long as who the proposal is for.

    There is one for each resource of the kind whose criteria are approved and that serves the need's division. It is
    sealed: which criteria somebody fulfils tells how they live.
    """

    proposal = link("Proposal", nullable=False, sensitivity=INTERNAL, zh="供需对接", en="The proposal")
    resource = link("CharityResource", nullable=False, sensitivity=INTERNAL, zh="帮扶资源", en="The resource")
    giver = field(
        Text,
        INTERNAL,
        filter=True,
        policy=True,
        zh="推荐单位",
        en="Partner that gives it, if it was proposed; of others nobody: which of them serve a need tells where it is",
    )
    region = field(RegionCode, PERSONAL, policy=True, zh="所属区划", en="Division of the need")
    because = field(
        MatchReason, PERSONAL, nullable=False, sealed=True, group=Group.RECORD, zh="理由",
        en="The one reason that decided",
    )  # fmt: skip
    criteria = field(
        Text, PERSONAL, sealed=True, group=Group.RECORD, zh="有关条件",
        en="Criteria that are not met, or of which it is not known: names, with commas between them",
    )  # fmt: skip
    fits = field(
        Integer,
        PERSONAL,
        sealed=True,
        group=Group.RECORD,
        zh="匹配度",
        en="How well it fits the need, 0 to 1,000 points",
    )
    proposed_fits = field(
        Integer, PERSONAL, sealed=True, group=Group.RECORD, zh="所荐资源匹配度",
        en="How well what was proposed fits the need, 0 to 1,000 points",
    )  # fmt: skip
    gain = field(
        Integer, PERSONAL, sealed=True, group=Group.RECORD, zh="增加值",
        en="Points that it would add over what was proposed",
    )  # fmt: skip
    price_lowest = field(
        Integer, PERSONAL, sealed=True, group=Group.RECORD, zh="最低价值",
        en="Points that its last unit is worth to other needs, at least",
    )  # fmt: skip
    price_highest = field(
        Integer, PERSONAL, sealed=True, group=Group.RECORD, zh="最高价值",
        en="Points that its last unit is worth to other needs, at most",
    )  # fmt: skip
    expected = field(
        Integer, PERSONAL, sealed=True, group=Group.RECORD, zh="预期价值",
        en="Points that a unit is worth to needs that are still expected, where it was held for them",
    )  # fmt: skip
    words_zh = field(
        Text, PERSONAL, nullable=False, sealed=True, group=Group.RECORD, zh="中文说明", en="The reason in Chinese"
    )
    words_en = field(
        Text, PERSONAL, nullable=False, sealed=True, group=Group.RECORD, zh="英文说明", en="The reason in English"
    )
