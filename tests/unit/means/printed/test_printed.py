"""A report on paper: what stands there, that nothing of it is markup, and that equal reports are equal bytes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import orjson
import pytest

from hub.means.composing import canonical
from hub.means.printed import PrintingNotInstalled, ReportUnreadable, page, pdf, read_content
from hub.means.printed.sheet import sheet_of
from hub.means.printed.words import NAMES, value_in_words
from hub.means.rules.vocabulary import DETAILS, HOUSEHOLD, ITEMS
from reporting import CODE, content, inputs


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


def text_of(made, directory):
    """The text of a PDF, as a reader that copies it has it, without spaces."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here: install poppler-utils to run this test")
    file = directory / "report.pdf"
    file.write_bytes(made)
    done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True)  # noqa: S607
    return re.sub(r"[\s\u200b]", "", done.stdout)


@pytest.fixture(scope="module")
def printed():
    try:
        return pdf(content(), CODE)
    except PrintingNotInstalled as missing:
        pytest.skip(missing.message)


def test_the_page_says_what_was_found_who_is_late_and_by_which_article():
    tags, text = shown(page(content(), CODE))
    for words in (
        "HD230502-2026-0A1B2C3D4E", CODE, "待核对", "只核对不认定", "尚未答复的必答部门：银行。未答复不等于无记录",
        "2650.50", "双鸭山木材厂有限责任公司", "残疾人代步车（豁免）", "逾期未复", "无法连接", "无记录", "多于申报",
        "2026-12-11",
        "《最低生活保障审核确认办法 (2021)》第十七条",
        "演示用参数，没有法规依据", "欧阳·阿不都热依木", "𠮷田䶮", "户主",
    ):  # fmt: skip
        assert words in text, words
    assert tags <= {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "div", "br", "strong",
                    "span", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}  # fmt: skip


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
    assert pdf(content(version=2), CODE) != printed
    assert pdf(orjson.loads(canonical(content())), CODE) == printed  # whatever was printed in between


def test_another_process_prints_the_same_bytes(printed):
    program = (
        "import sys, hashlib; from reporting import CODE, content; from hub.means.printed import pdf; "
        "print(hashlib.sha256(pdf(content(), CODE)).hexdigest())"
    )
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stdout.strip() == hashlib.sha256(printed).hexdigest()


def test_threads_may_print_at_once(printed):
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda _: pdf(content(), CODE), range(12))) == {printed}


def test_a_pdf_can_be_archived_and_read_aloud(printed):
    assert b"<pdfaid:part>2</pdfaid:part>" in printed
    assert b"<pdfuaid:part>1</pdfuaid:part>" in printed


def test_the_page_has_headings_and_heads_of_rows_and_columns():
    html = page(content(), CODE)
    assert html.count("<h1>") == 1
    assert html.count("<table>") == 5
    assert len(re.findall("<tr>(?!<th scope)", html)) == 0
    assert '<html lang="zh-CN">' in html
    assert "<img" not in html
    assert len(html.encode()) < 20_000


def test_a_clerk_reads_no_name_of_the_program():
    cells = [cell for table in sheet_of(content(), CODE).tables for row in table.rows for cell in row]
    assert [cell for cell in cells if re.search(r"[a-z]_[a-z]|\.(count|amount)|[A-Z]_[A-Z]|within|absurd", cell)] == []
    assert {*HOUSEHOLD, *DETAILS, *ITEMS} <= NAMES.keys()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("DIBAO, 1136 CNY a month", "符合低保条件，每月 1136 元"), ("UNDECIDED", "待核对"), ("2650.5", "2650.5"),
        ("EXIT, 417 CNY a month, 6 months", "渐退，每月 417 元，6 个月"), ("31806 / 12 months", "31806 / 12 个月"),
        ("absurd", "金额异常"), ("more was found", "多于申报"), ("SOMETHING, 3 months", "SOMETHING, 3 months"),
    ],
)  # fmt: skip
def test_what_a_rule_says_is_said_in_chinese(value, said):
    assert value_in_words(value) == said


