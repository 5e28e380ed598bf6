"""Masks, and how many values fit what they show."""

from __future__ import annotations

import pytest

from hub.catalog import (
    DAILY,
    DeclarationError,
    Group,
    IdNumber,
    Segment,
    Sensitivity,
    Share,
    candidates,
    entity,
    field,
    hide,
    keep,
    start_only,
)
from hub.domain import CATALOGUE

ID_NUMBER = CATALOGUE["Person"].fields["id_number"]
NUMBER = "110105194912310021"
DIGITS = (Segment(2, 100), Segment(3, 1_000, {"birth_date": 10}), Segment(1, 11, follows=True))


def test_the_mask_of_an_id_number_shows_the_province_and_neither_check_digit_nor_sex() -> None:
    assert ID_NUMBER.mask is not None
    assert ID_NUMBER.mask(NUMBER) == "11" + "*" * 16
    changed = NUMBER[:2] + "9" * 16
    assert ID_NUMBER.mask(changed) == ID_NUMBER.mask(NUMBER)


@pytest.mark.parametrize(
    ("mask", "known", "left"),
    [
        (None, (), 100_000),
        (hide(), (), 100_000),
        (start_only(2), (), 1_000),
        (keep(first=1), (), 10_000),
        (keep(first=3), (), 100),
        (None, ("birth_date",), 1_000),
        (start_only(2), ("birth_date", "region"), 10),
        (keep(first=2, last=1), (), 91),  # of a thousand one in eleven has this check digit
        (keep(first=5, last=1), (), 1),
    ],
)
def test_what_is_shown_or_told_takes_its_share_of_the_values(mask, known, left) -> None:
    assert candidates(DIGITS, mask, known) == left


def test_an_id_number_is_one_of_a_thousand_for_who_sees_birth_date_and_division() -> None:
    assert candidates(ID_NUMBER.segments, keep(first=3), {"birth_date", "region"}) == 1_000
    assert candidates(ID_NUMBER.segments, keep(first=3, last=1), {"birth_date", "region", "sex"}) == 45


def declared(**options):
    @entity(zh="试", en="Trial", provider="x", frequency=DAILY, share=Share.CONDITIONAL, conditions="x")
    class Trial:
        number = field(
            IdNumber, Sensitivity.SENSITIVE, sealed=True, group=Group.IDENTITY, zh="号", en="Number", **options
        )

    return Trial


@pytest.mark.parametrize("options", [{"mask": keep(first=1)}, {"mask": start_only(1)}, {"lookup": True}])
def test_what_shows_a_part_or_can_be_tried_says_how_many_values_there_are(options) -> None:
    with pytest.raises(DeclarationError, match=r"Trial\.number is masked in part or looked up"):
        declared(**options)


def test_a_value_cannot_be_told_by_a_field_that_is_not_there() -> None:
    with pytest.raises(DeclarationError, match=r"Trial\.number is told by age, which Trial does not have"):
        declared(mask=hide(), segments=(Segment(3, 1_000, {"age": 10}),))
