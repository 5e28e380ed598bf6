"""What is written on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from asyncpg import Connection, Record
    from asyncpg.pool import PoolConnectionProxy

DatabaseConnection: TypeAlias = "Connection[Record] | PoolConnectionProxy[Record]"
"""A connection to the hub's database, of a pool or one's own."""
