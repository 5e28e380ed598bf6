"""Every adapter reads the columns asked for, in batches, and writes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import asyncmy
import asyncpg
import pytest
from openpyxl import Workbook

from hub.demo import databases
from hub.postgres import embedded
from hub.sources import Broken, Row, SourceBroken, SourceShape, SourceUnreachable, TableRef, open_source

ESTATE = TableRef("estate", files="登记_*.*", encoding="gbk", ignore=frozenset({"合计"}))


async def read(source, table, columns):
    return [batch async for batch in source.rows(table, columns)]


@pytest.fixture
async def department(server, request):
    url = await embedded.create_database(server.url, f"dep_{abs(hash(request.node.name)) % 10**9}")
    connection = await asyncpg.connect(url)
    await connection.execute(
        'CREATE TABLE "机动车" ("号牌" text, "价格" numeric, "登记" date, "密" text);'
        "INSERT INTO \"机动车\" SELECT 'A' || g, g, '2020-01-01', 'x' FROM generate_series(1, 2500) g"
    )
    await connection.close()
    return url


async def test_postgresql_rows_come_in_batches_of_the_columns_asked_for(department):
    async with open_source(department) as source:
        batches = await read(source, TableRef("机动车"), ["登记", "号牌", "价格"])
    assert [len(batch) for batch in batches] == [1000, 1000, 500]
    assert batches[0][0] == Row((date(2020, 1, 1), "A1", Decimal(1)))


async def test_postgresql_is_read_in_one_snapshot_that_cannot_write(department):
    other = await asyncpg.connect(department)
    async with open_source(department) as source:
        await source.missing(TableRef("机动车"), ["号牌"])
        await other.execute('DELETE FROM "机动车"')
        batches = await read(source, TableRef("机动车"), ["号牌"])
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await source._connection.execute('DROP TABLE "机动车"')
    await other.close()
    assert sum(map(len, batches)) == 2500


async def test_a_column_or_table_that_is_missing_is_named(department):
    async with open_source(department) as source:
        assert await source.missing(TableRef("机动车"), ["号牌", "颜色"]) == {"颜色": "机动车"}
        with pytest.raises(SourceShape, match="轮船"):
            await source.missing(TableRef("轮船"), ["号牌"])
        # The missing table has not spoilt the snapshot.
        assert await source.missing(TableRef("机动车"), ["号牌"]) == {}


async def test_a_name_with_quotes_stays_a_name(department):
    async with open_source(department) as source:
        with pytest.raises(SourceShape):
            await source.missing(TableRef('x"; DROP TABLE "机动车'), ["号牌"])
        assert await source.missing(TableRef("机动车"), ['"', "'; --"]) == {'"': "机动车", "'; --": "机动车"}


async def test_a_connection_lost_in_the_middle_is_said_and_may_be_tried_again(department):
    other = await asyncpg.connect(department)
    async with open_source(department) as source:
        rows = source.rows(TableRef("机动车"), ["号牌"])
        await anext(rows)
        await other.execute("SELECT pg_terminate_backend($1)", source._connection.get_server_pid())
        with pytest.raises(SourceBroken) as caught:
            _ = [batch async for batch in rows]
    await other.close()
    assert caught.value.retriable


@pytest.mark.parametrize(
    "location",
    [
        "postgresql://user:geheim@127.0.0.1:1/x",
        "mysql://user:geheim@127.0.0.1:1/x",
        "sqlite:////nowhere/geheim.db",
        "/nowhere/directory",
    ],
)
async def test_what_does_not_open_is_unreachable(location):
    with pytest.raises(SourceUnreachable) as caught:
        async with open_source(location):
            pass
    assert ":geheim@" not in caught.value.message


async def test_a_wrong_password_is_unreachable_and_not_repeated(server):
    url = databases.with_database(server.url, "hub").replace("hub:", "hub:falsch", 1)
    with pytest.raises(SourceUnreachable) as caught:
        async with open_source(url):
            pass
    assert "falsch" not in caught.value.message


async def test_sqlite_is_read_and_cannot_be_written(tmp_path):
    path = tmp_path / "a b#.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('CREATE TABLE "pension" (id, amount)')
        connection.executemany("INSERT INTO pension VALUES (?, ?)", [(f"P{n}", "1.50") for n in range(1200)])
    async with open_source(f"sqlite:///{path}") as source:
        assert await source.missing(TableRef("pension"), ["id", "name"]) == {"name": "pension"}
        batches = await read(source, TableRef("pension"), ["amount", "id"])
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await source._connection.execute("DELETE FROM pension")
        with pytest.raises(SourceShape):
            await source.missing(TableRef("wage"), ["id"])
    assert [len(batch) for batch in batches] == [1000, 200]
    assert batches[0][0] == Row(("1.50", "P0"))


async def test_a_file_that_is_no_database_is_unreachable(tmp_path):
    path = tmp_path / "a.db"
    path.write_text("not a database, but long enough to have a header" * 10)
    with pytest.raises(SourceUnreachable):
        async with open_source(path):
            pass


async def test_mariadb_is_streamed_and_cannot_be_written(mariadb_url):
    url = databases.with_database(mariadb_url, "sources_test")
    host, port = url.rpartition("@")[2].partition("/")[0].split(":")
    user, password = url.partition("://")[2].partition("@")[0].split(":")
    connection = await asyncmy.connect(host=host, port=int(port), user=user, password=password, autocommit=True)
    async with connection.cursor() as cursor:
        await cursor.execute("CREATE DATABASE sources_test CHARACTER SET utf8mb4")
        await cursor.execute("CREATE TABLE sources_test.`养老` (`编号` varchar(20), amount decimal(10,2), at datetime)")
        await cursor.executemany(
            "INSERT INTO sources_test.`养老` VALUES (%s, %s, %s)",
            [(f"P{n}", "12.50", "2026-05-01 10:00:00") for n in range(1500)],
        )
    async with open_source(url) as source:
        assert await source.missing(TableRef("养老"), ["编号", "x`y"]) == {"x`y": "养老"}
        batches = await read(source, TableRef("养老"), ["编号", "amount", "at"])
        async with source._connection.cursor() as cursor:
            with pytest.raises(asyncmy.errors.Error, match="READ ONLY"):
                await cursor.execute("DELETE FROM `养老`")
        with pytest.raises(SourceShape):
            await source.missing(TableRef("工资"), ["编号"])
    connection.close()
    assert [len(batch) for batch in batches] == [1000, 500]
    assert batches[0][0] == Row(("P0", Decimal("12.50"), datetime(2026, 5, 1, 10, 0)))  # noqa: DTZ001 - as MariaDB has it


def write_csv(path, lines, encoding="gbk"):
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))


def write_excel(path, rows, merged=()):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)


async def test_the_files_of_a_table_are_read_each_in_its_own_form(tmp_path):
    write_csv(tmp_path / "登记_甲.csv", ["编号,姓名,面积", "1,张三,80.5", "2,李四,60", "合计,,140.5"])
    write_csv(tmp_path / "登记_乙.csv", ["面积,编号,姓名", "70,3,王五"], "utf-8-sig")
    write_excel(
        tmp_path / "登记_丙.xlsx",
        [
            ["登记信息"],
            ["导出日期"],
            ["编号", "权利人信息", None],
            [None, "姓名", "面积"],
            ["4", "赵六", 90.0],
            [],
            ["合计", None, 90],
        ],
        ["A1:C1", "B3:C3", "A3:A4"],
    )
    write_csv(tmp_path / "~$登记_甲.csv", ["lock"])
    async with open_source(tmp_path) as source:
        assert await source.missing(ESTATE, ["编号", "姓名", "面积"]) == {}
        batches = await read(source, ESTATE, ["姓名", "编号", "面积"])
    rows = sorted(row.values for batch in batches for row in batch)
    assert rows == [("张三", "1", "80.5"), ("李四", "2", "60"), ("王五", "3", "70"), ("赵六", "4", 90.0)]


async def test_a_line_that_is_no_row_is_given_with_its_place_and_the_rest_is_read(tmp_path):
    write_csv(tmp_path / "登记_甲.csv", ["编号,姓名,面积", "1,张三", "2,李四,60", '3,"王,5', "4,赵六,1"])
    async with open_source(tmp_path) as source:
        (rows,) = await read(source, ESTATE, ["编号"])
    assert rows == [
        Broken("1,张三", "登记_甲.csv, line 2"), Row(("2",)), Broken('3,"王,5', "登记_甲.csv, line 4"), Row(("4",)),
    ]  # fmt: skip


async def test_the_file_that_lacks_a_column_is_named(tmp_path):
    write_csv(tmp_path / "登记_甲.csv", ["编号,姓名,面积", "1,张三,80.5"])
    write_excel(tmp_path / "登记_丙.xlsx", [["登记信息"], ["编号", "姓名"], ["1", "x"]])
    async with open_source(tmp_path) as source:
        assert await source.missing(ESTATE, ["编号", "面积"]) == {"面积": "登记_丙.xlsx"}
        with pytest.raises(SourceShape, match=r"登记_丙\.xlsx"):
            await read(source, ESTATE, ["编号", "面积"])


def write_sheets(path, **sheets):
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


TWO_SHEETS = {
    "城区": [["编号", "姓名"], ["1", "张三"]],
    "Sheet2": [],
    "乡镇": [["登记信息"], ["姓名", "编号"], ["李四", "2"]],
}


async def test_a_workbook_with_several_sheets_is_refused_unless_the_mapping_says_which(tmp_path):
    """Only the first sheet was read once, without a word."""
    write_sheets(tmp_path / "登记_甲.xlsx", **TWO_SHEETS)
    async with open_source(tmp_path) as source:
        with pytest.raises(SourceShape, match=r"登记_甲\.xlsx .*several sheets \(城区, 乡镇\)"):
            await source.missing(ESTATE, ["编号"])
        with pytest.raises(SourceShape, match=r"no sheet 乡村 with content.*城区, 乡镇"):
            await source.missing(replace(ESTATE, sheets=("城区", "乡村")), ["编号"])


@pytest.mark.parametrize(
    ("sheets", "rows"), [(("乡镇",), ["2"]), (("城区", "乡*"), ["1", "2"]), (("*",), ["1", "2"])], ids=str
)
async def test_of_a_workbook_the_sheets_are_read_that_the_mapping_names(tmp_path, sheets, rows):
    write_sheets(tmp_path / "登记_甲.xlsx", **TWO_SHEETS)
    table = replace(ESTATE, sheets=sheets)
    async with open_source(tmp_path) as source:
        assert await source.missing(table, ["编号", "姓名"]) == {}
        batches = await read(source, table, ["编号"])
    assert [row.values[0] for batch in batches for row in batch] == rows


async def test_the_sheet_that_lacks_a_column_is_named(tmp_path):
    write_sheets(tmp_path / "登记_甲.xlsx", **TWO_SHEETS, 说明=[["这里没有数据"]])
    table = replace(ESTATE, sheets=("*",))
    async with open_source(tmp_path) as source:
        assert await source.missing(table, ["编号"]) == {"编号": "登记_甲.xlsx, sheet 说明,"}


async def test_a_workbook_without_content_lacks_every_column(tmp_path):
    write_sheets(tmp_path / "登记_甲.xlsx", Sheet1=[], Sheet2=[])
    async with open_source(tmp_path) as source:
        assert await source.missing(ESTATE, ["编号"]) == {"编号": "登记_甲.xlsx"}


async def test_a_directory_without_the_tables_files_says_which_it_wants(tmp_path):
    async with open_source(tmp_path) as source:
        with pytest.raises(SourceShape, match="登记_"):
            await source.missing(ESTATE, ["编号"])


async def test_a_file_that_is_no_workbook_is_said(tmp_path):
    (tmp_path / "登记_丙.xlsx").write_bytes(b"PK\x03\x04 not really")
    async with open_source(tmp_path) as source:
        with pytest.raises(SourceUnreachable, match=r"登记_丙\.xlsx"):
            await source.missing(ESTATE, ["编号"])


async def test_a_header_in_another_encoding_is_said(tmp_path):
    (tmp_path / "登记_甲.csv").write_bytes("编号,姓名\r\n1,x\r\n".encode("utf-16-be"))
    async with open_source(tmp_path) as source:
        with pytest.raises(SourceShape, match=r"登记_甲\.csv .* encoding"):
            await source.missing(ESTATE, ["编号"])
