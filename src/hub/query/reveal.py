"""Step 6 of a query: rows become the answer. Sealed fields are opened here, masked where the plan says so.

``compile_answer`` turns a plan's cells into functions once; an execution only calls them. They work column by
column: each takes all rows of a statement and gives the JSON text of one value for each, which templates then
put together. A call for every value of every row, and a dict for every object, would cost more than all else.

Whatever comes from a row goes through ``quoted`` or is a number, a date or a code that needs no escaping; what
stands in templates are GraphQL names, which have neither quotes nor per cent signs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from json.encoder import encode_basestring as quoted
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from hub.catalog import Scalar
from hub.query.bind import position
from hub.query.nodeid import node_id
from hub.query.plan import (
    Edges,
    Many,
    NodeId,
    Nodes,
    One,
    PageInfo,
    Total,
    TypeName,
    Value,
    Withheld,
)
from hub.query.sql import nested

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.catalog import Field, Mask
    from hub.crypto import Vault
    from hub.query.bind import Bound
    from hub.query.fetch import Fetched, Row
    from hub.query.plan import Cell, Identity, Part, ReadPlan, Rows, Statement

    Column = Callable[[Sequence[Row], "Execution"], Sequence[str]]
    """From rows to one JSON text for each of them."""
    Lists = Callable[[Sequence[Sequence[Row]], Sequence[Row], "Execution"], Sequence[str]]
    """From the rows below each parent, and the parents, to one JSON text for each parent."""

NULL = "null"


@dataclass(slots=True)
class Execution:
    """What the functions need of one execution. ``shown[i]``: the rows of statement i that stand in the answer."""

    bound: Bound
    fetched: Fetched
    static: Mapping[str, str]
    shown: list[Sequence[Row]]
    contexts: dict[int, bytes] = field(default_factory=dict)

    def context(self, identity: Identity) -> bytes:
        """What cursors of a list are bound to; the same for all its pages."""
        known = self.contexts.get(id(identity))
        if known is None:
            known = self.contexts[id(identity)] = self.bound.context(identity)
        return known


@dataclass(frozen=True, slots=True)
class Answer:
    """The data of an answer as JSON, and what its audit record needs: how many rows, and whom they are about."""

    data: orjson.Fragment
    rows: int
    subjects: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one connection, one below each parent row; a root has one page and no parent.

    ``rows``: those of all pages, in order. ``bounds``: where each page begins and ends in them. ``more``:
    whether there are rows beyond each, in the direction of reading.
    """

    rows: Sequence[Row]
    bounds: Sequence[tuple[int, int]]
    more: Sequence[bool]
    parents: Sequence[Row]

    def cut(self, values: Sequence[str]) -> list[str]:
        """Divide one JSON text for each row into a JSON list for each page."""
        return [f"[{','.join(values[start:end])}]" for start, end in self.bounds]


def compile_answer(plan: ReadPlan, vault: Vault) -> Callable[[Bound, Fetched, Mapping[str, str]], Answer]:
    """Return the function that makes answers of this plan's rows, and of the JSON of what is static by its key.

    It raises ``DoesNotOpen`` if a sealed value was changed or moved: an answer is whole or is not given.
    """
    roots: list[tuple[str, Callable[[Execution], str]]] = []
    maker = _Maker(plan, vault, nested(plan))
    for root in plan.roots:
        match root.kind:
            case "connection":
                roots.append((root.key, _only(root.rows[""].statement, maker.pages(root.rows[""]))))
            case "one":
                roots.append((root.key, _first(root.rows[""].statement, maker.single(root.rows[""]))))
            case "node" | "nodes":
                assert root.ids is not None  # noqa: S101 - the planner gives node roots their ids
                found = {kind: (rows, maker.single(rows)) for kind, rows in root.rows.items()}
                roots.append((root.key, _by_id(found, root.ids.index, single=root.kind == "node")))
            case "typename":
                roots.append((root.key, lambda _run: '"Query"'))
            case "withheld":
                roots.append((root.key, lambda _run: NULL))
            case "static":
                roots.append((root.key, _static(root.key)))

    template = _template([key for key, _ in roots])

    def answer(bound: Bound, fetched: Fetched, static: Mapping[str, str]) -> Answer:
        run = Execution(bound, fetched, static, [()] * len(plan.statements))
        data = template % tuple([make(run) for _, make in roots])
        concerned = {row[column] for at, column in plan.subjects for row in run.shown[at]}
        return Answer(orjson.Fragment(data), sum(map(len, run.shown)), frozenset(concerned - {None}))

    return answer


def _static(key: str) -> Callable[[Execution], str]:
    return lambda run: run.static[key]


