from __future__ import annotations

import io
from random import Random

import pytest

from hub.demo import charity, county_offices, departments, truth
from hub.demo.dirt import ID_RULES, RATES, Dirt
from hub.demo.tables import CutShort, SampleBatch

PEOPLE = 2000


def drafted(people=PEOPLE, seed=11):
    stream = io.BytesIO()
    rng = Random(f"rows {seed}")  # noqa: S311 - sample data, not secrets
    draft = SampleBatch(rng, Dirt(seed), truth.Recorder(stream, people, seed))
    charity.write(draft, people)
    for _ in departments.everybody(draft, people, seed):
        pass
    draft.truth.close()
    return stream.getvalue(), draft


@pytest.fixture(scope="module")
def made():
    text, draft = drafted()
    return truth.read(io.BytesIO(text), "truth"), draft


def test_the_same_seed_makes_the_same_truth_and_another_seed_another():
    first, draft = drafted(300)
    again, draft_again = drafted(300)
    assert first == again
    assert draft.rows == draft_again.rows
    assert drafted(300, seed=12)[0] != first


def test_exactly_as_many_people_are_members_as_asked_for():
    for people in (1, 2, 3, 7, 50):
        text, _ = drafted(people)
        found = truth.read(io.BytesIO(text), "truth")
        known = found.counts["civil-affairs.member"]
        assert known["load"] + known["quarantine"] - known.get("REFERENCE_UNKNOWN", 0) == people


def test_every_household_has_an_enrolled_member(made):
    _, draft = made
    rows = {table.name: rows for table, rows in draft.rows.items()}
    enrolled = {row[2] for row in rows["enrolment"]}
    assert {row[0] for row in rows["household"]} == enrolled


def test_the_mix_of_categories_is_near_the_national_one(made):
    _, draft = made
    words = [row[3] for table, rows in draft.rows.items() if table.name == "enrolment" for row in rows]
    share = {word: words.count(word) / len(words) for word in set(words)}
    assert 0.53 < share["低保"] < 0.67
    assert 0.04 < share["特困"] < 0.11
    assert 0.05 < share["低保边缘"] < 0.14
    assert 0.02 < share["防返贫监测对象"] < 0.09
    assert {"孤儿", "事实无人抚养儿童", "残疾人两项补贴", "临时救助", "刚性支出困难"} <= share.keys()


def test_recipients_live_in_every_county(made):
    _, draft = made
    regions = {row[1][:6] for table, rows in draft.rows.items() if table.name == "household" for row in rows}
    assert len(regions) == 8


def test_a_tenth_more_people_are_in_the_other_registers_only(made):
    found, _ = made
    outsiders = {row.person for _, row in found.expected("not_concerned", "public-security", "户籍人口")}
    assert 0.08 * PEOPLE < len(outsiders - found.known_people) < 0.12 * PEOPLE
    assert not outsiders & found.known_people


def test_truth_and_rows_agree_in_number(made):
    found, draft = made
    by_table: dict[str, int] = {}
    for table, rows in draft.rows.items():
        if table.source == county_offices.SOURCE:  # is asked, and never synchronised
            continue
        name = f"{table.source}.{table.name}"
        by_table[name] = by_table.get(name, 0) + len(rows)
    assert {name: counts["rows"] for name, counts in found.counts.items()} == by_table


def test_only_rows_of_known_people_are_expected_to_load(made):
    found, _ = made
    for row in found.rows.values():
        if row.expect == "load" and row.person is not None:
            assert row.person in found.known_people


def test_rows_that_lost_their_identity_number_are_not_identifiable(made):
    found, _ = made
    for row in found.rows.values():
        assert (row.rule in ID_RULES) <= (not row.identifiable)
        assert (row.expect == "quarantine") == (row.rule is not None)


def test_every_rule_is_hit_and_no_more_often_than_its_rate_allows(made):
    found, _ = made
    rules = {row.rule for row in found.rows.values()} - {None}
    assert rules >= {
        "ID_CHECK_DIGIT",
        "ID_MISSING",
        "ID_LENGTH",
        "ID_SCIENTIFIC",
        "REGION_UNKNOWN",
        "CODE_UNKNOWN",
        "AMOUNT_NEGATIVE",
        "REFERENCE_UNKNOWN",
        "CREDIT_CODE",
        "ROW_MALFORMED",
    }
    bad = sum(row.expect == "quarantine" for row in found.rows.values())
    assert bad / len(found.rows) < 0.02
    checked = found.counts["public-security.户籍人口"]
    assert checked["ID_CHECK_DIGIT"] == pytest.approx(checked["rows"] * RATES["id check digit"], abs=2)


def test_undeclared_means_make_a_check_inconsistent_unless_their_row_is_lost(made):
    found, _ = made
    outcomes = [household.outcome for household in found.households.values()]
    assert 0.03 < outcomes.count("INCONSISTENT") / len(outcomes) < 0.2
    assert 0.005 < outcomes.count(None) / len(outcomes) < 0.05
    honest = [household for household in found.households.values() if not household.hidden]
    assert all(household.outcome in ("CONSISTENT", None) for household in honest)
    hiding = [household for household in found.households.values() if household.hidden and household.outcome]
    assert sum(household.outcome == "INCONSISTENT" for household in hiding) / len(hiding) > 0.9


