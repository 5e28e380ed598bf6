"""The envelope of a sealed field, how it is made and how it is opened.

``format u8 | suite u8 | reserved u16 | key id u32 | nonce 12 | ciphertext | tag 16``, integers big endian.

The associated data is the 8 header bytes, then table, column and the 16-byte row id, each behind its length.
So a value opens in its own place only, and a changed header is found like a changed ciphertext. The key id
decides which key is tried; no other is: trial decryption would let an attacker choose the key.
"""

from __future__ import annotations

import contextlib
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from hub.crypto.errors import DoesNotOpen, NotSealable, SealBroken, UnknownKey, UnknownSuite
from hub.crypto.labels import prefixed
from hub.crypto.suites import KEY_LENGTHS, NONCE_LENGTH, TAG_LENGTH, Aead
from hub.crypto.values import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORMAT = 1
HEADER = struct.Struct(">BBHI")
ROW_ID_LENGTH = 16
SHORTEST = HEADER.size + NONCE_LENGTH + TAG_LENGTH


@dataclass(frozen=True, slots=True)
class DataKey:
    """An unwrapped data key, ready to use. It holds the cipher, not the key bytes."""

    key_id: int
    suite: int
    aead: Aead

    @property
    def header(self) -> bytes:
        """The 8 bytes that start every envelope under this key."""
        return HEADER.pack(FORMAT, self.suite, 0, self.key_id)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the values of one column.

    ``open(row_id, envelope)`` takes the 16 bytes of the row's UUID and returns the text. ``each(row_ids, envelopes)``
    opens the values of several rows and leaves the texts in UTF-8; one by one it would take a tenth longer. They raise
    ``SealBroken``, ``UnknownKey`` or ``UnknownSuite`` (all ``DoesNotOpen``). A null is the caller's business.
    """

    table: str
    column: str
    open: Callable[[bytes, bytes], str]
    each: Callable[[Sequence[bytes], Sequence[bytes]], list[bytes]]


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals values for one column.

    ``seal(row_id, text)`` takes the 16 bytes of the row's UUID. It raises ``NotSealable`` for a text with
    lone surrogates.
    """

    table: str
    column: str
    seal: Callable[[bytes, str], Sealed]


def opener(table: str, column: str, keys: Sequence[DataKey]) -> Opener:
    """Bind a column and the data keys of its protection group.

    A header names its key and nothing else, so one look-up of the 8 bytes checks format, suite, reserved
    bits and key id at once; only an envelope that fails is taken apart to say why.
    """
    place = _place(table, column)
    by_header = {key.header: (key.aead.decrypt, key.header + place) for key in keys}

    def utf8(row_id: bytes, envelope: bytes) -> bytes:
        try:
            decrypt, bound = by_header[envelope[:8]]
            return decrypt(envelope[8:20], envelope[20:], bound + row_id)
        except (KeyError, InvalidTag, ValueError):
            known = envelope[: HEADER.size] in by_header
            raise _why(table, column, row_id, envelope, known=known) from None

    def each(row_ids: Sequence[bytes], envelopes: Sequence[bytes]) -> list[bytes]:
        if len(row_ids) != len(envelopes):
            raise ValueError("each envelope is opened for a row of its own")
        headers = {envelope[:8] for envelope in envelopes}
        if 1 == len(headers) < len(envelopes) and (key := by_header.get(headers.pop())) is not None:
            decrypt, bound = key
            with contextlib.suppress(InvalidTag, ValueError):
                return list(
                    map(
                        decrypt,
                        [envelope[8:20] for envelope in envelopes],
                        [envelope[20:] for envelope in envelopes],
                        [bound + row_id for row_id in row_ids],
                    )
                )
        # Under several keys; or one does not open, which is found and says why.
        return list(map(utf8, row_ids, envelopes))

    def open_(row_id: bytes, envelope: bytes) -> str:
        text = utf8(row_id, envelope)
        try:
            return text.decode()
        except UnicodeDecodeError:
            # "from None": the decoding error would carry the plaintext into a log.
            raise SealBroken(table, column, row_id, "tag") from None

    return Opener(table, column, open_, each)


def sealer(table: str, column: str, key: DataKey) -> Sealer:
    """Bind a column and the data key that new values are sealed under.

    Nonces are random. With 96 bits a key stays far below the bound of 2^32 uses (NIST SP 800-38D, 8.3) when
    it is retired before 2^31 values.
    """
    header = key.header
    bound = header + _place(table, column)
    encrypt = key.aead.encrypt

    def seal(row_id: bytes, text: str) -> Sealed:
        return _seal(encrypt, header, bound, os.urandom(NONCE_LENGTH), row_id, text)

    return Sealer(table, column, seal)


def _seal(
    encrypt: Callable[[bytes, bytes, bytes | None], bytes],
    header: bytes,
    bound: bytes,
    nonce: bytes,
    row_id: bytes,
    text: str,
) -> Sealed:
    if len(row_id) != ROW_ID_LENGTH:
        raise ValueError("a value is sealed for a row id of 16 bytes")
    try:
        plain = text.encode()
    except UnicodeEncodeError:
        raise NotSealable("A text with half a surrogate pair is not valid Unicode and is not stored.") from None
    return Sealed(header + nonce + encrypt(nonce, plain, bound + row_id))


def _place(table: str, column: str) -> bytes:
    return prefixed(table.encode(), column.encode()) + ROW_ID_LENGTH.to_bytes(2, "big")


def _why(table: str, column: str, row_id: bytes, envelope: bytes, *, known: bool) -> DoesNotOpen:
    """Say which check an envelope that did not open fails first."""
    if len(envelope) < SHORTEST:
        return SealBroken(table, column, row_id, "length")
    form, suite, reserved, _ = HEADER.unpack_from(envelope)
    if form != FORMAT or reserved:
        return UnknownSuite(table, column, row_id, "format")
    if suite not in KEY_LENGTHS:
        return UnknownSuite(table, column, row_id, "suite")
    if not known:
        return UnknownKey(table, column, row_id, "key")
    return SealBroken(table, column, row_id, "tag")
