"""What was opened is quoted as JSON wants it, whatever stands in it and beside it."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from hub.query.columns import quoted_texts


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8")), max_size=5))
@example(['王"小\\明', "line\nbreak", "\x00\x1f\x7f", None])
@example(["王小明", None, ""])
def test_texts_are_json_without_a_raw_line_break(texts):
    made = quoted_texts([None if text is None else text.encode() for text in texts])
    assert [json.loads(each) for each in made] == texts
    assert b"\n" not in b"".join(made)  # line breaks begin the rows that the audit counts


@given(st.text(st.characters(codec="utf-8")))
def test_a_text_is_spelled_the_same_whatever_is_beside_it(text):
    [alone] = quoted_texts([text.encode()])
    assert quoted_texts([text.encode(), b'"'])[0] == alone
