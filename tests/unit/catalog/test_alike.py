"""What is counted whenever it is read: rows that are alike."""

from __future__ import annotations

from itertools import product

import pytest

from hub.catalog import Alike, Boolean, DeclarationError, Group, Sensitivity, Share, Text, entity, field
from hub.catalog.predicate import Compare, Not, Or, negate, truth
from hub.domain import CATALOGUE
from hub.store.tables import TABLES

SAID = {"zh": "样", "en": "A sample"}
ENTITY = SAID | {"provider": "民政", "frequency": "每日", "share": Share.CONDITIONAL, "conditions": "测试"}
LIKE = Alike(5, ("kind",), (("open", True),))


def declared(alike, kind=Boolean, **said):
    made = field(kind, Sensitivity.INTERNAL, **({"nullable": False, "policy": True, "alike": alike} | SAID | said))
    secret = field(Text, Sensitivity.SENSITIVE, sealed=True, group=Group.IDENTITY, **SAID)
    members = {
        "kind": field(Text, Sensitivity.INTERNAL, **SAID), "open": field(Boolean, Sensitivity.INTERNAL, **SAID),
        "secret": secret, "shown": made,
    }  # fmt: skip
    return entity(**ENTITY)(type("Sampled", (), members))


def test_it_is_declared_for_policies_has_no_column_and_an_index_of_its_own():
    assert declared(LIKE).fields["shown"].written is False
    shown = CATALOGUE["Need"].fields["among_others"]
    assert shown in CATALOGUE["Need"].policy_fields
    assert "among_others" not in TABLES["Need"].columns
    assert ["county", "kind", "urgent"] in [
        [column.name for column in index.columns] for index in TABLES["Need"].indexes
    ]


@pytest.mark.parametrize(
    ("alike", "said"),
    [
        (Alike(5, ("colour",), ()), {}),
        (Alike(5, ("secret",), ()), {}),
        (Alike(5, ("kind",), (("colour", True),)), {}),
        (Alike(5, (), ()), {}),
        (LIKE, {"nullable": True}),
        (LIKE, {"filter": True}),
        (LIKE, {"sort": True}),
        (LIKE, {"kind": Text}),
    ],
)
def test_what_cannot_be_counted_stops_the_start(alike, said):
    with pytest.raises(DeclarationError, match=r"Sampled\.shown counts rows"):
        declared(alike, **said)


def test_neither_this_nor_that_is_both_not_also_where_one_is_not_known():
    either = Or((Not(Compare("a", "eq", value=True)), Not(Compare("b", "eq", value=True))))
    values = (True, False, None)
    for a, b in product(values, values):
        assert truth(negate(either), {"a": a, "b": b}) == truth(Not(either), {"a": a, "b": b})
