"""Step 6 for counts: groups as the database counts them become a table in which nothing withheld can be computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.catalog import Scalar
from hub.catalog.counting import groupings
from hub.catalog.predicate import ALWAYS, admits
from hub.query.counts.question import finest_of, question
from hub.query.counts.suppression import NOTHING, family
from hub.query.errors import TooManyGroups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.catalog.predicate import Predicate
    from hub.query.counts.compared import CountedTable
    from hub.query.counts.suppression import Cell, Depths, Family, Tally
    from hub.query.plan.roots import CountsField, CountsRoot

_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CountsAnswer:
    """The answer as JSON, and its groups, for the audit's count."""

    text: bytes
    groups: Sequence[Any]


def counts_answer(
    plan: CountsRoot, rows: Sequence[Sequence[Any]], values: Sequence[Any], standing: CountedTable | None = None
) -> CountsAnswer:
    """Make the answer. ``rows``: as ``plan.tree.GroupsNode`` says; ``values``: of the plan's binders.

    ``standing``: the table to answer from, where that is held against what was shown before. ``TooManyGroups`` where
    the table is larger than it may be.
    """
    asked = question(plan, values)
    grouped, depths = asked.grouped, asked.depths
    if standing is None:
        tables, at = family(finest_of(plan, depths, rows), depths, plan.smallest), datetime.now(UTC)
    else:
        tables, at = standing.tables, standing.at
    view = _FilteredTables(plan, tables, asked.asked, asked.filtered)
    everything: Cell = ((),) * len(depths)
    groups: list[dict[str, Any]] = []
    if any(grouped):
        groups = [made for cell in tables.below(everything, grouped) if (made := view.group(cell, grouped))]
    if len(groups) > plan.most:
        raise TooManyGroups(
            f"The counts have {len(groups)} groups; the limit is {plan.most}. "
            "Group by fewer fields or larger divisions, or filter."
        )
    total = view.group(everything, (0,) * len(depths)) or view.shown(everything, NOTHING)
    answer = {
        "groups": groups,
        "total": total,
        "smallestGroup": plan.smallest,
        "asOf": f"{at.astimezone(UTC).isoformat(timespec='seconds')[:-6]}Z",
        "__typename": f"{plan.entity.name}Stats",
    }
    return CountsAnswer(orjson.dumps(_selected(plan.fields, answer)), groups)


class _FilteredTables:
    """The tables through the client's filter. ``filtered``: how deep it looks into each dimension."""

    def __init__(self, plan: CountsRoot, tables: Family, asked: Predicate, filtered: Depths) -> None:
        self.plan, self.tables, self.asked, self.filtered = plan, tables, asked, filtered
        self.admitted: dict[Cell, bool] = {}
        entity, at = plan.entity.name, {item.field.name: at for at, item in enumerate(plan.dimensions)}
        ways = groupings(plan.entity)
        self.absent = dict.fromkeys([way.graphql for way in ways])
        self.ways = [(way.graphql, at[way.field.name], way.depth) for way in ways if way.field.name in at]
        self.measures = [(field.graphql, field.type) for field in plan.measures]
        self.group_name, self.sums_name, self.averages_name = (
            f"{entity}{kind}" for kind in ("StatsGroup", "StatsSums", "StatsAverages")
        )

    def group(self, cell: Cell, depths: Depths) -> dict[str, Any] | None:
        """Return a group's numbers, or that they are withheld; None where the filter leaves none of its rows.

        What the filter selects of a group is shown where it is the sum of shown cells, or what shown cells leave
        of a group that is shown itself: so a filtered number never says more than the unfiltered table does.
        """
        level = tuple(map(max, depths, self.filtered))
        table, own = self.tables.tables[level], self.tables.tables[depths]
        selected: list[Cell] = []
        rest: list[Cell] = []
        for part in self.tables.below(cell, level):
            (selected if self._admits(part) else rest).append(part)
        tally = NOTHING
        for part in selected:
            tally += table.tally(part)
        follows = table.withheld.isdisjoint(selected) or (own.shows(cell) and table.withheld.isdisjoint(rest))
        if not follows or tally.small(self.plan.smallest):
            return self.shown(cell, None)
        return self.shown(cell, tally) if tally.count else None

    def shown(self, cell: Cell, tally: Tally | None) -> dict[str, Any]:
        """Return a group as GraphQL names its parts."""
        found: dict[str, Any] = dict(self.absent)
        for name, at, depth in self.ways:
            if len(cell[at]) >= depth:
                found[name] = cell[at][depth - 1]
        found |= {"count": None, "sum": None, "average": None, "suppressed": tally is None}
        found["__typename"] = self.group_name
        if tally is not None:
            sums: dict[str, Any] = {"__typename": self.sums_name}
            averages: dict[str, Any] = {"__typename": self.averages_name}
            if tally.count:
                for (name, kind), values, total in zip(self.measures, tally.values, tally.sums, strict=True):
                    sums[name], averages[name] = _sum(kind, values, total), _average(kind, values, total)
            found |= {"count": tally.count, "sum": sums, "average": averages}
        return found

    def _admits(self, cell: Cell) -> bool:
        """Whether the filter selects the cell's rows: it is asked once for what it looks at."""
        if self.asked == ALWAYS:
            return True
        looked_at = tuple(path if depth else () for path, depth in zip(cell, self.filtered, strict=True))
        known = self.admitted.get(looked_at)
        if known is None:
            values = {item.field.name: path[-1] for item, path in zip(self.plan.dimensions, cell, strict=True) if path}
            known = self.admitted[looked_at] = admits(self.asked, values)
        return known


def _sum(kind: Any, values: int, total: Decimal) -> Any:
    if not values:
        return None
    return str(total) if isinstance(kind, Scalar) and kind.storage == "numeric" else int(total)


def _average(kind: Any, values: int, total: Decimal) -> Any:
    if not values:
        return None
    mean = (total / values).quantize(_CENT)
    return str(mean) if isinstance(kind, Scalar) and kind.storage == "numeric" else float(mean)


def _selected(fields: Sequence[CountsField], found: Any) -> Any:
    if not fields or found is None:
        return found
    if isinstance(found, list):
        return [_selected(fields, item) for item in found]
    return {field.key: _selected(field.below, found.get(field.name)) for field in fields}
