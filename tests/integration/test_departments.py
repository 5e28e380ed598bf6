from __future__ import annotations

import csv
import sqlite3
from decimal import Decimal

import asyncmy
import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from hub.catalog import normalise
from hub.demo import databases, truth
from hub.demo.departments import find_departments, make_departments

PEOPLE, SEED = 2500, 20


@pytest.fixture(scope="module")
async def made(server, tmp_path_factory):
    seen = []
    home = tmp_path_factory.mktemp("demo")
    where = await make_departments(
        home, server.url, PEOPLE, SEED, prefix="t_dep_", progress=lambda done, total: seen.append((done, total))
    )
    return where, truth.load(where.truth), home, seen


async def fetch(url, query):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def count(url, table):
    return (await fetch(url, f'SELECT count(*) FROM "{table}"'))[0][0]


async def test_every_table_has_as_many_rows_as_the_truth_says(made):
    where, found, _, _ = made
    for table in ("household", "member", "enrolment", "need", "past_check"):
        assert await count(where.civil_affairs, table) == found.counts[f"civil-affairs.{table}"]["rows"]
    for table in ("户籍人口", "机动车"):
        assert await count(where.public_security, table) == found.counts[f"public-security.{table}"]["rows"]
    with sqlite3.connect(where.social_security.removeprefix("sqlite:///")) as connection:
        for table in ("pension", "insured_wage"):
            rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            assert rows == found.counts[f"social-security.{table}"]["rows"]
    connection.close()


async def test_a_row_that_should_load_names_its_person(made):
    where, found, _, _ = made
    rows = await fetch(where.public_security, 'SELECT "人员编号" AS key, "公民身份号码" AS number FROM "户籍人口"')
    for row in rows:
        true = found.rows["public-security", "户籍人口", row["key"]]
        if true.identifiable:
            assert normalise.id_number(row["number"]) == true.person
        else:
            with pytest.raises(normalise.NotNormal):
                normalise.id_number(row["number"] or "")


async def test_enrolments_and_needs_belong_to_households_that_exist(made):
    where, _, _, _ = made
    for table in ("enrolment", "need", "past_check"):
        lost = await fetch(
            where.civil_affairs,
            f"SELECT household_no FROM {table} LEFT JOIN household h USING (household_no) WHERE h.region IS NULL",
        )
        assert not lost


async def test_sqlite_amounts_keep_two_decimals(made):
    where, _, _, _ = made
    with sqlite3.connect(where.social_security.removeprefix("sqlite:///")) as connection:
        amounts = [row[0] for row in connection.execute("SELECT monthly_pension FROM pension")]
    connection.close()
    assert all(isinstance(amount, str) and Decimal(amount).as_tuple().exponent == -2 for amount in amounts)


def real_estate_rows(where):
    """Read the exports as a person would: find the header, stop at the totals."""
    for file in sorted(where.real_estate.iterdir()):
        if file.suffix == ".csv":
            with file.open(encoding="gbk", newline="") as stream:
                lines = list(csv.reader(stream))
            header, body = lines[0], lines[1:]
        else:
            lines = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python(skip_empty_area=False)
            start = next(at for at, cells in enumerate(lines) if "证件号码" in cells)
            header = [low or up for low, up in zip(lines[start], lines[start - 1], strict=True)]
            end = next(at for at, cells in enumerate(lines) if cells[0] == "合计")
            assert end == len(lines) - 1
            body = [cells for cells in lines[start + 1 : end] if any(cells)]
            title = [cells[0] for cells in lines[:2]]
            assert title[0].endswith("不动产登记信息")
        assert set(header) == {"不动产单元号", "权利人", "证件号码", "坐落", "面积(㎡)", "规划用途", "登记时间"}
        for cells in body:
            if len(cells) == len(header):
                yield file, dict(zip(header, cells, strict=True))
            else:
                yield file, None


async def test_the_real_estate_exports_hold_what_the_truth_says(made):
    where, found, _, _ = made
    malformed = rows = 0
    for _, row in real_estate_rows(where):
        rows += 1
        if row is None:
            malformed += 1
            continue
        true = found.rows["real-estate", "real_estate", row["不动产单元号"]]
        number = row["证件号码"]
        if true.identifiable:
            assert normalise.id_number(number) == true.person
        elif true.rule == "ID_SCIENTIFIC":
            with pytest.raises(normalise.NotNormal) as caught:
                normalise.id_number(str(number))
            assert caught.value.rule == "ID_SCIENTIFIC"
    counts = found.counts["real-estate.real_estate"]
    assert (rows, malformed) == (counts["rows"], counts["ROW_MALFORMED"])


