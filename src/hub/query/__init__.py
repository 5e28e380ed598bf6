"""Queries: a document becomes an operation, a plan, SQL, rows and an answer."""

from hub.query.answer.reveal import Answer
from hub.query.bind import Bound
from hub.query.budget import Budget, BudgetSpent, CostSpent, Spending
from hub.query.document.bulk import AFTER, SIZE, Bulk, hold_readable, paged
from hub.query.document.limits import Limits
from hub.query.document.operation import Operation
from hub.query.document.trusted import Document, Trusted, load_trusted
from hub.query.document.views import Views
from hub.query.engine import Engine, Planned
from hub.query.errors import AnswerTooLarge, LimitExceeded, RequestError, StatementTimeout
from hub.query.plan.tree import ReadPlan

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
