"""What the query room offers to the map: each step takes a value and gives a value. Start reading here.

    2. ``operation``   document → valid operation, within limits               hub.query.document
    3. ``plan``        operation × viewer's rights → plan, its SQL, its answer   hub.query.plan, .statement, .answer
       ``bind``        this execution's values → what the SQL takes            hub.query.bind
    4. (``hub.query.budget``, ``.lookups``: what the viewer has left)
    5. ``fetch``       statements → rows, in one snapshot                      hub.query.fetch, .coalescing
    6. ``reveal``      rows → JSON, opened and masked                          hub.query.answer, .counts

Plans are kept by document, viewer profile, policy digest and shape of the variables: never by a value. The profile is
what is granted and not who asks: partners with equal rights share plans.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.cache import Cache
from hub.query.answer.answer import compile_answer
from hub.query.answer.cells import decided as decided_cells
from hub.query.bind import bind as bind_values
from hub.query.coalescing import SMALL, PointAnswers, coalescer_for, point_answers_for
from hub.query.document.limits import Limits
from hub.query.document.static import static_json
from hub.query.fetch import fetch as fetch_rows
from hub.query.fetch import fetch_on
from hub.query.plan.arguments import shape
from hub.query.plan.cost import price
from hub.query.plan.planner import plan as make_plan
from hub.query.plan.roots import CountsRoot
from hub.query.statement.layout import lay_out
from hub.query.statement.sql import write
from hub.store.audit import decisions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from uuid import UUID

    from asyncpg import Record
    from asyncpg.pool import PoolConnectionProxy

    from hub.catalog import Catalogue
    from hub.crypto import Vault
    from hub.policy import Policies, Principal
    from hub.query.answer.answer import Answer, MakeAnswer
    from hub.query.bind import Bound
    from hub.query.coalescing import Coalescer
    from hub.query.count_memory import CountMemory
    from hub.query.document.operation import Operation
    from hub.query.document.schemas import ViewerSchemas
    from hub.query.fetch import Fetched
    from hub.query.plan.cost import Price
    from hub.query.plan.planner import RowSelection
    from hub.query.plan.roots import ReadPlan
    from hub.query.plan.tree import Node
    from hub.query.statement.layout import Layout
    from hub.query.statement.sql import Sql
    from hub.store.audit import Decisions
    from hub.store.pool import Reading

PLANS: Final = 64 * 1024 * 1024
"""Bytes, estimated, of the plans that a process keeps."""


async def _unknown(_reading: Reading) -> object:
    return None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with its SQL, its answer function and what answer and audit state of it, all made once.

    ``sql``: by the node that each statement was written from. ``static``: response keys of what the schema alone
    answers. ``answer``: where the plan reads one row and nothing
    else, what makes the answers of several executions. ``coalescer``: for executions that may share a statement.
    ``cells``: whether the answer says of each null and each masked value what was decided. ``weight``: bytes, estimated
    from above. ``remembered``: counts that are held against those that the viewer was shown before.
    """

    plan: ReadPlan
    price: Price
    layout: Layout
    sql: Mapping[Node, Sql]
    static: frozenset[str]
    access: orjson.Fragment
    decisions: Decisions
    answer: MakeAnswer | PointAnswers
    coalescer: Coalescer | None
    cells: bool
    weight: int
    remembered: tuple[CountsRoot, ...]


