"""A report as a page for the browser: to be read and printed on A4. No script, nothing from elsewhere, all escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from hub.means.printed.sheet import sheet_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.means.printed.sheet import Table

_STYLE: Final = """
@page { size: A4; margin: 18mm; @bottom-right { content: counter(page) " / " counter(pages); } }
body { font: 10pt/1.5 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", sans-serif; color: #111;
  max-width: 180mm; margin: 0 auto; padding: 6mm; }
h1 { font-size: 16pt; text-align: center; } h2 { font-size: 11.5pt; margin: 1.4em 0 .4em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 10pt; font-variant-numeric: tabular-nums; }
th, td { border: .4pt solid #888; padding: 3pt 5pt; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { background: #eee; } tbody th { font-weight: normal; } tr { break-inside: avoid; }
thead { display: table-header-group; }
.box { border: 1pt solid #111; padding: 3pt 9pt; } .box p { margin: 3pt 0; } .en { color: #555; font-size: 8.5pt; }
.demo { color: #900; } .digests { overflow-wrap: anywhere; color: #555; font-size: 8.5pt; }
@media print { body { padding: 0; } }
"""


def page(content: Mapping[str, Any], code: str) -> str:
    """Return the report as HTML. ``code``: that is printed on it."""
    sheet = sheet_of(content, code)
    said = "".join(
        f"<p>{f'<strong>{escape(zh)}</strong>' if bold else escape(zh)}{_english(en)}</p>"
        for zh, en, bold in sheet.said
    )
    demo = "演示用规则：部分参数没有法规依据，不得用于实际工作。"
    articles = "".join(f"<li>{escape(each)}</li>" for each in sheet.articles)
    parts = [
        f"<h1>家庭经济状况核对报告</h1><p>{_english('Report of a means check')}</p>",
        (f"<p>编号 {escape(sheet.number)} · 第 {escape(sheet.version)} 版 · {escape(sheet.made_on)} 出具 · "
         f"家庭所在区划 {escape(sheet.division)} · 验证码 {escape(sheet.code)}</p>"),
        f"<div class=box>{said}</div>",
        f"<p class=demo>{demo}{_english('Rules of the demo: some values rest on no text.')}</p>" if sheet.demo else "",
        *map(_table, sheet.tables),
        f"<h2>引用的条款{_english('Articles')}</h2><ul>{articles}</ul>",
        (f"<h2>异议{_english('Objections')}</h2><p>对本报告有异议的，可于 <strong>{escape(sheet.object_by)}</strong> "
         "前提供相关佐证材料，由乡镇人民政府（街道办事处）组织复查（最低生活保障审核确认办法第十八条）。"
         f"{'本版为复查后出具。' if sheet.after_objection else ''}</p>"),
        f"<p class=digests>{'<br>'.join(map(escape, sheet.digests))}</p>",
    ]  # fmt: skip
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>核对报告 {escape(sheet.number)}</title>"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head>\n<body><main>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>\n'
        for first, *cells in table.rows
    )
    shown = f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table>" if rows else "<p>无。</p>"
    return f"<h2>{escape(table.zh)}{_english(table.en)}</h2>{shown}"


def _english(words: str) -> str:
    return f' <span class=en lang="en">{escape(words)}</span>' if words else ""
