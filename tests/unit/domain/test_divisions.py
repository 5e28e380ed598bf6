from __future__ import annotations

import io
import json
from collections import Counter

import pytest

from hub.domain.divisions import (
    PUBLISHED_TABLES,
    Division,
    DivisionListBroken,
    batches,
    parent_of,
    parse_published_csv,
    parse_published_json,
    parse_shipped,
    shipped,
)

PROVINCES, CITIES, AREAS, STREETS, VILLAGES = PUBLISHED_TABLES


def test_all_of_shuangyashan_is_shipped():
    assert Counter(division.level for division in shipped()) == {
        "PROVINCE": 1,
        "PREFECTURE": 1,
        "COUNTY": 8,
        "TOWNSHIP": 110,
        "VILLAGE": 760,
    }


def test_shipped_codes_are_unique_and_every_division_follows_the_one_above_it():
    seen: set[str] = set()
    for division in shipped():
        assert division.code not in seen
        assert division.parent is None or division.parent in seen
        seen.add(division.code)
    assert shipped()[2] == Division("230502", "尖山区", "COUNTY", "2305")


def test_the_code_tells_the_division_above():
    assert parent_of("230502001002") == "230502001"
    assert parent_of("230502001") == "230502"
    assert parent_of("230502") == "2305"
    assert parent_of("2305") == "23"
    assert parent_of("23") is None


def test_a_published_csv_table_is_read():
    stream = io.StringIO('code,name,cityCode,provinceCode\n230502,"尖山区",2305,23\n230503,"岭东区",2305,23\n')
    assert list(parse_published_csv(stream, AREAS, "areas.csv")) == [
        Division("230502", "尖山区", "COUNTY", "2305"),
        Division("230503", "岭东区", "COUNTY", "2305"),
    ]


def test_a_published_json_table_is_read_however_it_is_spaced():
    rows = [{"code": f"2305{n:02}", "name": f"第{n}区"} for n in range(20)]
    for text in (json.dumps(rows), json.dumps(rows, indent=2), "\ufeff" + json.dumps(rows, ensure_ascii=False)):
        assert len(list(parse_published_json(io.StringIO(text), AREAS, "areas.json"))) == 20


def test_json_is_read_across_the_borders_of_chunks():
    rows = [{"code": f"23050200{n % 10}{n:03}", "name": "村" * 30} for n in range(999)]
    found = list(parse_published_json(io.StringIO(json.dumps(rows)), VILLAGES, "villages.json"))
    assert [division.code for division in found] == [row["code"] for row in rows]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("23050,尖山区", "areas.csv, line 3: the code must be text of 2, 4, 6, 9 or 12 digits"),
        ("２３０５０２,尖山区", "areas.csv, line 3: the code must be text"),
        ("230502001,尖山区", "areas.csv, line 3: codes in areas have 6 digits, this has 9"),
        ("230502, ", "areas.csv, line 3: the name must be text"),
        ("230502", "areas.csv, line 3: must have 2 columns"),
        ("230502,尖山区,2305", "areas.csv, line 3: must have 2 columns"),
        ('230502,"尖山', "areas.csv, line 3: not readable as CSV"),
    ],
)
def test_a_bad_csv_line_is_named_with_file_and_line(line, message):
    stream = io.StringIO(f"code,name\n230503,岭东区\n{line}")
    with pytest.raises(DivisionListBroken, match=message):
        list(parse_published_csv(stream, AREAS, "areas.csv"))


def test_a_csv_without_the_needed_columns_is_refused():
    with pytest.raises(DivisionListBroken, match=r"areas\.csv, line 1: the header lacks name"):
        list(parse_published_csv(io.StringIO("code,title\n"), AREAS, "areas.csv"))


def test_bytes_that_are_not_utf8_are_named_with_their_place():
    stream = io.TextIOWrapper(io.BytesIO("code,name\n23,黑龙江省\n".encode("gbk")), encoding="utf-8")
    with pytest.raises(DivisionListBroken, match="not UTF-8"):
        list(parse_published_csv(stream, PROVINCES, "provinces.csv"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"code": "23"}', "must be a JSON array"),
        ("", "cut short"),
        ('[{"code": "23", "name": "省"}, {"code"', "after record 1: the JSON is cut short or broken"),
        ('[{"code": "23", "name": "省"}, {]', "after record 1: the JSON is cut short or broken"),
        ('[{"code": 23, "name": "省"}]', "record 1: the code must be text"),
        ("[7]", "record 1: must be an object"),
    ],
)
def test_broken_json_is_named_with_its_record(text, message):
    with pytest.raises(DivisionListBroken, match=message):
        list(parse_published_json(io.StringIO(text), PROVINCES, "provinces.json"))


def test_the_shipped_layout_refuses_a_division_before_the_one_above_it():
    stream = io.StringIO("code,name,level,parent\n2305,双鸭山市,PREFECTURE,23\n")
    with pytest.raises(DivisionListBroken, match="line 2: the division above is not in the list before it"):
        list(parse_shipped(stream, "x.csv"))


def test_the_shipped_layout_refuses_a_level_that_does_not_fit_the_code():
    stream = io.StringIO("code,name,level,parent\n23,黑龙江省,COUNTY,\n")
    with pytest.raises(DivisionListBroken, match="line 2: level or parent does not fit"):
        list(parse_shipped(stream, "x.csv"))


def test_batches_cut_a_stream():
    assert [len(batch) for batch in batches(shipped(), 300)] == [300, 300, 280]
