"""A report made of drawn inputs, without a database: for tests of what is printed, and how fast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.means.composing import FORMAT, Inputs, compose
from hub.means.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES = load_rules(Path(__file__).parents[1] / "schema" / "rules")
CODE = "WZD5-9MJS-Q0NM-8DWV"


def inputs(**changes: Any) -> Inputs:
    """What a report is made from: three people, five departments, one late, one not believed."""
    people = [("欧阳·阿不都热依木", "HEAD"), ("𠮷田䶮", "SPOUSE"), ("李<b>小</b>明", None)]
    asked = [
        ("SOCIAL_SECURITY", ["wage", "pension"], "ANSWERED", True), ("PUBLIC_SECURITY", ["vehicle"], "ANSWERED", True),
        ("BANKS", ["deposit"], "LATE", True), ("INSURERS", ["insurance"], "DOWN", False),
        ("REAL_ESTATE", ["real_estate"], "EMPTY", True),
    ]  # fmt: skip
    made: dict[str, Any] = {
        "format": FORMAT, "number": "HD230502-2026-0A1B2C3D4E", "version": 1, "made_on": "2026-11-27",
        "reason": "APPLICATION", "division": "230502001001",
        "declared": {"income": "800.00", "vehicles": 0, "homes": 1},
        "members": [
            {"key": str(place), "name": name, "id_number": "23****************", "relation": relation}
            for place, (name, relation) in enumerate(people, 1)
        ],
        "asked": [
            {
                "source": department.lower(), "department": department, "items": items, "person": str(place),
                "state": state, "reason": None, "mandatory": mandatory,
                "answered_on": "2026-11-26" if state in ("ANSWERED", "EMPTY") else None,
            }
            for department, items, state, mandatory in asked
            for place in (1, 2, 3)
        ],
        "facts": [
            _fact("F1", "1", "wage", "SOCIAL_SECURITY", "2650.50", text="双鸭山木材厂有限责任公司"),
            _fact("F2", "2", "pension", "SOCIAL_SECURITY", "157.07"),
            _fact("F3", "2", "vehicle", "PUBLIC_SECURITY", None, text="轿车 黑J12345"),
            _fact("F4", "3", "vehicle", "PUBLIC_SECURITY", None, text="残疾人代步车", exempt=True),
        ],
        "doubts": [], "dibao": False, "paid": "0", "object_by": "2026-12-11", "objection": False, "home_visit": False,
        "calendar": 2026, **changes,
    }  # fmt: skip
    return made  # type: ignore[return-value] # the keys are those of Inputs


def content(**changes: Any) -> Mapping[str, Any]:
    """The content of its report."""
    return compose(inputs(**changes), RULES)[0]


def _fact(key: str, person: str, item: str, department: str, amount: str | None, **more: Any) -> dict[str, Any]:
    return {
        "key": key, "person": person, "item": item, "department": department, "amount": amount, "months": 1,
        "on": "2026-10-01", "exempt": False, "text": None, "details": {}, "aside": False, **more,
    }  # fmt: skip
