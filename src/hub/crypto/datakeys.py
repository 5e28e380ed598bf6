"""Data keys: one per protection group and version, wrapped by the KEK, kept in the database.

This module knows no SQL: rows come in and go out as ``WrappedKey``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hub.catalog.sensitivity import Group
from hub.crypto.envelope import DataKey
from hub.crypto.errors import DataKeyBroken
from hub.crypto.labels import prefixed
from hub.crypto.suites import AES_256_GCM, KEY_LENGTHS, aead

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hub.crypto.keyring import KeyProvider

State = Literal["active", "retired"]
"""``active`` seals and opens; ``retired`` opens only."""

LARGEST_KEY_ID = 2**32 - 1


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A row of the store's table ``data_key``. ``group`` is a value of ``Group``."""

    key_id: int
    group: str
    suite: int
    wrapped: bytes = field(repr=False)
    state: str
    created_at: datetime


async def new_wrapped_key(
    provider: KeyProvider, group: Group, key_id: int, now: datetime, suite: int = AES_256_GCM
) -> WrappedKey:
    """Make a fresh random data key. ``key_id`` (1 to 2^32 - 1) must never have been used before."""
    if not 1 <= key_id <= LARGEST_KEY_ID:
        raise ValueError("a key id is a number from 1 to 2^32 - 1")
    key = secrets.token_bytes(KEY_LENGTHS[suite])
    wrapped = await provider.wrap(key, _context(group.value, key_id, suite))
    return WrappedKey(key_id, group.value, suite, wrapped, "active", now)


async def missing_keys(
    provider: KeyProvider, rows: Iterable[WrappedKey], now: datetime, suite: int = AES_256_GCM
) -> tuple[WrappedKey, ...]:
    """Make a data key for every protection group that has no active one, to be stored before use."""
    rows = tuple(rows)
    served = {row.group for row in rows if row.state == "active"}
    first = max((row.key_id for row in rows), default=0) + 1
    groups = [group for group in Group if group.value not in served]
    return tuple(
        [await new_wrapped_key(provider, group, key_id, now, suite) for key_id, group in enumerate(groups, start=first)]
    )


async def unwrap(provider: KeyProvider, row: WrappedKey) -> DataKey:
    """Make a stored data key usable; ``DataKeyBroken`` if anything but its state was changed."""
    if row.suite not in KEY_LENGTHS:
        raise DataKeyBroken("A data key in the database has a cipher suite that this version does not know.")
    key = await provider.unwrap(row.wrapped, _context(row.group, row.key_id, row.suite))
    return DataKey(row.key_id, row.suite, aead(row.suite, key))


def _context(group: str, key_id: int, suite: int) -> bytes:
    """What a wrapped key is bound to. The suite is in it, so that nobody can turn a key to another cipher."""
    return prefixed(
        b"hub data key 1", group.encode(), key_id.to_bytes(4, "big"), suite.to_bytes(1, "big"), b"seal fields"
    )
