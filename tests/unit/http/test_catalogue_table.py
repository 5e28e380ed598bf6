"""The data catalogue as a table: one line for each item, safe to open in a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from graphql import execute_sync, parse
from openpyxl import load_workbook

from hub.domain import CATALOGUE
from hub.graph import build_schema
from hub.http.catalogue import CATALOGUE_DOCUMENT, COLUMNS, as_csv, as_xlsx, require_download
from hub.http.lines import BOM
from hub.http.request import Incoming, MethodRefused
from hub.store.catalogue_versions import CatalogueVersion
from hub.sync.upkeep import SourceUpdate, Upkeep

AT = datetime(2025, 11, 20, 16, 30, tzinfo=UTC)
LATE = SourceUpdate("civil-affairs", AT, date(2025, 11, 24), 3)
NEVER = SourceUpdate("real-estate", None, None, None)
UPKEEP = Upkeep(
    CatalogueVersion("ab" * 32, AT),
    dict.fromkeys(CATALOGUE.entities, ()) | {"Need": (LATE,), "Finding": (LATE, NEVER)},
)


@pytest.fixture(scope="module")
def data():
    result = execute_sync(build_schema(CATALOGUE), parse(CATALOGUE_DOCUMENT), context_value=UPKEEP)
    assert result.errors is None
    return result.data


def read_csv(text):
    assert text.startswith(BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM).decode(), newline="")))


def test_there_is_a_line_for_each_item_of_each_entity(data):
    lines = read_csv(as_csv(data))
    assert [line["数据项编码"] for line in lines] == [
        f"{owner.name}.{member}" for owner in CATALOGUE for member in owner.members
    ]


def test_a_line_says_what_the_regulation_asks_for_in_chinese(data):
    line = next(line for line in read_csv(as_csv(data)) if line["数据项编码"] == "Need.kind")
    assert line["目录名称"] == CATALOGUE["Need"].zh
    assert line["数据项"] == CATALOGUE["Need"].fields["kind"].zh
    assert (line["更新频率"], line["更新时间（北京时间）"]) == ("每日 daily", "2025-11-21 00:30")
    assert (line["逾期"], line["逾期数据源"]) == ("是", "civil-affairs（2025-11-24，逾期 3 日）")
    assert (line["共享属性"], line["不予共享的法律依据"], line["提供部门编码"]) == ("有条件共享", "", "CIVIL_AFFAIRS")
    assert (line["数据分级"], line["加密存储"], line["目录版本"]) == ("内部", "否", "ab" * 32)


def test_what_is_not_shared_says_by_which_law(data):
    lines = [line for line in read_csv(as_csv(data)) if line["数据项编码"].startswith("QuarantinedRow.")]
    assert lines
    assert all(line["共享属性"] == "不予共享" and "第八条" in line["不予共享的法律依据"] for line in lines)


def test_where_one_source_never_came_there_is_no_time_of_the_last_update(data):
    line = next(line for line in read_csv(as_csv(data)) if line["数据项编码"] == "Finding.kind")
    assert line["更新时间（北京时间）"] == ""
    assert line["逾期数据源"] == "civil-affairs（2025-11-24，逾期 3 日）；real-estate（从未更新）"


def test_the_workbook_has_the_lines_of_the_csv_file(data):
    sheet = load_workbook(io.BytesIO(as_xlsx(data))).active
    found = [[("" if cell is None else str(cell)) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert found[0] == [column.title for column in COLUMNS]
    assert found[1:] == [list(line.values()) for line in read_csv(as_csv(data))]


def test_a_text_that_a_spreadsheet_would_calculate_is_guarded_in_both_forms(data):
    entry = {**data["catalogue"][0], "conditions": '=HYPERLINK("http://x")', "provider": "@SUM(1)"}
    planted = {**data, "catalogue": [entry]}
    line = read_csv(as_csv(planted))[0]
    assert (line["共享条件"], line["提供单位"]) == ('\'=HYPERLINK("http://x")', "'@SUM(1)")
    sheet = load_workbook(io.BytesIO(as_xlsx(planted))).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert '\'=HYPERLINK("http://x")' in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}


def test_a_table_is_got_or_posted_for():
    for method in ("GET", "POST"):
        require_download(Incoming(method, b"", {}, None))
    for method in ("HEAD", "PUT", "DELETE"):
        with pytest.raises(MethodRefused):
            require_download(Incoming(method, b"", {}, None))
