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
    from collections.abc import Iterator, Mapping

    from hub.policy import Principal
    from hub.query import Planned
    from hub.query.plan.tree import KeysetPage, Node
    from hub.settings import Settings

HEADER = "hub-explain"


class ExplainRefused(HubError):
    """The viewer has none of the roles that may see how answers are made."""

    code = "HUB-203"
    status = 403


@dataclass(slots=True)
class Explanation:
    """How an answer is made, noted on its way. ``milliseconds``: that each stage took."""

    milliseconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def done(self, stage: str) -> None:
        """Note how long a stage took: all since the stage before it."""
        now = time.perf_counter()
        self.milliseconds[stage] = round((now - self._since) * 1000, 3)
        self._since = now

    def put_into(self, body: bytes, planned: Planned, cost: int, cached: Mapping[str, bool]) -> bytes:
        """Return the answer with ``extensions.explain``; the last figure is there after it is accounted for."""
        content = orjson.loads(body)
        content["extensions"]["explain"] = {
            "milliseconds": self.milliseconds,
            "cached": cached,
            "cost": cost,
            "statements": statements(planned),
        }
        return orjson.dumps(content)


def wanted(headers: Mapping[str, str]) -> Explanation | None:
    """An explanation to be made, where a request wants one: ``Hub-Explain: 1``."""
    return Explanation() if headers.get(HEADER) == "1" else None


def require_role(explanation: Explanation | None, principal: Principal, settings: Settings) -> None:
    """``ExplainRefused`` for who wants an explanation and has none of the roles that may see one."""
    if explanation is not None and not principal.roles & settings.explainers:
        raise ExplainRefused("Your role may not see how answers are made; leave out the header Hub-Explain.")


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
