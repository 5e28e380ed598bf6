"""Step 3 for counts: which rows are counted, by what, and which of it this viewer may ask.

The policy's rows are counted, all of them: the client's filter is a test of groups, made afterwards. So a filter
selects among the groups of a table and never makes rows a table of their own, whose differences from others would
tell of the few rows between (``hub.query.counts.suppression`` says how a table is made safe).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.catalog import RegionCode
from hub.catalog.counting import DIVISIONS, dimensions, groupings, measures
from hub.catalog.predicate import ALWAYS, NEVER, conj, fields_of
from hub.query.errors import AccessRefused
from hub.query.plan.arguments import Leaf, arguments, enum_name
from hub.query.plan.rights import still_to_test
from hub.query.plan.roots import AccessEntry, CountsField, CountsRoot, Dimension, NullRoot
from hub.query.plan.tree import GroupsNode, NodeTable

if TYPE_CHECKING:
    from graphql import FieldNode

    from hub.catalog import Entity, Field
    from hub.catalog.predicate import Predicate
    from hub.policy import Decision
    from hub.query.plan.arguments import Tree
    from hub.query.plan.builder import PlanBuilder

CELLS: Final = 4_000
"""Combinations of values in one table, those without rows included: what suppression has to look at."""
_FINEST: Final = DIVISIONS[-1][1]


def plan_counts(build: PlanBuilder, entity: Entity, key: str, nodes: list[FieldNode]) -> CountsRoot | NullRoot:
    """Plan one field of counts. ``AccessRefused`` names what the viewer may not count by or add up."""
    name = nodes[0].name.value
    visible = build.rights.counted(entity)
    if visible.where == NEVER:
        build.withhold(((key, name),), visible)
        return NullRoot(key)
    owner: Any = build.schema.query_type
    given = arguments(owner.fields[name], nodes[0], build.variables)
    allowed, asked = build.filters.parts(entity, given.get("where"), f"{name}.where", division=_no_finer)
    build.used(name, "COUNTED")
    by = _dimensions(entity, given.get("groupBy"), asked)
    fields, added = _selected(build, entity, nodes)
    rights = [allowed]
    for field, use in [(item.field, "count") for item in by] + [(field, "add up") for field in added]:
        rights.append(_right(build, entity, field, use, (key, name)))
    rows = conj((visible.where, *rights))

    # All measures that the viewer may add up in these rows decide what is withheld, whichever are selected:
    # otherwise the same table would be withheld in different ways, and the ways could be combined.
    def may_add_up(field: Field) -> bool:
        right = build.rights.may("aggregate", entity, field.name)
        return field in added or still_to_test(right.where, known=rows) == ALWAYS

    known = tuple(field for field in measures(entity) if may_add_up(field))
    build.count_node()
    node = GroupsNode(
        NodeTable(entity),
        rows,
        tuple((item.field.column, _digits(item)) for item in by),
        tuple(field.column for field in known),
        CELLS + 1,
    )
    limits = build.limits
    alone = build.rights.rows(entity).where == NEVER
    return CountsRoot(key, node, entity, by, known, asked, limits.smallest_group, limits.groups, fields, alone)


def _no_finer(code: Any) -> Any:
    """Refuse divisions finer than counts tell apart with the other arguments that do not fit."""
    if len(str(code)) > _FINEST:
        raise ValueError(f"may have at most {_FINEST} digits here: counts go down to townships")
    return code


def _dimensions(entity: Entity, tree: Tree, asked: Predicate) -> tuple[Dimension, ...]:
    """What rows are told apart by, in an order that does not depend on the query's."""
    leaves = tree.value if isinstance(tree, Leaf) else None
    names = {enum_name(item) for item in (leaves if isinstance(leaves, list) else [leaves] if leaves else ())}
    depths: dict[str, int] = dict.fromkeys(fields_of(asked), 0)
    for way in groupings(entity):
        if way.enum in names:
            depths[way.field.name] = max(depths.get(way.field.name, 0), way.depth)
    found = [
        Dimension(
            field,
            tuple(digits for _, digits in DIVISIONS) if field.type is RegionCode else (None,),
            depths[field.name],
            field.name in fields_of(asked),
        )
        for field in dimensions(entity)
        if field.name in depths
    ]
    return tuple(sorted(found, key=lambda item: item.field.name))


def _digits(item: Dimension) -> int | None:
    """As fine as it may be needed: what the filter looks at is only known when it is executed."""
    return item.digits[-1] if item.filtered else item.digits[item.grouped - 1]


def _right(build: PlanBuilder, entity: Entity, field: Field, use: str, path: tuple[str, str]) -> Predicate:
    decision: Decision = build.rights.may("aggregate", entity, field.name)
    if decision.where == NEVER:
        verb = f"count {entity.name} by" if use == "count" else f"add up, of {entity.name},"
        raise AccessRefused(f"You may not {verb} {field.graphql}: {decision.reason}", path=[path[0]])
    build.used(f"{path[1]}.{field.graphql}", "AGGREGATED")
    if decision.where != ALWAYS:
        text = f"{path[0]}.{field.graphql}"
        build.access[text] = AccessEntry(text, "CONDITIONAL", decision.reason, decision.policies)
    return decision.where


def _selected(
    build: PlanBuilder, entity: Entity, nodes: list[FieldNode]
) -> tuple[tuple[CountsField, ...], tuple[Field, ...]]:
    """Return what is selected, and the measures among it."""
    added: dict[str, Field] = {}
    known = {field.graphql: field for field in measures(entity)}

    def below(part: str, fields: list[FieldNode]) -> tuple[CountsField, ...]:
        found = []
        for key, inner in build.collect(f"{entity.name}{part}", fields).items():
            name = inner[0].name.value
            into = _PARTS.get(name)
            if part in _OF_MEASURES and name in known:
                added[name] = known[name]
            found.append(CountsField(key, name, below(into, inner) if into else ()))
        return tuple(found)

    return below("Stats", nodes), tuple(added.values())


_PARTS: Final = {"groups": "StatsGroup", "total": "StatsGroup", "sum": "StatsSums", "average": "StatsAverages"}
"""Fields of counts that are objects, and the type of each by what follows the entity's name."""
_OF_MEASURES: Final = frozenset({"StatsSums", "StatsAverages"})
