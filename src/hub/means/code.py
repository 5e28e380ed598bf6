"""The code on a report, by which a copy of it is checked: a keyed digest that people can read out and type in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing in it looks like something else."""
_LOOKS_LIKE: Final = str.maketrans("OILoil", "011011")
_GROUP: Final = 4
_BITS: Final = 80
"""Five bits for each of sixteen letters: no one guesses it, and it is read out in one breath."""


def code_of(content: str, token: Callable[[str], bytes]) -> str:
    """Return the code of a report's content: four groups of four letters. ``token``: keyed, 16 bytes."""
    number = int.from_bytes(token(content)[: _BITS // 8], "big")
    letters = "".join(_LETTERS[number >> shift & 31] for shift in range(_BITS - 5, -1, -5))
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def same_code(typed: str, code: str) -> bool:
    """Whether somebody typed this code: in small letters too, without hyphens, and with O for 0."""
    return _letters(typed) == _letters(code)


def _letters(text: str) -> str:
    return "".join(text.translate(_LOOKS_LIKE).upper().replace("-", " ").split())