async def test_four_counties_hand_over_csv_and_four_excel_in_different_orders(made):
    where, _, _, _ = made
    assert sorted(file.suffix for file in where.real_estate.iterdir()) == [".csv"] * 4 + [".xlsx"] * 4
    orders = {tuple(row) for _, row in real_estate_rows(where) if row is not None}
    assert len(orders) >= 4


async def test_half_of_the_excel_files_have_headers_of_two_merged_rows(made):
    where, _, _, _ = made
    merged = []
    for file in where.real_estate.glob("*.xlsx"):
        sheet = CalamineWorkbook.from_path(file).get_sheet_by_index(0)
        merged.append(
            any(column > first[1] and row == first[0] == 3 for first, (row, column) in sheet.merged_cell_ranges)
        )
    assert sorted(merged) == [False, False, True, True]


async def test_the_charity_files_are_read_as_hsds_tables(made):
    where, found, _, _ = made
    tables = {}
    for name in ("organization", "service", "service_capacity", "service_area"):
        raw = (where.charity_federation / f"{name}.csv").read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf") == (name == "service")
        lines = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
        assert len(lines) - 1 == found.counts[f"charity-federation.{name}"]["rows"]
        tables[name] = [dict(zip(lines[0], line, strict=True)) for line in lines[1:] if len(line) == len(lines[0])]
    organizations = {row["id"] for row in tables["organization"]}
    for row in tables["service"]:
        true = found.rows["charity-federation", "service", row["id"]]
        assert (row["organization_id"] in organizations) == (true.rule != "REFERENCE_UNKNOWN")
    services = {row["id"] for row in tables["service"]}
    for name in ("service_capacity", "service_area"):
        unique = {row["id"]: row["service_id"] for row in tables[name]}
        assert set(unique.values()) < services
        assert len(set(unique.values())) == len(unique)


async def test_progress_goes_up_to_the_number_of_people(made):
    _, _, _, seen = made
    assert seen[-1] == (PEOPLE, PEOPLE)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) >= 3


async def test_departments_made_again_are_the_same_and_replace_the_old(made, server, tmp_path):
    where, found, _, _ = made
    first = await make_departments(tmp_path, server.url, 120, SEED, prefix="t_again_")
    text = first.truth.read_bytes()
    again = await make_departments(tmp_path, server.url, 120, SEED, prefix="t_again_")
    assert again == first
    assert again.truth.read_bytes() == text
    small = truth.load(again.truth)
    assert await count(again.civil_affairs, "member") == small.counts["civil-affairs.member"]["rows"]
    assert await count(where.civil_affairs, "member") == found.counts["civil-affairs.member"]["rows"]


async def test_finished_departments_are_found_and_others_are_not(made, server):
    where, _, home, _ = made
    assert find_departments(home, server.url, PEOPLE, SEED, prefix="t_dep_") == where
    assert find_departments(home, server.url, PEOPLE, SEED + 1, prefix="t_dep_") is None
    assert find_departments(home, server.url, PEOPLE + 1, SEED, prefix="t_dep_") is None
    assert find_departments(home, server.url, PEOPLE, SEED, prefix="t_dep_", mariadb_url="mysql://x") is None


async def test_an_interrupted_making_is_not_taken_for_finished(server, tmp_path):
    def stop(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await make_departments(tmp_path, server.url, 1500, SEED, prefix="t_stop_", progress=stop)
    assert find_departments(tmp_path, server.url, 1500, SEED, prefix="t_stop_") is None


async def test_nobody_is_too_few(server, tmp_path):
    with pytest.raises(ValueError, match="at least one person"):
        await make_departments(tmp_path, server.url, 0, SEED)


async def test_social_security_can_be_a_mariadb_with_the_same_rows(made, server, mariadb_url, tmp_path):
    sqlite, _, _, _ = made
    where = await make_departments(tmp_path, server.url, PEOPLE, SEED, prefix="t_maria_", mariadb_url=mariadb_url)
    assert where.truth.read_bytes() == sqlite.truth.read_bytes()
    connection = await asyncmy.connect(**databases.mysql_arguments(where.social_security))
    async with connection.cursor() as cursor:
        await cursor.execute("SELECT * FROM pension ORDER BY pension_no, updated_at")
        theirs = [tuple(str(value) if value is not None else None for value in row) for row in await cursor.fetchall()]
    await connection.ensure_closed()
    with sqlite3.connect(sqlite.social_security.removeprefix("sqlite:///")) as opened:
        ours = opened.execute("SELECT * FROM pension ORDER BY pension_no, updated_at").fetchall()
    opened.close()
    assert theirs == ours
    again = await make_departments(tmp_path, server.url, 50, SEED, prefix="t_maria_", mariadb_url=mariadb_url)
    assert again.social_security == where.social_security
