"""A report on paper: what stands there, that nothing of it is markup, and that equal reports are equal bytes."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser

import orjson
import pytest

from hub.means.composing import canonical
from hub.means.printed import PrintingNotInstalled, ReportUnreadable, page, pdf, read_content
from reporting import CODE, content


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = set(), []

    def handle_starttag(self, tag, _attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text.append(data)


def shown(html):
    parser = Tags()
    parser.feed(html)
    return parser.tags, "".join(parser.text)


@pytest.fixture(scope="module")
def printed():
    try:
        return pdf(content(), CODE)
    except PrintingNotInstalled as missing:
        pytest.skip(missing.message)


def test_the_page_says_what_was_found_who_is_late_and_by_which_article():
    tags, text = shown(page(content(), CODE))
    for words in (
        "HD230502-2026-0A1B2C3D4E", CODE, "待核对", "只核对不认定", "尚未答复的部门：银行。未答复不等于无记录",
        "2650.50", "双鸭山木材厂有限责任公司", "残疾人代步车（豁免）", "逾期未复", "无法连接", "无记录", "多于申报",
        "2026-12-11",
        "《最低生活保障审核确认办法 (2021)》第十七条", "没有法规依据的参数", "欧阳·阿不都热依木", "𠮷田䶮", "户主",
    ):  # fmt: skip
        assert words in text, words
    assert tags <= {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "div", "br", "strong",
                    "span", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip


def test_nothing_that_is_reported_is_markup_of_the_page():
    """A department, or a family's name, would like to put a script on the officer's screen."""
    hostile = "<script>alert(1)</script>\u202egnp.exe\x07 & \"'"
    report = content(members=[{"key": "1", "name": hostile, "id_number": hostile, "relation": None}])
    tags, text = shown(page(report, CODE))
    assert "script" not in tags
    assert "<script>alert(1)</script>gnp.exe & \"'" in text
    assert "\u202e" not in text


def test_a_page_fetches_nothing_from_elsewhere():
    html = page(content(), CODE)
    assert not re.search(r"(src|href)\s*=|url\(|@import", html)
    assert "default-src 'none'" in html


def test_equal_reports_are_equal_bytes(printed):
    assert pdf(orjson.loads(canonical(content())), CODE) == printed
    assert pdf(content(version=2), CODE) != printed


def test_the_text_of_the_pdf_can_be_selected_and_no_markup_is_run(printed, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(printed)
    assert printed.startswith(b"%PDF-")
    assert b"/FontFile" in printed  # the font is inside
    typst = pytest.importorskip("typst")
    assert typst  # what set it
    try:
        done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True)  # noqa: S607
    except FileNotFoundError:
        pytest.skip("no pdftotext here: install poppler-utils to run this test")
    text = re.sub(r"\s", "", done.stdout)
    for words in (
        "家庭经济状况核对报告",
        "欧阳·阿不都热依木",
        "李<b>小</b>明",
        "2650.50",
        "尚未答复的部门：银行",
        "逾期未复",
    ):
        assert words in text, words


@pytest.mark.usefixtures("printed")  # skips where nothing can be printed
@pytest.mark.parametrize("words", ["#panic()", "$x$ *bold* _it_", '#include "/etc/passwd"', "\\u{1F600} `raw`"])
def test_a_name_is_no_command_of_the_typesetter(words):
    report = content(members=[{"key": "1", "name": words, "id_number": words, "relation": "HEAD"}])
    assert pdf(report, CODE).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "This is no JSON: line 1"), (b"[]", "This is no report"), (b"{}", "This is no report"),
        (canonical({**content(), "format": 99}).encode(), "has format 99"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_not_printed(text, said):
    with pytest.raises(ReportUnreadable, match=said):
        read_content(text)
