"""Step 3 for counts: which rows are counted, by what, and which of it this viewer may ask.

The policy's rows are counted, all of them: the client's filter is a test of groups, made afterwards. So a filter
selects among the groups of a table and never makes rows a table of their own, whose differences from others would
tell of the few rows between (``hub.query.counts.suppression`` says how a table is made safe).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import RegionCode
from hub.catalog.counting import DIVISIONS, dimensions, groupings, measures
from hub.catalog.predicate import ALWAYS, NEVER, conj, fields_of
from hub.query.counts.counting import CELLS
from hub.query.errors import AccessRefused
from hub.query.plan.arguments import Leaf, arguments, enum_name
from hub.query.plan.rights import given
from hub.query.plan.tree import Access, Binder, Dimension, Grouped, Pick, Root, StatsPlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import FieldNode

    from hub.catalog import Entity, Field
    from hub.catalog.predicate import Predicate
    from hub.policy import Decision
    from hub.query.plan.arguments import Tree
    from hub.query.plan.builder import Drafting

_FINEST: Final = DIVISIONS[-1][1]


def plan_stats(drafting: Drafting, entity: Entity, key: str, nodes: list[FieldNode]) -> Root:
    """Plan one field of counts. ``AccessRefused`` names what the viewer may not count by or add up."""
    name = nodes[0].name.value
    rows = drafting.rights.rows(entity)
    if rows.where == NEVER:
        drafting.withhold(((key, name),), rows.reason, rows.policies)
        return Root(key, "withheld", {})
    owner: Any = drafting.schema.query_type
    tree = arguments(owner.fields[name], nodes[0], drafting.variables)
    before = len(drafting.binders)
    allowed, asked = drafting.filters.parts(entity, tree.get("where"), f"{name}.where")
    drafting.used(name, "COUNTED")
    _hold_divisions(drafting, before)
    by = _dimensions(entity, tree.get("groupBy"), asked)
    picks, added = _selected(drafting, entity, nodes)
    rights = [allowed]
    for field, use in [(item.field, "count") for item in by] + [(field, "add up") for field in added]:
        rights.append(_right(drafting, entity, field, use, (key, name)))
    counted = conj((rows.where, *rights))
    # All measures that the viewer may add up in these rows decide what is withheld, whichever are selected:
    # otherwise the same table would be withheld in different ways, and the ways could be combined.
    known = tuple(
        field
        for field in measures(entity)
        if field in added or given(counted, drafting.rights.may("aggregate", entity, field.name).where) == ALWAYS
    )
    draft = drafting.open(entity, None)
    drafting.close(
        draft, where=counted, order=(), page=None, parent=None, through=None, limit=None,
        grouped=Grouped(
            tuple((item.field.column, _digits(item)) for item in by), tuple(field.column for field in known), CELLS + 1
        ),
    )  # fmt: skip
    limits = drafting.limits
    return Root(
        key,
        "stats",
        {},
        stats=StatsPlan(draft.index, entity, by, known, asked, limits.smallest_group, limits.groups, picks),
    )


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


def _right(drafting: Drafting, entity: Entity, field: Field, use: str, path: tuple[str, str]) -> Predicate:
    decision: Decision = drafting.rights.may("aggregate", entity, field.name)
    if decision.where == NEVER:
        verb = f"count {entity.name} by" if use == "count" else f"add up, of {entity.name},"
        raise AccessRefused(f"You may not {verb} {field.graphql}: {decision.reason}", path=[path[0]])
    drafting.used(f"{path[1]}.{field.graphql}", "AGGREGATED")
    if decision.where != ALWAYS:
        text = f"{path[0]}.{field.graphql}"
        drafting.access[text] = Access(text, "CONDITIONAL", decision.reason, decision.policies)
    return decision.where


def _hold_divisions(drafting: Drafting, before: int) -> None:
    """Have divisions finer than counts tell apart refused with the other arguments that do not fit."""

    def no_finer(convert: Callable[[object], object]) -> Callable[[object], object]:
        def check(value: object) -> object:
            code = convert(value)
            if len(str(code)) > _FINEST:
                raise ValueError(f"may have at most {_FINEST} digits here: counts go down to townships")
            return code

        return check

    for at in range(before, len(drafting.binders)):
        binder = drafting.binders[at]
        if isinstance(binder, Binder) and binder.where.endswith(".within"):
            drafting.binders[at] = replace(binder, convert=no_finer(binder.convert))


def _selected(drafting: Drafting, entity: Entity, nodes: list[FieldNode]) -> tuple[tuple[Pick, ...], tuple[Field, ...]]:
    """Return what is selected, and the measures among it."""
    added: dict[str, Field] = {}
    known = {field.graphql: field for field in measures(entity)}

    def below(kind: str, fields: list[FieldNode]) -> tuple[Pick, ...]:
        found = []
        for key, inner in drafting.collect(kind, fields).items():
            name = inner[0].name.value
            into = _INTO.get(name)
            if kind.endswith(("Sums", "Averages")) and name in known:
                added[name] = known[name]
            found.append(Pick(key, name, below(f"{entity.name}{into}", inner) if into else ()))
        return tuple(found)

    return below(f"{entity.name}Stats", nodes), tuple(added.values())


_INTO: Final = {"groups": "StatsGroup", "total": "StatsGroup", "sum": "StatsSums", "average": "StatsAverages"}
"""Fields of counts that are objects, and the type of each by what follows the entity's name."""
