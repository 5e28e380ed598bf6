"""Queries: a document becomes an operation, a plan, SQL, rows and an answer."""

from hub.query.bind import Bound
from hub.query.budget import Budget, BudgetSpent
from hub.query.engine import Engine, Planned
from hub.query.errors import RequestError
from hub.query.operation import Limits, Operation
from hub.query.plan import ReadPlan
from hub.query.reveal import Answer

__all__ = [
    "Answer",
    "Bound",
    "Budget",
    "BudgetSpent",
    "Engine",
    "Limits",
    "Operation",
    "Planned",
    "ReadPlan",
    "RequestError",
]
