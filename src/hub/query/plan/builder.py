"""A plan while it is drawn: the statements begun, the values bound, and what is to be said of each field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.catalog.predicate import ALWAYS, Predicate
from hub.query.document.selection import collect
from hub.query.errors import TooManyStatements
from hub.query.plan.tree import Access, Binder, Column, Flag, Join, Param, Position, Statement
from hub.query.plan.where import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import FieldNode, GraphQLSchema

    from hub.catalog import Catalogue, Entity
    from hub.crypto import Vault
    from hub.query.document.limits import Limits
    from hub.query.document.operation import Operation
    from hub.query.plan.rights import Rights, Sight

Fields = dict[str, list["FieldNode"]]
Path = tuple[tuple[str, str], ...]
"""The way to a field: response key and field name, level by level."""

STATEMENTS = 64
"""More than any sensible document needs: roots, and lists that hang on them or on each other."""


@dataclass(slots=True)
class Draft:
    """A statement while its columns are collected. Equal columns are noted once."""

    entity: Entity
    index: int
    columns: list[Column | Flag] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)

    def column(self, alias: str, name: str, when: Predicate = ALWAYS) -> int:
        """Note that a column is needed for the rows that fulfil ``when``; return its place."""
        return self._place(Column(alias, name, when))

    def flag(self, alias: str, holds: Predicate) -> int:
        """Note that it is needed whether the predicate holds; return its place."""
        return self._place(Flag(alias, holds))

    def join(self, target: Entity, on: str, column: str, followed: Predicate, rows: Predicate) -> str:
        """Follow a link to one row; return the alias of that row.

        A link is followed once under however many names it is selected: the server's time to plan a statement
        grows steeply with its joins.
        """
        for made in self.joins:
            if (made.on, made.column) == (on, column):
                return made.alias
        alias = f"t{len(self.joins) + 1}"
        self.joins.append(Join(alias, target, on, column, followed, rows))
        return alias

    def _place(self, column: Column | Flag) -> int:
        if column in self.columns:
            return self.columns.index(column)
        self.columns.append(column)
        return len(self.columns) - 1


@dataclass(slots=True)
class Drafting:
    """What the planner has gathered so far."""

    schema: GraphQLSchema
    catalogue: Catalogue
    rights: Rights
    vault: Vault
    limits: Limits
    operation: Operation
    variables: Mapping[str, Any]
    filters: Filters = field(init=False)
    binders: list[Binder | Position] = field(default_factory=list)
    statements: list[Statement | None] = field(default_factory=list)
    parents: list[tuple[int, int] | None] = field(default_factory=list)
    sizes: list[tuple[Param, ...]] = field(default_factory=list)
    subjects: list[tuple[int, int]] = field(default_factory=list)
    access: dict[str, Access] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.filters = Filters(self.catalogue, self.rights, self.vault, self.bind, self.used)

    def collect(self, type_name: str, nodes: Sequence[Any]) -> Fields:
        """Return the fields selected below these nodes by response key."""
        sets = [node.selection_set for node in nodes]
        return collect(type_name, sets, self.operation.fragments, self.variables)

    def bind(self, binder: Binder) -> Param:
        """Give a value its place among the plan's parameters."""
        self.binders.append(binder)
        return Param(len(self.binders) - 1)

    def open(self, entity: Entity, parent: tuple[int, int] | None) -> Draft:
        """Begin a statement. Statements are numbered parents first."""
        if len(self.statements) >= STATEMENTS:
            raise TooManyStatements(f"The query needs more than {STATEMENTS} statements, which is the limit.")
        self.statements.append(None)
        self.parents.append(parent)
        return Draft(entity, len(self.statements) - 1)

    def close(self, draft: Draft, **parts: Any) -> None:
        """End a statement: its columns and joins are complete."""
        self.statements[draft.index] = Statement(
            entity=draft.entity, alias="t0", columns=tuple(draft.columns), joins=tuple(draft.joins), **parts
        )

    def note_subject(self, draft: Draft, alias: str, entity: Entity) -> None:
        """Have the ids of the people concerned read along, for the audit record."""
        if entity.subject is None:
            return
        name = "id" if entity.subject == entity.name else entity.links[entity.subject].column
        if name == "id" and any(made.alias == alias and self._is_noted(draft, made) for made in draft.joins):
            return  # who is linked to is whom the link, noted already, names
        place = (draft.index, draft.column(alias, name))
        if place not in self.subjects:
            self.subjects.append(place)

    def _is_noted(self, draft: Draft, link: Join) -> bool:
        column = Column(link.on, link.column, ALWAYS)
        return column in draft.columns and (draft.index, draft.columns.index(column)) in self.subjects

    def note(self, path: Path, decision: Any, sight: Sight) -> None:
        """Say that a field is not simply shown."""
        text = ".".join(keys(path))
        self.fields[named(path)] = decision
        self.access[text] = Access(text, decision, sight.reason, sight.policies)

    def show(self, path: Path) -> None:
        """Say that a field is shown plain."""
        self.fields[named(path)] = "PLAIN"

    def used(self, at: str, use: str) -> None:
        """Say, for the audit, what a field was used for that picks, orders or counts rows. ``at``: by schema names."""
        self.fields[at] = use

    def withhold(self, path: Path, reason: str, policies: tuple[str, ...]) -> None:
        """Say that a field is shown in no row."""
        text = ".".join(keys(path))
        self.fields[named(path)] = "WITHHELD"
        self.access[text] = Access(text, "WITHHELD", reason, policies)


def keys(path: Path) -> tuple[str, ...]:
    """The way as the client wrote it."""
    return tuple(key for key, _ in path)


def named(path: Path) -> str:
    """The way by the schema's names, for the audit: an alias is the client's text and might hold a value."""
    return ".".join(name for _, name in path)
