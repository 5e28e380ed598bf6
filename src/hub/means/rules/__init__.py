"""The rules of the means check as data: dated parameters, what counts, what is compared, a table of decisions.

``load_rules(directory)`` reads and checks them; ``rules.at(division, day)`` has them as they hold there and then;
``decide(applied, case)`` says what they say of a household, and ``explain`` every rule that had a part in it, with its
inputs and articles. Pure: nothing here reads a row or knows who a person is.
"""

from hub.means.rules.case import Case, Compared, Declared, Fact, Line, Member, Result, Unusable, Warned
from hub.means.rules.errors import NoStandard, RulesRefused
from hub.means.rules.evaluate import decide, explain
from hub.means.rules.loading import DIRECTORY, Rules, load_rules, read_kept, read_rules
from hub.means.rules.signed import sign, signer_of, why_unusable

__all__ = [
    "DIRECTORY",
    "Case",
    "Compared",
    "Declared",
    "Fact",
    "Line",
    "Member",
    "NoStandard",
    "Result",
    "Rules",
    "RulesRefused",
    "Unusable",
    "Warned",
    "decide",
    "explain",
    "load_rules",
    "read_kept",
    "read_rules",
    "sign",
    "signer_of",
    "why_unusable",
]
