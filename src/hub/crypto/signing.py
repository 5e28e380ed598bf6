"""Signed documents: who made them is proven by Ed25519 (RFC 8032), in a DSSE envelope.

DSSE (Dead Simple Signing Envelope 1.0) signs type and content as they are, byte by byte: nothing is parsed, and no
canonical form is computed, before the signature holds. A private key is a PEM file as ``openssl genpkey -algorithm
ed25519`` writes it; a public key is one line, ``ed25519 <base64 of its 32 bytes> [remark]``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from hub.crypto.errors import EnvelopeDamaged, SignatureRefused, SigningKeyUnusable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

_KIND: Final = "ed25519"
_PUBLIC_LENGTH: Final = 32
_LARGEST_KEY: Final = 4096
_KEY_ID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who may sign. ``remark``: for people alone, and no part of what is compared."""

    raw: bytes
    remark: str = field(default="", compare=False)

    @classmethod
    def parse(cls, line: str) -> PublicKey:
        """Read one line; ``SigningKeyUnusable`` says what it must be."""
        kind, _, rest = line.strip().partition(" ")
        text, _, remark = rest.strip().partition(" ")
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if kind != _KIND or len(raw) != _PUBLIC_LENGTH:
            raise SigningKeyUnusable(
                f"A public key is one line: {_KIND}, the base64 of its {_PUBLIC_LENGTH} bytes, and a remark."
            )
        return cls(raw, remark.strip())

    @property
    def id(self) -> str:
        """16 hexadecimal digits by which lists and logs name the key."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    @property
    def line(self) -> str:
        """The key as ``parse`` reads it."""
        return f"{_KIND} {base64.b64encode(self.raw).decode()} {self.remark}".strip()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the holder of the private key signed exactly this."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, in memory."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a fresh random key."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def public(self) -> PublicKey:
        """The key that others hold to verify."""
        return PublicKey(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(message)

    def to_pem(self) -> bytes:
        """Return the file's content. The only way that the secret leaves this object."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key is not pickled")


def read_signing_key(path: Path) -> SigningKey:
    """Read a private key that its owner alone can read; ``SigningKeyUnusable`` says what is wrong with the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SigningKeyUnusable(f"The signing key {path} cannot be opened: {error.strerror}.") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) or stat.S_IMODE(mode) & 0o077:
            raise SigningKeyUnusable(f"The signing key {path} is open to others than its owner. Run: chmod 0600 {path}")
        content = os.read(descriptor, _LARGEST_KEY)
    finally:
        os.close(descriptor)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        # "from None" and no detail: a parser's error may quote what it read.
        raise SigningKeyUnusable(f"{path} is no Ed25519 private key in PEM. Make one with: hub policy keygen {path}")
    return SigningKey(key)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A document with its signatures. ``kind``: the media type that is signed with it; ``signatures``: by key id."""

    kind: str
    payload: bytes
    signatures: Mapping[str, bytes]

    @classmethod
    def parse(cls, text: bytes) -> Envelope:
        """Read an envelope; ``EnvelopeDamaged`` for what is none. Nothing in it is proven yet."""
        try:
            found = json.loads(text)
            signatures = {
                _KEY_ID.fullmatch(each["keyid"])[0]: base64.b64decode(each["sig"], validate=True)  # type: ignore[index] # None is caught below
                for each in found["signatures"]
            }
            return cls(str(found["payloadType"]), base64.b64decode(found["payload"], validate=True), signatures)
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
            raise EnvelopeDamaged("This is no signed document (DSSE), or it was cut or changed on its way.") from None

    def to_json(self) -> bytes:
        """Return the envelope as ``parse`` reads it."""
        signatures = [
            {"keyid": key, "sig": base64.b64encode(signature).decode()} for key, signature in self.signatures.items()
        ]
        payload = base64.b64encode(self.payload).decode()
        return json.dumps(
            {"payloadType": self.kind, "payload": payload, "signatures": signatures}, indent=1
        ).encode() + b"\n"  # fmt: skip

    def signed_by(self, key: SigningKey) -> Envelope:
        """Return the document with one more signature."""
        return Envelope(self.kind, self.payload, {**self.signatures, key.public.id: key.sign(self._signed)})

    def require_signature(self, kind: str, keys: Collection[PublicKey]) -> PublicKey:
        """Return which of the keys signed the document; ``SignatureRefused`` where none did.

        The key id is only a hint where to begin: what counts is which key verifies.
        """
        if self.kind != kind:
            raise SignatureRefused(f"This is a document of another kind ({self.kind!r}), not {kind!r}.")
        for key in keys:
            signature = self.signatures.get(key.id)
            if signature is not None and key.verifies(self._signed, signature):
                return key
        if not self.signatures:
            raise SignatureRefused("It is not signed, and this hub takes signed ones alone.")
        by = ", ".join(sorted(self.signatures))
        raise SignatureRefused(f"None of the keys that this hub trusts has signed it as it is. It names: {by}.")

    @property
    def _signed(self) -> bytes:
        """What is signed: DSSE's pre-authentication encoding. The lengths keep type and content apart."""
        kind = self.kind.encode()
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)


def read_public_keys(text: str, file: str) -> Sequence[PublicKey]:
    """Read trusted keys, one a line; lines that are empty or begin with # are none. There must be one."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                found.append(PublicKey.parse(line))
            except SigningKeyUnusable as wrong:
                raise SigningKeyUnusable(f"{file}:{number}: {wrong.message}") from None
    if not found:
        raise SigningKeyUnusable(f"{file}: there is no public key in it, so nothing could ever be installed.")
    return found
