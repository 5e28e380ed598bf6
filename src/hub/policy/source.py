"""Where in a file of policies something stands: Cedar's own errors have no lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART: Final = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|;|\s+|[^\s";/]+|.', re.DOTALL)
_ID: Final = re.compile(r'@id\(\s*"((?:[^"\\]|\\.)*)"\s*\)')
_QUOTED: Final = re.compile(r"`([^`]+)`")
_OF_POLICY: Final = re.compile(r"^for policy `[^`]*`, ")


@dataclass(frozen=True, slots=True)
class Statement:
    """One policy as it is written, without remarks before it. ``line``: on which it begins, from 1."""

    line: int
    text: str

    @property
    def id(self) -> str | None:
        """The policy's ``@id``; None where it has none."""
        found = _ID.search(self.text)
        return found[1] if found else None

    def line_of(self, error: str) -> int:
        """The line of the first name that Cedar's error quotes; the policy's own line where it quotes none of it."""
        quoted = _QUOTED.search(without_policy(error))
        at = self.text.find(quoted[1].strip('"')) if quoted else -1
        return self.line + self.text.count("\n", 0, max(at, 0))


def statements(text: str) -> Iterator[Statement]:
    """Yield the policies of a file, each up to its semicolon; and what is left behind the last one."""
    line, begun, parts = 1, 1, list[str]()
    for part in _PART.findall(text):
        if parts or not (part.isspace() or part.startswith("//")):
            if not parts:
                begun = line
            parts.append(part)
        line += part.count("\n")
        if part == ";":
            yield Statement(begun, "".join(parts))
            parts = []
    if parts:
        yield Statement(begun, "".join(parts))


def without_policy(error: str) -> str:
    """Cedar's error without the name that the engine gave the policy."""
    return _OF_POLICY.sub("", error)
