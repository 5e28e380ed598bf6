"""A log: an entity whose rows tell what happened to rows of other entities.

It has a link to each entity that is declared as logged. They share one column, which holds the row's id, so a new
process needs no column here. Whoever may not see the row that a line is about does not see the line: what may be seen
is decided when it is read, and not when it happened.

A line's place is a number that is given under a lock (``hub.write.events``). It serves order and cursors only: read,
it would tell how many lines lie between two that a viewer sees.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hub.catalog.fields import Field, Link
from hub.catalog.scalars import Scalar
from hub.catalog.sensitivity import Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.catalog.entity import Entity

ROW_ID: Final = "row_id"
"""The column of the row that a line is about."""
ABOUT: Final = "entity"
"""The field with the name of that row's entity."""
SEQUENCE: Final = Field(
    name="seq", type=Scalar("Sequence", "bigint", "Place in a log.", int, ()), sensitivity=Sensitivity.INTERNAL,
    zh="序号", en="Place among all lines; nobody reads it", nullable=False, unique=True,
)  # fmt: skip
"""What the lines of a log are ordered by. It is no item of the entity: there is no right to it."""


def with_links(log: Entity, entities: Iterable[Entity]) -> Entity:
    """Return the log with a link to each logged entity."""
    logged = sorted((each for each in entities if each.logged), key=lambda each: each.name)
    links = {made.name: made for made in map(_link, logged)}
    return replace(log, links=MappingProxyType({**log.links, **links}))


def _link(entity: Entity) -> Link:
    return Link(
        name=entity.table, target=entity.name, shared=ROW_ID, sensitivity=Sensitivity.INTERNAL,
        zh=entity.zh, en=f"{entity.en}: if the event is about one",
    )  # fmt: skip
