"""The plan: a frozen value that says which rows are read, which columns, and how an answer is made of them.

A plan holds no value of a query's variables and opens nothing; ``str`` of its statements is their SQL.
One ``Statement`` is one SELECT; those that hang on another are written into it, so that a root with all that is
below it is one round trip. Rows reach the answer through ``cells``: each names a response key and the columns
that it is made of, by their place in the statement. Which of them are selected, and which the server makes JSON of at
once, is for ``hub.query.statement.json_sql`` to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.catalog import Entity, Field, Mask
    from hub.catalog.predicate import Predicate
    from hub.query.plan.arguments import Source


@dataclass(frozen=True, slots=True)
class Param:
    """The place of a value that only an execution knows: index into the plan's binders."""

    index: int


@dataclass(frozen=True, slots=True)
class Binder:
    """Makes a parameter's value: takes it from document or variables and converts it.

    ``where`` names the argument in errors. ``looks_up``: the value is protected and counts against the
    viewer's budget of look-ups. ``recorded_as``: the value is not sealed and may point to one person all the same
    (an id, an amount): the field's name, under which its token stands in the audit record.
    """

    source: Source
    convert: Callable[[object], object]
    where: str
    looks_up: bool = False
    recorded_as: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Makes one key of a cursor's position. The cursor opens only for the list that ``rows`` identifies."""

    source: Source
    key: int
    field: Field
    rows: Identity
    where: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What a cursor is bound to, besides the viewer: the list's path, order and filter, and filter values."""

    text: str
    values: tuple[Param, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is needed: of which table alias, and for which rows (elsewhere it is null)."""

    alias: str
    name: str
    when: Predicate


@dataclass(frozen=True, slots=True)
class Flag:
    """A truth value that is needed: whether the row of this alias fulfils the predicate."""

    alias: str
    holds: Predicate


@dataclass(frozen=True, slots=True)
class Join:
    """A to-one link followed within the statement; ``rows``: which rows of the target may be seen."""

    alias: str
    entity: Entity
    on: str
    column: str
    followed: Predicate
    rows: Predicate


@dataclass(frozen=True, slots=True)
class Order:
    """One key of the order, a column of this table alias. Absent values come last, in either direction."""

    field: Field
    descending: bool
    alias: str = "t0"


@dataclass(frozen=True, slots=True)
class Page:
    """A keyset page. ``size`` and the positions are parameters; ``backward`` pages are read in reverse.

    ``most``: what no size reaches beyond that executions of this plan have.
    """

    size: Param
    most: int
    backward: bool
    after: tuple[Param, ...] | None
    before: tuple[Param, ...] | None


@dataclass(frozen=True, slots=True)
class Through:
    """The joining entity between parent and row: rows of it that lead from the parent to the row."""

    alias: str
    entity: Entity
    to: str
    rows: Predicate


@dataclass(frozen=True, slots=True)
class Grouped:
    """A statement that counts by groups: each row has the keys, the count, and for each measure values and sum.

    ``keys``: columns, and for those of divisions how many digits are told apart. ``most``: groups that are read.
    """

    keys: tuple[tuple[str, int | None], ...]
    measures: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT.

    ``parent``: the column whose value is the parent's key, for rows that hang on rows of another
    statement; None at a root. ``limit``: of plain lists. ``count``: counts instead of reading, and ``grouped``
    counts by groups.
    """

    entity: Entity
    alias: str
    columns: tuple[Column | Flag, ...]
    joins: tuple[Join, ...]
    where: Predicate
    order: tuple[Order, ...]
    page: Page | None
    parent: str | None
    through: Through | None
    limit: int | None
    count: bool = False
    grouped: Grouped | None = None


# --- how an answer is made of rows ---


@dataclass(frozen=True, slots=True)
class TypeName:
    """``__typename``."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A field that this viewer may read in no row: always null, and nothing was selected for it."""

    key: str


@dataclass(frozen=True, slots=True)
class NodeId:
    """The global id."""

    key: str
    entity: str
    column: int


@dataclass(frozen=True, slots=True)
class Value:
    """A field.

    ``row_id``: column of the row's id, for opening. ``masked``: False shows it plain, True masked, a number
    is the column that says for each row whether it is plain.
    """

    key: str
    field: Field
    table: str
    column: int
    row_id: int
    mask: Mask | None
    masked: bool | int


@dataclass(frozen=True, slots=True)
class One:
    """A to-one link: null where the linked row's id (``present``) is null."""

    key: str
    present: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """Rows of another statement that hang on this row by the value in column ``parent``."""

    key: str
    parent: int
    rows: Rows


Cell = TypeName | Withheld | NodeId | Value | One | Many


@dataclass(frozen=True, slots=True)
class Edges:
    """``edges`` of a connection: pairs of response key and what stands there."""

    key: str
    parts: tuple[tuple[str, Literal["cursor"] | Cell], ...]


@dataclass(frozen=True, slots=True)
class PageInfo:
    """``pageInfo``: response keys and which of its fields each is."""

    key: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Nodes:
    """``nodes``: the rows without their edges."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """``totalCount``, from a counting statement of its own."""

    key: str
    statement: int


Part = Edges | PageInfo | Nodes | Total | TypeName
"""A connection's parts."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What becomes of a statement's rows.

    ``parts`` is None for a plain list (or a single row); otherwise those of a connection. ``position``: the
    columns of the order keys, which a cursor holds. ``identity``: what cursors are bound to.
    """

    statement: int
    cells: tuple[Cell, ...]
    parts: tuple[Part, ...] | None
    position: tuple[int, ...]
    identity: Identity


@dataclass(frozen=True, slots=True)
class Pick:
    """What is selected of an answer that is made whole: response key, name, and what is selected below."""

    key: str
    name: str
    below: tuple[Pick, ...] = ()


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
class StatsPlan:
    """What becomes of a counting statement's groups.

    ``asked``: the filter, a test of dimensions. ``smallest``: rows that a group must have to be shown.
    ``most``: groups that an answer may have.
    """

    statement: int
    entity: Entity
    dimensions: tuple[Dimension, ...]
    measures: tuple[Field, ...]
    asked: Predicate
    smallest: int
    most: int
    picks: tuple[Pick, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """A field of the query. ``kind``: a connection, one row by key, rows by their node ids, or counts."""

    key: str
    kind: Literal["connection", "one", "node", "nodes", "stats", "withheld", "static", "typename"]
    rows: Mapping[str, Rows]
    ids: Param | None = None
    stats: StatsPlan | None = None


@dataclass(frozen=True, slots=True)
class Access:
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

    ``parents[i]``: the statement and column that statement ``i`` takes its parents' keys from.
    ``subjects``: (statement, column) of person ids, for the audit record. ``fields``: path to decision, for
    the same; a path with ``where`` or ``orderBy`` in it says what picked or ordered the rows. ``static``: response
    keys that graphql-core answers from the schema alone.
    """

    roots: tuple[Root, ...]
    statements: tuple[Statement, ...]
    parents: tuple[tuple[int, int] | None, ...]
    binders: tuple[Binder | Position, ...]
    access: tuple[Access, ...]
    fields: Mapping[str, str]
    subjects: tuple[tuple[int, int], ...]
    sizes: tuple[tuple[Param, ...], ...]
    static: bool
    policy_digest: str
