"""Answers that explain themselves: plan, SQL, estimated cost, cache hits, and how long each stage took.

No value of a query stands in any of it: SQL has ``$1``, ``$2``, … and of each is said where its value comes from.
What policies say of rows, such as the divisions in the viewer's charge, does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from hub.errors import HubError
from hub.query.plan.tree import Column
from hub.query.statement.sql import Constant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hub.query import Bound, Planned
    from hub.query.plan.tree import ReadPlan, Statement

HEADER = "hub-explain"


class ExplainRefused(HubError):
    """The viewer has none of the roles that may see how answers are made."""

    code = "HUB-203"
    status = 403


def unmarked(_stage: str) -> None:
    """What marks a stage where nobody asked for an explanation: nothing."""


@dataclass(slots=True)
class Explaining:
    """What is noted on the way of a query that is to be explained. ``cached``: by ``document`` and ``plan``."""

    milliseconds: dict[str, float] = field(default_factory=dict)
    cached: dict[str, bool] = field(default_factory=dict)
    cost: int = 0
    _last: float = field(default_factory=time.perf_counter)

    def mark(self, stage: str) -> None:
        """Note the time since the last mark as that of a stage."""
        now = time.perf_counter()
        self.milliseconds[stage] = round((now - self._last) * 1000, 3)
        self._last = now

    def explained(self, planned: Planned) -> dict[str, Any]:
        """Return what ``extensions.explain`` has."""
        return {
            "milliseconds": self.milliseconds,
            "cached": self.cached,
            "cost": self.cost,
            "statements": statements(planned),
        }


def asked(headers: Mapping[str, str]) -> bool:
    """Whether a request wants its answer explained: ``Hub-Explain: 1``."""
    return headers.get(HEADER) == "1"


def entitle(roles: Collection[str], entitled: Collection[str]) -> None:
    """``ExplainRefused`` for who has none of the entitled roles."""
    if not set(roles) & set(entitled):
        raise ExplainRefused("Your role may not see how answers are made; leave out the header Hub-Explain.")


def with_explanation(body: bytes, explanation: Mapping[str, Any]) -> bytes:
    """Put an explanation into an answer; it can have its last figure only after the answer is accounted for."""
    content = orjson.loads(body)
    content["extensions"]["explain"] = explanation
    return orjson.dumps(content)


def statements(planned: Planned) -> list[dict[str, Any]]:
    """Each root statement: its SQL, where each parameter's value comes from, and the plan that it was written from."""
    plan = planned.plan
    return [
        {
            "sql": sql.text,
            "planned": "once" if sql.kept else "anew with the values of each execution",
            "parameters": [
                "words of the answer" if isinstance(take, Constant) else plan.binders[take].where for take in sql.takes
            ],
            "plan": [_planned(plan, number) for number in _below(plan, at)],
        }
        for at, sql in planned.sql.items()
    ]


def _below(plan: ReadPlan, at: int) -> list[int]:
    """A root statement and all that hang on it."""
    found = [at]
    for number, parent in enumerate(plan.parents):
        if parent is not None and parent[0] in found:
            found.append(number)
    return found


def _planned(plan: ReadPlan, number: int) -> dict[str, Any]:
    statement, parent = plan.statements[number], plan.parents[number]
    return {
        "number": number,
        "below": None if parent is None else parent[0],
        "reads": f"count of {statement.entity.name}" if statement.count else statement.entity.name,
        "joins": [join.entity.name for join in statement.joins],
        "columns": [
            f"{_entity(statement, item.alias)}.{item.name}" for item in statement.columns if isinstance(item, Column)
        ],
        "orderBy": [f"{item.field.graphql} {'DESC' if item.descending else 'ASC'}" for item in statement.order],
        "page": None if statement.page is None else "keyset, backward" if statement.page.backward else "keyset",
    }


def _entity(statement: Statement, alias: str) -> str:
    names = {statement.alias: statement.entity.name} | {join.alias: join.entity.name for join in statement.joins}
    return names.get(alias, "" if statement.through is None else statement.through.entity.name)


def arguments(planned: Planned, bound: Bound, at: int) -> list[Any]:
    """The values of a root statement's parameters: for PostgreSQL alone."""
    return [take.value if isinstance(take, Constant) else bound.values[take] for take in planned.sql[at].takes]
