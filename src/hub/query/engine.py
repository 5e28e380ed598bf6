"""What the query room offers to the map: each step takes a value and gives a value.

Plans are kept by document, viewer profile, policy digest and shape of the variables: never by a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson
from graphql import (
    DocumentNode,
    GraphQLBoolean,
    GraphQLString,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    get_named_type,
)
from graphql.utilities import type_from_ast

from hub.cache import Cache
from hub.query.answer.reveal import Answer, compile_answer, compile_points
from hub.query.bind import Bound
from hub.query.bind import bind as bind_values
from hub.query.document.limits import Limits
from hub.query.document.selection import collect
from hub.query.fetch import SMALL, Together
from hub.query.fetch import fetch as fetch_rows
from hub.query.plan.arguments import shape
from hub.query.plan.cost import Price, price
from hub.query.plan.planner import plan as make_plan
from hub.query.statement.json_sql import spelled
from hub.query.statement.sql import Sql, write, write_many
from hub.store.audit import decisions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graphql import GraphQLSchema

    from hub.catalog import Catalogue
    from hub.crypto import Vault
    from hub.policy import Policies, Principal
    from hub.query.document.operation import Operation
    from hub.query.document.views import Views
    from hub.query.fetch import Fetched, Row
    from hub.query.plan.tree import ReadPlan
    from hub.store.audit import Decisions
    from hub.store.pool import Reading

    Points = Callable[[Sequence[Sequence[Row]]], Sequence[Answer]]
    Answering = Callable[[Bound, Mapping[int, Sequence[Row]], Mapping[str, bytes]], Answer]

PLANS: Final = 64 * 1024 * 1024
"""Bytes, estimated, of the plans that a process keeps."""
_SINGLE: Final = frozenset({"one", "node", "typename", "withheld", "static"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with its SQL, its answer function and what answer and audit state of it, all made once.

    ``sql``: by the number of the root statement. ``points``: makes answers of several executions, where the plan reads
    one row. ``together``: for executions that may share a statement. ``weight``: bytes, estimated from above.
    """

    plan: ReadPlan
    price: Price
    sql: Mapping[int, Sql]
    access: orjson.Fragment
    decisions: Decisions
    answer: Answering
    points: Points | None
    weight: int
    together: Together | None = None


