"""What happened: one line for each step, each run of synchronisation, each clock that acted."""

from __future__ import annotations

from hub.catalog import AT_ONCE, Integer, Sensitivity, Share, Text, Timestamp, entity, field

INTERNAL = Sensitivity.INTERNAL


@entity(
    zh="事件",
    en="That something happened to a row of the hub's own, and no value of it",
    provider="数据共享枢纽 (the hub)",
    frequency=AT_ONCE,
    share=Share.UNCONDITIONAL,
    conditions="随所涉数据 for whoever may see the row that it is about",
    root="events",
    sourced=False,
    log=True,
)
class Event:
    """In the order in which it was committed."""

    at = field(Timestamp, INTERNAL, nullable=False, filter=True, zh="时间", en="When it happened")
    kind = field(
        Text, INTERNAL, nullable=False, filter=True, zh="类别", en="What happened, such as SharingRequest.submit"
    )
    entity = field(
        Text, INTERNAL, nullable=False, filter=True, policy=True, zh="对象", en="Kind of the row that it happened to"
    )
    version = field(Integer, INTERNAL, zh="版本", en="Version of the row afterwards, where its changes are counted")
