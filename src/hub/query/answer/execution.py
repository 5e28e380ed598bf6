"""What the functions that make an answer need of one execution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.query.statement.layout import FetchedRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.query.bind import Bound
    from hub.query.counts.compared import CountedTable
    from hub.query.plan.parameters import CursorScope
    from hub.query.plan.tree import Node


@dataclass(slots=True)
class Execution:
    """``fetched``: the rows of each statement; ``tables``: counts that were held against those shown before, by node.

    ``shown``: by node, the rows that stand in the answer.
    """

    bound: Bound
    fetched: Mapping[Node, Sequence[FetchedRow]]
    static: Mapping[str, bytes]
    tables: Mapping[Node, CountedTable] = field(default_factory=dict)
    shown: dict[Node, Sequence[FetchedRow]] = field(default_factory=dict)
    contexts: dict[CursorScope, bytes] = field(default_factory=dict)

    def context(self, scope: CursorScope) -> bytes:
        """What cursors of a list are bound to; the same for all its pages."""
        known = self.contexts.get(scope)
        if known is None:
            known = self.contexts[scope] = self.bound.context(scope)
        return known


ListColumn = Callable[[Sequence[Sequence[FetchedRow]], Sequence[FetchedRow], Execution], Sequence[bytes]]
"""From the rows below each parent, and the parents, to one JSON text for each parent."""
