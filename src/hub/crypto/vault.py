"""The vault: everything that the rooms above need from crypto, with no key in sight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from hub.crypto import blind, cursor, envelope
from hub.crypto.datakeys import unwrap
from hub.crypto.errors import DataKeyBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    from hub.catalog.sensitivity import Group
    from hub.crypto.datakeys import WrappedKey
    from hub.crypto.envelope import DataKey, Opener, Sealer
    from hub.crypto.keyring import KeyProvider


@dataclass(frozen=True, slots=True)
class Vault:
    """The unwrapped keys of one database. ``open_vault`` makes it, once per process."""

    _keys: Mapping[str, tuple[DataKey, ...]] = field(repr=False)
    _sealing: Mapping[str, DataKey] = field(repr=False)
    _index_key: bytes = field(repr=False)
    _cursors: AESSIV = field(repr=False)

    def opener(self, table: str, column: str, group: Group) -> Opener:
        """Bind a column for opening; only the keys of its protection group are tried."""
        return envelope.opener(table, column, self._keys.get(group.value, ()))

    def sealer(self, table: str, column: str, group: Group) -> Sealer:
        """Bind a column for sealing; ``DataKeyBroken`` if its protection group has no active key."""
        key = self._sealing.get(group.value)
        if key is None:
            raise DataKeyBroken(f"The protection group {group.value} has no active data key.")
        return envelope.sealer(table, column, key)

    def blind(self, table: str, column: str, bits: int = blind.FULL_BITS) -> Callable[[str], bytes]:
        """Return the blind index of a column: normalised text to ``bits`` bits, in whole bytes."""
        return blind.blind_index(self._index_key, table, column, bits)

    def token(self, label: str) -> Callable[[str], bytes]:
        """Return the token function of one purpose: text to 16 bytes."""
        return blind.token(self._index_key, label)

    def id_tokens(self, label: str) -> Callable[[Iterable[bytes]], bytes]:
        """Return the token function of one purpose for ids: each to 16 bytes."""
        return blind.id_tokens(self._index_key, label)

    def mac(self, label: str) -> Callable[[bytes], bytes]:
        """Return the message authentication code of one purpose: bytes to 32 bytes."""
        return blind.mac(self._index_key, label)

    def cursor_seal(self, payload: bytes, context: bytes) -> str:
        """Seal a keyset position; ``context`` names viewer and query."""
        return cursor.seal_cursor(self._cursors, payload, context)

    def cursor_open(self, text: str, context: bytes) -> bytes:
        """Open a keyset position; ``BadCursor`` if it was changed or made for another context."""
        return cursor.open_cursor(self._cursors, text, context)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is not pickled; every process opens its own")


async def open_vault(provider: KeyProvider, rows: Iterable[WrappedKey]) -> Vault:
    """Unwrap all data keys. The newest active key of a group seals; all of them open.

    Raises ``DataKeyBroken`` if a key does not unwrap, or two rows claim one key id.
    """
    keys: dict[str, tuple[DataKey, ...]] = {}
    sealing: dict[str, DataKey] = {}
    seen: set[int] = set()
    for row in sorted(rows, key=lambda row: row.key_id):
        if row.key_id in seen:
            raise DataKeyBroken("Two data keys in the database have the same number.")
        seen.add(row.key_id)
        key = await unwrap(provider, row)
        keys[row.group] = (*keys.get(row.group, ()), key)
        if row.state == "active":
            sealing[row.group] = key
    index_key = await provider.index_key()
    return Vault(keys, sealing, index_key, cursor.cursor_cipher(index_key))
