"""What lists add up is declared, and can be added up."""

from __future__ import annotations

import pytest

from hub.catalog import DeclarationError, Group, Integer, Sensitivity, Share, Text, entity, field
from hub.domain import CATALOGUE

SAID = {"zh": "样", "en": "A sample"}


def declared(made):
    told = SAID | {"provider": "民政", "frequency": "每日", "share": Share.CONDITIONAL, "conditions": "测试"}
    return entity(**told)(type("Sample", (), {"many": made}))


@pytest.mark.parametrize(
    "made",
    [
        field(Text, Sensitivity.INTERNAL, total=True, **SAID),
        field(Integer, Sensitivity.SENSITIVE, sealed=True, group=Group.HEALTH, total=True, **SAID),
    ],
    ids=["text", "sealed"],
)
def test_what_is_no_whole_number_in_plain_is_not_added_up(made):
    with pytest.raises(DeclarationError, match="total"):
        declared(made)


def test_of_all_fields_lists_add_up_what_was_delivered():
    totals = {(each.name, field.total_name) for each in CATALOGUE for field in each.fields.values() if field.total}
    assert totals == {("Proposal", "totalAmount")}
