"""Explanations in Chinese and English, for people who read no numbers of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.matching.explanation import Because

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.matching.explanation import Explanation, Move

    Name = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence or two, in both languages."""

    zh: str
    en: str


_PLAIN = {
    Because.PROPOSED: Words("建议对接该资源。", "This resource is proposed."),
    Because.OTHER_KIND: Words("资源类别与需求不同。", "The resource is another kind of help than is needed."),
    Because.OUTSIDE_AREA: Words(
        "需求不在该资源的服务区域内。", "The need lies outside the area that the resource serves."
    ),
    Because.NOT_ELIGIBLE: Words("不符合该资源的申请条件。", "The criteria of the resource are not met."),
    Because.TRIED_BEFORE: Words(
        "该资源曾为此需求对接，未果。", "The resource was proposed for this need before, to no avail."
    ),
    Because.NONE_LEFT: Words("该资源目前没有可用的余量。", "The resource has no unit that can be had at present."),
}


def in_words(explanation: Explanation, resource: Name, need: Name | None) -> Words:
    """Return an explanation in words. ``resource`` and ``need`` name one by its number, as the reader may see them.

    ``need``: None where the reader may not know which other needs there are.
    """
    because = explanation.because
    if because in _PLAIN:
        return _with_numbers(explanation, _PLAIN[because])
    listed = "、".join(explanation.criteria), ", ".join(explanation.criteria)
    if because is Because.CRITERION_FAILED:
        return Words(f"不符合条件：{listed[0]}。", f"Not met: {listed[1]}.")
    if because is Because.CRITERION_UNKNOWN:
        return Words(
            f"条件是否符合不明：{listed[0]}。补充信息后重新计算。",
            f"Not known whether met: {listed[1]}. Once it is known, this is decided anew.",
        )
    if because is Because.FITS_LESS:
        return _fits_less(explanation, resource)
    if because is Because.HELD_FOR_LATER:
        return Words(
            f"为本月预计出现的需求预留：预计价值 {explanation.expected} 分，用于该需求可增 {explanation.gain} 分。",
            f"Held for needs expected this month: a unit should be worth {explanation.expected} points to them, "
            f"and would add {explanation.gain} here.",
        )
    return _scarce(explanation, resource, need)


def _with_numbers(explanation: Explanation, plain: Words) -> Words:
    if explanation.because is not Because.PROPOSED or explanation.value is None:
        return plain
    return Words(f"{plain.zh}匹配度 {explanation.value} 分。", f"{plain.en} It fits by {explanation.value} points.")


def _fits_less(explanation: Explanation, resource: Name) -> Words:
    if explanation.gets is None:
        return Words("该资源对此需求没有价值。", "The resource would add nothing for this need.")
    name = resource(explanation.gets)
    return Words(
        f"已建议的「{name}」匹配度 {explanation.gets_value} 分，不低于该资源的 {explanation.value} 分。",
        f"What is proposed, {name}, fits by {explanation.gets_value} points, this one by {explanation.value}.",
    )


def _scarce(explanation: Explanation, resource: Name, need: Name | None) -> Words:
    low, high = explanation.price or (0, 0)
    worth = f"{low} 至 {high}" if low != high else f"{low}"
    zh = f"余量紧张：最后一份对其他需求值 {worth} 分，用于该需求可增 {explanation.gain} 分。"
    en = (
        f"Scarce: its last unit is worth {low} to {high} points to others, and would add {explanation.gain} here."
        if low != high
        else f"Scarce: its last unit is worth {low} points to others, and would add {explanation.gain} here."
    )
    moves = [_move(move, resource, need) for move in explanation.moves]
    if moves:
        zh += "否则须调整：" + "；".join(each.zh for each in moves) + "。"
        en += " Otherwise these would move: " + "; ".join(each.en for each in moves) + "."
    return Words(zh, en)


def _move(move: Move, resource: Name, need: Name | None) -> Words:
    who = Words("另一需求", "another need") if need is None else Words(need(move.need), need(move.need))
    if move.leaves is None:
        to = "" if move.goes is None else resource(move.goes)
        return Words(f"{who.zh} 改为获得「{to}」", f"{who.en} would get {to}")
    left = resource(move.leaves)
    if move.goes is None:
        return Words(f"{who.zh} 失去「{left}」", f"{who.en} would lose {left}")
    goes = resource(move.goes)
    return Words(f"{who.zh} 由「{left}」改为「{goes}」", f"{who.en} would get {goes} instead of {left}")
