"""Why a policy is there, as it says itself: ``@reason("…")`` in English and ``@reason_zh("…")`` in Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Reason:
    """What a person is told of a policy, in both languages."""

    en: str
    zh: str


def reason_of(annotations: Mapping[str, str | None], *, needed: bool) -> Reason | None:
    """Return the reason that a policy's annotations state; None where it states none and needs none.

    Raises ``ValueError``, in words that follow the policy's name, where one of the languages is missing.
    """
    en, zh = (annotations.get("reason") or "").strip(), (annotations.get("reason_zh") or "").strip()
    if en and zh:
        return Reason(en, zh)
    if needed:
        raise ValueError('a forbid says why, in both languages: @reason("…") and @reason_zh("…").')
    if en or zh:
        raise ValueError('a reason is given in both languages: @reason("…") and @reason_zh("…").')
    return None
