"""Needs meet resources: an optimum under scarce capacity, with prices that prove and explain it.

The engine is functions over arrays: no database, no policy, no process. ``instance``: what is to be matched;
``candidates``: which pairs come into question; ``night``: the optimum of a night; ``prices`` and ``proof``: what
units are worth, and that there is no better; ``explanation`` and ``words``: why a pair was proposed, or was not;
``parameters``: what weighs how much. ``criteria``: who is eligible, as data. ``nights`` has the engine run over the
hub's own rows, and keeps what it came to with its proof.

numpy and ortools are an extra. Without them this package can be imported, and a name that needs them raises
``MatchingNotInstalled``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from hub.matching.errors import (
    InstanceUnfit,
    MatchingNotInstalled,
    NoSuchResource,
    NoSuchRun,
    RunRefused,
    RunUnderWay,
    SolverFailed,
)
from hub.matching.parameters import Parameters, load_parameters

if TYPE_CHECKING:
    from hub.matching.candidates import eligible_pairs
    from hub.matching.explanation import Because, Explanation, Move, Verdict, explain
    from hub.matching.instance import NOBODY, Instance, Needs, Pairs, Resources, Weighing, weighing
    from hub.matching.night import solve
    from hub.matching.nights.between import Between, Decided
    from hub.matching.nights.check import Eligible, count_eligible
    from hub.matching.nights.examples import examples
    from hub.matching.nights.run import SCHEDULE, Night, NightTools, run_due, run_night, verify_run
    from hub.matching.nights.send import send
    from hub.matching.nights.why import decide_one, explain_pair
    from hub.matching.prices import Prices
    from hub.matching.proof import Proof, prove, verify
    from hub.matching.words import Words, in_words

__all__ = [
    "NOBODY",
    "SCHEDULE",
    "Because",
    "Between",
    "Decided",
    "Eligible",
    "Explanation",
    "Instance",
    "InstanceUnfit",
    "MatchingNotInstalled",
    "Move",
    "Needs",
    "Night",
    "NightTools",
    "NoSuchResource",
    "NoSuchRun",
    "Pairs",
    "Parameters",
    "Prices",
    "Proof",
    "Resources",
    "RunRefused",
    "RunUnderWay",
    "SolverFailed",
    "Verdict",
    "Weighing",
    "Words",
    "count_eligible",
    "decide_one",
    "eligible_pairs",
    "examples",
    "explain",
    "explain_pair",
    "in_words",
    "load_parameters",
    "prove",
    "run_due",
    "run_night",
    "send",
    "solve",
    "verify",
    "verify_run",
    "weighing",
]

_MODULES: Final = {
    "candidates": ("eligible_pairs",),
    "explanation": ("Because", "Explanation", "Move", "Verdict", "explain"),
    "instance": ("NOBODY", "Instance", "Needs", "Pairs", "Resources", "Weighing", "weighing"),
    "night": ("solve",),
    "nights.between": ("Between", "Decided"),
    "nights.check": ("Eligible", "count_eligible"),
    "nights.examples": ("examples",),
    "nights.run": ("SCHEDULE", "Night", "NightTools", "run_due", "run_night", "verify_run"),
    "nights.send": ("send",),
    "nights.why": ("decide_one", "explain_pair"),
    "prices": ("Prices",),
    "proof": ("Proof", "prove", "verify"),
    "words": ("Words", "in_words"),
}
_HOME: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"hub.matching.{_HOME[name]}"), name)
    except ModuleNotFoundError as missing:
        if missing.name != "numpy":
            raise
        raise MatchingNotInstalled("numpy") from None
