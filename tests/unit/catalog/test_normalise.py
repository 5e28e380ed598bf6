from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog import normalise
from hub.catalog.normalise import NotNormal
from hub.errors import HubError

# The example of GB 11643 and its 15-digit form.
CANONICAL = "11010519491231002X"

messy = st.text() | st.text(alphabet="买提王·•・．. '\u200b\ufeff\u3000\u0301eéX-+0186", max_size=20)


@pytest.mark.parametrize(
    "spelling",
    [
        CANONICAL,
        "11010519491231002x",
        "110105491231002",
        "１１０１０５１９４９１２３１００２Ｘ",
        "１１０１０５４９１２３１００２",
        "'11010519491231002X",
        "＇11010519491231002X",
        "´11010519491231002X",
        " 110105 19491231 002X\t",
        "\ufeff11010519491231002X\u200b",
    ],
)
def test_every_spelling_of_an_id_number_becomes_one(spelling):
    assert normalise.id_number(spelling) == CANONICAL


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2.30502E+17", normalise.ID_SCIENTIFIC),
        ("2.30502e17", normalise.ID_SCIENTIFIC),
        ("'２.30502E+17", normalise.ID_SCIENTIFIC),
        ("", normalise.ID_LENGTH),
        ("1101051949123100", normalise.ID_LENGTH),
        ("11010519491231002XX", normalise.ID_LENGTH),
        ("1101051949123100AX", normalise.ID_CHARACTERS),
        ("11010549123100X", normalise.ID_CHARACTERS),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", normalise.ID_CHARACTERS),
        ("110105194912310021", normalise.ID_CHECK_DIGIT),
        ("110105194902300020", normalise.ID_DATE),
        ("110105490230002", normalise.ID_DATE),
    ],
)
def test_what_is_not_an_id_number_names_its_rule_and_not_itself(text, rule):
    with pytest.raises(NotNormal) as caught:
        normalise.id_number(text)
    assert caught.value.rule == rule
    assert text == "" or text not in str(caught.value)
    assert caught.value.__cause__ is None


def test_every_single_wrong_digit_of_an_id_number_is_found():
    for place in range(17):
        for digit in "0123456789":
            wrong = CANONICAL[:place] + digit + CANONICAL[place + 1 :]
            if wrong != CANONICAL:
                with pytest.raises(NotNormal):
                    normalise.id_number(wrong)


def test_the_error_is_one_of_the_hubs_and_a_value_error():
    assert issubclass(NotNormal, HubError)
    assert issubclass(NotNormal, ValueError)


def test_the_birth_date_is_read_from_the_number():
    assert normalise.birth_date(CANONICAL) == date(1949, 12, 31)


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("13912345678", "13912345678"),
        ("+86 139-1234-5678", "13912345678"),
        ("0086 139 1234 5678", "13912345678"),
        ("8613912345678", "13912345678"),
        ("＋８６１３９１２３４５６７８", "13912345678"),
        ("0469-4281234", "04694281234"),
        ("(0469) 428 1234", "04694281234"),
        ("+86 469 4281234", "04694281234"),
        ("+86 10 12345678", "01012345678"),
        ("12345", "12345"),
    ],
)
def test_every_spelling_of_a_telephone_number_becomes_one(spelling, canonical):
    assert normalise.phone(spelling) == canonical


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", normalise.PHONE_CHARACTERS),
        ("无", normalise.PHONE_CHARACTERS),
        ("+1 212 5550100", normalise.PHONE_CHARACTERS),
        ("123", normalise.PHONE_LENGTH),
        ("1391234567800", normalise.PHONE_LENGTH),
        ("00860013912", normalise.PHONE_LENGTH),
    ],
)
def test_what_is_not_a_telephone_number_names_its_rule(text, rule):
    with pytest.raises(NotNormal) as caught:
        normalise.phone(text)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("王小明", "王小明"),
        (" 王 小\u3000明 ", "王小明"),
        ("王\u200b小明\ufeff", "王小明"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽 ・ 买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽 . 买买提", "阿依古丽·买买提"),
        ("阿依古丽･买买提", "阿依古丽·买买提"),
        ("Anna  Maria Schmidt", "Anna Maria Schmidt"),
        ("J. Smith", "J. Smith"),
    ],
)
def test_every_spelling_of_a_name_becomes_one(spelling, canonical):
    assert normalise.name(spelling) == canonical


def test_a_name_of_spaces_is_not_a_name():
    with pytest.raises(NotNormal) as caught:
        normalise.name(" \u3000\u200b")
    assert caught.value.rule == normalise.NAME_EMPTY


@pytest.mark.parametrize("function", [normalise.id_number, normalise.phone, normalise.name])
@given(text=messy)
def test_normalising_twice_is_normalising_once(function, text):
    try:
        once = function(text)
    except NotNormal:
        return
    assert function(once) == once


@given(
    region=st.integers(110000, 659999),
    born=st.dates(date(1900, 1, 1), date(1999, 12, 31)),
    order=st.integers(0, 999),
)
def test_an_old_number_and_its_new_form_are_the_same_person(region, born, order):
    new = normalise.id_number(f"{region}{born:%y%m%d}{order:03}")
    assert normalise.id_number(new.lower()) == new
    assert normalise.birth_date(new) == born
