"""The cipher suites, by the number that stands in an envelope."""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.crypto.errors import DataKeyBroken

AES_256_GCM = 1
SM4_GCM = 2

NONCE_LENGTH = 12
TAG_LENGTH = 16
KEY_LENGTHS = {AES_256_GCM: 32, SM4_GCM: 16}


class Aead(Protocol):
    """Authenticated encryption with associated data: the tag stands behind the ciphertext."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Return ciphertext and tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Return the plaintext; ``cryptography.exceptions.InvalidTag`` when anything was changed."""
        ...


class Sm4Gcm:
    """SM4 (GB/T 32907) in Galois/counter mode (RFC 8998), in the shape of ``AESGCM``."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Return ciphertext and tag."""
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Return the plaintext; ``InvalidTag`` when anything was changed.

        The tag is taken at full length only: a shorter one would be easier to forge.
        """
        tag = data[-TAG_LENGTH:]
        decryptor = Cipher(self._cipher, modes.GCM(nonce, tag, min_tag_length=TAG_LENGTH)).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(data[:-TAG_LENGTH]) + decryptor.finalize()


def aead(suite: int, key: bytes) -> Aead:
    """Make the cipher of ``suite`` for one data key.

    Raises ``DataKeyBroken`` for a suite that this hub does not know, or a key of the wrong length.
    """
    if KEY_LENGTHS.get(suite) != len(key):
        raise DataKeyBroken("A data key in the database has a cipher suite that this version does not know.")
    return AESGCM(key) if suite == AES_256_GCM else Sm4Gcm(key)
