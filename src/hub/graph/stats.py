"""Counts of an entity: ``<entity>Stats(groupBy:, where:)``, derived from the fields declared for ``aggregate``."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from hub.catalog import RegionCode
from hub.catalog.counting import counted, dimensions, groupings, measures
from hub.graph import describe
from hub.graph.inputs import MEANING, filter_name
from hub.graph.scalars import type_name
from hub.graph.shapes import Argument, TypeMember

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Catalogue, Entity, Field
    from hub.catalog.counting import Grouping
    from hub.graph.shapes import Types
    from hub.policy import Visibility

PARTS: Final = ("Stats", "StatsGroup", "StatsGrouping", "StatsWhere", "StatsSums", "StatsAverages")
"""The types of an entity's counts, by what follows the entity's name."""
WITHIN: Final = "DivisionFilter"

_WITHHELD = "none where it would tell of fewer rows than a group must have, or let such a number be computed"


def add_stats(types: Types, catalogue: Catalogue) -> None:
    """Add the types of every entity's counts."""
    types.input(
        WITHIN,
        "Tests of a division as counts know it, down to townships (9 digits).",
        [TypeMember("within", "RegionCode", MEANING["within"]), TypeMember("isNull", "Boolean", MEANING["isNull"])],
    )
    for entity in catalogue:
        if counted(entity) is not None:
            _add(types, entity)


def _add(types: Types, entity: Entity) -> None:
    about = describe.terms(entity)
    ways = {way.enum: way for way in groupings(entity)}
    name = f"{entity.name}StatsGrouping"
    # The functional form of Enum: which groupings there are is data.
    members = Enum(name, {key: way.name for key, way in ways.items()})  # type: ignore[misc]
    types.enum(members, name, f"{about}: what rows can be counted by.", {key: _way(way) for key, way in ways.items()})
    where = f"{entity.name}StatsWhere"
    types.input(
        where,
        f"{about}: which rows are counted. Only what rows can be grouped by can be asked for here: a filter finer "
        "than the groups would single people out.",
        [
            *(
                TypeMember(
                    field.graphql,
                    WITHIN if field.type is RegionCode else filter_name(field),
                    describe.terms(field) + ".",
                )
                for field in dimensions(entity)
                if field.filter
            ),
            TypeMember("and", f"[{where}!]", "All of these hold."),
            TypeMember("or", f"[{where}!]", "At least one of these holds."),
            TypeMember("not", where, "This does not hold."),
        ],
    )
    group = [
        TypeMember(way.graphql, "RegionCode" if way.digits else type_name(way.field), f"{_way(way)}, if grouped by it.")
        for way in ways.values()
    ]
    group += [
        TypeMember("count", "Int", f"数量 · How many rows; {_WITHHELD}."),
        TypeMember("suppressed", "Boolean!", "是否隐匿 · Whether the numbers are withheld, and not just none."),
    ]
    added = measures(entity)
    if added:
        types.object(f"{entity.name}StatsSums", f"{about}: sums.", [_measure(field) for field in added])
        types.object(
            f"{entity.name}StatsAverages",
            f"{about}: averages over the rows that have a value, to two decimals.",
            [_measure(field, "Float" if type_name(field) == "Int" else type_name(field)) for field in added],
        )
        group += [
            TypeMember("sum", f"{entity.name}StatsSums", f"合计 · Sums; {_WITHHELD}."),
            TypeMember("average", f"{entity.name}StatsAverages", f"平均 · Averages; {_WITHHELD}."),
        ]
    types.object(f"{entity.name}StatsGroup", f"{about}: one group of rows, in numbers.", group)
    types.object(
        f"{entity.name}Stats",
        f"{about}: in numbers.",
        [
            TypeMember(
                "groups",
                f"[{entity.name}StatsGroup!]!",
                "The groups that have rows, and those whose numbers are withheld. What is not listed has no row.",
            ),
            TypeMember("total", f"{entity.name}StatsGroup!", "All rows that the filter asks for."),
            TypeMember("smallestGroup", "Int!", "How many rows a group must have for its numbers to be shown."),
            TypeMember(
                "asOf",
                "DateTime!",
                "统计时间 · When the rows were counted. Whoever sees counts and no rows is given a table again for "
                "some time, so that counts from day to day do not tell of single people.",
            ),
        ],
    )


def _way(way: Grouping) -> str:
    return describe.terms(way.field) + (f" (the first {way.digits} digits)" if way.digits else "")


def _measure(field: Field, kind: str | None = None) -> TypeMember:
    return TypeMember(
        field.graphql, kind or type_name(field), f"{describe.terms(field)}; none where no row has a value."
    )


def stats_members(catalogue: Catalogue) -> Iterator[TypeMember]:
    """Yield the counts on Query."""
    for entity in catalogue:
        name = counted(entity)
        if name is not None:
            arguments = (
                Argument(
                    "groupBy", f"[{entity.name}StatsGrouping!]", "What to group by; nothing gives the total alone."
                ),
                Argument("where", f"{entity.name}StatsWhere", "Which rows."),
            )
            yield TypeMember(
                name,
                f"{entity.name}Stats",
                f"{describe.terms(entity)}: in numbers. Cost: {describe.COUNTS_COST}.",
                arguments,
            )


def lost_stats(entity: Entity, seen: Visibility) -> Iterator[tuple[str, str]]:
    """Yield the members of an entity's counts that the viewer has no right to, as (type, member)."""
    name = counted(entity)
    if name is None:
        return
    ways = {way: seen.may("aggregate", entity.name, way.field.name) for way in groupings(entity)}
    added = {field: seen.may("aggregate", entity.name, field.name) for field in measures(entity)}
    if not any((*ways.values(), *added.values())):
        yield "Query", name
    for way, may in ways.items():
        if not may:
            yield f"{entity.name}StatsGrouping", way.enum
            yield f"{entity.name}StatsGroup", way.graphql
        if not (may and seen.may("filter", entity.name, way.field.name)):
            yield f"{entity.name}StatsWhere", way.field.graphql
    for field, may in added.items():
        if not may:
            yield f"{entity.name}StatsSums", field.graphql
            yield f"{entity.name}StatsAverages", field.graphql
    if not any(added.values()):
        yield f"{entity.name}StatsGroup", "sum"
        yield f"{entity.name}StatsGroup", "average"
