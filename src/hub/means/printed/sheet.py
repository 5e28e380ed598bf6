"""What stands on a printed report, in its order, as text: the page and the PDF say the same, because both say this."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hub.domain.divisions import shipped
from hub.means.printed.words import NAMES, NOTHING, clean, doubt_in_words, origin_in_words, value_in_words
from hub.means.rules.case import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_OVER: Final = {None: "未申报，无法比较", True: "多于申报", False: "一致"}
_NOTES: Final = {"aside": "（不予采信）", "exempt": "（豁免）", "unusable": "（无法采用）"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading. ``widths``: parts of what is left; 0 is as wide as its content."""

    zh: str
    en: str
    head: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report to be printed. Every text is clean; none of them is markup.

    ``said``: what the first page has in its box, in Chinese and English; the one that is bold says so.
    """

    number: str
    version: str
    made_on: str
    division: str
    code: str
    said: tuple[tuple[str, str, bool], ...]
    demo: bool
    tables: tuple[Table, ...]
    articles: tuple[str, ...]
    object_by: str
    after_objection: bool
    digests: tuple[str, ...]


def sheet_of(content: Mapping[str, Any], code: str) -> Sheet:
    """Return what is printed of a report's content. ``code``: that of the report."""
    rules = content["rules"]
    return Sheet(
        number=clean(content["number"]),
        version=str(content["version"]),
        made_on=clean(content["made_on"]),
        division=_division(clean(content["division"])),
        code=clean(code),
        said=tuple(_said(content)),
        demo=content["demo_rules"],
        tables=(
            *_changes(content),
            _members(content),
            *_deaths(content),
            _compared(content),
            _facts(content),
            _asked(content),
            _lines(content),
        ),
        articles=tuple(_article(each) for each in content["articles"]),
        object_by=clean(content["object_by"]),
        after_objection=content["after_objection"],
        digests=(
            f"规则：{clean(rules['zh'])}，第 {rules['version']} 版，摘要 {clean(rules['digest'])}",
            f"输入摘要 {clean(content['inputs_digest'])} · 工作日历至 {content['calendar']} 年",
        ),
    )


def _division(code: str) -> str:
    """The division by name, from the prefecture down, with its code; its code alone where the hub ships no name."""
    names = [_names().get(code[:length]) for length in (4, 6, 9, 12) if length <= len(code)]
    return f"{''.join(map(str, names))}（{code}）" if names and all(names) else code


@cache
def _names() -> Mapping[str, str]:
    return {each.code: each.name for each in shipped()}


def _said(content: Mapping[str, Any]) -> Iterable[tuple[str, str, bool]]:
    outcome, indication = clean(content["outcome_zh"]), clean(content["indication_zh"])
    yield (
        f"核对结论：{outcome} · 提示：{indication}",
        f"Outcome {content['outcome']}, indication {content['indication']}",
        True,
    )
    if content["pay"] is not None:
        months = "" if content["months"] is None else f"，{content['months']} 个月"
        yield f"按规则计算：每月 {clean(content['pay'])} 元{months}", "", False
    yield content["reports_only"]["zh"], content["reports_only"]["en"], True
    late = dict.fromkeys(each["department_zh"] for each in content["asked"] if each["department"] in content["missing"])
    if late:
        yield (
            f"尚未答复的必答部门：{clean('、'.join(late))}。未答复不等于无记录，答复后出具补充版本。",
            "Not answered is not nothing found.", True,
        )  # fmt: skip
    unusable = [
        f"{each['key']} {each['item_zh']}（{each['department_zh']}，{value_in_words(each['unusable'])}）"
        for each in content["facts"]
        if each["unusable"]
    ]
    if unusable:
        yield (
            f"无法采用、未计入的记录：{clean('；'.join(unusable))}。须向部门核实。",
            "Reports that cannot be believed.",
            False,
        )
    if content["doubts"]:
        yield f"待澄清：{clean('；'.join(map(doubt_in_words, content['doubts'])))}", "", False
    if content["home_visit"]:
        yield "须入户核查。", "A home visit follows.", False


def _changes(content: Mapping[str, Any]) -> Iterable[Table]:
    """What is otherwise than in the version before; nothing in a first version."""
    found = content.get("changes")
    if found is None:
        return
    rows = [
        ("新答复的部门", _by_department(found["answered"])),
        ("未再答复的部门", _by_department(found["unanswered"])),
        ("新增记录", "、".join(found["new"])),
        ("不再报送的记录", "；".join(map(_gone, found["gone"]))),
        ("不予采信的记录", "、".join(found["set_aside"])),
        ("新增成员", "、".join(found["joined"])),
        ("不再属于本家庭的成员", "、".join(found["left"])),
        ("申报内容", "已变更" if found["declared"] else ""),
        ("结论和提示", _follows(content, found)),
    ]
    yield Table(
        f"与第 {found['version']} 版（{clean(found['made_on'])}）相比", "What is otherwise than in the version before",
        ("项目", "变化"), (1, 3), _rows(row for row in rows if row[1]),
    )  # fmt: skip


def _by_department(found: Iterable[Mapping[str, Any]]) -> str:
    people: dict[str, list[str]] = defaultdict(list)
    for each in found:
        people[each["department_zh"]].append(each["person"])
    return "；".join(f"{department}（成员 {'、'.join(keys)}）" for department, keys in people.items())


