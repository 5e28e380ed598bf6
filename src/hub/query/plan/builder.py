"""A plan while it is made: the nodes begun, the values bound, and what is to be said of each field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from hub.catalog.predicate import ALWAYS, Predicate
from hub.query.document.selection import collect
from hub.query.errors import TooManyStatements
from hub.query.plan.arguments import Const
from hub.query.plan.parameters import Param, RootRow
from hub.query.plan.roots import AccessEntry
from hub.query.plan.tree import Column, Flag, Join, NodeTable, Parent, ReadNode, Through, TotalNode
from hub.query.plan.where import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import FieldNode, GraphQLSchema

    from hub.catalog import Catalogue, Entity, Link
    from hub.crypto import Vault
    from hub.policy import Decision
    from hub.query.document.limits import Limits
    from hub.query.document.operation import Operation
    from hub.query.plan.fields import CellsField
    from hub.query.plan.parameters import Binder, CursorKey
    from hub.query.plan.rights import FieldRights, ViewerRights
    from hub.query.plan.tree import KeysetPage, OrderKey

SelectedFields = dict[str, list["FieldNode"]]
FieldPath = tuple[tuple[str, str], ...]
"""The way to a field: response key and field name, level by level."""

STATEMENTS = 64
"""More than any sensible document needs: roots, and lists that hang on them or on each other."""


@dataclass(slots=True)
class NodeBuilder:
    """A node that reads rows, while its columns are collected. Equal columns are noted once."""

    table: NodeTable
    parent: Parent | None
    through: Through | None = None
    joins: list[Join] = field(default_factory=list)
    subjects: list[Column] = field(default_factory=list)
    children: list[ReadNode | TotalNode] = field(default_factory=list)
    _columns: dict[tuple[NodeTable, str, Predicate], Column] = field(default_factory=dict)
    _flags: dict[tuple[NodeTable, Predicate], Flag] = field(default_factory=dict)
    _in_order: list[Column | Flag] = field(default_factory=list)

    def column(self, table: NodeTable, name: str, when: Predicate = ALWAYS) -> Column:
        """Note that a column is needed for the rows that fulfil ``when``."""
        known = self._columns.get((table, name, when))
        if known is None:
            known = self._columns[table, name, when] = Column(table, name, when)
            self._in_order.append(known)
        return known

    def flag(self, table: NodeTable, holds: Predicate) -> Flag:
        """Note that it is needed whether the predicate holds."""
        known = self._flags.get((table, holds))
        if known is None:
            known = self._flags[table, holds] = Flag(table, holds)
            self._in_order.append(known)
        return known

    def join(self, target: Entity, on: NodeTable, link: Link, followed: Predicate, rows: Predicate) -> NodeTable:
        """Follow a link to one row; return that row's table.

        A link is followed once under however many names it is selected: the server's time to plan a statement
        grows steeply with its joins.
        """
        for made in self.joins:
            if made.on is on and made.link == link:
                return made.table
        table = NodeTable(target)
        self.joins.append(Join(table, on, link, followed, rows))
        return table

    def note_subject(self, table: NodeTable) -> None:
        """Have the ids of the people concerned read along, for the audit record."""
        entity = table.entity
        if entity.subject is None:
            return
        name = "id" if entity.subject == entity.name else entity.links[entity.subject].column
        if name == "id" and any(made.table is table and self._names_subject(made) for made in self.joins):
            return  # who is linked to is whom the link, noted already, names
        column = self.column(table, name)
        if column not in self.subjects:
            self.subjects.append(column)

    def _names_subject(self, join: Join) -> bool:
        return self._columns.get((join.on, join.link.column, ALWAYS)) in self.subjects

    def finished(
        self, where: Predicate, *, order: tuple[OrderKey, ...] = (), page: KeysetPage | None = None, limit: int | None
    ) -> ReadNode:
        """Return the node: its columns and joins are complete."""
        return ReadNode(
            table=self.table, joins=tuple(self.joins), where=where, order=order, page=page, limit=limit,
            parent=self.parent, through=self.through, columns=tuple(self._in_order), subjects=tuple(self.subjects),
            children=tuple(self.children),
        )  # fmt: skip


@dataclass(slots=True)
class PlanBuilder:
    """What the planner has gathered so far. ``explains_cells``: whether each cell is to be decided on by itself."""

    schema: GraphQLSchema
    catalogue: Catalogue
    rights: ViewerRights
    vault: Vault
    limits: Limits
    operation: Operation
    variables: Mapping[str, Any]
    explains_cells: bool = False
    filters: Filters = field(init=False)
    binders: list[Binder | CursorKey | RootRow] = field(default_factory=list)
    access: dict[str, AccessEntry] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    cells: list[CellsField] = field(default_factory=list)
    nodes: int = 0

    def __post_init__(self) -> None:
        self.filters = Filters(self.catalogue, self.rights, self.vault, self.bind, self.used)

    @property
    def root_type(self) -> Any:
        """The type that the operation's first fields belong to."""
        return self.schema.type_map[self.operation.root_type]

    def collect(self, type_name: str, nodes: Sequence[Any]) -> SelectedFields:
        """Return the fields selected below these nodes by response key."""
        sets = [node.selection_set for node in nodes]
        return collect(type_name, sets, self.operation.fragments, self.variables)

    def bind(self, binder: Binder | CursorKey | RootRow) -> Param:
        """Give a value its place among the plan's parameters."""
        self.binders.append(binder)
        fixed = not isinstance(binder, RootRow) and isinstance(binder.source, Const)
        return Param(len(self.binders) - 1, fixed)

    def count_node(self) -> None:
        """Count a node; ``TooManyStatements`` if it is one too many."""
        self.nodes += 1
        if self.nodes > STATEMENTS:
            raise TooManyStatements(f"The query needs more than {STATEMENTS} statements, which is the limit.")

    # --- what is said of fields ---

    def note(self, path: FieldPath, decision: Literal["MASKED", "CONDITIONAL"], rights: FieldRights) -> None:
        """Say that a field is not simply shown."""
        text = ".".join(response_path(path))
        self.fields[schema_path(path)] = decision
        self.access[text] = AccessEntry(text, decision, rights.reason, rights.policies)

    def show(self, path: FieldPath) -> None:
        """Say that a field is shown plain."""
        self.fields[schema_path(path)] = "PLAIN"

    def used(self, at: str, use: str) -> None:
        """Say, for the audit, what a field was used for that picks, orders or counts rows. ``at``: by schema names."""
        self.fields[at] = use

    def withhold(self, path: FieldPath, refused: FieldRights | Decision) -> None:
        """Say that a field is shown in no row."""
        text = ".".join(response_path(path))
        self.fields[schema_path(path)] = "WITHHELD"
        self.access[text] = AccessEntry(text, "WITHHELD", refused.reason, refused.policies)


def response_path(path: FieldPath) -> tuple[str, ...]:
    """The way as the client wrote it."""
    return tuple(key for key, _ in path)


def schema_path(path: FieldPath) -> str:
    """The way by the schema's names, for the audit: an alias is the client's text and might hold a value."""
    return ".".join(name for _, name in path)
