"""Domain separation: unambiguous labels, and keys derived under them.

Every use of a secret has its own label, so that an output for one use is worthless for another.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def prefixed(*parts: bytes) -> bytes:
    """Join parts, each behind its length (u16, big endian).

    Without the lengths ("ab", "c") and ("a", "bc") would be one label.
    """
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def derive(secret: bytes, *label: str, length: int = 32) -> bytes:
    """Derive ``length`` bytes from a secret of full entropy with HKDF-SHA256 (RFC 5869).

    No salt: the secret is uniformly random, and the same key must come out in every process.
    """
    info = prefixed(*(part.encode() for part in label))
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)
