"""Client certificates, as tokens are bound to them."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate


def certificate_hash(pem: bytes) -> bytes:
    """Return SHA-256 of a certificate's DER, as ``x5t#S256`` has it (RFC 8705, 3.1). ``ValueError``: it is none."""
    return load_pem_x509_certificate(pem).fingerprint(SHA256())
