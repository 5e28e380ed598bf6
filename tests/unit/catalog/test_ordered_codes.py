"""A code list may declare that its order means something."""

from __future__ import annotations

from hub.catalog import CodeList, Integer, Sensitivity, field
from hub.domain import CATALOGUE
from hub.store.tables import TABLES


class Step(CodeList, ordered=True):
    """A list in rising order."""

    LOW = "低", "Low"
    HIGH = "高", "High"


class Kind(CodeList):
    """A list without order."""

    ONE = "一", "One"


def test_a_field_with_an_ordered_code_list_is_sorted_by_a_column_of_its_own():
    ordered = field(Step, Sensitivity.INTERNAL, zh="级", en="Step", sort=True, nullable=False)
    assert (ordered.ordering.column, ordered.ordering.type, ordered.ordering.nullable) == ("_order", Integer, False)
    for other in (field(Kind, Sensitivity.INTERNAL, zh="类", en="Kind", sort=True), CATALOGUE["Need"].fields["region"]):
        assert other.ordering is other


def test_the_place_of_a_code_is_stored_and_indexed_instead_of_its_letters():
    need = TABLES["Need"]
    indexed = {tuple(index.columns.keys()) for index in need.indexes}
    assert need.c["urgency_order"].computed is not None
    assert ("urgency_order", "id") in indexed
    assert ("urgency", "id") not in indexed
