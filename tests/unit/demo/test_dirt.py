from __future__ import annotations

from datetime import date

import pytest

from hub.catalog import normalise
from hub.demo import dirt
from hub.demo.dirt import RATES, Dirt
from hub.demo.people import check_digit

MAN = "23050219801212001" + check_digit("23050219801212001")
CHILD = "23050220150401001" + check_digit("23050220150401001")


def forms(table, number, times=20_000, **options):
    spoiler = Dirt(1)
    return [spoiler.id_number(table, number, **options) for _ in range(times)]


def test_dirt_strikes_at_its_rate_and_early_in_small_registers():
    for kind, rate in RATES.items():
        spoiler = Dirt(5)
        struck = [spoiler.strikes("t", kind) for _ in range(20_000)]
        assert abs(sum(struck) - 20_000 * rate) <= 1, kind
        assert any(struck[: int(0.5 / rate) + 2]), kind


def test_the_same_seed_gets_the_same_dirt():
    assert forms("pension", MAN) == forms("pension", MAN)


def test_readable_forms_have_the_canonical_form_of_the_clean_number():
    written = {form.text for form in forms("member", MAN) if form.rule is None}
    assert len(written) >= 5
    assert {normalise.id_number(text) for text in written} == {MAN}


@pytest.mark.parametrize("rule", [dirt.ID_CHECK_DIGIT, dirt.ID_LENGTH, dirt.ID_SCIENTIFIC])
def test_lost_numbers_run_into_their_rule(rule):
    spoilt = [form.text for form in forms("pension", MAN) if form.rule == rule]
    assert spoilt
    for text in spoilt:
        with pytest.raises(normalise.NotNormal) as caught:
            normalise.id_number(text)
        assert caught.value.rule == rule


def test_missing_numbers_are_null_or_blank():
    missing = {form.text for form in forms("pension", MAN) if form.rule == dirt.ID_MISSING}
    assert missing == {None, "", " "}


def test_only_tables_from_spreadsheets_have_scientific_notation():
    assert dirt.ID_SCIENTIFIC not in {form.rule for form in forms("member", MAN)}


def test_without_loss_every_form_can_be_read():
    assert {form.rule for form in forms("pension", MAN, lossy=False)} == {None}


def test_people_born_in_this_century_have_no_15_digits():
    assert all(len(form.text.replace(" ", "").strip("'’`")) == 18 for form in forms("m", CHILD, lossy=False))


def test_dates_come_in_four_ways():
    spoiler = Dirt(1)
    assert {spoiler.date("t", date(1980, 1, 2)) for _ in range(200)} == {
        "1980-01-02",
        "1980.1.2",
        "1980年1月2日",
        "19800102",
    }


def test_spoilt_names_and_phones_have_their_canonical_form():
    spoiler = Dirt(1)
    for name in ("张伟", "欧阳春梅", "阿依努尔·库尔班"):
        written = {spoiler.name("t", name) for _ in range(500)}
        assert len(written) > 1
        assert {normalise.name(text) for text in written} == {name}
    phones = {spoiler.phone("t", "14012345678") for _ in range(500)}
    assert len(phones) == 4
    assert {normalise.phone(text) for text in phones} == {"14012345678"}
    assert {spoiler.phone("t", None) for _ in range(4)} == {None, ""}
