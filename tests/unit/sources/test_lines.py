import io

from hypothesis import given
from hypothesis import strategies as st

from hub.sources.lines import LONGEST_RECORD, Record, records
from hub.sources.rows import Broken


def read(text):
    return list(records(io.StringIO(text, newline=""), "a.csv"))


def test_every_line_is_a_record_with_its_number():
    assert read("a,b\r\n1,2\r\n") == [Record(["a", "b"], "a,b", 1), Record(["1", "2"], "1,2", 2)]


def test_a_quoted_cell_may_hold_a_line_break():
    assert [item.cells for item in read('a,"b\nc"\nd,e\n')] == [["a", "b\nc"], ["d", "e"]]


def test_an_empty_line_is_no_record():
    assert [item.line for item in read("a,b\n\n,\nc,d\n")] == [1, 4]


def test_a_stray_quote_breaks_its_own_line_only():
    rows = ['x,"y', *(f"{number},z" for number in range(2 * LONGEST_RECORD))]
    first, *rest = read("\n".join(rows) + "\n")
    assert first == Broken('x,"y', "a.csv, line 1")
    assert [item.cells[0] for item in rest] == [str(number) for number in range(2 * LONGEST_RECORD)]


def test_a_stray_quote_in_the_last_lines_loses_none_of_them():
    first, second = read('x,"y\n1,2\n')
    assert isinstance(first, Broken)
    assert second.cells == ["1", "2"]


def test_two_stray_quotes_lose_their_own_lines_and_none_between():
    found = read('a,b\n1,"x\n2,y\n3,z\n4,"v\n5,w\n')
    assert [item.line for item in found if isinstance(item, Record)] == [1, 3, 4, 6]
    assert [item.text for item in found if isinstance(item, Broken)] == ['1,"x', '4,"v']


@given(
    st.lists(
        st.sampled_from(['{n},"open', "{n},fine", '{n},"quoted"', '{n},"a""b"', '{n},"a"b', "{n}", '{n},"two\nlines"'])
    )
)
def test_every_good_line_is_read_whatever_stands_around_it(kinds):
    lines = [kind.format(n=number) for number, kind in enumerate(kinds)]
    found = read("\n".join(["number,text", *lines]) + "\n")
    read_numbers = {item.cells[0] for item in found if isinstance(item, Record)}
    plain = {str(number) for number, kind in enumerate(kinds) if kind in ("{n},fine", "{n}")}
    assert plain <= read_numbers


def test_a_line_that_is_not_in_its_encoding_is_broken_alone():
    raw = "甲,乙\n".encode("gbk") + b"\xff\xff,1\n" + "丙,丁\n".encode("gbk")
    stream = io.TextIOWrapper(io.BytesIO(raw), encoding="gb18030", errors="surrogateescape", newline="")
    first, second, third = records(stream, "b.csv")
    assert first.cells == ["甲", "乙"]
    assert isinstance(second, Broken)
    assert second == Broken("\ufffd\ufffd,1", "b.csv, line 2")
    assert third.cells == ["丙", "丁"]


def test_text_behind_a_closing_quote_is_broken():
    (only,) = read('"a"b,c\n')
    assert isinstance(only, Broken)