def test_found_means_come_from_the_rows_that_load(made):
    found, draft = made
    rows = {table.name: rows for table, rows in draft.rows.items()}
    home_of = {}
    for row in rows["member"]:
        if found.rows["civil-affairs", "member", row[0]].expect == "load":
            home_of[found.person_of("civil-affairs", "member", row[0])] = row[1]
    vehicles: dict[str, set[str]] = {}
    for row in rows["机动车"]:
        true = found.rows["public-security", "机动车", row[0]]
        if true.expect == "load":
            vehicles.setdefault(home_of[true.person], set()).add(row[0])
    newest: dict[str, tuple[str, int]] = {}
    for row in rows["insured_wage"]:
        true = found.rows["social-security", "insured_wage", row[0]]
        if true.expect == "load":
            newest[true.person] = max(newest.get(true.person, ("", 0)), (row[5], int(row[4] * 100)))
    income = dict.fromkeys(found.households, 0)
    for person, (_, amount) in newest.items():
        income[home_of[person]] += amount
    pensions = set()
    for row in rows["pension"]:
        true = found.rows["social-security", "pension", row[0]]
        if true.expect == "load" and row[0] not in pensions:
            pensions.add(row[0])
            income[home_of[true.person]] += int(row[3] * 100)
    declared = {row[0]: row for row in rows["household"]}
    for number, household in found.households.items():
        assert household.vehicles == len(vehicles.get(number, ()))
        assert household.monthly_income == income[number]
        too_much = income[number] * 10 > int(declared[number][4] * 100) * 11 + 100_000
        if household.outcome is not None and too_much:
            assert household.outcome == "INCONSISTENT"
        assert abs(income[number] * 10 - int(declared[number][4] * 100) * 11 - 100_000) >= 10_000


def test_no_finding_is_expected_about_a_household_without_authorisation(made):
    found, draft = made
    closed = {number for number, household in found.households.items() if household.outcome is None}
    members = [row for table, rows in draft.rows.items() if table.name == "member" for row in rows]
    people = {found.person_of("civil-affairs", "member", row[0]) for row in members if row[1] in closed}
    about = [(key, row) for key, row in found.rows.items() if row.person in people]
    assert {key[1] for key, row in about if row.expect == "load"} <= {"member", "enrolment", "need", "户籍人口"}
    assert {row.expect for key, row in about if key[1] in ("pension", "real_estate")} >= {"not_concerned"}


def test_a_household_without_authorisation_has_no_outcome(made):
    found, draft = made
    rows = {table.name: rows for table, rows in draft.rows.items()}
    loaded = {key[2] for key, row in found.rows.items() if key[1] == "member" and row.expect == "load"}
    peopled = {row[1] for row in rows["member"] if row[0] in loaded}
    for row in rows["household"]:
        closed = row[7] is None or row[0] not in peopled  # of whom nobody is known, nobody has authorised anything
        assert closed == (found.households[row[0]].outcome is None)


def test_guardians_are_named_for_children(made):
    _, draft = made
    rows = {table.name: rows for table, rows in draft.rows.items()}
    assert sum(row[6] is not None for row in rows["member"]) > 10


def test_everything_personal_that_is_written_is_planted(made):
    found, draft = made
    rows = {table.name: rows for table, rows in draft.rows.items()}
    for row in rows["member"]:
        assert row[3] in found.planted.names
        assert not row[5] or row[5] in found.planted.phones
        assert not row[2] or len(row[2]) < 15 or row[2].strip() in found.planted.id_numbers
        assert row[6] is None or row[6] in found.planted.id_numbers
    for row in rows["户籍人口"]:
        assert row[6] in found.planted.addresses
    for row in rows["household"]:
        assert row[2] in found.planted.addresses
    for table, table_rows in draft.rows.items():
        if table.name == "real_estate":
            assert all(row[3] in found.planted.addresses for row in table_rows)


def test_some_needs_name_the_person_and_two_in_five_have_no_consent(made):
    _, draft = made
    needs = [row for table, rows in draft.rows.items() if table.name == "need" for row in rows]
    without = sum(row[7] is None for row in needs) / len(needs)
    assert 0.3 < without < 0.5
    assert any("本人" not in row[4] for row in needs)


def test_rows_cut_short_are_marked_for_the_export(made):
    found, draft = made
    cut = [row for rows in draft.rows.values() for row in rows if isinstance(row, CutShort)]
    assert len(cut) == sum(row.rule == "ROW_MALFORMED" for row in found.rows.values())


def test_a_file_that_was_not_finished_is_refused():
    text, _ = drafted(5)
    with pytest.raises(ValueError, match="not made to the end"):
        truth.read(io.BytesIO(b"\n".join(text.splitlines()[:-1])), "truth")
