"""The reference for counts: rows that the viewer may count are counted in Python, one after the other."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.catalog import Scalar
from hub.catalog.counting import groupings, measures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graphql import FieldNode, GraphQLResolveInfo

    from hub.catalog import Entity, Field
    from property.reference import Reference, Row

CENT = Decimal("0.01")


def counts(
    reference: Reference, entity: Entity, info: GraphQLResolveInfo, given: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Counts of the rows that may be seen, filtered so, counted so and added up so; no group is too small."""
    rights = reference.rights
    if not rights.counts(entity):
        return None
    where = given.get("where") or {}
    reference.refuse_what_may_not_be_asked(entity, where)
    chosen = {getattr(name, "name", name).upper() for name in given.get("groupBy") or ()}
    ways = [way for way in groupings(entity) if way.enum in chosen]
    added = [field for field in measures(entity) if field.graphql in set(_selected(info.field_nodes))]
    used = {way.field.name for way in ways} | {entity.members[name].name for name in _tested(where)}
    used |= {field.name for field in added}
    for name in used:
        if not rights.ever("aggregate", entity, name):
            reference.refuse(name)
    rows = [
        row
        for row in reference.store[entity.name].values()
        if rights.counted(row)
        and reference.fulfils(row, where)
        and all(rights.may("aggregate", row, name) for name in used)
    ]
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows if ways else ():
        groups[tuple(_part(row.values[way.field.column], way.digits) for way in ways)].append(row)
    names = [way.graphql for way in ways]
    # By field, coarse before fine; absent values come last.
    by_field = sorted(range(len(ways)), key=lambda at: (ways[at].field.name, ways[at].depth))
    ordered = sorted(groups, key=lambda group: [_place(group[at]) for at in by_field])
    nothing = dict.fromkeys(way.graphql for way in groupings(entity))
    found = [(dict(zip(names, group, strict=True)), _numbers(groups[group], added)) for group in ordered]
    return {
        "groups": [{**nothing, **values, **numbers} for values, numbers in found],
        "total": {**nothing, **_numbers(rows, added)},
        "smallestGroup": 1,
    }


def _part(value: Any, digits: int | None) -> Any:
    return value if digits is None or value is None else value[:digits]


def _place(value: Any) -> tuple[bool, str]:
    return value is None, f"{value:020}" if isinstance(value, int) else str(value)


def _numbers(rows: Sequence[Row], added: Sequence[Field]) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    averages: dict[str, Any] = {}
    for field in added:
        values = [row.values[field.column] for row in rows if row.values[field.column] is not None]
        total = sum(map(Decimal, values), Decimal(0))
        exact = isinstance(field.type, Scalar) and field.type.storage == "numeric"
        if values:
            mean = (total / len(values)).quantize(CENT)
            sums[field.graphql], averages[field.graphql] = (
                (str(total), str(mean)) if exact else (int(total), float(mean))
            )
    return {"count": len(rows), "suppressed": False, "sum": sums, "average": averages}


def _tested(where: Mapping[str, Any]) -> Iterator[str]:
    """The fields that a filter tests, wherever in it."""
    for name, below in where.items():
        if name in {"and", "or"}:
            for each in below:
                yield from _tested(each)
        elif name == "not":
            yield from _tested(below)
        else:
            yield name


def _selected(nodes: Sequence[FieldNode], *, inside: bool = False) -> Iterator[str]:
    """The names of what is added up; counts are drawn without fragments."""
    for node in nodes:
        within = inside or node.name.value in {"sum", "average"}
        if within and node.selection_set is None:
            yield node.name.value
        if node.selection_set is not None:
            yield from _selected(node.selection_set.selections, inside=within)  # type: ignore[arg-type] # see above