def test_members_of_whom_a_department_said_the_same_share_a_line():
    asked = sheet_of(content(), CODE).tables[3]
    assert [row for row in asked.rows if row[0] == "银行（必答）"] == [
        ("银行（必答）", "银行存款", "全体", "逾期未复", "—")
    ]
    one_late = inputs()["asked"]
    one_late[0] |= {"state": "LATE", "answered_on": None}
    rows = sheet_of(content(asked=one_late), CODE).tables[3].rows
    assert [row[2:] for row in rows if row[0] == "人力资源和社会保障（必答）"] == [
        ("1", "逾期未复", "—"), ("2、3", "有记录", "2026-11-26"),
    ]  # fmt: skip


def test_a_family_of_eight_with_all_items_has_several_pages_and_every_cell_on_them(tmp_path):
    people = [
        {
            "key": str(key),
            "name": f"阿卜杜热合曼·买买提江·吐尔逊古丽{key}",
            "id_number": "23****************",
            "relation": "CHILD",
        }
        for key in range(1, 9)
    ]
    facts = [
        {
            **inputs()["facts"][0],
            "key": f"F{key}{place}",
            "person": str(key),
            "item": item,
            "amount": f"{key}00.{place:02}",
        }
        for key in range(1, 9)
        for place, item in enumerate(ITEMS)
    ]
    report = content(members=people, facts=facts, asked=[])
    try:
        made = pdf(report, CODE)
    except PrintingNotInstalled as missing:
        pytest.skip(missing.message)
    text = text_of(made, tmp_path)
    for table in sheet_of(report, CODE).tables:
        for row in table.rows:
            for cell in row:
                assert re.sub(r"\s", "", cell)[:6] in text, cell
    assert int(re.findall(r"页，共(\d+)页", text)[0]) >= 3


def test_a_report_of_an_earlier_hub_is_still_printed():
    """``report-format-1.json`` was composed once and is never composed anew: reports are kept for years."""
    kept = read_content(Path(__file__).with_name("report-format-1.json").read_bytes())
    assert "尚未答复的必答部门：银行" in shown(page(kept, CODE))[1]
    try:
        assert pdf(kept, CODE).startswith(b"%PDF-")
    except PrintingNotInstalled as missing:
        pytest.skip(missing.message)


def test_who_lacks_the_typesetter_or_the_font_is_told_what_to_install(monkeypatch):
    module = sys.modules[pdf.__module__]
    module._typesetter.cache_clear()
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "typst", None)
        with pytest.raises(PrintingNotInstalled, match=r"assistance-hub\[report\]"):
            pdf(content(), CODE)
    with monkeypatch.context() as without:
        without.setattr(module, "_typesetter", lambda: (None, frozenset({"DejaVu Sans"})))
        with pytest.raises(PrintingNotInstalled, match="apt install fonts-noto-cjk"):
            pdf(content(), CODE)


def changed(value, at=()):
    """Each part of a report, removed or of another kind, with where it is."""
    parts = value.items() if isinstance(value, dict) else enumerate(value[:1])
    for key, part in parts:
        for other in (None, [], "§", -1, {"x": 1}, [["x"]], 1e300, True):
            if type(other) is not type(part):
                yield (*at, key), other
        if isinstance(part, (dict, list)):
            yield from changed(part, (*at, key))


def test_whatever_part_is_otherwise_it_is_refused_with_its_place_or_printed():
    """Never half a page, and never an error of the program."""
    whole = canonical(content())
    refused = 0
    for place, other in changed(orjson.loads(whole)):
        report = orjson.loads(whole)
        at = report
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = other
        try:
            read = read_content(orjson.dumps(report))
        except ReportUnreadable as wrong:
            refused += 1
            assert str(place[0]) in wrong.message or "format" in wrong.message  # noqa: PT017
            assert "§" not in wrong.message  # noqa: PT017
        else:
            assert page(read, CODE).endswith("</html>\n")
    assert refused > 400


def test_the_text_of_the_pdf_can_be_selected_and_no_markup_is_run(printed, tmp_path):
    assert printed.startswith(b"%PDF-")
    assert b"/FontFile" in printed  # the font is inside
    text = text_of(printed, tmp_path)
    for words in (
        "家庭经济状况核对报告",
        "欧阳·阿不都热依木",
        "李<b>小</b>明",
        "2650.50",
        "尚未答复的必答部门：银行",
        "逾期未复",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "This is no JSON: line 1"), (b"[]", "This is no report"), (b"{}", "This is no report"),
        (canonical({**content(), "format": 99}).encode(), "has another format"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_not_printed(text, said):
    with pytest.raises(ReportUnreadable, match=said):
        read_content(text)
