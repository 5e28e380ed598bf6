from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from hub.catalog import Date, IdNumber, Integer, Money, Name, Phone, RegionCode, Text, Timestamp
from hub.domain.codes import Sex
from hub.sync.convert import CONVERTERS, by_codes, by_type, month_start
from hub.sync.rules import Unfit


def rule(convert, value):
    with pytest.raises(Unfit) as caught:
        convert(value)
    assert str(value) not in caught.value.reason or len(str(value)) < 3
    return caught.value.rule


@pytest.mark.parametrize(
    "value",
    ["1980-01-01", "1980.1.1", "1980年1月1日", "19800101", " 1980/01/01 ", "1980-01-01 10:20:30", date(1980, 1, 1),
     datetime(1980, 1, 1, 9, 0)],  # noqa: DTZ001 - drivers give such
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(value):
    assert by_type(Date)(value) == date(1980, 1, 1)


@pytest.mark.parametrize("value", ["1980-02-30", "80-1-1", "1980", "yesterday", "1980-1"])
def test_what_is_no_date_is_not_guessed(value):
    assert rule(by_type(Date), value) == "DATE_INVALID"


@pytest.mark.parametrize("value", ["2026-05", "2026.5", "202605", "2026年5月", "2026-05-17", date(2026, 5, 17)])
def test_a_month_is_its_first_day(value):
    assert month_start(value) == date(2026, 5, 1)


def test_a_day_without_a_time_is_midnight_in_beijing():
    assert by_type(Timestamp)(date(2026, 5, 17)) == datetime(2026, 5, 16, 16, tzinfo=UTC)
    assert by_type(Timestamp)("2026-05-17") == datetime(2026, 5, 16, 16, tzinfo=UTC)


def test_a_time_without_offset_is_beijing_time():
    assert by_type(Timestamp)("2026-05-17 08:00:00") == datetime(2026, 5, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"), [("1,832.5", "1832.50"), (650, "650.00"), (Decimal("1.005"), "1.00"), ("¥12元", "12.00")]
)
def test_an_amount_has_two_decimals(value, expected):
    assert by_type(Money)(value) == Decimal(expected)


def test_an_amount_below_zero_is_not_an_amount_of_assistance():
    assert rule(by_type(Money), "-12.00") == "AMOUNT_NEGATIVE"
    assert rule(by_type(Integer), "-12") == "AMOUNT_NEGATIVE"


@pytest.mark.parametrize("value", ["abc", "NaN", "1e30"])
def test_what_is_no_amount_is_refused(value):
    assert rule(by_type(Money), value) == "AMOUNT_INVALID"


@pytest.mark.parametrize(("value", "expected"), [("12", 12), (12.0, 12), ("12.0", 12), (0, 0)])
def test_a_spreadsheets_whole_number_is_whole(value, expected):
    assert by_type(Integer)(value) == expected


@pytest.mark.parametrize("value", ["1.5", "x", "99999999999", "Infinity"])
def test_what_is_no_whole_number_is_refused(value):
    assert rule(by_type(Integer), value) == "NUMBER_INVALID"


@pytest.mark.parametrize(
    ("value", "expected"), [("230502000000", "230502"), ("230502001000", "230502001"), ("230502001001", "230502001001")]
)
def test_a_division_code_loses_the_zeros_that_fill_it_up(value, expected):
    assert by_type(RegionCode)(value) == expected


@pytest.mark.parametrize("value", ["2305x", "23050", "二三"])
def test_what_is_no_division_code_is_refused(value):
    assert rule(by_type(RegionCode), value) == "REGION_INVALID"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2.30502e17, "ID_SCIENTIFIC"),
        (230502197001011234.0, "ID_SCIENTIFIC"),
        ("2.30502E+17", "ID_SCIENTIFIC"),
        ("11010519491231002", "ID_LENGTH"),
        ("110105194912310021", "ID_CHECK_DIGIT"),
    ],
)
def test_an_id_number_that_cannot_be_told_names_its_rule(value, expected):
    assert rule(by_type(IdNumber), value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "11010519491231002X",
        "11010519491231002x",
        "'110105491231002",
        110105491231002.0,
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_spellings_of_one_id_number_come_out_as_one(value):
    assert by_type(IdNumber)(value) == "11010519491231002X"


def test_names_and_phones_take_their_canonical_form():
    assert by_type(Name)("张 三") == "张三"
    assert by_type(Phone)("+86 140-1234-5678") == "14012345678"


def test_a_code_list_takes_its_own_names_and_a_table_its_words():
    assert by_type(Sex)("MALE") == "MALE"
    assert rule(by_type(Sex), "unbekannt") == "CODE_UNKNOWN"
    assert by_codes({"男": "MALE", "1": "MALE"})(1) == "MALE"
    assert rule(by_codes({"男": "MALE"}), "女性") == "CODE_UNKNOWN"


def test_a_text_that_cannot_be_stored_is_refused():
    assert rule(by_type(Text), "abc\x00def") == "TEXT_INVALID"


def test_a_credit_code_is_checked():
    assert CONVERTERS["credit_code"]("91110000600037341L") == "91110000600037341L"
    assert rule(CONVERTERS["credit_code"], "91110000600037342L") == "CREDIT_CODE"


def test_presence_is_asked_of_missing_values_too():
    assert CONVERTERS["present"](None) is False
    assert CONVERTERS["present"]("x") is True
