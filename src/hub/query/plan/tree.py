"""The plan's nodes: each is one SELECT, and holds what it reads and what hangs on its rows.

A node that hangs on another is written into it, so that a root with all that is below it is one round trip. Tables,
columns and nodes are objects that are told apart by identity: an answer refers to the very column that it is made of,
and where that stands in a row is for ``hub.query.statement.layout`` to say. No value of a query's variables stands
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.catalog import Entity, Field, Link
    from hub.catalog.predicate import Predicate
    from hub.query.plan.parameters import Param


@dataclass(frozen=True, slots=True, eq=False)
class NodeTable:
    """An entity's table as one node reads it; its alias is the statement's to give."""

    entity: Entity


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column that is needed: of which table, and for which rows (elsewhere it is null)."""

    table: NodeTable
    name: str
    when: Predicate


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """A truth value that is needed: whether the row of this table fulfils the predicate."""

    table: NodeTable
    holds: Predicate


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """A to-one link followed within the node, from the table ``on``.

    ``followed``: for which rows of that table; ``rows``: which rows of the target may be seen.
    """

    table: NodeTable
    on: NodeTable
    link: Link
    followed: Predicate
    rows: Predicate


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of the order. Absent values come last, in either direction."""

    table: NodeTable
    field: Field
    descending: bool


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """A keyset page. ``size`` and the positions are parameters; ``backward`` pages are read in reverse.

    ``fixed``: the size where the document says it, None where the variables do; ``most``: what no size reaches
    beyond that executions of this plan have.
    """

    size: Param
    fixed: int | None
    most: int
    backward: bool
    after: tuple[Param, ...] | None
    before: tuple[Param, ...] | None


@dataclass(frozen=True, slots=True)
class Through:
    """The joining entity between parent and row: rows of it that lead from the parent to the row."""

    table: NodeTable
    to: str
    rows: Predicate


@dataclass(frozen=True, slots=True)
class Parent:
    """What a node hangs on: ``key``, a column of the parent's rows, which column ``by`` of its own rows equals.

    ``by`` stands in the joining entity where there is one.
    """

    key: Column
    by: str


@dataclass(frozen=True, slots=True, eq=False)
class ReadNode:
    """Reads rows. ``limit``: of plain lists. ``subjects``: columns with the ids of the people whom the rows are about.

    ``children``: the lists and totals that hang on the rows, in the order in which rows have them.
    """

    table: NodeTable
    joins: tuple[Join, ...]
    where: Predicate
    order: tuple[OrderKey, ...]
    page: KeysetPage | None
    limit: int | None
    parent: Parent | None
    through: Through | None
    columns: tuple[Column | Flag, ...]
    subjects: tuple[Column, ...]
    children: tuple[ReadNode | TotalNode, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TotalNode:
    """Counts the rows of a list, whatever its page; or adds up a column of theirs, ``added``."""

    table: NodeTable
    where: Predicate
    parent: Parent | None
    through: Through | None
    added: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class GroupsNode:
    """Counts by groups: each row has the keys, the count, and for each measure how many values and their sum.

    ``keys``: columns, and for those of divisions how many digits are told apart. ``most``: groups that are read.
    """

    table: NodeTable
    where: Predicate
    keys: tuple[tuple[str, int | None], ...]
    measures: tuple[str, ...]
    most: int


Node = ReadNode | TotalNode | GroupsNode