def _only(at: int, pages: Lists) -> Callable[[Execution], str]:
    return lambda run: pages([run.fetched[at]], (), run)[0]


def _first(at: int, shape: Column) -> Callable[[Execution], str]:
    return lambda run: next(iter(shape(run.fetched[at], run)), NULL)


def _by_id(found: Mapping[str, tuple[Rows, Column]], ids: int, *, single: bool) -> Callable[[Execution], str]:
    def make(run: Execution) -> str:
        known: dict[tuple[str, Any], str] = {}
        for kind, (rows, shape) in found.items():
            read = run.fetched[rows.statement]
            place = rows.position[0]
            for row, shaped in zip(read, shape(read, run), strict=True):
                known[kind, row[place]] = shaped
        asked = [known.get(key, NULL) for key in run.bound.values[ids]]
        return asked[0] if single else f"[{','.join(asked)}]"

    return make


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the functions. ``nested``: see ``sql.nested``."""

    plan: ReadPlan
    vault: Vault
    nested: Mapping[int, int]

    # --- lists ---

    def single(self, rows: Rows) -> Column:
        """Shape the rows of a statement that is no connection."""
        shape, at = self._object(rows.cells), rows.statement

        def make(read: Sequence[Row], run: Execution) -> Sequence[str]:
            run.shown[at] = read
            return shape(read, run)

        return make

    def lists(self, rows: Rows) -> Lists:
        """Shape plain lists: one for each sequence of rows."""
        shape = self.single(rows)

        def make(groups: Sequence[Sequence[Row]], parents: Sequence[Row], run: Execution) -> Sequence[str]:
            pages = _joined(groups, [False] * len(groups), parents)
            return pages.cut(shape(pages.rows, run))

        return make

    def pages(self, rows: Rows) -> Lists:
        """Shape connections: one for each sequence of rows."""
        at = rows.statement
        statement = self.plan.statements[at]
        assert rows.parts is not None and statement.page is not None  # noqa: S101, PT018 - connections have both
        size, backward = statement.page.size.index, statement.page.backward
        template = _template([part.key for part in rows.parts])
        parts = [self._part(part, rows, statement) for part in rows.parts]

        def make(groups: Sequence[Sequence[Row]], parents: Sequence[Row], run: Execution) -> Sequence[str]:
            wanted = run.bound.values[size]
            more = [len(group) > wanted for group in groups]
            # The row beyond the page only tells that there is one: it is neither opened nor shown.
            taken = [group[:wanted] if cut else group for group, cut in zip(groups, more, strict=True)]
            pages = _joined([group[::-1] for group in taken] if backward else taken, more, parents)
            run.shown[at] = pages.rows
            return _filled(template, [part(pages, run) for part in parts], len(groups))

        return make

    def _part(self, part: Part, rows: Rows, statement: Statement) -> Callable[[Pages, Execution], Sequence[str]]:
        match part:
            case Edges(_, parts):
                edge = _objects(
                    [(key, self._cursor(rows) if cell == "cursor" else self._cell(cell)) for key, cell in parts]
                )
                return lambda pages, run: pages.cut(edge(pages.rows, run))
            case Nodes(_, cells):
                shape = self._object(cells)
                return lambda pages, run: pages.cut(shape(pages.rows, run))
            case PageInfo(_, asked):
                return self._page_info(asked, rows, statement)
            case Total(_, counted):
                place = self.nested.get(counted)
                if place is None:
                    return lambda _pages, run: [str(run.fetched[counted][0][0])]
                return lambda pages, _run: [str(parent[place]) for parent in pages.parents]
            case TypeName(_, name):
                return lambda pages, _run: [f'"{name}"'] * len(pages.bounds)

    def _cursor(self, rows: Rows) -> Column:
        columns, seal, identity = rows.position, self.vault.cursor_seal, rows.identity

        def cursors(read: Sequence[Row], run: Execution) -> Sequence[str]:
            context = run.context(identity)
            return [f'"{seal(position([row[column] for column in columns]), context)}"' for row in read]

        return cursors

    def _page_info(
        self, asked: Sequence[tuple[str, str]], rows: Rows, statement: Statement
    ) -> Callable[[Pages, Execution], Sequence[str]]:
        cursor = self._cursor(rows)
        page = statement.page
        assert page is not None  # noqa: S101 - as in pages
        backward, behind, ahead = page.backward, page.after is not None, page.before is not None

        def item(name: str, pages: Pages, run: Execution, at: int) -> str:
            start, end = pages.bounds[at]
            match name:
                case "hasNextPage":
                    return _BOOLEANS[ahead if backward else pages.more[at]]
                case "hasPreviousPage":
                    return _BOOLEANS[pages.more[at] if backward else behind]
                case "__typename":
                    return '"PageInfo"'
                case _ if start == end:
                    return NULL
                case _:
                    return cursor([pages.rows[start if name == "startCursor" else end - 1]], run)[0]

        template = _template([key for key, _ in asked])
        return lambda pages, run: [
            template % tuple(item(name, pages, run, at) for _, name in asked) for at in range(len(pages.bounds))
        ]

    # --- objects ---

    def _object(self, cells: Sequence[Cell]) -> Column:
        return _objects([(cell.key, self._cell(cell)) for cell in cells])

    def _cell(self, cell: Cell) -> Column:
        match cell:
            case TypeName(_, name):
                return lambda rows, _run: [f'"{name}"'] * len(rows)
            case Withheld():
                return lambda rows, _run: [NULL] * len(rows)
            case NodeId(_, entity, column):
                return lambda rows, _run: [f'"{node_id(entity, row[column])}"' for row in rows]
            case One(_, present, cells):
                return _where_present(present, self._object(cells))
            case Many():
                return self._many(cell)
            case Value():
                return self._value(cell)

    def _many(self, cell: Many) -> Column:
        below = self.lists(cell.rows) if cell.rows.parts is None else self.pages(cell.rows)
        place = self.nested[cell.rows.statement]

        def read(rows: Sequence[Row], run: Execution) -> Sequence[str]:
            return below([row[place] for row in rows], rows, run)

        return _where_present(cell.parent, read)

    def _value(self, cell: Value) -> Column:
        at, item = cell.column, cell.field
        if not item.sealed:
            spell = _spelling(item)
            return lambda rows, _run: [NULL if (value := row[at]) is None else spell(value) for row in rows]
        row_id, shown = cell.row_id, _shown(cell.mask, cell.masked)
        assert item.group is not None  # noqa: S101 - a sealed field names its group, or the hub does not start
        open_ = self.vault.opener(cell.table, item.column, item.group).open
        if shown is None:
            return lambda rows, _run: [
                NULL if (sealed := row[at]) is None else quoted(open_(row[row_id].bytes, sealed)) for row in rows
            ]
        return lambda rows, _run: [
            NULL if (sealed := row[at]) is None else quoted(shown(open_(row[row_id].bytes, sealed), row))
            for row in rows
        ]


def _shown(mask: Mask | None, masked: bool | int) -> Callable[[str, Row], str] | None:  # noqa: FBT001 - as the plan has it
    """Return what becomes of an opened text in its row; None if it is shown as it is."""
    if mask is None or masked is False:
        return None
    if masked is True:
        return lambda text, _row: mask(text)
    return lambda text, row: text if row[masked] else mask(text)


_BOOLEANS = {True: "true", False: "false"}


def _spelling(item: Field) -> Callable[[Any], str]:
    """Return the function from a field's value, as the driver gives it, to JSON."""
    match item.type.storage if isinstance(item.type, Scalar) else "text":
        case "integer" | "bigint":
            return str
        case "boolean":
            return _BOOLEANS.__getitem__
        case "timestamptz":
            return lambda value: f'"{value.isoformat().removesuffix("+00:00")}Z"'  # the connection's time zone is UTC
        case "date" | "uuid":
            return lambda value: f'"{value}"'
        case _:
            return quoted


