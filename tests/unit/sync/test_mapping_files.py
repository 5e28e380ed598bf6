from pathlib import Path

import pytest

from hub.domain import CATALOGUE
from hub.sync.errors import MappingRefused
from hub.sync.mapping_files import load_mappings, parse_mapping

MAPPINGS = Path(__file__).parents[3] / "schema" / "mappings"

GOOD = """\
source: sample
title: A sample
order: 1
tables:
  household:
    key: no
    entity: Household
    fields:
      address: address
  member:
    key: [no, id]
    person:
      column: id
      mode: create
      fields:
        name: name
        region: {from: household}
    entity: HouseholdMember
    links:
      household: {table: household, column: household_no}
    fields:
      relationship: {column: relation, codes: {户主: HEAD}}
"""


def refused(old, new):
    assert old in GOOD
    with pytest.raises(MappingRefused) as caught:
        parse_mapping(GOOD.replace(old, new), "sample.yaml", CATALOGUE)
    return caught.value.message


def test_a_mapping_that_fits_is_read():
    mapping = parse_mapping(GOOD, "sample.yaml", CATALOGUE).mapping
    assert mapping.tables["household"].key == ["no"]
    assert mapping.tables["member"].columns() == ("no", "id", "household_no", "relation", "name")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("address: address", "adress: address", 9, "Household has no field adress"),
        ("address: address", "check_authorised: address", 9, "check_authorised is kept by the hub itself"),
        ("entity: Household\n", "entity: House\n", 7, "no entity House"),
        ("column: relation,", "column: relation, convert: magic,", 22, "no converter magic"),
        ("户主: HEAD", "户主: BOSS", 22, "BOSS must be one of HEAD"),
        ("address: address", "address: {colum: address}", 9, "extra inputs"),
        ("address: address", "address: {column: a, value: b}", 9, "exactly one of"),
        ("address: address", "size: {value: many}", 9, "not a whole number"),
        ("address: address", "address: {text: '{a} {b}', convert: present}", 9, "are for a column"),
        ("mode: create", "mode: invent", 14, "'create' or 'match'"),
        ("{table: household, column", "{table: houses, column", 20, "no table of Household rows"),
        ("{from: household}", "{from: nobody}", 17, "no linked nobody"),
        ("        region: {from", "        id_number: {from", 17, "taken from person"),
        ("    links:\n      household: {table: household, column: household_no}\n", "", 17, "no linked household"),
        ("order: 1", "order: first", 3, "integer"),
        ("title: A sample\n", "", 1, "required"),
        ("entity: HouseholdMember", "entity: SyncRun", 18, "no entity SyncRun that comes from sources"),
        ("      address: address", "      address: [", 11, "not readable as YAML"),
        ("title: A sample", "source: again", 2, "stands here twice"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_file_and_line(old, new, line, what):
    message = refused(old, new)
    assert what in message
    assert message.startswith(f"sample.yaml, line {line}")


def test_rows_that_others_refer_to_are_not_deleted():
    assert "not deleted" in refused("    entity: Household\n", "    entity: Household\n    vanished: delete\n")


def test_a_sealed_field_is_not_copied_from_a_linked_row():
    # Both have a field "name" only in this pair: the person's is sealed.
    assert "no linked" in refused("        name: name\n", "        name: {from: household}\n")


def test_an_entity_must_get_what_it_needs():
    text = GOOD.replace("        region: {from: household}\n", "").replace(
        "      household: {table: household,", "      # {"
    )
    with pytest.raises(
        MappingRefused, match=r"sample\.yaml, line 10: tables → member: HouseholdMember needs household"
    ):
        parse_mapping(text.replace("    links:\n", "    links: {}\n"), "sample.yaml", CATALOGUE)


def test_two_sources_of_one_field_must_say_which_stands(tmp_path):
    second = GOOD.replace("source: sample", "source: other").replace("order: 1", "order: 2")
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(second, encoding="utf-8")
    with pytest.raises(MappingRefused, match=r"b\.yaml, line 16: .* same authority"):
        load_mappings(tmp_path, CATALOGUE)


def test_the_mappings_of_all_departments_fit_and_those_who_know_people_come_first():
    mappings = load_mappings(MAPPINGS, CATALOGUE)
    assert sorted(mappings.names) == sorted(path.stem for path in MAPPINGS.glob("*.yaml"))
    assert mappings.names[:2] == ("civil-affairs", "public-security")
    assert mappings.ranks == {"name": {"civil-affairs": 2, "public-security": 1}}


def test_which_departments_check_stands_in_the_mappings():
    mappings = load_mappings(MAPPINGS, CATALOGUE)
    assert mappings.checking == {
        "public-security": {"PUBLIC_SECURITY"},
        "real-estate": {"REAL_ESTATE"},
        "social-security": {"SOCIAL_SECURITY"},
    }
