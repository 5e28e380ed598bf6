from __future__ import annotations

from random import Random

import pytest
from stdnum.cn import ric

from hub.catalog import normalise
from hub.demo import words
from hub.demo.people import Population, check_digit, places, surname_of
from hub.domain.divisions import shipped


@pytest.fixture(scope="module")
def crowd():
    population = Population(Random(3))  # noqa: S311 - sample data, not secrets
    rng = Random(4)  # noqa: S311 - sample data, not secrets
    return [
        population.person(rng.randrange(1, 95), rng.choice(("男", "女")), rng.choice(population.places))
        for _ in range(3000)
    ]


def test_every_identity_number_has_its_right_check_digit_and_birth_date(crowd):
    for person in crowd:
        assert ric.calc_check_digit(person.id_number) == person.id_number[17]
        assert normalise.id_number(person.id_number) == person.id_number
        assert person.id_number[6:14] == f"{person.birth:%Y%m%d}"


def test_a_check_digit_of_ten_is_written_x():
    assert check_digit("11010519491231002") == "X"


def test_the_seventeenth_digit_tells_the_sex(crowd):
    assert all((int(person.id_number[16]) % 2 == 1) == (person.sex == "男") for person in crowd)


def test_no_two_people_share_an_identity_number_or_a_phone(crowd):
    assert len({person.id_number for person in crowd}) == len(crowd)
    phones = [person.phone for person in crowd if person.phone]
    assert len(set(phones)) == len(phones)
    assert all(normalise.phone(phone) == phone for phone in phones)


def test_nobody_has_a_name_that_stands_in_a_public_text(crowd):
    public = "\n".join(division.name for division in shipped())
    assert not [person.name for person in crowd if person.name in public]


def test_a_second_spelling_is_another_name(crowd):
    variants = [person for person in crowd if person.other_name]
    assert variants
    assert all(normalise.name(person.name) != normalise.name(person.other_name) for person in variants)


def test_ages_are_those_asked_for():
    population = Population(Random(1))  # noqa: S311 - sample data, not secrets
    for age in (0, 1, 17, 18, 59, 60, 92):
        for _ in range(50):
            assert abs(population.person(age, "女", population.places[0]).age - age) <= 1


def test_places_are_the_villages_of_the_shipped_divisions():
    assert len(places()) == 760
    assert {place.county_code for place in places()} == {
        division.code for division in shipped() if division.level == "COUNTY"
    }


def test_the_retired_county_is_not_in_the_list():
    assert words.RETIRED_COUNTY not in {division.code for division in shipped()}


def test_names_with_a_middle_dot_have_no_surname_to_pass_on(crowd):
    dotted = [person for person in crowd if "·" in person.name]
    assert dotted
    assert all(surname_of(person) is None for person in dotted)
