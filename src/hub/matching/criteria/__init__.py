"""Criteria as data: who is eligible for a resource, in CQL2's JSON spelling over a closed vocabulary.

``vocabulary``: what may be asked, and how narrowly; ``parsing``: JSON → the catalogue's predicate; ``narrow``: what no
criterion may be, whatever its spelling. None of it reads a row, and none of it needs the extra.
"""

from hub.matching.criteria.faults import CriteriaRefused, Fault
from hub.matching.criteria.parsing import Criteria, parse
from hub.matching.criteria.vocabulary import COLUMNS, PLAIN, VOCABULARY, Widths, category_column, load_widths

__all__ = [
    "COLUMNS",
    "PLAIN",
    "VOCABULARY",
    "Criteria",
    "CriteriaRefused",
    "Fault",
    "Widths",
    "category_column",
    "load_widths",
    "parse",
]
