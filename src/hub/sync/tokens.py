"""Keyed names for what must not be kept as it is: source keys, and the content of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.crypto import Vault

SEPARATOR = "\x1f"
"""Between parts; no department types it."""


@dataclass(frozen=True, slots=True)
class SourceTokens:
    """The two token functions of synchronisation: text to 16 bytes."""

    key: Callable[[str], bytes]
    content: Callable[[str], bytes]

    @classmethod
    def of(cls, vault: Vault) -> SourceTokens:
        """Make them from the keys of this hub."""
        return cls(vault.token("source key"), vault.token("row content"))

    def source_key(self, source: str, table: str, *parts: str) -> bytes:
        """Name a source row by its key."""
        return self.key(SEPARATOR.join((source, table, *parts)))
