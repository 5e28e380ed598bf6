"""What a declared process adds to the catalogue: the row's state and version, its history, its clocks.

History and clocks are entities like others, so that the one way to read shows them under policy. They are part of
the row that they speak of: who may not see that row sees nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.catalog.entity import EntityGroup
from hub.catalog.fields import Field, Link, Links, field, link, links
from hub.catalog.mask import hide
from hub.catalog.scalars import Boolean, Date, Integer, Text, Timestamp
from hub.catalog.sensitivity import Group, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.catalog.process import Process

INTERNAL, PERSONAL = Sensitivity.INTERNAL, Sensitivity.PERSONAL
RECORDS: Final = EntityGroup(
    "process-record", "办理记录", "the steps that were taken, and the legal periods, of all processes"
)
"""The entities that processes add."""
HISTORY: Final = "history"
CLOCKS: Final = "clocks"
"""The links from a row to its history and to its clocks."""
ROW: Final = "row"
"""The link back."""


@dataclass(frozen=True, slots=True)
class ProcessPart:
    """An entity that a process adds: its name, what the owner's terms are followed by, its fields and links."""

    name: str
    zh: str
    en: str
    members: Mapping[str, Field | Link]


def parts(owner: str, process: Process) -> tuple[ProcessPart, ...]:
    """The entities that the process of an entity adds."""
    return (
        ProcessPart(history_name(owner), "办理记录", "a step that was taken", history_members(owner, process)),
        ProcessPart(clocks_name(owner), "期限", "a legal period", clock_members(owner)),
    )


def history_name(owner: str) -> str:
    """The entity of the steps that were taken with rows of an entity."""
    return f"{owner}Step"


def clocks_name(owner: str) -> str:
    """The entity of the clocks of an entity's rows."""
    return f"{owner}Clock"


def row_members(owner: str, process: Process) -> Mapping[str, Field | Links]:
    """What every row of a process has besides its declared fields."""
    return {
        "state": field(
            process.states,
            INTERNAL,
            nullable=False,
            filter=True,
            sort=True,
            aggregate=True,
            policy=True,
            zh="状态",
            en="State of the process",
        ),
        "state_since": field(
            Timestamp,
            INTERNAL,
            nullable=False,
            filter=True,
            sort=True,
            zh="进入状态时间",
            en="Since when it is in this state",
        ),
        HISTORY: links(history_name(owner), by=ROW, zh="办理记录", en="The steps that were taken, first to last"),
        CLOCKS: links(clocks_name(owner), by=ROW, zh="期限", en="The legal periods that run or ran"),
    }


def history_members(owner: str, process: Process) -> Mapping[str, Field | Link]:
    """One step that was taken. Rows are only ever added."""
    return {
        ROW: link(owner, nullable=False, zh="事项", en="What the step was taken with"),
        "step": field(Text, INTERNAL, nullable=False, filter=True, zh="步骤", en="Name of the step"),
        "from_state": field(process.states, INTERNAL, filter=True, zh="原状态", en="State before; none where it began"),
        "to_state": field(process.states, INTERNAL, nullable=False, filter=True, zh="新状态", en="State after"),
        "version": field(
            Integer, INTERNAL, nullable=False, sort=True, zh="版本", en="Version of the row after the step"
        ),
        "taken_at": field(
            Timestamp, INTERNAL, nullable=False, filter=True, sort=True, zh="时间", en="When it was taken"
        ),
        "partner": field(
            Text,
            INTERNAL,
            filter=True,
            policy=True,
            zh="办理单位",
            en="Partner that took it; none where a clock did",
        ),
        "member": field(
            Text,
            INTERNAL,
            zh="办理人",
            en="Member of the partner who took it, by token; none where it was not a person",
        ),
        "article": field(Text, INTERNAL, nullable=False, zh="依据", en="The text that the step rests on"),
        "given": field(
            Text,
            PERSONAL,
            sealed=True,
            group=Group.RECORD,
            mask=hide(),
            zh="所填内容",
            en="What was given with it, as JSON",
        ),
    }


def clock_members(owner: str) -> Mapping[str, Field | Link]:
    """One legal period of one row. Whether it is late follows from its last day and today's: nothing stores it."""
    return {
        ROW: link(owner, nullable=False, zh="事项", en="What the period is for"),
        "clock": field(Text, INTERNAL, nullable=False, filter=True, zh="期限名称", en="Name of the clock"),
        "article": field(Text, INTERNAL, nullable=False, zh="依据", en="The text that sets the period"),
        "began_on": field(
            Date, INTERNAL, nullable=False, filter=True, zh="起算日", en="Day on which it began; does not count"
        ),
        "budget": field(Integer, INTERNAL, nullable=False, zh="期限", en="Days in all, with the extension"),
        "unit": field(Text, INTERNAL, nullable=False, zh="单位", en="What the days are: working days, or days"),
        "used": field(
            Integer, INTERNAL, nullable=False, zh="已用天数", en="Days that had passed when it last began to run"
        ),
        "running_since": field(Date, INTERNAL, zh="本段起算日", en="Day since which it runs; none while it pauses"),
        "extended": field(Boolean, INTERNAL, nullable=False, zh="已延长", en="Whether it was extended"),
        "due_on": field(Date, INTERNAL, filter=True, sort=True, zh="到期日", en="Last day; none while it pauses"),
        "provisional": field(
            Boolean,
            INTERNAL,
            nullable=False,
            filter=True,
            zh="暂定",
            en="Whether the last day was counted with a calendar that is not published yet",
        ),
        "calendar_year": field(
            Integer, INTERNAL, nullable=False, zh="日历年度", en="Last year of the calendar that it was counted with"
        ),
        "reminded_at": field(Timestamp, INTERNAL, zh="提醒时间", en="When the party was reminded"),
        "breached_at": field(
            Timestamp, INTERNAL, filter=True, zh="超期处理时间", en="When what follows a missed last day was done"
        ),
        "ended_at": field(Timestamp, INTERNAL, filter=True, zh="结束时间", en="When it ended"),
        "next_at": field(Timestamp, INTERNAL, sort=True, zh="下次处理时间", en="When it is looked at next"),
    }
