"""Sealed values: what is protected in the store, and how it is found without being opened.

Start: ``open_keyring`` → ``missing_keys`` (stored by the caller) → ``open_vault``. After that the ``Vault``
binds columns: ``opener``, ``sealer``, ``blind``, and makes tokens and cursors. Only this room imports
``cryptography``.
"""

from hub.crypto.certificates import certificate_hash
from hub.crypto.datakeys import WrappedKey, missing_keys, new_wrapped_key
from hub.crypto.envelope import Opener, Sealer
from hub.crypto.errors import (
    BadCursor,
    DataKeyBroken,
    DoesNotOpen,
    EnvelopeDamaged,
    KeyringDamaged,
    KeyringMissing,
    KeyringUnsafe,
    NotSealable,
    SealBroken,
    SignatureRefused,
    SigningKeyUnusable,
    UnknownKey,
    UnknownSuite,
    WrongKeyring,
)
from hub.crypto.keyring import KeyProvider, Keyring, open_keyring, read_keyring
from hub.crypto.signing import Envelope, PublicKey, SigningKey, read_public_keys, read_signing_key
from hub.crypto.suites import AES_256_GCM, SM4_GCM
from hub.crypto.values import Sealed
from hub.crypto.vault import Vault, open_vault

__all__ = [
    "AES_256_GCM",
    "SM4_GCM",
    "BadCursor",
    "DataKeyBroken",
    "DoesNotOpen",
    "Envelope",
    "EnvelopeDamaged",
    "KeyProvider",
    "Keyring",
    "KeyringDamaged",
    "KeyringMissing",
    "KeyringUnsafe",
    "NotSealable",
    "Opener",
    "PublicKey",
    "SealBroken",
    "Sealed",
    "Sealer",
    "SignatureRefused",
    "SigningKey",
    "SigningKeyUnusable",
    "UnknownKey",
    "UnknownSuite",
    "Vault",
    "WrappedKey",
    "WrongKeyring",
    "certificate_hash",
    "missing_keys",
    "new_wrapped_key",
    "open_keyring",
    "open_vault",
    "read_keyring",
    "read_public_keys",
    "read_signing_key",
]
