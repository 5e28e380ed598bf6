"""How the hub's own data came to be: runs of synchronisation and what they set aside."""

from __future__ import annotations

from hub.catalog import (
    EACH_SYNCHRONISATION,
    Group,
    Integer,
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
from hub.domain.codes import RunStatus
from hub.domain.groups import SYNCHRONISATION

INTERNAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.SENSITIVE

HUB = "数据共享枢纽 (the hub)"


@entity(
    zh="同步记录",
    en="One run of one source's synchronisation",
    provider=HUB,
    frequency=EACH_SYNCHRONISATION,
    share=Share.CONDITIONAL,
    conditions="提供部门与审计 for providers and auditors",
    groups=(SYNCHRONISATION,),
    root="syncRuns",
    sourced=False,
    logged=True,
)
class SyncRun:
    """When a source was read, and what became of its rows."""

    source = field(Text, INTERNAL, nullable=False, filter=True, sort=True, policy=True, zh="数据源", en="Source")
    status = field(RunStatus, INTERNAL, nullable=False, filter=True, sort=True, policy=True, zh="状态", en="Status")
    started_at = field(Timestamp, INTERNAL, nullable=False, filter=True, sort=True, zh="开始时间", en="Start")
    finished_at = field(Timestamp, INTERNAL, filter=True, sort=True, zh="结束时间", en="End")
    rows_read = field(Integer, INTERNAL, nullable=False, sort=True, zh="读取行数", en="Rows read")
    rows_loaded = field(Integer, INTERNAL, nullable=False, sort=True, zh="写入行数", en="Rows inserted or changed")
    rows_unchanged = field(
        Integer, INTERNAL, nullable=False, sort=True, zh="未变行数", en="Rows that were known as they are"
    )
    rows_quarantined = field(
        Integer, INTERNAL, nullable=False, sort=True, zh="隔离行数", en="Rows set aside with a reason"
    )
    rows_not_concerned = field(
        Integer,
        INTERNAL,
        nullable=False,
        sort=True,
        zh="无关行数",
        en="Rows about people outside every assisted household; not kept",
    )
    message = field(Text, INTERNAL, zh="说明", en="Why the run failed, if it did")
    quarantined = links("QuarantinedRow", by="run", zh="隔离数据", en="Rows that this run set aside")


@entity(
    zh="隔离数据",
    en="A source row that failed a check, kept with its reason",
    provider=HUB,
    frequency=EACH_SYNCHRONISATION,
    share=Share.NOT_SHARED,
    conditions="仅供提供部门更正 for correction by its provider (Regulation, article 26)",
    legal_basis="《个人信息保护法》第八条 Personal Information Protection Law, article 8: known to be wrong",
    groups=(SYNCHRONISATION,),
    root="quarantinedRows",
    sourced=False,
)
class QuarantinedRow:
    """Kept sealed, so that its provider can mend it and nothing is lost."""

    run = link("SyncRun", nullable=False, zh="同步记录", en="The run that set it aside")
    source = field(Text, INTERNAL, nullable=False, filter=True, sort=True, policy=True, zh="数据源", en="Source")
    source_table = field(Text, INTERNAL, nullable=False, filter=True, zh="源表", en="Table or file within the source")
    rule = field(
        Text,
        INTERNAL,
        nullable=False,
        filter=True,
        sort=True,
        aggregate=True,
        zh="规则",
        en="Id of the rule that it failed",
    )
    reason = field(Text, INTERNAL, nullable=False, zh="原因", en="What is wrong, without the value")
    row = field(
        Text,
        SENSITIVE,
        sealed=True,
        group=Group.RECORD,
        mask=hide(),
        zh="原始数据",
        en="The row as it was read, as JSON",
    )
    seen_at = field(
        Timestamp,
        INTERNAL,
        nullable=False,
        filter=True,
        sort=True,
        zh="发现时间",
        en="Time at which it was set aside",
    )