def _template(keys: Sequence[str]) -> str:
    return "{" + ",".join([f'"{key}":%s' for key in keys]) + "}"


def _filled(template: str, columns: Sequence[Sequence[str]], count: int) -> list[str]:
    """Put columns side by side: one object for each row; ``count`` of them, even if everything was skipped."""
    return list(map(template.__mod__, zip(*columns, strict=True))) if columns else [template] * count


def _objects(columns: Sequence[tuple[str, Column]]) -> Column:
    template = _template([key for key, _ in columns])
    reads = [read for _, read in columns]
    return lambda rows, run: _filled(template, [read(rows, run) for read in reads], len(rows))


def _where_present(key: int, read: Column) -> Column:
    """Read the rows that have a value in column ``key``; null stands for the others."""
    present = itemgetter(key)

    def some(rows: Sequence[Row], run: Execution) -> Sequence[str]:
        here = [value is not None for value in map(present, rows)]
        if all(here):
            return read(rows, run)
        found = iter(read([row for row, is_here in zip(rows, here, strict=True) if is_here], run))
        return [next(found) if is_here else NULL for is_here in here]

    return some


def _joined(groups: Sequence[Sequence[Row]], more: Sequence[bool], parents: Sequence[Row]) -> Pages:
    if len(groups) == 1:
        return Pages(groups[0], [(0, len(groups[0]))], more, parents)
    rows = [row for group in groups for row in group]
    return Pages(rows, list(pairwise(accumulate(map(len, groups), initial=0))), more, parents)
