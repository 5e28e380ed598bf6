"""Sealed keyset cursors: short url-safe text that only the same viewer's same query can use.

AES-SIV (RFC 5297) needs no nonce. That suits cursors: one is made for every row of every page, more than
random 96-bit nonces under one key could bear, and a row keeps its cursor from one answer to the next.
The context is authenticated; equal cursors tell only that the same query stands at the same row.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from hub.crypto.errors import BadCursor
from hub.crypto.labels import derive

VERSION = b"\x01"
LONGEST = 4096
"""Characters; a longer text is no cursor of ours and is not decoded."""


def cursor_cipher(index_key: bytes) -> AESSIV:
    """Derive the cipher of cursors (AES-256 in SIV mode, hence 64 bytes of key)."""
    return AESSIV(derive(index_key, "hub cursor 1", length=64))


def seal_cursor(cipher: AESSIV, payload: bytes, context: bytes) -> str:
    """Seal a position in an ordered list for one context (viewer and query)."""
    sealed = cipher.encrypt(VERSION + payload, [context])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def open_cursor(cipher: AESSIV, text: str, context: bytes) -> bytes:
    """Return the position; ``BadCursor`` if the text was changed or made for another context."""
    try:
        if len(text) > LONGEST:
            raise BadCursor
        sealed = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        opened = cipher.decrypt(sealed, [context])
    except (InvalidTag, ValueError, binascii.Error):
        raise BadCursor from None
    if opened[:1] != VERSION:
        raise BadCursor
    return opened[1:]
