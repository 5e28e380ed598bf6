"""Messages of graphql-core, without the values that they quote: a protected value may be among them."""

from __future__ import annotations

import re
from typing import Final

_QUOTED: Final = (
    # A syntax error names the kind of the token that does not fit, not its text.
    (re.compile(r"\b(found|Unexpected) (Name|Int|Float|String|BlockString|Comment) .*$", re.DOTALL), r"\1 \2."),
    # An error of coercion ends with the whole value that does not fit, after a suggestion or without one.
    (re.compile(r"[,;] found: .*$|(?<=\?) Found: .*$", re.DOTALL), "."),
    (re.compile(r"(cannot represent\b[^:]* value): .*$", re.DOTALL), r"\1 that was given."),
    (re.compile(r"\bValue '.*' does not exist in", re.DOTALL), "The value does not exist in"),
)


def without_values(message: str) -> str:
    """Return the message of a syntax, validation or coercion error without any value that was sent.

    Names of fields, arguments, types and variables stay in: they say where to look.
    """
    for pattern, instead in _QUOTED:
        message = pattern.sub(instead, message)
    return message.replace("?.", "?")
