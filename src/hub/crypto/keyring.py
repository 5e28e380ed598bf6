"""Where the key-encryption key comes from. Version one: a keyring file beside, never inside, the database.

The keyring holds two secrets of 256 bits: the key-encryption key (KEK), which wraps the data keys, and the
index key, from which blind indexes, tokens and cursors are derived. Whoever has the database without the
keyring has sealed bytes; whoever has the keyring without the database has nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.crypto.errors import DataKeyBroken, KeyringDamaged, KeyringMissing, KeyringUnsafe, WrongKeyring
from hub.crypto.labels import derive
from hub.crypto.suites import NONCE_LENGTH

if TYPE_CHECKING:
    from pathlib import Path

SECRET_LENGTH = 32
FILE_FORMAT = 1
LARGEST_FILE = 4096
"""A keyring has about 250 bytes; nothing longer is read."""


class KeyProvider(Protocol):
    """Wraps data keys. A file here; a key server or a hardware module elsewhere, hence ``async``."""

    @property
    def fingerprint(self) -> str:
        """Tells keyrings apart without telling anything about the keys; stored in the database."""
        ...

    async def wrap(self, key: bytes, context: bytes) -> bytes:
        """Encrypt a data key, bound to its context."""
        ...

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt a data key; ``DataKeyBroken`` if it or its context was changed."""
        ...

    async def index_key(self) -> bytes:
        """Return the secret of 32 bytes that lookups, tokens and cursors are derived from."""
        ...


@dataclass(frozen=True, slots=True)
class Keyring:
    """The two secrets, in memory."""

    _kek: bytes = field(repr=False)
    _index_key: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Keyring:
        """Make fresh random secrets."""
        return cls(secrets.token_bytes(SECRET_LENGTH), secrets.token_bytes(SECRET_LENGTH))

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits, derived one-way from both secrets."""
        return derive(self._kek + self._index_key, "hub keyring fingerprint 1", length=16).hex()

    async def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return nonce, ciphertext and tag (AES-256-GCM under the KEK)."""
        nonce = os.urandom(NONCE_LENGTH)
        return nonce + AESGCM(self._kek).encrypt(nonce, key, context)

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the data key; ``DataKeyBroken`` if it or its context was changed."""
        try:
            return AESGCM(self._kek).decrypt(wrapped[:NONCE_LENGTH], wrapped[NONCE_LENGTH:], context)
        except (InvalidTag, ValueError):
            raise DataKeyBroken(
                "A data key in the database was changed, or was wrapped by another keyring. "
                "Restore the database and the keyring from the same backup."
            ) from None

    async def index_key(self) -> bytes:
        """Return the secret of 32 bytes that lookups, tokens and cursors are derived from."""
        return self._index_key

    def __reduce__(self) -> NoReturn:
        raise TypeError("a keyring is not pickled")

    def to_json(self) -> str:
        """Return the file's text. The only way that the secrets leave this object as text."""
        return json.dumps(
            {
                "format": FILE_FORMAT,
                "kek": base64.b64encode(self._kek).decode(),
                "index_key": base64.b64encode(self._index_key).decode(),
                "fingerprint": self.fingerprint,
            },
            indent=1,
        )


def open_keyring(path: Path, *, fingerprint: str | None, data_keys: bool) -> Keyring:
    """Return the keyring of a database, creating it only where nothing is sealed yet.

    ``fingerprint``: the one stored in the database, if any. ``data_keys``: whether the database has any.
    Raises ``KeyringMissing``, ``KeyringUnsafe``, ``KeyringDamaged`` or ``WrongKeyring``; each stops the start,
    because a fresh keyring over sealed data would look like a loss of all of it.
    """
    if data_keys and fingerprint is None:
        raise WrongKeyring(
            "The database has data keys but does not say which keyring they belong to. Restore it from a backup."
        )
    if fingerprint is None and not os.path.lexists(path):
        _write(path, Keyring.generate())
    keyring = read_keyring(path)
    if fingerprint is not None and not hmac.compare_digest(keyring.fingerprint, fingerprint):
        raise WrongKeyring(
            f"The keyring {path} belongs to another database. "
            "Put the keyring of this database there, or name the database that this keyring belongs to."
        )
    return keyring


def read_keyring(path: Path) -> Keyring:
    """Read a keyring file that only the hub's user can read.

    The checks are made on the opened file, not on the name, so that nobody can swap it in between.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise KeyringMissing(
            f"The keyring {path} is missing, and the database has values sealed with it. "
            "Restore the file from its backup; a new one cannot open what is stored."
        ) from None
    except OSError as error:
        raise KeyringUnsafe(
            f"The keyring {path} cannot be opened: {error.strerror}. It must be a file, not a link."
        ) from None
    try:
        _refuse_unsafe(path, os.fstat(descriptor))
        text = os.read(descriptor, LARGEST_FILE)
    finally:
        os.close(descriptor)
    return _parse(path, text)


def _refuse_unsafe(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyringUnsafe(f"The keyring {path} is not a regular file.")
    if status.st_uid != os.geteuid():
        raise KeyringUnsafe(f"The keyring {path} belongs to another user. Run: chown $(id -u) {path}")
    if stat.S_IMODE(status.st_mode) & 0o177:
        raise KeyringUnsafe(f"The keyring {path} is open to others than its owner. Run: chmod 0600 {path}")


def _parse(path: Path, text: bytes) -> Keyring:
    try:
        content = json.loads(text)
        if content["format"] != FILE_FORMAT:
            raise KeyringDamaged(f"The keyring {path} was written by a newer version of the hub.")
        kek = base64.b64decode(content["kek"], validate=True)
        index_key = base64.b64decode(content["index_key"], validate=True)
        fingerprint = str(content["fingerprint"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        # "from None": a parser's error quotes the text that it stumbled over.
        raise KeyringDamaged(f"The keyring {path} is damaged. Restore it from its backup.") from None
    keyring = Keyring(kek, index_key)
    whole = len(kek) == len(index_key) == SECRET_LENGTH
    if not whole or not hmac.compare_digest(keyring.fingerprint, fingerprint):
        raise KeyringDamaged(f"The keyring {path} is damaged. Restore it from its backup.")
    return keyring


def _write(path: Path, keyring: Keyring) -> None:
    """Create the file whole or not at all, and never over another one.

    Two processes may start at once: the first link wins, and both read what it made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(keyring.to_json() + "\n")
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(draft, path, follow_symlinks=False)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