@dataclass(slots=True)
class Engine:
    """Everything that queries need and that lasts longer than one of them.

    ``upkeep``: reads how the data catalogue stands, for the schema's resolvers. ``memory``: of the counts that viewers
    were shown; without it none is held against others.
    """

    schemas: ViewerSchemas
    catalogue: Catalogue
    policies: Policies
    vault: Vault
    limits: Limits = field(default_factory=Limits)
    upkeep: Callable[[Reading], Awaitable[object]] = _unknown
    memory: CountMemory | None = None
    _plans: Cache[tuple[Any, ...], Planned] = field(
        default_factory=lambda: Cache(PLANS, lambda _, planned: planned.weight)
    )

    def operation(self, document: str, name: str | None, principal: Principal) -> Operation:
        """Step 2: parse, validate against what exists for this viewer, refuse what is over a limit."""
        return self.schemas.documents(principal).operation(document, name, partial(self.schemas.shown, principal))

    def variables(self, operation: Operation, given: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
        """Step 2, for the variables: coerce them to their declared types."""
        return self.schemas.documents(principal).variables(operation, given, partial(self.schemas.shown, principal))

    def plan(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        principal: Principal,
        *,
        root: RowSelection | None = None,
        cells: bool = False,
    ) -> Planned:
        """Step 3: compile for this viewer, or find it compiled.

        ``root``: a selection of the operation on one row of an entity, instead of its fields of Query. ``cells``: the
        answer says of each null and each masked value what was decided.
        """
        profile = self.policies.profile(principal)
        key = self._key(operation, variables, profile, root, cells=cells)
        known = self._plans.get(key)
        return known or self._plans.keep(key, self._compiled(operation, variables, profile, root, cells=cells))

    def _compiled(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        principal: Principal,
        root: RowSelection | None,
        *,
        cells: bool,
    ) -> Planned:
        plan = make_plan(
            operation, variables, principal, schema=self.schemas.documents(principal).schema, catalogue=self.catalogue,
            policies=self.policies, vault=self.vault, limits=self.limits, root=root,
            cells=cells,
        )  # fmt: skip
        layout = lay_out(plan)
        sql = {node: write(node, layout, self.catalogue) for node in plan.statements()}
        return Planned(
            plan=plan,
            price=price(plan),
            layout=layout,
            sql=sql,
            static=plan.static_keys(),
            access=orjson.Fragment(orjson.dumps([entry.formatted() for entry in plan.access])),
            decisions=decisions(plan.fields),
            answer=(None if cells else point_answers_for(plan, self.vault, layout))
            or compile_answer(plan, self.vault, layout),
            coalescer=None if cells or root is not None else coalescer_for(plan, sql, layout, self.catalogue),
            cells=cells,
            weight=_weight(operation, sql.values()),
            remembered=tuple(root for root in plan.roots if isinstance(root, CountsRoot) and root.alone),
        )

    def _key(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        principal: Principal,
        root: RowSelection | None = None,
        *,
        cells: bool = False,
    ) -> tuple[Any, ...]:
        where = None if root is None else (root.entity, root.path)
        known = shape(variables, self.catalogue.entities)
        return operation.digest, principal, self.policies.digest, known, where, cells

    def known_operation(self, document: str, name: str | None, principal: Principal) -> Operation | None:
        """What ``operation`` returns, where that is kept; what is not costs its sender units."""
        return self.schemas.documents(principal).known(document, name)

    def known_plan(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        principal: Principal,
        *,
        root: RowSelection | None = None,
        cells: bool = False,
    ) -> Planned | None:
        """What ``plan`` returns, where that is kept; what is not costs its sender units."""
        return self._plans.get(self._key(operation, variables, self.policies.profile(principal), root, cells=cells))

    def bind(
        self, planned: Planned, variables: Mapping[str, Any], principal: Principal, *, row: UUID | None = None
    ) -> Bound:
        """Between steps 3 and 4: give the plan this execution's values; whatever does not fit is refused here.

        ``row``: the id of the row, for a plan that is rooted at one.
        """
        return bind_values(planned.plan, planned.price, variables, principal, self.vault, self.limits, row=row)

    async def fetch(self, planned: Planned, bound: Bound, reading: Reading) -> Fetched:
        """Step 5: run the statements."""
        if planned.coalescer is not None and bound.cost <= SMALL:
            return await planned.coalescer.fetch(bound, reading)
        if self.memory is not None and planned.remembered:
            fetched = await self.memory.fetch(planned.remembered, planned.sql, bound, reading)
        else:
            fetched = await fetch_rows(planned.sql, bound, reading)
        if planned.plan.dated:
            return replace(fetched, upkeep=await self.upkeep(reading))
        return fetched

    async def fetch_within(self, planned: Planned, bound: Bound, connection: PoolConnectionProxy[Record]) -> Fetched:
        """Step 5 on a connection with a transaction of its own: what it has changed so far is seen."""
        return await fetch_on(connection, planned.sql, bound)

    @staticmethod
    def missed(planned: Planned, bound: Bound, fetched: Fetched) -> int:
        """After step 5: how many values that the viewer could guess were looked up and not found."""
        if not bound.guesses:
            return 0
        rows = {root.key: len(fetched.rows[root.statements[0]]) for root in planned.plan.roots if root.statements}
        return sum(guess.missed(rows.get(guess.root, 0)) for guess in bound.guesses)

    def reveal(
        self, planned: Planned, bound: Bound, fetched: Fetched, operation: Operation, variables: Mapping[str, Any]
    ) -> Answer:
        """Step 6: open, mask, put into shape. What the schema alone answers is answered by graphql-core."""
        if isinstance(planned.answer, PointAnswers):
            return planned.answer.answer(fetched)
        static: Mapping[str, bytes] = {}
        if planned.static:
            schema = self.schemas.shown(bound.principal)
            static = static_json(planned.static, operation, variables, schema, fetched.upkeep)
        found = planned.answer(bound, fetched.rows, static, fetched.tables)
        if not planned.cells:
            return found
        data, cells = decided_cells(orjson.dumps(found.data), planned.plan, self.policies)
        return replace(found, data=orjson.Fragment(data), cells=cells)


def _weight(operation: Operation, sql: Iterable[Sql]) -> int:
    """The bytes of a plan, estimated from above.

    Measured: 12 KiB for the smallest; 1.2 KiB for each field; 3 to 8 bytes for each character of SQL that no field
    stands behind, and as much again for the statement of several executions.
    """
    return 16_384 + 1_280 * operation.fields + 16 * sum(len(each.text) for each in sql)
