"""Keyed one-way values: blind indexes, by which a sealed value is found, and tokens, by which it is named.

They are HMAC-SHA256, and for ids AES-256, under a key of their own, derived from the index key. An unkeyed hash
would hide nothing: the ID numbers of one county and birth year are few enough to try them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from hub.crypto.labels import derive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FULL_BITS = 128
FEWEST_BITS = 8
_BLOCK = 16


def blind_index(index_key: bytes, table: str, column: str, bits: int = FULL_BITS) -> Callable[[str], bytes]:
    """Return the function from a *normalised* text to its index value of ``bits`` bits in whole bytes.

    128 bits for values that are unique anyway. Fewer for skewed ones, such as names: then several values share
    an index value, so that its frequency tells less, and the reader compares after opening.
    """
    if not FEWEST_BITS <= bits <= FULL_BITS:
        raise ValueError(f"a blind index has {FEWEST_BITS} to {FULL_BITS} bits")
    return _keyed(derive(index_key, "hub blind index 1", table, column), bits)


def token(index_key: bytes, label: str) -> Callable[[str], bytes]:
    """Return the function from a text to its token of 16 bytes, for one purpose named by ``label``.

    Tokens of different labels cannot be matched with each other, nor with a blind index.
    """
    return _keyed(derive(index_key, "hub token 1", label), FULL_BITS)


def id_tokens(index_key: bytes, label: str) -> Callable[[Iterable[bytes]], bytes]:
    """Return the function from ids (16 bytes each) to their tokens, for one purpose named by ``label``.

    Tokens stand one behind the other, 16 bytes each. An id is just one block of AES, so its token is that block
    enciphered: equal for equal ids, which is what a token is for, and different for different ones. A page of a hundred
    people is one call, which takes a fifth of the time of as many HMACs.
    """
    key = derive(index_key, "hub id token 1", label)
    # Block by block is what ECB does, and here there is nothing from one block to the next to hide.
    blocks = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - see above

    def tokens(ids: Iterable[bytes]) -> bytes:
        joined = b"".join(ids)
        if len(joined) % _BLOCK:  # the rest of a block would be kept, and stand before the next call's ids
            raise ValueError("an id has 16 bytes")
        return blocks.update(joined)

    return tokens


def mac(index_key: bytes, label: str) -> Callable[[bytes], bytes]:
    """Return HMAC-SHA256 under the key of one purpose: bytes to 32 bytes."""
    keyed = HMAC(derive(index_key, "hub mac 1", label), SHA256())

    def whole(message: bytes) -> bytes:
        code = keyed.copy()
        code.update(message)
        return code.finalize()

    return whole


def _keyed(key: bytes, bits: int) -> Callable[[str], bytes]:
    # A copy of a keyed object saves the two hash blocks of the key, half of the work for a short text.
    keyed = HMAC(key, SHA256())
    length = -(-bits // 8)
    spare = -bits % 8
    last_byte = 0xFF << spare & 0xFF

    def whole(text: str) -> bytes:
        mac = keyed.copy()
        mac.update(text.encode(errors="surrogatepass"))  # an encoding error would quote the text
        return mac.finalize()[:length]

    def cut(text: str) -> bytes:
        value = whole(text)
        return value[:-1] + bytes([value[-1] & last_byte])

    return cut if spare else whole
