"""Small registers by hand: what each kind of row, and of change, comes to."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from hub.crypto import Keyring
from hub.domain import CATALOGUE
from hub.errors import HubError
from hub.postgres import embedded
from hub.store.tables import TABLES
from hub.sync.errors import SyncInProgress, SyncStopped
from hub.sync.mapping_files import load_mappings
from hub.sync.run import sync_source
from hub.sync.runs import exclusive
from syncing import (
    ANNA,
    BORIS,
    CLARA,
    MAPPINGS,
    OTHER_VILLAGE,
    VILLAGE,
    claim_text,
    enrolment,
    household,
    member,
    opened,
    physical,
    register,
    shared_store,
    state,
    store,
)

__all__ = ["shared_store", "store"]  # fixtures of another file


@pytest.fixture
def civil(tmp_path):
    def write(**tables):
        tables.setdefault("household", [household()])
        tables.setdefault("member", [member("M1", ANNA)])
        return register(tmp_path / "civil.db", "civil-affairs", **tables)

    return write


@pytest.fixture
def police(tmp_path):
    def write(people=(), vehicles=()):
        return register(tmp_path / "police.db", "public-security", 户籍人口=people, 机动车=vehicles)

    return write


@pytest.fixture
def insurance(tmp_path):
    def write(pensions=(), wages=()):
        return register(tmp_path / "insurance.db", "social-security", pension=pensions, insured_wage=wages)

    return write


def person_row(key, number, name="安娜", region=VILLAGE):
    return (key, number, name, "女", "1949年12月31日", region, "户籍路2号")


def vehicle(plate, number, status="正常"):
    return (plate, number, "小型轿车", "2020.5.1", status)


async def quarantined(store):
    rows = await store.pool.fetch("SELECT * FROM quarantined_row ORDER BY source_table, rule")
    return [(row["source_table"], row["rule"]) for row in rows]


async def count(store, table):
    return await store.pool.fetchval(f"SELECT count(*) FROM {table}")


async def test_a_household_its_member_and_the_enrolment_are_linked(store, civil):
    report = await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA)]))
    assert (report.rows_read, report.loaded, report.quarantined) == (3, 3, 0)
    row = await store.pool.fetchrow(
        "SELECT r.category, r.monthly_amount::text, r.approved_on, p.region, m.relationship, h.size, r.region AS charge"
        " FROM recipient r JOIN person p ON p.id = r.person_id JOIN household h ON h.id = r.household_id"
        " JOIN household_member m ON m.person_id = p.id AND m.household_id = h.id"
    )
    assert tuple(row) == ("DIBAO", "650.00", date(2026, 1, 1), VILLAGE, "HEAD", 2, VILLAGE)
    people = await store.people()
    assert people[ANNA]["name"] == "名M1"
    assert people[ANNA]["phone"] == "14012345678"


async def test_spellings_of_an_id_number_are_one_person(store, civil):
    rows = [
        enrolment("E1", "110105491231002"),
        enrolment("E2", "'11010519491231002x"),
        enrolment("E3", "１１０１０５１９４９１２３１００２Ｘ"),
    ]
    await store.sync("civil-affairs", civil(enrolment=rows))
    assert await count(store, "person") == 1
    assert await count(store, "recipient") == 3


async def test_a_second_run_of_unchanged_sources_writes_nothing(store, civil, police, insurance):
    first = civil(
        household=[household(declared_vehicles=1)],
        member=[member("M1", ANNA), member("M2", "bad"), member("M1", ANNA)],
        enrolment=[enrolment("E1", ANNA), enrolment("E2", ANNA, category="Z9")],
        past_check=[("C1", "H1", "2026-01-05", "属实")],
    )
    second = police([person_row("R1", ANNA), person_row("R2", BORIS)], [vehicle("黑J1", ANNA)])
    third = insurance([("P1", ANNA, "500.00", "正常发放", "2026-05-01")], [("W1", ANNA, "厂", "-1", "2026-05")])

    async def everything():
        for source, location in (("civil-affairs", first), ("public-security", second), ("social-security", third)):
            yield await store.sync(source, location)
        yield await store.check("public-security", "social-security")

    _ = [report async for report in everything()]
    before = await physical(store)
    again = [report async for report in everything()]
    assert await physical(store) == before
    assert [report.loaded for report in again[:3]] == [0, 0, 0]
    assert again[3].written == 0
    assert await count(store, "sync_run") == 6


async def test_people_of_no_household_leave_no_trace(store, civil, police):
    await store.sync("civil-affairs", civil())
    before = await physical(store)
    report = await store.sync("public-security", police([person_row("R2", BORIS)], [vehicle("黑J2", BORIS)]))
    assert (report.not_concerned, report.quarantined, report.loaded) == (2, 0, 0)
    assert await physical(store) == before


async def test_an_outsiders_row_is_not_even_quarantined_for_its_other_faults(store, civil, police):
    await store.sync("civil-affairs", civil())
    await store.sync("public-security", police([person_row("R2", BORIS, region="999999")]))
    assert await quarantined(store) == []


async def test_without_authorisation_there_is_no_finding(store, civil, police):
    await store.sync("civil-affairs", civil(household=[household(check_authorised_on=None)]))
    report = await store.sync("public-security", police([person_row("R1", ANNA)], [vehicle("黑J1", ANNA)]))
    assert (report.loaded, report.not_concerned) == (1, 1)
    assert await count(store, "finding") == 0


async def test_with_the_authorisation_the_findings_go_too(store, civil, police):
    location = police(vehicles=[vehicle("黑J1", ANNA)])
    await store.sync("civil-affairs", civil())
    await store.sync("public-security", location)
    assert await count(store, "finding") == 1
    await store.sync("civil-affairs", civil(household=[household(check_authorised_on=None)]))
    report = await store.sync("public-security", location)
    assert report.vanished == 1
    assert await count(store, "finding") == 0


async def test_a_row_left_out_by_its_state_is_not_kept(store, civil, police):
    await store.sync("civil-affairs", civil())
    report = await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA, "报废")]))
    assert report.not_concerned == 1
    assert await count(store, "finding") == 0


@pytest.mark.parametrize(
    ("tables", "rule"),
    [
        ({"member": [member("M1", "110105194912310021")]}, "ID_CHECK_DIGIT"),
        ({"member": [member("M1", None)]}, "ID_MISSING"),
        ({"member": [member("M1", "无")]}, "ID_MISSING"),
        ({"member": [member("M1", "2.30502E+17")]}, "ID_SCIENTIFIC"),
        ({"member": [member("M1", ANNA, "H9")]}, "REFERENCE_UNKNOWN"),
        ({"member": [member("M1", ANNA, relation="友")]}, "CODE_UNKNOWN"),
        ({"member": [member("", ANNA)]}, "KEY_MISSING"),
        ({"member": [member("M1", ANNA, "")]}, "FIELD_MISSING"),
        ({"household": [household(region="230504001001")], "member": []}, "REGION_UNKNOWN"),
        ({"household": [household(region="尖山区")], "member": []}, "REGION_INVALID"),
        ({"household": [household(declared_monthly_income="-1")], "member": []}, "AMOUNT_NEGATIVE"),
        ({"household": [household(declared_monthly_income="many")], "member": []}, "AMOUNT_INVALID"),
        ({"household": [household(size="2.5")], "member": []}, "NUMBER_INVALID"),
        ({"household": [household(check_authorised_on="2026-02-30")], "member": []}, "DATE_INVALID"),
    ],
)
async def test_a_bad_row_goes_to_quarantine_with_its_rule(store, civil, tables, rule):
    report = await store.sync("civil-affairs", civil(**tables))
    assert [found for _, found in await quarantined(store)] == [rule]
    assert report.quarantined == 1
    assert await count(store, "person") == 0


async def test_a_quarantined_row_is_sealed_whole_and_its_reason_has_no_value(store, civil):
    await store.sync("civil-affairs", civil(member=[member("M1", "110105194912310021")]))
    row = await store.pool.fetchrow("SELECT * FROM quarantined_row")
    assert "110105194912310021" in store.opened("QuarantinedRow", "row", row)
    assert "id_no" in row["reason"]
    assert "1101051949" not in row["reason"]
    assert b"1101051949" not in row["row"]


async def test_bytes_that_are_no_text_break_their_own_row_only(store, tmp_path):
    lines = ["id,name,tax_id,region,description,phone", "1,好,,2305,,", "2,坏,,2305,,", "3,福,,2305,,"]
    raw = "\n".join(lines).encode().replace("坏".encode(), b"\xff\xfe")
    (tmp_path / "organization.csv").write_bytes(raw)
    headers = {
        "service": "id,organization_id,name,status,eligibility_description,eligibility_criteria,kind,minimum_age,"
        "maximum_age,assessment_required,valid_from,valid_to",
        "service_capacity": "id,service_id,unit,unit_cost,available,maximum",
        "service_area": "id,service_id,extent",
    }
    for name, header in headers.items():
        (tmp_path / f"{name}.csv").write_text(f"{header}\n", encoding="utf-8")
    await store.sync("charity-federation", tmp_path)
    assert await quarantined(store) == [("organization", "ROW_MALFORMED")]
    row = await store.pool.fetchrow("SELECT * FROM quarantined_row")
    assert "organization.csv, line 3" in row["reason"]
    assert await count(store, "charity_organisation") == 2


async def test_a_text_in_sqlite_that_is_no_text_breaks_its_own_row_only(store, civil):
    location = civil(household=[household(), household("H2")])
    with closing(sqlite3.connect(location)) as connection, connection:
        connection.execute("UPDATE household SET address = CAST(x'ff41' AS TEXT) WHERE household_no = 'H2'")
    await store.sync("civil-affairs", location)
    assert await quarantined(store) == [("household", "TEXT_INVALID")]
    assert await count(store, "household") == 1


async def test_a_bad_phone_leaves_the_field_empty_and_the_row_loads(store, civil):
    report = await store.sync("civil-affairs", civil(member=[member("M1", ANNA, mobile="call my son")]))
    assert report.quarantined == 0
    assert (await store.people())[ANNA]["phone"] is None


async def test_a_mended_row_leaves_quarantine(store, civil):
    await store.sync("civil-affairs", civil(member=[member("M1", "110105194912310021")]))
    await store.sync("civil-affairs", civil())
    assert await quarantined(store) == []
    assert list(await store.people()) == [ANNA]


async def test_a_row_that_turns_bad_leaves_what_was_loaded_before(store, civil):
    await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA)]))
    report = await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA, category="Z9")]))
    assert report.vanished == 0
    assert await quarantined(store) == [("enrolment", "CODE_UNKNOWN")]
    assert await store.pool.fetchval("SELECT status FROM recipient") == "ACTIVE"


async def test_of_two_rows_with_one_key_and_different_content_the_second_is_set_aside(store, civil):
    rows = [enrolment("E1", ANNA), enrolment("E1", ANNA), enrolment("E1", ANNA, monthly_amount="9.00")]
    report = await store.sync("civil-affairs", civil(enrolment=rows))
    assert await quarantined(store) == [("enrolment", "DUPLICATE_ROW")]
    assert report.unchanged == 1
    assert await store.pool.fetchval("SELECT monthly_amount::text FROM recipient") == "650.00"


async def test_duplicates_are_found_across_batches_too(store, civil):
    rows = [enrolment(f"E{number}", ANNA) for number in range(1500)]
    await store.sync("civil-affairs", civil(enrolment=[*rows, rows[0], enrolment("E1", ANNA, monthly_amount="9.00")]))
    assert await quarantined(store) == [("enrolment", "DUPLICATE_ROW")]
    assert await count(store, "recipient") == 1500


async def test_a_person_in_batches_that_follow_each_other_is_one_person(store, civil):
    """The second batch is prepared while the first is written: about whom both are, it must wait."""
    homes = [household(f"H{number}") for number in range(1500)]
    rows = [member(f"M{number}", ANNA, f"H{number}") for number in range(1500)]
    report = await store.sync("civil-affairs", civil(household=homes, member=rows))
    assert (report.loaded, await count(store, "person"), await count(store, "household_member")) == (3000, 1, 1500)


async def test_a_run_tells_one_event_whatever_it_wrote_and_a_check_that_is_made_tells_its_own(store, civil, police):
    await store.pool.execute("DELETE FROM event")
    enrolments = [enrolment(f"E{number}", ANNA) for number in range(30)]
    await store.sync("civil-affairs", civil(household=[household(declared_vehicles=1)], enrolment=enrolments))
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA)]))
    for _ in range(2):
        await store.check("public-security")
    rows = await store.pool.fetch("SELECT kind, entity, row_id FROM event ORDER BY seq")
    assert [(row["kind"], row["entity"]) for row in rows] == [
        ("sync_run.finished", "SyncRun"), ("sync_run.finished", "SyncRun"), ("means_check.made", "MeansCheck"),
    ]  # fmt: skip
    runs = await store.pool.fetch("SELECT id FROM sync_run ORDER BY started_at")
    check = await store.pool.fetchval("SELECT id FROM means_check")
    assert [row["row_id"] for row in rows] == [*(row["id"] for row in runs), check]


async def test_a_change_at_the_source_changes_the_row_and_keeps_its_id(store, civil):
    await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA)]))
    before = await store.pool.fetchval("SELECT id FROM recipient")
    report = await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA, monthly_amount="700.00")]))
    assert (report.loaded, report.unchanged) == (1, 2)
    row = await store.pool.fetchrow("SELECT id, monthly_amount::text FROM recipient")
    assert tuple(row) == (before, "700.00")


async def test_a_household_that_moves_takes_everything_of_its_region_along(store, civil, police):
    tables = {"past_check": [("C1", "H1", "2026-01-05", "属实")]}
    location = police(vehicles=[vehicle("黑J1", ANNA)])
    await store.sync("civil-affairs", civil(**tables))
    await store.sync("public-security", location)
    await store.sync("civil-affairs", civil(household=[household(region=OTHER_VILLAGE)], **tables))
    await store.sync("public-security", location)
    for table in ("household", "person", "household_member", "means_check", "finding"):
        assert await store.pool.fetchval(f"SELECT region FROM {table}") == OTHER_VILLAGE, table


async def test_an_enrolment_struck_off_has_ended_and_may_come_back(store, civil):
    await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA)]))
    report = await store.sync("civil-affairs", civil())
    assert report.vanished == 1
    assert await store.pool.fetchval("SELECT status FROM recipient") == "ENDED"
    assert await store.pool.fetchval("SELECT count(*) FROM provenance WHERE missing_since IS NOT NULL") == 1
    again = await store.sync("civil-affairs", civil())
    assert again.vanished == 0
    await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA)]))
    assert await store.pool.fetchval("SELECT status FROM recipient") == "ACTIVE"
    assert await store.pool.fetchval("SELECT count(*) FROM provenance WHERE missing_since IS NOT NULL") == 0


ENROLMENTS = [enrolment(f"E{number}", ANNA) for number in range(100)]


async def active(store):
    return await store.pool.fetchval("SELECT count(*) FROM recipient WHERE status = 'ACTIVE'")


async def attempt(store, location, **options):
    return await sync_source(store.pool, store.vault, store.mappings, "civil-affairs", location, **options)


async def test_an_emptied_table_stops_the_run_before_anything_is_written(store, civil):
    """An emptied file once ended 2,328 of 2,448 enrolments, with exit code 0."""
    await store.sync("civil-affairs", civil(enrolment=ENROLMENTS))
    before = await physical(store)
    for rows in ([], ENROLMENTS[:79]):
        report = await attempt(store, civil(enrolment=rows))
        assert not report.ok
        assert f"enrolment: {100 - len(rows)} of the 100 rows" in report.message
        assert "hub sync civil-affairs --accept" in report.message
        assert await physical(store) == before
    said = await store.pool.fetchrow("SELECT status, message FROM sync_run ORDER BY started_at DESC LIMIT 1")
    assert (said["status"], said["message"]) == ("FAILED", report.message)


async def test_what_is_accepted_and_what_is_little_may_go(store, civil):
    await store.sync("civil-affairs", civil(enrolment=ENROLMENTS))
    assert (await store.sync("civil-affairs", civil(enrolment=ENROLMENTS[:80]))).vanished == 20
    assert (await store.sync("civil-affairs", civil(enrolment=ENROLMENTS[:50]), loss_share=0.4)).vanished == 30
    assert (await store.sync("civil-affairs", civil(enrolment=[]), loss_share=None)).vanished == 50
    assert await active(store) == 0


async def test_a_renumbered_table_does_not_come_to_stand_beside_its_old_rows(store, civil):
    await store.sync("civil-affairs", civil(enrolment=ENROLMENTS))
    report = await attempt(store, civil(enrolment=[enrolment(f"N{number}", ANNA) for number in range(100)]))
    assert not report.ok
    assert await active(store) == 100


async def test_rows_that_would_vanish_because_nobody_is_concerned_any_more_stop_the_run_too(store, civil, police):
    location = police(vehicles=[vehicle(f"黑J{number}", ANNA) for number in range(30)])
    await store.sync("civil-affairs", civil())
    await store.sync("public-security", location)
    await store.sync("civil-affairs", civil(household=[household(check_authorised_on=None)]))
    report = await sync_source(store.pool, store.vault, store.mappings, "public-security", location)
    assert "机动车: 30 of the 30 rows" in report.message
    assert await count(store, "finding") == 30


@pytest.mark.parametrize("change", [{"category": "?"}, {"id_no": "230502198001010017"}])
async def test_a_table_whose_rows_mostly_fail_is_not_a_complete_run(store, civil, change):
    rows = [enrolment(f"E{number}", **({"id_no": ANNA} | change)) for number in range(25)]
    report = await attempt(store, civil(enrolment=rows))
    assert "enrolment: 25 of 25 rows failed a check" in report.message
    assert await store.pool.fetchval("SELECT status FROM sync_run") == "FAILED"
    assert (await attempt(store, civil(enrolment=rows), loss_share=None)).ok


async def test_who_left_the_household_is_no_member_and_no_longer_concerned(store, civil, police):
    location = police(vehicles=[vehicle("黑J1", BORIS)])
    await store.sync("civil-affairs", civil(member=[member("M1", ANNA), member("M2", BORIS)]))
    await store.sync("public-security", location)
    await store.sync("civil-affairs", civil())
    report = await store.sync("public-security", location)
    assert report.not_concerned == 1
    assert await count(store, "household_member") == 1
    assert await count(store, "finding") == 0


async def test_two_rows_about_one_new_person_in_a_batch_make_one_person(store, civil):
    homes = [household("H1"), household("H2", region=OTHER_VILLAGE)]
    await store.sync("civil-affairs", civil(household=homes, member=[member("M1", ANNA), member("M2", ANNA, "H2")]))
    assert await count(store, "person") == 1
    assert await count(store, "household_member") == 2


async def test_the_register_stands_over_the_household_file_and_the_other_name_is_kept_as_a_claim(store, civil, police):
    await store.sync("civil-affairs", civil())
    await store.sync("public-security", police([person_row("R1", ANNA, "安 娜")]))
    assert (await store.people())[ANNA]["name"] == "安娜"
    origins = await store.pool.fetchval("SELECT field_origins->>'name' FROM person")
    assert origins == "public-security"
    claim = await store.pool.fetchrow("SELECT * FROM claim")
    assert (claim["source"], claim_text(store, claim)) == ("civil-affairs", "名M1")
    assert "名M1".encode() not in claim["value"]


async def test_the_order_in_which_sources_run_makes_no_difference(server, migrated_template, civil, police):
    """The last change of each source comes before or after that of the other; the state is the same."""
    ring, states = Keyring.generate(), []
    for number, order in enumerate(("cp", "pc")):
        url = await embedded.create_database(server.url, f"t_order_{number}", template=migrated_template)
        async with opened(url, ring) as hub:
            await hub.sync("civil-affairs", civil())
            await hub.sync("public-security", police([person_row("R1", ANNA)]))
            changes = {
                "c": ("civil-affairs", civil(member=[member("M1", ANNA, full_name="新名")])),
                "p": ("public-security", police([person_row("R1", ANNA, "新安娜")])),
            }
            for step in order:
                await hub.sync(*changes[step])
            states.append(await state(hub))
    assert states[0] == states[1]
    assert any(key[0] == "claim" and value == "新名" for key, value in states[0].items())


async def test_when_the_standing_statement_is_withdrawn_the_claim_stands(store, civil, police):
    await store.sync("civil-affairs", civil())
    await store.sync("public-security", police([person_row("R1", ANNA)]))
    await store.sync("public-security", police([person_row("R1", ANNA, None)]))
    assert (await store.people())[ANNA]["name"] == "名M1"
    assert await count(store, "claim") == 0
    assert await store.pool.fetchval("SELECT field_origins->>'name' FROM person") == "civil-affairs"


async def test_a_name_that_changes_is_found_by_its_new_spelling_only(store, civil):
    index = store.vault.blind("person", "name", CATALOGUE["Person"].fields["name"].index_bits)
    await store.sync("civil-affairs", civil())
    await store.sync("civil-affairs", civil(member=[member("M1", ANNA, full_name="欧阳·娜")]))
    assert await store.pool.fetchval("SELECT count(*) FROM person WHERE name_index = $1", index("欧阳·娜")) == 1
    assert await store.pool.fetchval("SELECT count(*) FROM person WHERE name_index = $1", index("名M1")) == 0


async def test_an_unreachable_source_fails_with_a_clear_line_and_leaves_what_was_there(store, civil):
    await store.sync("civil-affairs", civil())
    before = await physical(store)
    report = await sync_source(
        store.pool, store.vault, store.mappings, "civil-affairs", "postgresql://u:secret@127.0.0.1:1/none"
    )
    assert not report.ok
    assert "127.0.0.1:1/none refuses the connection" in report.message
    assert "secret" not in report.message
    assert await physical(store) == before
    row = await store.pool.fetchrow(
        "SELECT status, message, finished_at FROM sync_run ORDER BY started_at DESC LIMIT 1"
    )
    assert (row["status"], row["message"]) == ("FAILED", report.message)
    assert row["finished_at"] is not None


async def test_a_full_disk_ends_the_run_at_the_last_committed_batch_and_a_rerun_completes_it(store, civil):
    location = civil()
    # The server's own error, raised where a later table of the same source is written.
    await store.pool.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
    )
    await store.pool.execute(
        "CREATE TRIGGER full_disk BEFORE INSERT ON household_member FOR EACH STATEMENT EXECUTE FUNCTION full_disk()"
    )
    with pytest.raises(SyncStopped) as stopped:
        await sync_source(store.pool, store.vault, store.mappings, "civil-affairs", location)
    assert await count(store, "household") == 1
    assert await count(store, "person") == await count(store, "household_member") == 0
    assert await store.pool.fetchval("SELECT status FROM sync_run ORDER BY started_at DESC LIMIT 1") == "FAILED"
    assert ANNA not in stopped.value.message
    await store.pool.execute("DROP FUNCTION full_disk() CASCADE")
    await store.sync("civil-affairs", location)
    assert await count(store, "person") == await count(store, "household_member") == 1


async def test_a_column_that_the_source_lacks_is_refused_with_file_and_line_before_any_row_is_read(
    store, civil, tmp_path
):
    for file in MAPPINGS.glob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace(
            "category:\n        column: category", "category:\n        column: kategorie"
        )
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    mappings = load_mappings(tmp_path, CATALOGUE)
    report = await sync_source(store.pool, store.vault, mappings, "civil-affairs", civil())
    line = next(
        number
        for number, text in enumerate((tmp_path / "civil-affairs.yaml").read_text(encoding="utf-8").splitlines(), 1)
        if "kategorie" in text
    )
    assert report.message.startswith(f"civil-affairs.yaml, line {line}:")
    assert "enrolment has no column kategorie" in report.message
    assert await count(store, "household") == 0


async def test_two_runs_of_one_source_do_not_interleave(store, civil):
    async with store.pool.acquire() as other, exclusive(other, "civil-affairs"):
        with pytest.raises(SyncInProgress, match="already under way"):
            await store.sync("civil-affairs", civil())
    await store.sync("civil-affairs", civil())


async def test_different_sources_may_run_at_once(store, civil, police):
    await store.sync("civil-affairs", civil())
    reports = await asyncio.gather(
        store.sync("civil-affairs", civil()), store.sync("public-security", police([person_row("R1", ANNA)]))
    )
    assert all(report.ok for report in reports)


async def test_a_run_that_never_ended_is_marked_failed_by_the_next(store, civil):
    await store.pool.execute(
        "INSERT INTO sync_run (id, source, status, started_at, rows_read, rows_loaded, rows_unchanged,"
        " rows_quarantined, rows_not_concerned) "
        "VALUES (gen_random_uuid(), 'civil-affairs', 'RUNNING', now(), 5, 0, 0, 0, 0)"
    )
    await store.sync("civil-affairs", civil())
    rows = await store.pool.fetch("SELECT status, message FROM sync_run ORDER BY started_at")
    assert [row["status"] for row in rows] == ["FAILED", "SUCCEEDED"]
    assert "killed" in rows[0]["message"]


async def test_a_run_that_cannot_be_accounted_for_has_failed(store, civil):
    async def refuse(_report):
        raise HubError("the audit is full")

    report = await sync_source(store.pool, store.vault, store.mappings, "civil-affairs", civil(), audit=refuse)
    assert not report.ok
    assert report.message == "The run is not in the audit: the audit is full"


async def test_every_run_is_accounted_for_once_also_a_failed_one(store, civil):
    seen = []

    async def account(report):
        seen.append((report.source, report.status, report.loaded))

    for location in (civil(), "postgresql://127.0.0.1:1/none"):
        await sync_source(store.pool, store.vault, store.mappings, "civil-affairs", location, audit=account)
    assert seen == [("civil-affairs", "SUCCEEDED", 2), ("civil-affairs", "FAILED", 0)]


async def test_a_database_that_refuses_stops_the_run_and_says_so(store, civil):
    await store.pool.execute("ALTER TABLE recipient ADD CONSTRAINT full_disk CHECK (monthly_amount < 100)")
    with pytest.raises(SyncStopped, match="CheckViolationError"):
        await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA)]))
    rows = await store.pool.fetch("SELECT status, message FROM sync_run")
    assert [row["status"] for row in rows] == ["FAILED"]
    # What was committed before stands, and the next run goes on.
    assert await count(store, "person") == 1
    await store.pool.execute("ALTER TABLE recipient DROP CONSTRAINT full_disk")
    report = await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA)]))
    assert (report.loaded, report.unchanged) == (1, 2)


async def test_progress_is_told_after_every_batch(store, civil):
    seen = []
    location = civil(enrolment=[enrolment(f"E{number}", ANNA) for number in range(1500)])
    await store.sync(
        "civil-affairs", location, progress=lambda source, table, counts: seen.append((source, table, counts.read))
    )
    assert seen == [
        ("civil-affairs", "household", 1), ("civil-affairs", "member", 2),
        ("civil-affairs", "enrolment", 1002), ("civil-affairs", "enrolment", 1502),
    ]  # fmt: skip


async def test_a_means_check_holds_the_declaration_against_the_findings(store, civil, police, insurance):
    homes = [household("H1"), household("H2"), household("H3", check_authorised_on=None)]
    members = [member("M1", ANNA), member("M2", BORIS, "H2"), member("M3", CLARA, "H3")]
    await store.sync("civil-affairs", civil(household=homes, member=members))
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA), vehicle("黑J3", CLARA)]))
    wages = [("W1", BORIS, "厂", "5000", "2026-04"), ("W2", BORIS, "厂", "700", "2026-05")]
    await store.sync("social-security", insurance([("P1", BORIS, "500", "正常发放", "2026-05-01")], wages))
    report = await store.check("public-security", "social-security")
    assert (report.checked, report.written, report.inconsistent) == (2, 2, 1)
    rows = await store.pool.fetch(
        "SELECT c.outcome, c.region, array_agg(f.kind ORDER BY f.kind) FROM means_check c"
        " JOIN finding f ON f.means_check_id = c.id GROUP BY c.id ORDER BY c.outcome"
    )
    assert [tuple(row) for row in rows] == [
        ("CONSISTENT", VILLAGE, ["INSURED_WAGE", "INSURED_WAGE", "PENSION"]),
        ("INCONSISTENT", VILLAGE, ["VEHICLE"]),
    ]


async def test_a_means_check_is_made_anew_when_a_finding_goes_or_the_declaration_changes(store, civil, police):
    await store.sync("civil-affairs", civil(household=[household(declared_vehicles=1)]))
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA)]))
    await store.check("public-security")
    before = await store.pool.fetchrow("SELECT id, checked_at FROM means_check")
    await store.sync("public-security", police())
    report = await store.check("public-security")
    after = await store.pool.fetchrow("SELECT id, checked_at FROM means_check")
    assert after["id"] == before["id"]
    assert after["checked_at"] > before["checked_at"]
    assert report.written == 1
    await store.sync("civil-affairs", civil(household=[household(declared_vehicles=0)]))
    assert (await store.check("public-security")).written == 1


async def test_what_is_reported_and_not_declared_is_visited_once_and_ends_no_authorisation(store, civil, police):
    await store.sync("civil-affairs", civil())
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA)]))
    found = await store.check("public-security")
    assert (found.inconsistent, found.visits) == (1, 1)
    assert await store.pool.fetchval("SELECT state FROM consent") == "IN_FORCE"
    visits = "SELECT origin, state, department, item FROM home_visit"
    assert [tuple(row) for row in await store.pool.fetch(visits)] == [("WATCH", "DUE", "PUBLIC_SECURITY", "VEHICLE")]
    # The clock of the visit runs; nothing new is nothing to visit for.
    assert await store.pool.fetchval("SELECT clock FROM home_visit_clock WHERE ended_at IS NULL") == "visiting"
    assert (await store.check("public-security")).visits == 0
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA), vehicle("黑J2", ANNA)]))
    assert (await store.check("public-security")).visits == 0  # the visit that is due is about vehicles
    await store.pool.execute("UPDATE home_visit SET state = 'EXPLAINED'")
    assert (await store.check("public-security")).visits == 0
    await store.sync("public-security", police(vehicles=[vehicle(f"黑J{n}", ANNA) for n in (1, 2, 3)]))
    assert (await store.check("public-security")).visits == 1  # something new since it was made


async def test_who_lives_in_two_households_is_reported_to_the_check_of_the_one_that_authorised_first(
    store, civil, police
):
    days = [f"2026-01-{day:02}" for day in (3, 4, 1, 2)]
    homes = [household(f"H{place}", check_authorised_on=day) for place, day in enumerate(days)]
    await store.sync("civil-affairs", civil(household=homes, member=[member(f"M{n}", ANNA, f"H{n}") for n in range(4)]))
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA)]))
    found = await store.check("public-security")
    assert (found.undecided, found.inconsistent) == (4, 0)  # whose member Anna is has to be settled first
    authorised = await store.pool.fetch(
        "SELECT h.check_authorised_on FROM finding f JOIN means_check c ON c.id = f.means_check_id"
        " JOIN household h ON h.id = c.household_id"
    )
    assert [row[0] for row in authorised] == [date(2026, 1, 1)]


async def test_no_check_is_decided_before_every_checking_department_was_read(store, civil, police, insurance, tmp_path):
    """With two of five sources read, 1,423 of 1,423 checks came out CONSISTENT, 156 of them wrongly."""
    await store.sync("civil-affairs", civil())
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA)]))
    report = await store.check()
    assert (report.checked, report.undecided, report.inconsistent) == (1, 1, 0)
    assert report.missing == ("REAL_ESTATE", "SOCIAL_SECURITY")
    outcome = "SELECT outcome, missing_departments FROM means_check"
    assert tuple(await store.pool.fetchrow(outcome)) == ("UNDECIDED", "REAL_ESTATE, SOCIAL_SECURITY")

    await store.sync("social-security", insurance())  # a file that names nobody says nothing of anybody
    assert (await store.check()).missing == ("REAL_ESTATE", "SOCIAL_SECURITY")
    await store.sync("social-security", insurance([("P1", BORIS, "500", "正常发放", "2026-05-01")]))
    await sync_source(store.pool, store.vault, store.mappings, "real-estate", tmp_path / "none")  # a run that fails
    await store.check()
    assert tuple(await store.pool.fetchrow(outcome)) == ("UNDECIDED", "REAL_ESTATE")

    (tmp_path / "不动产登记_a.csv").write_text(
        f"不动产单元号,证件号码,规划用途,面积(㎡),坐落,登记时间\nR1,{BORIS},住宅,60,幸福路1号,2020-01-01\n",
        encoding="gbk",
    )
    await store.sync("real-estate", tmp_path)
    report = await store.check()
    assert (report.written, report.undecided, report.missing) == (1, 0, ())
    assert tuple(await store.pool.fetchrow(outcome)) == ("INCONSISTENT", None)


async def test_a_household_that_came_after_the_departments_were_read_was_not_asked_about(store, civil, police):
    """What departments report about others is not kept: an earlier run has not asked about a new household."""
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA)]))
    await store.sync("civil-affairs", civil(household=[household(declared_vehicles=1)]))
    report = await store.check("public-security")
    assert (report.undecided, report.missing) == (1, ("PUBLIC_SECURITY",))
    await store.sync("public-security", police(vehicles=[vehicle("黑J1", ANNA)]))
    report = await store.check("public-security")
    assert (report.undecided, report.checked) == (0, 1)
    # A member who comes later, when all sign anew, was not asked about either.
    members = [member("M1", ANNA), member("M2", BORIS)]
    signed = household(declared_vehicles=1, check_authorised_on="2026-06-01")
    await store.sync("civil-affairs", civil(household=[signed], member=members))
    assert (await store.check("public-security")).undecided == 1


async def test_other_members_end_the_authorisation_whatever_the_old_line_says(store, civil):
    await store.sync("civil-affairs", civil())
    members = [member("M1", ANNA), member("M2", BORIS)]
    await store.sync("civil-affairs", civil(member=members))
    found = "SELECT state, end_reason FROM consent ORDER BY signed_on"
    assert [tuple(row) for row in await store.pool.fetch(found)] == [("ENDED", "MEMBERS_CHANGED")]
    assert (await store.check("public-security")).checked == 0
    # What was signed before that day was signed by others than live there now.
    await store.sync("civil-affairs", civil(household=[household(check_authorised_on="2026-06-01")], member=members))
    assert (await store.check("public-security")).checked == 0
    # Who moves out changes the members too.
    later = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    signed = household(check_authorised_on=later)
    await store.sync("civil-affairs", civil(household=[signed], member=members))
    await store.sync("civil-affairs", civil(household=[signed]), loss_share=None)
    reasons = await store.pool.fetch("SELECT end_reason, count(*) FROM consent GROUP BY 1")
    assert [tuple(row) for row in reasons] == [("MEMBERS_CHANGED", 3)]


async def test_nothing_protected_stands_in_plain_in_the_tables(store, civil, police):
    await store.sync("civil-affairs", civil(member=[member("MEMBER-1", ANNA), member("M2", "110105194912310021")]))
    await store.sync("public-security", police([person_row("R1", ANNA)], [vehicle("黑J1", ANNA)]))
    connection = await asyncpg.connect(store.url)
    try:
        for table in [item.name for item in TABLES.values()] + ["provenance", "claim"]:
            text = "\n".join(str(tuple(row)) for row in await connection.fetch(f"SELECT t::text FROM {table} t"))
            for planted in (
                ANNA,
                "110105194912310021",
                "名MEMBER",
                "安娜",
                "14012345678",
                "新兴路",
                "户籍路",
                "黑J1",
                "MEMBER-1",
            ):
                assert planted not in text, (table, planted)
                assert planted.encode().hex() not in text, (table, planted)
    finally:
        await connection.close()
