"""A report as a page for the browser: to be read and printed on A4. No script, nothing from elsewhere, all escaped."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Characters that show nothing, or turn round what follows them."""
_STYLE: Final = """
@page { size: A4; margin: 18mm; }
body { font: 10pt/1.5 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", sans-serif; color: #111;
  max-width: 180mm; margin: 0 auto; padding: 6mm; }
h1 { font-size: 16pt; text-align: center; } h2 { font-size: 11.5pt; margin: 1.4em 0 .4em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; }
th, td { border: .4pt solid #888; padding: 3pt 5pt; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; } tr { break-inside: avoid; } thead { display: table-header-group; }
.box { border: 1pt solid #111; padding: 6pt 9pt; } .en { color: #555; font-size: 8.5pt; } .demo { color: #900; }
"""
_OVER: Final = {None: "未申报，无法比较", True: "多于申报", False: "一致"}
_SAID: Final = {
    "within": "未超限", "over": "超限", "agrees": "一致", "more was found": "多于申报", "not declared": "未申报"
}  # fmt: skip


def page(content: Mapping[str, Any], code: str) -> str:
    """Return the report as HTML. ``code``: that is printed on it."""
    late = dict.fromkeys(each["department_zh"] for each in content["asked"] if each["department"] in content["missing"])
    parts = [
        (f"<h1>家庭经济状况核对报告</h1><p class=en>Report of a check of a household's means</p>"
        f"<p>编号 {_text(content['number'])} · 第 {content['version']} 版 · {_text(content['made_on'])} 出具 · "
        f"家庭所在区划 {_text(content['division'])} · 验证码 {_text(code)}</p>"),
        _box(content, list(late)),
        "<p class=demo>演示用规则：部分参数没有法规依据，不得用于实际工作。 "
        "<span class=en>Rules of the demo: some values rest on no text.</span></p>" if content["demo_rules"] else "",
        _part("家庭成员", "Members", ("序号", "姓名", "公民身份号码", "与户主关系"), (
            (each["key"], each["name"], each["id_number"], each["relation_zh"]) for each in content["members"]
        )),
        _part("申报与核对", "Declared beside found", ("项目", "申报", "核对", "结果"), (
            (each["zh"], each["declared"], each["found"], _OVER[each["over"]]) for each in content["compared"]
        )),
        _part("部门报送的信息", "What departments report",
              ("编号", "成员", "事项", "部门", "内容", "金额（元）", "日期"), map(_fact, content["facts"])),
        _part("查询情况", "Who was asked", ("部门", "成员", "事项", "状态", "答复日期"), (
            (each["department_zh"] + ("（必答）" if each["mandatory"] else ""), each["person"],
             "、".join(each["items_zh"]), each["state_zh"], each["answered_on"])
            for each in content["asked"]
        )),
        _part("适用的规则", "The rules that had a part in it", ("规则", "结果", "依据的数据", "条款"), (
            (each["zh"], _SAID.get(each["value"], each["value"]),
             "；".join(f"{name} {value}" for name, value, _ in each["inputs"]), "、".join(each["cites"]))
            for each in content["lines"]
        )),
        _part("引用的条款", "Articles", ("简称", "条款"), (
            (each["cite"], "没有法规依据的参数（演示用）" if each["text"] is None
             else f"《{each['text']}》{each['article']}" + ("" if each["read"] else "（未读原文）"))
            for each in content["articles"]
        )),
        (f"<h2>异议 <span class=en>Objections</span></h2><p>对本报告有异议的，可于 <strong>"
        f"{_text(content['object_by'])}</strong> 前提供相关佐证材料，由乡镇人民政府（街道办事处）组织复查"
        "（最低生活保障审核确认办法第十八条）。</p>"),
        (f"<p class=en>规则 {_text(content['rules']['zh'])} 第 {content['rules']['version']} 版，摘要 "
        f"{_text(content['rules']['digest'])}<br>输入摘要 {_text(content['inputs_digest'])}</p>"),
    ]  # fmt: skip
    title = f"核对报告 {_text(content['number'])}"
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head>\n<body><main>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )


def _box(content: Mapping[str, Any], late: Sequence[str]) -> str:
    lines = [
        (
            f"核对结论 <strong>{_text(content['outcome_zh'])}</strong> · 提示 "
            f"<strong>{_text(content['indication_zh'])}</strong>"
        )
    ]
    if content["pay"] is not None:
        months = "" if content["months"] is None else f"，{content['months']} 个月"
        lines.append(f"按规则计算：每月 {_text(content['pay'])} 元{months}")
    only = content["reports_only"]
    lines.append(f"<strong>{_text(only['zh'])}</strong> <span class=en>{_text(only['en'])}</span>")
    if late:
        lines.append(f"尚未答复的部门：{_text('、'.join(late))}。未答复不等于无记录，答复后出具补充版本。")
    if content["doubts"]:
        lines.append(f"待澄清：{_text('；'.join(content['doubts']))}")
    if content["home_visit"]:
        lines.append("须入户核查。 <span class=en>A home visit follows.</span>")
    return f"<div class=box>{'<br>'.join(lines)}</div>"


def _fact(each: Mapping[str, Any]) -> tuple[Any, ...]:
    notes = {"aside": "（不予采信）", "exempt": "（豁免）", "unusable": "（无法采用）"}
    note = next((words for name, words in notes.items() if each[name]), "")
    months = f" / {each['months']} 个月" if each["months"] > 1 and each["amount"] is not None else ""
    return (
        each["key"], each["person"], each["item_zh"], each["department_zh"], (each["text"] or "—") + note,
        (each["amount"] or "—") + months, each["on"],
    )  # fmt: skip


def _part(zh: str, en: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    heads = "".join(f'<th scope="col">{name}</th>' for name in head)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body}</tbody></table>" if body else "<p>无。</p>"
    return f"<h2>{zh} <span class=en>{en}</span></h2>{table}"


def _text(value: Any) -> str:
    return "—" if value is None or value == "" else escape(_CONTROL.sub("", str(value)))
