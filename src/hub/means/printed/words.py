"""A report's codes in Chinese, and its texts as they may be printed. A clerk reads no ``found_income``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hub.domain.codes import Department, Indication, MeansItem

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: Final = "—"
LIMIT: Final = 1_000
"""Characters of one text that are printed: a column has no room for more, and the JSON has all of it."""
_SPACES: Final = re.compile(r"\s+")
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""What shows nothing, glues words together, or turns round what follows it. Variants of rare characters stay."""
_MARK: Final = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS: Final = re.compile(f"({_MARK}{{2}}){_MARK}+")
"""Marks heaped on one letter: they would print over the lines above."""

NAMES: Final[Mapping[str, str]] = {
    "n": "家庭人数", "I": "核定月收入", "S": "低保标准（每人每月）", "found_income": "核对月收入",
    "declared_income": "申报月收入", "declared_vehicles": "申报机动车", "declared_homes": "申报住房",
    "singles": "可单独保障人数", "paid": "现领低保金", "rigid": "十二个月刚性支出", "source_missing": "必答部门未复",
    "exit_months": "已渐退月数",
    "doubtful": "有待澄清事项", "property_over": "财产超限", "was_dibao": "现为低保家庭", "employment": "因就业增收",
    "amount": "金额", "employment_cost": "就业成本", "contributions": "税费和社会保险缴费",
    "basic_pension": "基础养老金", "maintenance_paid": "支付的赡养抚养费", "report": "记录",
    **{code.lower(): item.zh for code, item in MeansItem.__members__.items()},
    **{f"{code.lower()}.count": f"{item.zh}（条）" for code, item in MeansItem.__members__.items()},
    **{f"{code.lower()}.amount": f"{item.zh}（元）" for code, item in MeansItem.__members__.items()},
}  # fmt: skip
"""The names that rules may speak of (``rules/vocabulary.py``). Those of parameters come with the report."""
_FROM: Final = {"rules": "规则", "declared": "申报", "departments": "部门", "household": "家庭", "undated": "无日期"}
_VALUES: Final = {
    "within": "未超限", "over": "超限", "agrees": "一致", "more was found": "多于申报", "not declared": "未申报",
    "negative": "金额为负", "absurd": "金额异常", "no amount": "没有金额",
    "of a day to come": "日期在报告之后", "no such grade": "没有等级或等级有误",
    "exempt, says the department": "部门注明豁免",
    "set aside: disproved by the evidence of the objection": "异议佐证推翻，不予采信", "yes": "是", "no": "否",
}  # fmt: skip
_DOUBTS: Final = {"a member belongs to another household too": "有成员同时属于其他家庭"}
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\ufffe\uffff\U000f0000-\U0010ffff]")
"""Characters that every font shows otherwise. Names of older registers have some."""
_MEMBER: Final = re.compile(r"member (\S+)")
_MONTHS: Final = re.compile(r"(\S+) / (\d+) months")
_SAID: Final = re.compile(r"([A-Z_]+)(?:, ([\d.]+) CNY a month)?(?:, (\d+) months)?")


def clean(text: str) -> str:
    """A text in one line, without what cannot be seen."""
    seen = _INVISIBLE.sub("", _SPACES.sub(" ", text))
    shown = _PRIVATE.sub(lambda each: unicode_number(each[0]), _MARKS.sub(r"\1", seen)).strip()
    if len(shown) > LIMIT:
        return f"{shown[:LIMIT]}…（余下 {len(shown) - LIMIT} 字未打印）"
    return shown or NOTHING


def unicode_number(character: str) -> str:
    """What stands for a character that cannot be printed: it says which one it is."""
    return f"〔U+{ord(character):04X}〕"


def value_in_words(value: str) -> str:
    """What a rule says: ``within``, ``DIBAO, 1136 CNY a month``, ``2400 / 12 months``, or a number as it is."""
    if value in _VALUES:
        return _VALUES[value]
    if over := _MONTHS.fullmatch(value):
        return f"{over[1]} / {over[2]} 个月"
    if member := _MEMBER.fullmatch(value):
        return f"成员 {member[1]}"
    said = _SAID.fullmatch(value)
    if said is None or said[1] not in Indication.__members__:
        return value
    pay = f"，每月 {said[2]} 元" if said[2] else ""
    return Indication[said[1]].zh + pay + (f"，{said[3]} 个月" if said[3] else "")


def origin_in_words(origin: str) -> str:
    """Where a value is from: ``declared``, or a department and a day."""
    return " ".join(
        _FROM.get(part) or (Department[part].zh if part in Department.__members__ else part)
        for part in origin.split(" ")
    )


def doubt_in_words(doubt: str) -> str:
    """Why nothing can be said."""
    return _DOUBTS.get(doubt, doubt)
