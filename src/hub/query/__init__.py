"""Queries: a document becomes an operation, a plan, SQL, rows and an answer."""

from hub.query.bind import Bound
from hub.query.budget import Budget, BudgetSpent, CostSpent, Spending
from hub.query.bulk import AFTER, SIZE, Bulk, hold_readable, paged
from hub.query.engine import Engine, Planned
from hub.query.errors import AnswerTooLarge, LimitExceeded, RequestError, StatementTimeout
from hub.query.limits import Limits
from hub.query.operation import Operation
from hub.query.plan import ReadPlan
from hub.query.reveal import Answer
from hub.query.trusted import Document, Trusted, load_trusted
from hub.query.views import Views

__all__ = [
    "AFTER",
    "SIZE",
    "Answer",
    "AnswerTooLarge",
    "Bound",
    "Budget",
    "BudgetSpent",
    "Bulk",
    "CostSpent",
    "Document",
    "Engine",
    "LimitExceeded",
    "Limits",
    "Operation",
    "Planned",
    "ReadPlan",
    "RequestError",
    "Spending",
    "StatementTimeout",
    "Trusted",
    "Views",
    "hold_readable",
    "load_trusted",
    "paged",
]
