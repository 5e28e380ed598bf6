"""What is read and opened becomes JSON, whatever stands in it and beside it, row by row and list by list."""

from __future__ import annotations

import json
from itertools import accumulate, pairwise
from types import SimpleNamespace

from hypothesis import example, given
from hypothesis import strategies as st

from hub.query.answer.columns import (
    JsonShape,
    column_shape,
    json_lists,
    json_object,
    json_texts,
    same_text,
    server_json,
    where_present,
)
from hub.query.answer.values import quoted_texts

RUN = SimpleNamespace()
UTF8 = st.text(st.characters(codec="utf-8"), max_size=3)


def opened(values):
    return json_texts(quoted_texts([None if value is None else value.encode() for value in values]), len(values))


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=1, max_size=5))
@example(['王"小\\明', "line\nbreak", "\x00\x1f\x7f", None])
@example(["王小明", None, ""])
@example(["王小明", ""])
@example([None])
def test_texts_are_json_without_a_raw_line_break(values):
    made = opened(values)
    assert [json.loads(each) for each in made] == values
    assert b"\n" not in b"".join(made)  # line breaks begin the rows that the audit counts


@given(st.text(st.characters(codec="utf-8")))
def test_a_text_is_spelled_the_same_whatever_is_beside_it(value):
    [alone] = opened([value])
    assert opened([value, '"'])[0] == alone
    assert opened([value, None])[0] == alone
    assert opened([value, "王"])[0] == alone


def shape():
    """An object of everything there is: words, plain and opened columns, and an object that may be missing."""
    inner = json_object(
        [("name", JsonShape((lambda rows, _run: quoted_texts([row[1] for row in rows]),))), ("kind", same_text("A"))]
    )
    return json_object([("number", server_json(0)), (None, column_shape(lambda rows, _run: [b'"run":1' for _ in rows])),
                    ("inner", where_present(2, inner)), ("none", JsonShape((b"null",)))])  # fmt: skip


def expected(row):
    number, name, present = row
    name = None if name is None else name.decode()
    inner = None if present is None else {"name": name, "kind": "A"}
    return {"number": json.loads(number), "run": 1, "inner": inner, "none": None}


ROWS = st.lists(
    st.tuples(st.integers().map(lambda n: b"%d" % n), st.none() | UTF8.map(str.encode), st.none() | st.just(1))
)


@given(ROWS)
def test_rows_become_objects_whether_or_not_what_they_link_to_is_there(rows):
    assert [json.loads(each) for each in shape().texts(rows, RUN)] == [expected(row) for row in rows]


@given(st.lists(ROWS, max_size=4))
@example([[]])
@example([[], [(b"1", b"x", 1)], []])
def test_rows_of_several_lists_become_one_list_for_each(groups):
    rows = [row for group in groups for row in group]
    bounds = list(pairwise(accumulate(map(len, groups), initial=0)))
    made = json_lists(shape().pieces(rows, RUN), bounds)
    assert [json.loads(each) for each in made] == [[expected(row) for row in group] for group in groups]


def test_objects_without_members_and_without_columns_are_objects():
    assert json_object([]).texts([()], RUN) == [b"{}"]
    assert json_lists(json_object([("a", same_text("B"))]).pieces([(), ()], RUN), [(0, 2)]) == [
        b'[{"a":"B"},{"a":"B"}]'
    ]
