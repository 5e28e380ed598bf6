"""The statements that change an entity's table."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from hub.store.tables import ORIGINS

if TYPE_CHECKING:
    from sqlalchemy import Table

DIALECT: Final = asyncpg_dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's dialects are untyped
VERSION: Final = "version"
"""Column of entities that count their changes."""


@cache
def change_one(table: Table, names: tuple[str, ...]) -> str:
    """Change the row with an id if it is at a version. Takes both and a value for each of ``names``; gives the next."""
    sets = "".join(f'"{name}" = ${place}, ' for place, name in enumerate(names, start=3))
    return (
        f"UPDATE {table.name} SET {sets}{VERSION} = {VERSION} + 1 WHERE id = $1 AND {VERSION} = $2 RETURNING {VERSION}"
    )


@cache
def version_of(table: Table) -> str:
    """The version of the row with an id."""
    return f"SELECT {VERSION} FROM {table.name} WHERE id = $1"


@cache
def insert_one(table: Table, names: tuple[str, ...]) -> str:
    """Insert a row. Takes a value for each of ``names``."""
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({quoted}) VALUES ({', '.join(f'${at}' for at in range(1, len(names) + 1))})"


@cache
def upsert(table: Table, names: tuple[str, ...]) -> str:
    """Insert rows, or change those whose id is there. Takes an array for each of ``names``; ``id`` is one of them."""
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table.name} ({quoted}) SELECT * FROM unnest({_arrays(table, names)})"
        f" ON CONFLICT (id) DO UPDATE SET {_sets(table, names, 'excluded')}"
    )


@cache
def update(table: Table, names: tuple[str, ...]) -> str:
    """Change rows by their id; an id that is not there changes nothing. Takes an array for each of ``names``."""
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        f"UPDATE {table.name} SET {_sets(table, names, 'u')} FROM unnest({_arrays(table, names)}) AS u({quoted})"
        f" WHERE {table.name}.id = u.id"
    )


def _arrays(table: Table, names: tuple[str, ...]) -> str:
    # An array's type has no collation of its own.
    types = [table.c[name].type.compile(dialect=DIALECT).partition(" COLLATE")[0] for name in names]
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, start=1))


def _sets(table: Table, names: tuple[str, ...], new: str) -> str:
    sets = [f'"{name}" = {new}."{name}"' for name in names if name not in ("id", ORIGINS, VERSION)]
    if ORIGINS in names:
        sets.append(f"{ORIGINS} = {table.name}.{ORIGINS} || {new}.{ORIGINS}")
    if VERSION in table.c:
        sets.append(f"{VERSION} = {table.name}.{VERSION} + 1")
    return ", ".join(sets)
