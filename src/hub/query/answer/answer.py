"""Step 6 of a query: rows become the answer.

``compile_answer`` turns a plan once into what makes pieces of JSON (see ``hub.query.answer.columns``), field by field
of the root type; an execution puts them side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.query.answer.columns import NULL, column_shape, json_object
from hub.query.answer.execution import Execution
from hub.query.answer.objects import ObjectMaker
from hub.query.counts.answer import counts_answer
from hub.query.plan.roots import ConnectionRoot, CountsRoot, NodesRoot, NullRoot, OneRoot, StaticRoot, TypeNameRoot
from hub.query.statement.json_sql import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.crypto import Vault
    from hub.query.answer.columns import JsonColumn
    from hub.query.bind import Bound
    from hub.query.counts.compared import CountedTable
    from hub.query.plan.roots import ReadPlan, Root, Rows
    from hub.query.plan.tree import Node
    from hub.query.statement.layout import FetchedRow, Layout

    RowsByNode = Mapping[Node, Sequence[FetchedRow]]
    MakeAnswer = Callable[[Bound, RowsByNode, Mapping[str, bytes], Mapping[Node, CountedTable]], "Answer"]
    """From an execution, the rows of each statement, the JSON of what is static by its key, and counts that were held
    against others."""
    MakeRoot = Callable[[Execution], bytes]

ALONE: Final = ((),)
"""What an answer is: one row, that is made of nothing that was read as its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The data of an answer as JSON, and what its audit record needs: how many rows, and ids of people.

    ``subjects``: the people whom it is about, 16 bytes each. ``cells``: what was decided of each null and each masked
    value, for viewers who ask for that.
    """

    data: orjson.Fragment
    rows: int
    subjects: frozenset[bytes]
    cells: Mapping[str, Any] | None = None


def answer_of(data: bytes, shown: int, concerned: set[Any]) -> Answer:
    """The answer with what its audit record needs. ``shown``: rows, but for those of lists that the server wrote."""
    return Answer(orjson.Fragment(data), shown + data.count(ROW.encode()), frozenset(concerned - {None}))


def compile_answer(plan: ReadPlan, vault: Vault, layout: Layout) -> MakeAnswer:
    """Return the function that makes answers of this plan's rows.

    It raises ``DoesNotOpen`` if a sealed value was changed or moved: an answer is whole or is not given.
    """
    maker = ObjectMaker(vault, layout)
    whole = json_object([(root.key, column_shape(_alone(_root(root, maker)))) for root in plan.roots])
    people = [(node, layout.places[column]) for node in layout.rows for column in node.subjects]

    def answer(
        bound: Bound, fetched: RowsByNode, static: Mapping[str, bytes], tables: Mapping[Node, CountedTable]
    ) -> Answer:
        run = Execution(bound, fetched, static, tables)
        [data] = whole.texts(ALONE, run)
        concerned = {row[place] for node, place in people for row in run.shown.get(node, ())}
        return answer_of(data, sum(map(len, run.shown.values())), concerned)

    return answer


def _root(root: Root, maker: ObjectMaker) -> MakeRoot:
    match root:
        case ConnectionRoot(_, connection):
            node, pages = connection.node, maker.lists(connection)
            return lambda run: pages([run.fetched[node]], (), run)[0]
        case OneRoot(_, rows):
            node, made = rows.node, _one_by_one(rows, maker)
            return lambda run: next(iter(made(run.fetched[node], run)), NULL)
        case NodesRoot():
            return _by_id(root, maker)
        case CountsRoot():
            return lambda run: _counts(root, run)
        case NullRoot():
            return lambda _run: NULL
        case StaticRoot(key):
            return lambda run: run.static[key]
        case TypeNameRoot(_, name):
            return lambda _run: b'"%s"' % name.encode()


def _one_by_one(rows: Rows, maker: ObjectMaker) -> JsonColumn:
    node, shape = rows.node, maker.object(rows.object)

    def make(read: Sequence[FetchedRow], run: Execution) -> Sequence[bytes]:
        run.shown[node] = read
        return shape.texts(read, run)

    return make


def _by_id(root: NodesRoot, maker: ObjectMaker) -> MakeRoot:
    ids = root.ids.index
    kinds = [
        (kind, rows.node, maker.layout.places[rows.id], _one_by_one(rows, maker)) for kind, rows in root.kinds.items()
    ]

    def make(run: Execution) -> bytes:
        known: dict[tuple[str, bytes], bytes] = {}
        for kind, node, place, shape in kinds:
            read = run.fetched[node]
            for row, made in zip(read, shape(read, run), strict=True):
                known[kind, row[place]] = made
        return b"[%s]" % b",".join([known.get((kind, row.bytes), NULL) for kind, row in run.bound.values[ids]])

    return make


def _counts(root: CountsRoot, run: Execution) -> bytes:
    made = counts_answer(root, run.fetched.get(root.node, ()), run.bound.values, run.tables.get(root.node))
    run.shown[root.node] = made.groups
    return made.text


def _alone(make: MakeRoot) -> JsonColumn:
    return lambda _one, run: [make(run)]