def _gone(fact: Mapping[str, Any]) -> str:
    said = [fact["item_zh"], fact["department_zh"], fact["text"], fact["amount"] and f"{fact['amount']} 元", fact["on"]]
    return " ".join(each for each in said if each)


def _follows(content: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    def said(outcome: str, indication: str, pay: str | None) -> str:
        return f"{outcome} · {indication}" + ("" if pay is None else f"（每月 {pay} 元）")

    if not found["follows"]:
        return "没有变化"
    before = said(found["outcome_before_zh"], found["indication_before_zh"], found["pay_before"])
    return f"{before} → {said(content['outcome_zh'], content['indication_zh'], content['pay'])}"


def _members(content: Mapping[str, Any]) -> Table:
    return Table(
        "家庭成员", "Members", ("序号", "姓名", "公民身份号码", "与户主关系"), (0, 1.8, 1.2, 0.8),
        _rows((each["key"], each["name"], each["id_number"], each["relation_zh"]) for each in content["members"]),
    )  # fmt: skip


def _deaths(content: Mapping[str, Any]) -> Iterable[Table]:
    """Who is reported dead, that the report counts them still, and what would follow if it did not."""
    found = content.get("deaths")
    if not found:
        return

    def without(each: Mapping[str, Any]) -> str:
        if each["without"] is None:
            return "无其他成员"
        pay = "" if each["without"]["pay"] is None else f"，每月 {each['without']['pay']} 元"
        return f"{each['without']['members']} 人：{each['without']['indication_zh']}{pay}"

    yield Table(
        "登记死亡的成员：本报告仍计入家庭人数", "Members reported dead, whom this report still counts",
        ("成员", "记录", "登记日期", "不计入时", "须核查至（自死亡之日起三个月，N22-1.3）"), (0, 0, 1, 1.6, 1.6),
        _rows((each["person"], each["fact"], each["on"], without(each), each["until"]) for each in found),
    )  # fmt: skip


def _compared(content: Mapping[str, Any]) -> Table:
    read = {line["rule"]: {name for name, _, _ in line["inputs"]} for line in content["lines"]}

    def row(each: Mapping[str, Any]) -> Sequence[Any]:
        declared, found = each["declared"], each["found"]
        if "death.count" in read.get(f"compare.{each['id']}", ()):  # of people alive and dead no difference is taken
            return each["zh"], declared, f"死亡登记 {found} 条", NOTHING, _OVER[each["over"]]
        more = None if declared is None else plain(Decimal(found) - Decimal(declared))
        return each["zh"], declared, found, more, _OVER[each["over"]]

    return Table(
        "申报与核对", "Declared beside found", ("项目", "申报", "核对", "差额", "结果"), (1.2, 1, 1, 1, 1.2),
        _rows(map(row, content["compared"])),
    )  # fmt: skip


def _facts(content: Mapping[str, Any]) -> Table:
    def row(each: Mapping[str, Any]) -> Sequence[Any]:
        note = next((words for name, words in _NOTES.items() if each[name]), "")
        months = f" / {each['months']} 个月" if each["amount"] is not None and each["months"] != 1 else ""
        return (
            each["key"], each["person"], each["item_zh"], each["department_zh"], (each["text"] or NOTHING) + note,
            (each["amount"] or NOTHING) + months, each["on"],
        )  # fmt: skip

    return Table(
        "部门报送的信息", "What departments report",
        ("编号", "成员", "事项", "部门", "内容", "金额（元）", "数据日期"), (0, 0, 0.9, 1.1, 1.5, 1, 0),
        _rows(map(row, content["facts"])),
    )  # fmt: skip


def _asked(content: Mapping[str, Any]) -> Table:
    """One line for all members of whom a department said the same on the same day."""
    people: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for each in content["asked"]:
        department = each["department_zh"] + ("（必答）" if each["mandatory"] else "")
        same = department, "、".join(each["items_zh"]), each["state_zh"], each["answered_on"] or NOTHING
        people[same].append(each["person"])
    everybody = {each["key"] for each in content["members"]}
    return Table(
        "查询情况", "Who was asked", ("部门", "事项", "成员", "状态", "答复日期"), (1.3, 1.5, 1, 0, 0),
        _rows(
            (same[0], same[1], "全体" if everybody == {*keys} else "、".join(keys), *same[2:])
            for same, keys in people.items()
        ),
    )  # fmt: skip


def _lines(content: Mapping[str, Any]) -> Table:
    names = {**content.get("parameters", {}), **NAMES}
    return Table(
        "适用的规则", "The rules that had a part in it", ("规则", "结果", "依据的数据", "条款"), (1.1, 1.2, 2.4, 0.9),
        _rows(
            (
                each["zh"], value_in_words(each["value"]),
                "；".join(
                    f"{names.get(name, name)} {value_in_words(value)}（{origin_in_words(origin)}）"
                    for name, value, origin in each["inputs"]
                ),
                "、".join(each["cites"]),
            )
            for each in content["lines"]
        ),
    )  # fmt: skip


def _article(each: Mapping[str, Any]) -> str:
    if each["text"] is None:
        return clean(f"{each['cite']}：演示用参数，没有法规依据")
    return clean(f"{each['cite']}：《{each['text']}》{each['article']}" + ("" if each["read"] else "（未读原文）"))


def _rows(rows: Iterable[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(NOTHING if cell is None else clean(str(cell)) for cell in row) for row in rows)
