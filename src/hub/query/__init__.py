"""Queries: a document becomes an operation, a plan, SQL, rows and an answer.

Read ``engine`` first: it has the steps. Then, in their order:

- ``document``: step 2. What is asked: parsed, valid for what exists for the viewer, within limits.
- ``plan``: step 3. What of it this viewer may see: a tree of nodes (one SELECT each) and of the fields made of them.
- ``statement``: a plan's nodes as SQL, and the layout that says where in a row everything is found.
- ``bind``: the values of one execution. ``budget`` and ``lookups``: step 4, what the viewer has left.
- ``fetch``: step 5. ``coalescing``: point queries that share a statement, all of it. ``count_memory``: counts of
  viewers who see no rows, held against those that they were shown before.
- ``answer``: step 6, rows as JSON. ``counts``: how counts are made so that nothing withheld can be computed.

Imports go down only: engine, coalescing and count_memory, fetch and answer, statement and counts, plan, document,
errors.
"""

from hub.query.answer.answer import Answer
from hub.query.bind import Bound, Position
from hub.query.budget import BudgetSpent, CostSpent, Spending
from hub.query.count_memory import CountMemory, CountRules
from hub.query.document.bulk import AFTER, SIZE, Bulk, paged
from hub.query.document.follow import ENDS, POSITION, followed
from hub.query.document.limits import Limits
from hub.query.document.operation import Operation
from hub.query.document.schemas import ViewerSchemas
from hub.query.document.selection import collect
from hub.query.document.trusted import Document, Trusted, load_trusted
from hub.query.engine import Engine, Planned
from hub.query.errors import (
    AccessRefused,
    AnswerTooLarge,
    LimitExceeded,
    LookupInStep,
    PlaceTooOld,
    RequestError,
    SeveralSteps,
    StatementTimeout,
)
from hub.query.fetch import Fetched
from hub.query.lookups import LookupBudget, MissesSpent
from hub.query.nodeid import node_id, split
from hub.query.plan.arguments import Tree as ArgumentTree
from hub.query.plan.arguments import arguments
from hub.query.plan.cost import reading_cost
from hub.query.plan.planner import RowSelection
from hub.query.plan.roots import ReadPlan, require_readable

__all__ = [
    "AFTER",
    "ENDS",
    "POSITION",
    "SIZE",
    "AccessRefused",
    "Answer",
    "AnswerTooLarge",
    "ArgumentTree",
    "Bound",
    "BudgetSpent",
    "Bulk",
    "CostSpent",
    "CountMemory",
    "CountRules",
    "Document",
    "Engine",
    "Fetched",
    "LimitExceeded",
    "Limits",
    "LookupBudget",
    "LookupInStep",
    "MissesSpent",
    "Operation",
    "PlaceTooOld",
    "Planned",
    "Position",
    "ReadPlan",
    "RequestError",
    "RowSelection",
    "SeveralSteps",
    "Spending",
    "StatementTimeout",
    "Trusted",
    "ViewerSchemas",
    "arguments",
    "collect",
    "followed",
    "load_trusted",
    "node_id",
    "paged",
    "reading_cost",
    "require_readable",
    "split",
]
