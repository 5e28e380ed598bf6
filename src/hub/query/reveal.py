"""Step 6 of a query: rows become the answer. Sealed fields are opened here, masked where the plan says so.

``compile_answer`` turns a plan's cells into closures once; an execution only calls them. Statements are
shaped children first, so that a parent finds its children's lists ready.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from asyncpg import Record

    from hub.crypto import Vault
    from hub.query.bind import Bound
    from hub.query.fetch import Rowset
    from hub.query.plan import Cell, Identity, Part, ReadPlan, Rows, Statement


@dataclass(slots=True)
class Execution:
    """What closures need of one execution. ``lists[i]``: the answers of statement i by its parents' keys."""

    bound: Bound
    sets: Sequence[Rowset]
    lists: list[Any]
    contexts: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The data of an answer, and what its audit record needs: how many rows, and whom they are about."""

    data: dict[str, Any]
    rows: int
    subjects: frozenset[Any]


def compile_answer(plan: ReadPlan, vault: Vault) -> Callable[[Bound, Sequence[Rowset]], Answer]:
    """Return the function that makes answers of this plan's rows.

    It raises ``DoesNotOpen`` if a sealed value was changed or moved: an answer is whole or is not given.
    """
    shapers: list[tuple[int, Callable[[Execution], Any]]] = []
    roots: list[tuple[str, Callable[[Execution], Any]]] = []
    maker = _Maker(plan, vault, shapers)
    for root in plan.roots:
        match root.kind:
            case "connection":
                roots.append((root.key, _taken(maker.rows(root.rows[""]))))
            case "one":
                roots.append((root.key, _first(maker.rows(root.rows[""]))))
            case "node" | "nodes":
                found = {kind: maker.rows(rows) for kind, rows in root.rows.items()}
                assert root.ids is not None  # noqa: S101 - the planner gives node roots their ids
                roots.append((root.key, _by_id(found, root.rows, root.ids.index, single=root.kind == "node")))
            case "typename":
                roots.append((root.key, lambda _: "Query"))
            case "withheld" | "static":
                roots.append((root.key, lambda _: None))
    order = sorted(shapers, key=lambda item: -item[0])
    subjects = [(at, column + (plan.parents[at] is not None)) for at, column in plan.subjects]

    def answer(bound: Bound, sets: Sequence[Rowset]) -> Answer:
        run = Execution(bound, sets, [None] * len(sets))
        for at, shape in order:
            run.lists[at] = shape(run)
        data = {key: make(run) for key, make in roots}
        concerned = {row[column] for at, column in subjects for row in sets[at].rows}
        return Answer(data, sum(len(found.rows) for found in sets), frozenset(concerned - {None}))

    return answer


def _taken(statement: int) -> Callable[[Execution], Any]:
    return lambda run: run.lists[statement]


def _first(statement: int) -> Callable[[Execution], Any]:
    return lambda run: next(iter(run.lists[statement]), None)


def _by_id(found: Mapping[str, int], rows: Mapping[str, Rows], ids: int, *, single: bool) -> Callable[[Execution], Any]:
    def make(run: Execution) -> Any:
        known: dict[tuple[str, Any], Any] = {}
        for kind, statement in found.items():
            at = rows[kind].position[0]
            for record, shaped in zip(run.sets[statement].rows, run.lists[statement], strict=True):
                known[kind, record[at]] = shaped
        asked = [known.get(key) for key in run.bound.values[ids]]
        return asked[0] if single else asked

    return make


@dataclass(slots=True)
class _Maker:
    plan: ReadPlan
    vault: Vault
    shapers: list[tuple[int, Callable[[Execution], Any]]]

    def rows(self, rows: Rows) -> int:
        """Have the statement's rows shaped; return its number."""
        at = rows.statement
        statement = self.plan.statements[at]
        shift = 0 if self.plan.parents[at] is None else 1
        make = (
            _plain_list(self._object(rows.cells, shift))
            if rows.parts is None
            else self._connection(rows, statement, shift)
        )
        self.shapers.append((at, _whole(at, make) if shift == 0 else _grouped(at, make)))
        return at

    def _connection(
        self, rows: Rows, statement: Statement, shift: int
    ) -> Callable[[Sequence[Record], Execution, Any], Any]:
        assert rows.parts is not None and statement.page is not None  # noqa: S101, PT018 - connections have both
        page = statement.page
        size, backward = page.size.index, page.backward
        behind = page.after is not None
        ahead = page.before is not None
        cursor = self._cursor(rows, shift)
        identity = rows.identity
        parts = [(part.key, self._part(part, cursor, shift)) for part in rows.parts]

        def make(records: Sequence[Record], run: Execution, parent: Any) -> dict[str, Any]:
            wanted = run.bound.values[size]
            more = len(records) > wanted
            taken = records[:wanted]
            if backward:
                taken = taken[::-1]
            has_next, has_previous = (ahead, more) if backward else (more, behind)
            found = Found(taken, has_next, has_previous, parent, identity)
            return {key: part(found, run) for key, part in parts}

        return make

    def _cursor(self, rows: Rows, shift: int) -> Callable[[Record, bytes], str]:
        columns = [column + shift for column in rows.position]
        seal = self.vault.cursor_seal
        return lambda record, context: seal(position([record[column] for column in columns]), context)

    def _part(
        self, part: Part, cursor: Callable[[Record, bytes], str], shift: int
    ) -> Callable[[Found, Execution], Any]:
        match part:
            case Edges():
                return self._edges(part, cursor, shift)
            case Nodes(_, cells):
                shape = self._object(cells, shift)
                return lambda found, run: [shape(record, run) for record in found.records]
            case PageInfo(_, asked):
                return self._page_info(asked, cursor)
            case Total(_, statement):
                return self._total(statement)
            case TypeName(_, name):
                return lambda _found, _run: name

    def _edges(
        self, part: Edges, cursor: Callable[[Record, bytes], str], shift: int
    ) -> Callable[[Found, Execution], Any]:
        cells = [(key, None if cell == "cursor" else self._cell(cell, shift)) for key, cell in part.parts]
        with_cursor = any(read is None for _, read in cells)

        def edges(found: Found, run: Execution) -> list[dict[str, Any]]:
            context = found.context(run) if with_cursor else b""
            return [
                {key: cursor(record, context) if read is None else read(record, run) for key, read in cells}
                for record in found.records
            ]

        return edges

    def _page_info(
        self, asked: Sequence[tuple[str, str]], cursor: Callable[[Record, bytes], str]
    ) -> Callable[[Found, Execution], Any]:
        def info(found: Found, run: Execution) -> dict[str, Any]:
            out: dict[str, Any] = {}
            for key, name in asked:
                if name == "hasNextPage":
                    out[key] = found.has_next
                elif name == "hasPreviousPage":
                    out[key] = found.has_previous
                elif name == "__typename":
                    out[key] = "PageInfo"
                elif not found.records:
                    out[key] = None
                else:
                    out[key] = cursor(found.records[0 if name == "startCursor" else -1], found.context(run))
            return out

        return info

    def _total(self, statement: int) -> Callable[[Found, Execution], Any]:
        if self.plan.parents[statement] is None:
            return lambda _found, run: run.sets[statement].rows[0][0]

        def total(found: Found, run: Execution) -> int:
            counts = run.lists[statement]
            if counts is None:
                counted = run.sets[statement]
                counts = run.lists[statement] = {counted.keys[row[0] - 1]: row[1] for row in counted.rows}
            return int(counts.get(found.parent, 0))

        return total

    # --- objects ---

    def _object(self, cells: Sequence[Cell], shift: int) -> Callable[[Record, Execution], dict[str, Any]]:
        read = [(cell.key, self._cell(cell, shift)) for cell in cells]

        def shape(record: Record, run: Execution) -> dict[str, Any]:
            return {key: cell(record, run) for key, cell in read}

        return shape

    def _cell(self, cell: Cell, shift: int) -> Callable[[Record, Execution], Any]:
        match cell:
            case TypeName(_, name):
                return lambda _record, _run: name
            case Withheld():
                return lambda _record, _run: None
            case NodeId(_, entity, column):
                at = column + shift
                return lambda record, _run: node_id(entity, record[at])
            case One(_, present, cells):
                here = present + shift
                shape = self._object(cells, shift)
                return lambda record, run: None if record[here] is None else shape(record, run)
            case Many(_, parent, rows):
                return self._many(self.rows(rows), parent + shift, rows)
            case Value():
                return self._value(cell, shift)

    def _many(self, statement: int, held: int, rows: Rows) -> Callable[[Record, Execution], Any]:
        empty: Any = None if rows.parts is not None else []

        def read(record: Record, run: Execution) -> Any:
            key = record[held]
            return None if key is None else run.lists[statement].get(key, empty)

        return read

    def _value(self, cell: Value, shift: int) -> Callable[[Record, Execution], Any]:
        at = cell.column + shift
        text = self._text(cell, shift)
        mask, masked = cell.mask, cell.masked
        if masked is False or mask is None:
            return text
        if masked is True:

            def hidden(record: Record, run: Execution) -> Any:
                value = text(record, run)
                return None if value is None else mask(value)

            return hidden
        flag = masked + shift

        def by_row(record: Record, run: Execution) -> Any:
            if record[at] is None:
                return None
            value = text(record, run)
            return value if record[flag] else mask(value)

        return by_row

    def _text(self, cell: Value, shift: int) -> Callable[[Record, Execution], Any]:
        at, item = cell.column + shift, cell.field
        if item.sealed:
            row_id = cell.row_id + shift
            assert item.group is not None  # noqa: S101 - a sealed field names its group, or the hub does not start
            open_ = self.vault.opener(cell.table, item.column, item.group).open

            def opened(record: Record, _run: Execution) -> Any:
                sealed = record[at]
                return None if sealed is None else open_(record[row_id].bytes, sealed)

            return opened
        render = _RENDERED.get(item.type.storage) if isinstance(item.type, Scalar) else None
        if render is None:
            return lambda record, _run: record[at]

        def rendered(record: Record, _run: Execution) -> Any:
            value = record[at]
            return None if value is None else render(value)

        return rendered


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of one page of one connection."""

    records: Sequence[Record]
    has_next: bool
    has_previous: bool
    parent: Any
    identity: Identity

    def context(self, run: Execution) -> bytes:
        """What this page's cursors are bound to; the same for all pages of one list in one execution."""
        known = run.contexts.get(id(self.identity))
        if known is None:
            known = run.contexts[id(self.identity)] = run.bound.context(self.identity)
        return known


def _plain_list(shape: Callable[[Record, Execution], Any]) -> Any:
    return lambda records, run, _parent: [shape(record, run) for record in records]


def _whole(at: int, make: Any) -> Callable[[Execution], Any]:
    return lambda run: make(run.sets[at].rows, run, None)


def _grouped(at: int, make: Any) -> Callable[[Execution], Any]:
    def shape(run: Execution) -> dict[Any, Any]:
        found = run.sets[at]
        groups: dict[Any, list[Record]] = {key: [] for key in found.keys}
        keys = found.keys
        for record in found.rows:
            groups[keys[record[0] - 1]].append(record)
        return {key: make(records, run, key) for key, records in groups.items()}

    return shape


def _timestamp(value: Any) -> str:
    return str(value.astimezone(UTC).isoformat()).replace("+00:00", "Z")


def _money(value: Decimal) -> str:
    return f"{value:.2f}"


_RENDERED: dict[str, Callable[[Any], Any]] = {"numeric": _money, "timestamptz": _timestamp}
