"""The table of articles in schema/README.md is the one that follows from the tests of this folder."""

from __future__ import annotations

import re

from law.articles import PAGE, articles, table, written

BINDING = {
    *(f"SR {number}" for number in (13, 14, 15, 16, 17, 20, 21, 22, 25, 26, 27, 29)),
    "民发〔2023〕46",
    *(f"DB {number}" for number in (11, 13, 15, 16, 17, 18, 20)),
    *(f"PIPL {number}" for number in (13, 14, 15, 17, 24, 28, 29, 30, 31, 44, 45, 46, 47)),
}


def test_the_page_has_the_table_as_it_follows_from_the_tests():
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: .venv/bin/python tests/law/articles.py"
    assert table() in page


def test_every_article_that_binds_the_hub_has_one_line():
    names = [each.name for each in articles()]
    assert set(names) == BINDING
    assert len(names) == len(BINDING)


def test_whoever_has_no_test_says_why():
    for each in articles():
        if each.test is None:
            assert re.match(r"(binds the|not yet:|not stated here:)", each.en), each.name
