"""Partner tokens: ``hub_``, 43 characters for 256 random bits, 6 characters of checksum.

The checksum (CRC-32, as anyone can compute it) is no secret and protects nothing. It tells a token that was
copied wrongly from one that is not valid, and lets scanners find tokens in places where they must not be.

The store keeps the SHA-256 of a token. A slow hash exists to make guessing a *password* dear; 256 random
bits cannot be guessed at any speed, and a slow hash would only let strangers keep the hub busy.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass, field

START = "hub_"
RANDOM_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY, _CHECK = 43, 6
"""Base-62 digits that 256 and 32 bits need."""

_SHAPE = re.compile(f"{START}([0-9A-Za-z]{{{_BODY}}})([0-9A-Za-z]{{{_CHECK}}})")
PREFIX_LENGTH = len(START) + 8


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made. ``text`` is shown once and kept nowhere; ``prefix`` names it from then on."""

    text: str = field(repr=False)
    hash: bytes
    prefix: str


def new_token() -> NewToken:
    """Make a token from 256 random bits."""
    body = _base62(int.from_bytes(secrets.token_bytes(RANDOM_BYTES), "big"), _BODY)
    text = f"{START}{body}{_checksum(body)}"
    return NewToken(text, token_hash(text), text[:PREFIX_LENGTH])


def is_whole(text: str) -> bool:
    """Say whether a text has the shape and the checksum of a token; nothing about whether it is one."""
    match = _SHAPE.fullmatch(text)
    return match is not None and _checksum(match[1]) == match[2]


def token_hash(text: str) -> bytes:
    """Return what the store keeps of a token (SHA-256, 32 bytes)."""
    return hashlib.sha256(text.encode()).digest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK)


def _base62(number: int, digits: int) -> str:
    out = []
    for _ in range(digits):
        number, digit = divmod(number, len(_ALPHABET))
        out.append(_ALPHABET[digit])
    return "".join(reversed(out))
