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
from hub.query.plan.tree import Column, ReadNode, TotalNode
from hub.query.statement.sql import Constant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from hub.query import Planned
    from hub.query.plan.tree import KeysetPage, Node

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
    """Each statement: its SQL, where each parameter's value comes from, and the nodes that it was written from."""
    binders = planned.plan.binders
    return [
        {
            "sql": sql.text,
            "planned": "once" if sql.kept else "anew with the values of each execution",
            "parameters": [
                "words of the answer" if isinstance(take, Constant) else binders[take.index].where for take in sql.takes
            ],
            "plan": list(_nodes(node, None, planned.layout.numbers)),
        }
        for node, sql in planned.sql.items()
    ]


def _nodes(node: Node, below: int | None, numbers: Mapping[Node, int]) -> Iterator[dict[str, Any]]:
    """A node and all that hang on it, by their numbers in the plan."""
    entity = node.table.entity.name
    said: dict[str, Any] = {
        "number": numbers[node],
        "below": below,
        "reads": f"count of {entity}" if isinstance(node, TotalNode) else entity,
        "joins": [],
        "columns": [],
        "orderBy": [],
        "page": None,
    }
    if not isinstance(node, ReadNode):
        yield said
        return
    yield said | {
        "joins": [join.table.entity.name for join in node.joins],
        "columns": [f"{item.table.entity.name}.{item.name}" for item in node.columns if isinstance(item, Column)],
        "orderBy": [f"{key.field.graphql} {'DESC' if key.descending else 'ASC'}" for key in node.order],
        "page": _page(node.page),
    }
    for child in node.children:
        yield from _nodes(child, numbers[node], numbers)


def _page(page: KeysetPage | None) -> str | None:
    return None if page is None else "keyset, backward" if page.backward else "keyset"
