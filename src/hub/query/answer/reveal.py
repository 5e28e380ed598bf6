"""Step 6 of a query: rows become the answer. Sealed fields are opened here, masked where the plan says so.

``compile_answer`` turns a plan's cells once into what makes pieces of JSON (see ``hub.query.answer.columns``); an
execution lays them side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from hub.query.answer.columns import (
    BOOLEANS,
    NULL,
    Shape,
    lists,
    node_ids,
    objects,
    one,
    plain,
    text,
    texts,
    value,
    where_present,
)
from hub.query.bind import position
from hub.query.counts.counting import in_numbers
from hub.query.nodeid import node_id
from hub.query.plan.tree import (
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
from hub.query.statement.json_sql import ROW, grouped
from hub.query.statement.sql import nested

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.crypto import Vault
    from hub.query.answer.columns import Column as Made
    from hub.query.bind import Bound
    from hub.query.fetch import Row
    from hub.query.plan.tree import Cell, Identity, Part, ReadPlan, Rows, Statement, StatsPlan
    from hub.query.statement.json_sql import Spelled

    Found = Mapping[int, Sequence[Row]]
    """The rows of each root statement, by its number in the plan."""
    Lists = Callable[[Sequence[Sequence[Row]], Sequence[Row], "Execution"], Sequence[bytes]]
    """From the rows below each parent, and the parents, to one JSON text for each parent."""


_ONE: Final = ((),)
"""What an answer is: one row, that is made of nothing that was read as its own."""


@dataclass(slots=True)
class Execution:
    """What the functions need of one execution. ``shown[i]``: the rows of statement i that stand in the answer."""

    bound: Bound
    fetched: Found
    static: Mapping[str, bytes]
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
    """The data of an answer as JSON, and what its audit record needs: how many rows, and ids of people.

    ``subjects``: the people whom it is about, 16 bytes each.
    """

    data: orjson.Fragment
    rows: int
    subjects: frozenset[bytes]


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


def compile_answer(
    plan: ReadPlan, vault: Vault, spells: Spelled
) -> Callable[[Bound, Found, Mapping[str, bytes]], Answer]:
    """Return the function that makes answers of this plan's rows, and of the JSON of what is static by its key.

    It raises ``DoesNotOpen`` if a sealed value was changed or moved: an answer is whole or is not given.
    """
    roots: list[tuple[str, Callable[[Execution], bytes]]] = []
    maker = _Maker(plan, vault, nested(plan, spells), spells)
    for root in plan.roots:
        match root.kind:
            case "connection":
                roots.append((root.key, _only(root.rows[""].statement, maker.pages(root.rows[""]))))
            case "one":
                roots.append((root.key, _first(root.rows[""].statement, maker.single(root.rows[""]))))
            case "node" | "nodes":
                assert root.ids is not None  # noqa: S101 - the planner gives node roots their ids
                kinds = {
                    kind: (rows.statement, maker.key(rows), maker.single(rows)) for kind, rows in root.rows.items()
                }
                roots.append((root.key, _by_id(kinds, root.ids.index, single=root.kind == "node")))
            case "stats":
                assert root.stats is not None  # noqa: S101 - the planner gives such roots theirs
                roots.append((root.key, _stats(root.stats)))
            case "typename":
                roots.append((root.key, lambda _run: b'"Query"'))
            case "withheld":
                roots.append((root.key, lambda _run: NULL))
            case "static":
                roots.append((root.key, _static(root.key)))

    whole = objects([(key, one(_alone(make))) for key, make in roots])
    people = [(at, spells.taken[at][column]) for at, column in plan.subjects]

    def answer(bound: Bound, fetched: Found, static: Mapping[str, bytes]) -> Answer:
        run = Execution(bound, fetched, static, [()] * len(plan.statements))
        [data] = whole.texts(_ONE, run)
        concerned = {row[column] for at, column in people for row in run.shown[at]}
        return _answer(data, sum(map(len, run.shown)), concerned)

    return answer


def compile_points(
    plan: ReadPlan, vault: Vault, spells: Spelled
) -> Callable[[Sequence[Sequence[Row]]], list[Answer]] | None:
    """The same for a plan that reads one row, and for several executions at once: from the rows of each to its answer.

    What one statement read for them all is opened and shaped in one go, which is a third of the work of one by one.
    None for other plans, and for those with a list that the server does not spell: its page and its cursors are bound
    to what each execution asked.
    """
    points = [root for root in plan.roots if root.kind in {"one", "node"} and len(root.rows) == 1]
    if len(plan.roots) != 1 or not points:
        return None
    [root] = points
    [rows] = root.rows.values()
    if set(range(len(plan.statements))) - set(spells.lists) != {rows.statement}:
        return None
    shape = objects([(root.key, _Maker(plan, vault, nested(plan, spells), spells).shape(rows))])
    [absent] = objects([(root.key, Shape((NULL,)))]).texts(_ONE, None)
    people = [spells.taken[at][column] for at, column in plan.subjects]

    def answers(groups: Sequence[Sequence[Row]]) -> list[Answer]:
        made = iter(shape.texts([row for group in groups for row in group], None))
        return [answer(next(iter([next(made) for _ in group]), absent), group) for group in groups]

    def answer(data: bytes, group: Sequence[Row]) -> Answer:
        return _answer(data, len(group), {row[column] for column in people for row in group})

    return answers


def _answer(data: bytes, shown: int, concerned: set[Any]) -> Answer:
    """The answer with what its audit record needs. ``shown``: rows, but for those of lists that the server spelled."""
    return Answer(orjson.Fragment(data), shown + data.count(ROW.encode()), frozenset(concerned - {None}))


def _stats(asked: StatsPlan) -> Callable[[Execution], bytes]:
    def make(run: Execution) -> bytes:
        answer = in_numbers(asked, run.fetched[asked.statement], run.bound.values)
        run.shown[asked.statement] = answer.groups
        return answer.text

    return make


def _alone(make: Callable[[Execution], bytes]) -> Made:
    return lambda _one, run: [make(run)]


def _static(key: str) -> Callable[[Execution], bytes]:
    return lambda run: run.static[key]


def _only(at: int, pages: Lists) -> Callable[[Execution], bytes]:
    return lambda run: pages([run.fetched[at]], (), run)[0]


def _first(at: int, shape: Made) -> Callable[[Execution], bytes]:
    return lambda run: next(iter(shape(run.fetched[at], run)), NULL)


def _by_id(found: Mapping[str, tuple[int, int, Made]], ids: int, *, single: bool) -> Callable[[Execution], bytes]:
    def make(run: Execution) -> bytes:
        known: dict[tuple[str, bytes], bytes] = {}
        for kind, (at, place, shape) in found.items():
            read = run.fetched[at]
            for row, shaped in zip(read, shape(read, run), strict=True):
                known[kind, row[place]] = shaped
        asked = [known.get((kind, row_id.bytes), NULL) for kind, row_id in run.bound.values[ids]]
        return asked[0] if single else b"[%s]" % b",".join(asked)

    return make


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the functions. ``nested``: see ``sql.nested``; ``spelled``: see ``spelling.spelled``."""

    plan: ReadPlan
    vault: Vault
    nested: Mapping[int, int]
    spelled: Spelled

    # --- lists ---

    def shape(self, rows: Rows) -> Shape:
        """The objects that a statement's rows become."""
        return self._object(rows.cells, rows.statement)

    def key(self, rows: Rows) -> int:
        """Where a row's id is found, for rows that are asked for by it."""
        return self.spelled.taken[rows.statement][rows.position[0]]

    def single(self, rows: Rows) -> Made:
        """Shape the rows of a statement that is no connection."""
        shape, at = self.shape(rows).texts, rows.statement

        def make(read: Sequence[Row], run: Execution) -> Sequence[bytes]:
            run.shown[at] = read
            return shape(read, run)

        return make

    def lists(self, rows: Rows) -> Lists:
        """Shape plain lists: one for each sequence of rows."""
        shape, at = self.shape(rows), rows.statement

        def make(groups: Sequence[Sequence[Row]], parents: Sequence[Row], run: Execution) -> Sequence[bytes]:
            pages = _joined(groups, [False] * len(groups), parents)
            run.shown[at] = pages.rows
            return lists(shape.pieces(pages.rows, run), pages.bounds)

        return make

    def pages(self, rows: Rows) -> Lists:
        """Shape connections: one for each sequence of rows."""
        at = rows.statement
        statement = self.plan.statements[at]
        assert rows.parts is not None and statement.page is not None  # noqa: S101, PT018 - connections have both
        size, backward = statement.page.size.index, statement.page.backward
        connection = objects([(part.key, one(self._part(part, rows, statement))) for part in rows.parts])

        def make(groups: Sequence[Sequence[Row]], parents: Sequence[Row], run: Execution) -> Sequence[bytes]:
            wanted = run.bound.values[size]
            more = [len(group) > wanted for group in groups]
            # The row beyond the page only tells that there is one: it is neither opened nor shown.
            taken = [group[:wanted] if cut else group for group, cut in zip(groups, more, strict=True)]
            pages = _joined([group[::-1] for group in taken] if backward else taken, more, parents)
            run.shown[at] = pages.rows
            return texts(connection.pieces(pages, run), len(groups))

        return make

    def _part(self, part: Part, rows: Rows, statement: Statement) -> Made:
        match part:
            case Edges(_, parts):
                edge = objects([(key, self._edge_part(cell, rows)) for key, cell in parts])
                return lambda pages, run: lists(edge.pieces(pages.rows, run), pages.bounds)
            case Nodes(_, cells):
                node = self._object(cells, rows.statement)
                return lambda pages, run: lists(node.pieces(pages.rows, run), pages.bounds)
            case PageInfo(_, asked):
                return self._page_info(asked, rows, statement)
            case Total(_, counted):
                place = self.nested.get(counted)
                if place is None:
                    return lambda _pages, run: [b"%d" % run.fetched[counted][0][0]]
                return lambda pages, _run: [b"%d" % parent[place] for parent in pages.parents]
            case TypeName(_, name):
                return lambda pages, _run: [b'"%s"' % name.encode()] * len(pages.bounds)

    def _edge_part(self, cell: Literal["cursor"] | Cell, rows: Rows) -> Shape:
        match cell:
            case "cursor":
                return one(self._cursor(rows))
            case One(_, _, cells):  # the node itself, which is always there
                return self._object(cells, rows.statement)
            case _:
                return self._cell(cell, rows.statement)

    def _cursor(self, rows: Rows) -> Made:
        taken, seal, identity = self.spelled.taken[rows.statement], self.vault.cursor_seal, rows.identity
        columns = [taken[column] for column in rows.position]

        def cursors(read: Sequence[Row], run: Execution) -> Sequence[bytes]:
            context = run.context(identity)
            return [b'"%s"' % seal(position([row[column] for column in columns]), context).encode() for row in read]

        return cursors

    def _page_info(self, asked: Sequence[tuple[str, str]], rows: Rows, statement: Statement) -> Made:
        cursor = self._cursor(rows)
        page = statement.page
        assert page is not None  # noqa: S101 - as in pages
        backward, behind, ahead = page.backward, page.after is not None, page.before is not None

        def item(name: str, pages: Pages, run: Execution, at: int) -> bytes:
            start, end = pages.bounds[at]
            match name:
                case "hasNextPage":
                    return BOOLEANS[ahead if backward else pages.more[at]]
                case "hasPreviousPage":
                    return BOOLEANS[pages.more[at] if backward else behind]
                case _ if start == end:
                    return NULL
                case _:
                    found: bytes = cursor([pages.rows[start if name == "startCursor" else end - 1]], run)[0]
                    return found

        def column(name: str) -> Shape:
            if name == "__typename":
                return text("PageInfo")
            return one(lambda pages, run: [item(name, pages, run, at) for at in range(len(pages.bounds))])

        shape = objects([(key, column(name)) for key, name in asked])
        return lambda pages, run: texts(shape.pieces(pages, run), len(pages.bounds))

    # --- objects ---

    def _object(self, cells: Sequence[Cell], statement: int) -> Shape:
        runs = self.spelled.runs.get(statement, {})
        return objects(
            [
                (None, plain(runs[item])) if isinstance(item, tuple) else (item.key, self._cell(item, statement))
                for item in grouped(cells)
            ]
        )

    def _cell(self, cell: Cell, statement: int) -> Shape:
        taken = self.spelled.taken[statement]
        match cell:
            case TypeName(_, name):
                return text(name)
            case Withheld():
                return Shape((NULL,))
            case NodeId(_, entity, column):
                return one(node_ids(node_id(entity, ""), taken[column]))
            case One(_, present, cells):
                return where_present(taken[present], self._object(cells, statement))
            case Many():
                return where_present(taken[cell.parent], self._many(cell))
            case Value():
                return value(_placed(cell, taken), self.vault)

    def _many(self, cell: Many) -> Shape:
        if cell.rows.statement in self.spelled.lists:
            return plain(self.nested[cell.rows.statement])
        below = self.lists(cell.rows) if cell.rows.parts is None else self.pages(cell.rows)
        place = self.nested[cell.rows.statement]

        def read(rows: Sequence[Row], run: Execution) -> Sequence[bytes]:
            return below([row[place] for row in rows], rows, run)

        return one(read)


def _placed(cell: Value, taken: Mapping[int, int]) -> Value:
    """The field with the places of what was taken, for those of what was selected."""
    masked = cell.masked if isinstance(cell.masked, bool) else taken[cell.masked]
    return replace(cell, column=taken[cell.column], row_id=taken[cell.row_id], masked=masked)


def _joined(groups: Sequence[Sequence[Row]], more: Sequence[bool], parents: Sequence[Row]) -> Pages:
    if len(groups) == 1:
        return Pages(groups[0], [(0, len(groups[0]))], more, parents)
    rows = [row for group in groups for row in group]
    return Pages(rows, list(pairwise(accumulate(map(len, groups), initial=0))), more, parents)
