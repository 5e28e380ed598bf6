"""The plan as a whole: what each field of the root type is, and what was said of access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hub.query.errors import AccessRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.catalog import Entity, Field
    from hub.catalog.predicate import Predicate
    from hub.query.plan.fields import CellsField, RelayConnection, RowObject
    from hub.query.plan.parameters import Binder, CursorKey, Param, RootRow
    from hub.query.plan.tree import Column, GroupsNode, Node, ReadNode


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that are asked for one by one. ``id``: the column that tells which row is which."""

    node: ReadNode
    id: Column
    object: RowObject


@dataclass(frozen=True, slots=True)
class ConnectionRoot:
    """A list, page by page."""

    key: str
    connection: RelayConnection

    @property
    def statements(self) -> tuple[Node, ...]:
        """The page, and the totals of the list."""
        return (self.connection.node, *self.connection.totals)


@dataclass(frozen=True, slots=True)
class OneRoot:
    """One row, found by its id or by another value that no other row has; null where there is none."""

    key: str
    rows: Rows

    @property
    def statements(self) -> tuple[Node, ...]:
        """The one that looks for the row."""
        return (self.rows.node,)


@dataclass(frozen=True, slots=True)
class NodesRoot:
    """Rows by their global ids, in the order of these. ``kinds``: by the name of their entity."""

    key: str
    ids: Param
    kinds: Mapping[str, Rows]

    @property
    def statements(self) -> tuple[Node, ...]:
        """One for each kind."""
        return tuple(rows.node for rows in self.kinds.values())


@dataclass(frozen=True, slots=True)
class CountsField:
    """What is selected of counts, which are made whole: response key, name, and what is selected below."""

    key: str
    name: str
    below: tuple[CountsField, ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """What rows are told apart by. ``digits``: of each level of a division's code; (None,) for any other field.

    ``grouped``: how many levels the client groups by, 0 where the filter alone looks at the field (``filtered``).
    """

    field: Field
    digits: tuple[int | None, ...]
    grouped: int
    filtered: bool


@dataclass(frozen=True, slots=True)
class CountsRoot:
    """Counts. ``asked``: the filter, a test of dimensions. ``smallest``: rows that a group must have to be shown.

    ``most``: groups that an answer may have. ``alone``: whether the viewer sees counts of the entity, and no row.
    """

    key: str
    node: GroupsNode
    entity: Entity
    dimensions: tuple[Dimension, ...]
    measures: tuple[Field, ...]
    asked: Predicate
    smallest: int
    most: int
    fields: tuple[CountsField, ...]
    alone: bool

    @property
    def statements(self) -> tuple[Node, ...]:
        """The one that counts."""
        return (self.node,)


@dataclass(frozen=True, slots=True)
class NullRoot:
    """What this viewer may read no row of, and an id that leads nowhere for it."""

    key: str
    statements: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class StaticRoot:
    """What graphql-core answers from the schema. ``dated``: and from the state of the data catalogue."""

    key: str
    dated: bool = False
    statements: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeNameRoot:
    """``__typename`` of the root type."""

    key: str
    name: str
    statements: tuple[Node, ...] = ()


Root = ConnectionRoot | OneRoot | NodesRoot | CountsRoot | NullRoot | StaticRoot | TypeNameRoot


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """What a viewer was not simply shown, and why."""

    path: str
    decision: Literal["MASKED", "WITHHELD", "CONDITIONAL"]
    reason: str
    policies: tuple[str, ...]

    def formatted(self) -> dict[str, object]:
        """The entry as ``extensions.access`` lists it."""
        return {
            "path": self.path,
            "decision": self.decision,
            "reason": self.reason,
            "policies": list(self.policies),
        }


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """Everything that an execution needs besides values, keys and a connection.

    ``binders``: make the values of parameters. ``fields``: path to decision, for the audit record; a path with
    ``where`` or ``orderBy`` in it says what picked or ordered the rows. ``cells``: what is decided of objects' fields
    row by row, for viewers who ask for that.
    """

    roots: tuple[Root, ...]
    binders: tuple[Binder | CursorKey | RootRow, ...]
    access: tuple[AccessEntry, ...]
    fields: Mapping[str, str]
    policy_digest: str
    cells: tuple[CellsField, ...] = ()

    def statements(self) -> Iterator[Node]:
        """Yield the nodes that are statements of their own, in order; all others hang on them."""
        for root in self.roots:
            yield from root.statements

    @property
    def dated(self) -> bool:
        """Whether the answer says how the data catalogue stands."""
        return any(isinstance(root, StaticRoot) and root.dated for root in self.roots)

    def static_keys(self) -> frozenset[str]:
        """The response keys of what is answered from the schema alone."""
        return frozenset([root.key for root in self.roots if isinstance(root, StaticRoot)])


def require_readable(plan: ReadPlan) -> None:
    """``AccessRefused`` where the viewer may read no row at all: an empty export would say that there is none."""
    if isinstance(root := plan.roots[0], NullRoot):
        reason = next((entry.reason for entry in plan.access), "no policy permits it.")
        raise AccessRefused(f"You may not read {root.key}: {reason}")
