"""What rows can be counted by, and what can be added up: from the fields that are declared for ``aggregate``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from hub.catalog.fields import camel
from hub.catalog.scalars import RegionCode, Scalar

if TYPE_CHECKING:
    from hub.catalog.entity import Entity
    from hub.catalog.fields import Field

DIVISIONS: Final = (("county", 6), ("township", 9))
"""Levels at which divisions are counted, with the digits of their codes (GB/T 2260). Villages are too small."""
_KEYS: Final = ("text", "integer", "boolean")
_MEASURES: Final = ("numeric", "integer", "bigint")


@dataclass(frozen=True)
class Grouping:
    """One way to group rows: by a field, or by one level of a field that holds divisions.

    ``depth``: 1 for the coarsest level of the field. ``digits``: of a division's code at this level.
    """

    name: str
    field: Field
    depth: int = 1
    digits: int | None = None

    @property
    def enum(self) -> str:
        """Its name among the values of ``groupBy``."""
        return self.name.upper()

    @cached_property
    def graphql(self) -> str:
        """Its name in a group."""
        return camel(self.name)


def dimensions(entity: Entity) -> tuple[Field, ...]:
    """Return the fields that rows can be grouped by."""
    return tuple(
        field
        for field in entity.fields.values()
        if field.aggregate and (field.codes is not None or field.type is RegionCode or field.scalar.storage in _KEYS)
    )


@cache
def groupings(entity: Entity) -> tuple[Grouping, ...]:
    """Return the ways to group rows."""
    found: list[Grouping] = []
    for field in dimensions(entity):
        if field.type is RegionCode:
            found += [
                Grouping(f"{field.name}_{level}", field, depth, digits)
                for depth, (level, digits) in enumerate(DIVISIONS, 1)
            ]
        else:
            found.append(Grouping(field.name, field))
    return tuple(found)


def measures(entity: Entity) -> tuple[Field, ...]:
    """Return the fields whose values can be added up."""
    return tuple(
        field
        for field in entity.fields.values()
        if field.aggregate and isinstance(field.type, Scalar) and field.type.storage in _MEASURES
    )


def counted(entity: Entity) -> str | None:
    """Return the name of the entity's counts on Query; None where it has none."""
    return f"{camel(entity.table)}Stats" if entity.root is not None and groupings(entity) else None