@dataclass(slots=True)
class Engine:
    """Everything that queries need and that lasts longer than one of them."""

    views: Views
    catalogue: Catalogue
    policies: Policies
    vault: Vault
    limits: Limits = field(default_factory=Limits)
    _plans: Cache[tuple[Any, ...], Planned] = field(
        default_factory=lambda: Cache(PLANS, lambda _, planned: planned.weight)
    )

    def operation(self, document: str, name: str | None, principal: Principal) -> Operation:
        """Step 2: parse, validate against what exists for this viewer, hold within limits."""
        return self.views.documents(principal).operation(document, name, partial(self.views.shown, principal))

    def variables(self, operation: Operation, given: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
        """Step 2, for the variables: coerce them to their declared types."""
        return self.views.documents(principal).variables(operation, given, partial(self.views.shown, principal))

    def plan(self, operation: Operation, variables: Mapping[str, Any], principal: Principal) -> Planned:
        """Step 3: compile for this viewer, or find it compiled."""
        key = self._key(operation, variables, principal)
        if known := self._plans.get(key):
            return known
        plan = make_plan(
            operation, variables, principal, schema=self.views.documents(principal).schema, catalogue=self.catalogue,
            policies=self.policies, vault=self.vault, limits=self.limits,
        )  # fmt: skip
        spells = spelled(plan)
        sql = {at: write(plan, at, self.catalogue, spells) for at, on in enumerate(plan.parents) if on is None}
        access = orjson.Fragment(orjson.dumps([entry.formatted() for entry in plan.access]))
        points = compile_points(plan, self.vault, spells)
        answer = compile_answer(plan, self.vault, spells) if points is None else _alone(points)
        planned = Planned(
            plan, price(plan), sql, access, decisions(plan.fields), answer, points,
            _weight(operation, sql), _together(plan, sql, self.catalogue),
        )  # fmt: skip
        return self._plans.keep(key, planned)

    def _key(self, operation: Operation, variables: Mapping[str, Any], principal: Principal) -> tuple[Any, ...]:
        return operation.digest, principal, self.policies.digest, shape(variables, self.catalogue.entities)

    def knows_document(self, document: str, name: str | None, principal: Principal) -> bool:
        """Whether ``operation`` would find it kept; for explanations."""
        return self.views.documents(principal).knows(document, name)

    def knows_plan(self, operation: Operation, variables: Mapping[str, Any], principal: Principal) -> bool:
        """Whether ``plan`` would find it kept; for explanations."""
        return self._key(operation, variables, principal) in self._plans

    def bind(self, planned: Planned, variables: Mapping[str, Any], principal: Principal) -> Bound:
        """Between steps 3 and 4: give the plan this execution's values; whatever does not fit is refused here."""
        return bind_values(planned.plan, planned.price, variables, principal, self.vault, self.limits)

    async def fetch(self, planned: Planned, bound: Bound, reading: Reading) -> Fetched:
        """Step 5: run the statements."""
        if planned.together is not None and bound.cost <= SMALL:
            return await planned.together.fetch(bound, reading)
        return await fetch_rows(planned.sql, bound, reading)

    def reveal(
        self, planned: Planned, bound: Bound, fetched: Fetched, operation: Operation, variables: Mapping[str, Any]
    ) -> Answer:
        """Step 6: open, mask, shape. What the schema alone answers is answered by graphql-core."""
        shared, points = fetched.shared, planned.points
        if shared is not None and points is not None:
            if not shared.answers:
                shared.answers = _answers(points, shared.rows)
            if (mine := shared.answers[fetched.place]) is not None:
                return mine
        static: Mapping[str, bytes] = {}
        if planned.plan.static:
            static = self._static(planned.plan, operation, variables, self.views.shown(bound.principal))
        return planned.answer(bound, fetched.rows, static)

    @staticmethod
    def _static(
        plan: ReadPlan, operation: Operation, variables: Mapping[str, Any], schema: GraphQLSchema
    ) -> dict[str, bytes]:
        """Return the JSON of what the schema alone answers, by its key."""
        wanted = {root.key for root in plan.roots if root.kind == "static"}
        roots = collect("Query", [operation.definition.selection_set], operation.fragments, variables)
        definition = operation.definition
        only = OperationDefinitionNode(
            operation=definition.operation,
            # All that static fields take. A coerced value of another type would not be coerced a second time.
            variable_definitions=tuple(
                node
                for node in definition.variable_definitions or ()
                if get_named_type(type_from_ast(schema, node.type)) in {GraphQLBoolean, GraphQLString}
            ),
            directives=(),
            selection_set=SelectionSetNode(
                selections=tuple(node for key, nodes in roots.items() if key in wanted for node in nodes)
            ),
        )
        document = DocumentNode(definitions=(only, *operation.fragments.values()))
        result = execute_sync(schema, document, variable_values=dict(variables))
        if result.errors:
            raise result.errors[0]
        return {key: orjson.dumps(value) for key, value in (result.data or {}).items()}


def _weight(operation: Operation, sql: Mapping[int, Sql]) -> int:
    """The bytes of a plan, estimated from above.

    Measured: 12 KiB for the smallest; 1.2 KiB for each field; 3 to 8 bytes for each character of SQL that no field
    stands behind, and as much again for the statement of several executions.
    """
    return 16_384 + 1_280 * operation.fields + 16 * sum(len(each.text) for each in sql.values())


def _alone(points: Points) -> Answering:
    def answer(_bound: Bound, rows: Mapping[int, Sequence[Row]], _static: Mapping[str, bytes]) -> Answer:
        [only] = points(list(rows.values()))
        return only

    return answer


def _answers(points: Points, rows: Sequence[Sequence[Row]]) -> Sequence[Answer | None]:
    """The answers of all; None for each if that of one cannot be made, so that each finds out for itself."""
    try:
        return points(rows)
    except Exception:  # noqa: BLE001 - whatever it is, it is one execution's and no other may learn of it
        return [None] * len(rows)


def _together(plan: ReadPlan, sql: Mapping[int, Sql], catalogue: Catalogue) -> Together | None:
    """Plans that read one row can share statements; for lists the round trip is the least of it."""
    if len(sql) != 1 or not all(root.kind in _SINGLE for root in plan.roots):
        return None
    [(at, one)] = sql.items()
    # What the server spells is worked out again for those plans alone of which several executions meet.
    return Together(at, one, lambda: write_many(plan, at, catalogue, spelled(plan)))
