"""Share attributes and intervals of updates, as declared: what may not be said stops the start."""

import pytest

from hub.catalog import DAILY, YEARLY, DeclarationError, Sensitivity, Share, Text, build, entity, field
from hub.catalog.declare import DECLARED
from hub.domain import CATALOGUE
from hub.policy import coverages


@pytest.fixture(autouse=True)
def as_it_was():
    """What these tests declare stays with them."""
    already = len(DECLARED)
    yield
    del DECLARED[already:]


def declared(share, *, of_field=None, legal_basis=None, field_basis=None):
    @entity(
        zh="试", en="Trial", provider="x", frequency=DAILY, share=share, conditions="x", legal_basis=legal_basis
    )  # fmt: skip
    class Trial:
        note = field(Text, Sensitivity.PUBLIC, zh="注", en="Note", share=of_field, legal_basis=field_basis)

    return Trial


def test_what_is_not_shared_cites_its_legal_basis():
    with pytest.raises(DeclarationError, match=r"Trial is not shared, so it must cite the law"):
        declared(Share.NOT_SHARED)
    assert declared(Share.NOT_SHARED, legal_basis="法 8").legal_basis == "法 8"


def test_a_field_that_is_not_shared_cites_its_legal_basis():
    with pytest.raises(DeclarationError, match=r"Trial\.note is not shared, so it must cite the law"):
        declared(Share.CONDITIONAL, of_field=Share.NOT_SHARED)
    made = declared(Share.CONDITIONAL, of_field=Share.NOT_SHARED, field_basis="法 8")
    assert made.share_of(made.fields["note"]) is Share.NOT_SHARED
    assert made.legal_basis_of(made.fields["note"]) == "法 8"
    assert made.share_of(made.fields["id"]) is Share.CONDITIONAL


@pytest.mark.parametrize(
    ("whole", "part"),
    [(Share.CONDITIONAL, Share.UNCONDITIONAL), (Share.NOT_SHARED, Share.CONDITIONAL)],
)
def test_a_field_is_never_shared_more_freely_than_its_entity(whole, part):
    with pytest.raises(DeclarationError, match="with more reserve than Trial, not with less"):
        declared(whole, of_field=part, legal_basis="法 8")


def test_a_stricter_field_of_what_is_shared_freely_needs_an_agreement():
    made = declared(Share.UNCONDITIONAL, of_field=Share.CONDITIONAL)
    build([made])
    assert [each.standing for each in coverages(frozenset(), "x", made, made.fields["id"])] == ["unneeded"]
    assert [each.standing for each in coverages(frozenset(), "x", made, made.fields["note"])] == ["none"]


def test_an_interval_is_said_in_both_languages():
    assert str(YEARLY) == "每年 yearly"
    assert all(declared.frequency.zh and declared.frequency.en for declared in CATALOGUE)
