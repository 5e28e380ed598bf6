"""Codes are what a person searches a log for, so each names one kind of refusal."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter

import hub
from hub.errors import HubError

BANDS = {"1": "request", "2": "policy", "3": "identity", "4": "source", "5": "crypto and audit", "9": "ours"}


def all_errors():
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        importlib.import_module(module.name)
    found, left = [], [HubError]
    while left:
        kind = left.pop()
        found.append(kind)
        left += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("hub.")]


def test_every_kind_of_error_has_a_code_of_its_own():
    counted = Counter(kind.code for kind in all_errors())

    assert [code for code, count in counted.items() if count > 1] == []


def test_every_code_lies_in_a_band_that_can_be_searched_for():
    for kind in all_errors():
        assert re.fullmatch(r"HUB-[1-59]\d\d", kind.code), kind
        assert kind.code[4] in BANDS


def test_every_error_says_in_a_docstring_what_happened():
    assert [kind for kind in all_errors() if not kind.__doc__] == []
