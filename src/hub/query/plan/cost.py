"""What a query may cost, known before anything runs: rows by the sizes of its pages, times what each row takes.

One unit is about the work of one row with plain columns, some three microseconds of one core. An estimate from
above: pages are taken as full, lists as long as they may be.

| | units |
|---|---|
| a statement | 10 |
| a row | 1, and 1 for each link to one that is followed, or row that stands between |
| a sealed field, opened | 1 a row |
| a total of a list | 1,000; below another row, 10 for each |
| counts | 5,000, and for each field that they group or filter by four times as much |
| a protected value, looked up | 100 |
| a request that is new or is refused: reading it | 5,000, and 10 for each byte |
| introspection, or the data catalogue | 20,000 for each field of the query |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.query.plan.roots import NodesRoot, StaticRoot
from hub.query.plan.tree import Column, GroupsNode, ReadNode, TotalNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hub.query.plan.parameters import Param
    from hub.query.plan.roots import ReadPlan
    from hub.query.plan.tree import Node

STATEMENT: Final = 10
ROW: Final = 1
JOINED: Final = 1
OPENED: Final = 1
TOTAL: Final = 1_000
TOTAL_BELOW: Final = 10
LOOKED_UP: Final = 100
GROUPED: Final = 5_000
GROUPED_BY: Final = 4
STATIC: Final = 20_000
READ: Final = 5_000
READ_BYTE: Final = 10
"""Twice to four times of what parsing and validating takes: measured were 1.2 ms, and up to 5 microseconds a byte."""


@dataclass(frozen=True, slots=True)
class PricedNode:
    """One node. ``most``: the parameter that bounds its rows below each of the parent's; else they are ``fixed``."""

    most: Param | None
    fixed: int
    each: int
    below: tuple[PricedNode, ...] = ()

    def cost(self, values: Sequence[Any], above: int) -> int:
        """Return the units of the node and of all below it. ``above``: the parent's rows."""
        rows = above * (self.fixed if self.most is None else _most(values[self.most.index]))
        return STATEMENT + rows * self.each + sum([node.cost(values, rows) for node in self.below])


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan costs but for its values. ``pages``: of each page its size, and those of the pages it hangs on."""

    statements: tuple[PricedNode, ...]
    static: int
    pages: tuple[tuple[Param, ...], ...]

    def cost(self, values: Sequence[Any], lookups: int) -> int:
        """Return the units of an execution with these values of the plan's parameters."""
        return self.static + LOOKED_UP * lookups + sum([node.cost(values, 1) for node in self.statements])

    def most_rows(self, values: Sequence[Any]) -> Iterator[int]:
        """Yield how many rows of one kind each page, with those that it hangs on, may bring."""
        for sizes in self.pages:
            rows = 1
            for size in sizes:
                rows *= values[size.index] or 1
            yield rows


def reading_cost(size: int) -> int:
    """Return the units for reading a request of so many bytes, where nothing of it is kept from before."""
    return READ + READ_BYTE * size


def price(plan: ReadPlan) -> Price:
    """Price a plan, once for all its executions."""
    statements: list[PricedNode] = []
    for root in plan.roots:
        ids = root.ids if isinstance(root, NodesRoot) else None
        statements += [_priced(node, ids) for node in root.statements]
    return Price(
        tuple(statements),
        STATIC * sum(isinstance(root, StaticRoot) for root in plan.roots),
        tuple(sizes for node in plan.statements() for sizes in _pages(node, ())),
    )


def _priced(node: Node, ids: Param | None = None) -> PricedNode:
    match node:
        case GroupsNode():
            return PricedNode(None, 1, GROUPED * GROUPED_BY ** len(node.keys))
        case TotalNode():
            return PricedNode(None, 1, TOTAL if node.parent is None else TOTAL_BELOW)
        case ReadNode():
            each = ROW + JOINED * (len(node.joins) + (node.through is not None)) + OPENED * _opened(node)
            most = ids if node.page is None else node.page.size
            fixed = 1 if node.parent is None else node.limit or 1
            return PricedNode(most, fixed, each, tuple(_priced(child) for child in node.children))


def _opened(node: ReadNode) -> int:
    """How many sealed fields each row has opened."""
    columns = [column for column in node.columns if isinstance(column, Column)]
    entities = {column.table.entity for column in columns}
    sealed = {(kind, field.column) for kind in entities for field in kind.fields.values() if field.sealed}
    return sum((column.table.entity, column.name) in sealed for column in columns)


def _pages(node: Node, above: tuple[Param, ...]) -> Iterator[tuple[Param, ...]]:
    if isinstance(node, ReadNode):
        sizes = above if node.page is None else (*above, node.page.size)
        if node.page is not None:
            yield sizes
        for child in node.children:
            yield from _pages(child, sizes)


def _most(value: Any) -> int:
    """A page's size, or the number of ids."""
    return int(value) if isinstance(value, int) else len(value)
