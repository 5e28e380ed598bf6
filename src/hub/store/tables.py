"""The store's tables, derived from the declarations.

A field becomes a column; a sealed field a ``bytea`` column with its envelope and, where it may be looked
up, a second one with its blind index; a link a foreign key. Region codes and code lists have the "C"
collation, so that "within 2305" is an index range. Beside a field with an ordered code list stands the place of its
code, which the database fills. A field that counts rows that are alike has no column, and an index on what they are
alike in. What a viewer may page or sort by is indexed together
with the id, which breaks ties. The history of a process is append-only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    and_,
    text,
)
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE, JSONB, UUID

from hub.catalog import ROW_ID, SEQUENCE, OnDays, Scalar
from hub.catalog.process_entities import history_name
from hub.domain import CATALOGUE
from hub.store.append_only import append_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.types import TypeEngine

    from hub.catalog import Catalogue, Entity, Field

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

ORIGINS = "field_origins"
"""Column of every row that comes from sources: field name to the source whose value stands."""


def _type(field: Field) -> TypeEngine[Any]:
    if field.sealed:
        return LargeBinary()
    if not isinstance(field.type, Scalar):
        return Text(collation="C")
    types: Mapping[str, TypeEngine[Any]] = {
        "text": Text(),
        "code": Text(collation="C"),
        "integer": Integer(),
        "bigint": BigInteger(),
        "numeric": Numeric(14, 2),
        "boolean": Boolean(),
        "date": Date(),
        "timestamptz": DateTime(timezone=True),
        "uuid": UUID(),
        "jsonb": JSONB(),
        "days": DATEMULTIRANGE(),
    }
    return types[field.type.storage]


def _place(field: Field) -> str:
    """The place of a code in its list, as PostgreSQL tells the expression back."""
    codes = field.codes
    assert codes is not None  # noqa: S101 - only code lists have an order of their own
    cases = " ".join(f"WHEN '{name}'::text THEN {place}" for place, name in enumerate(codes.__members__, start=1))
    return f"CASE {field.column} {cases} ELSE NULL::integer END"


def _columns(owner: Entity, catalogue: Catalogue) -> list[Column[Any]]:
    columns: list[Column[Any]] = [Column("id", UUID(), primary_key=True)]
    columns += [
        Column(link.column, UUID(), ForeignKey(f"{catalogue[link.target].table}.id"), nullable=link.nullable)
        for link in owner.stored_links.values()
    ]
    for field in owner.fields.values():
        if field.name == "id" or field.alike is not None:
            continue
        kind = _type(field)
        none = text("'{}'::datemultirange") if isinstance(kind, DATEMULTIRANGE) else None
        made = () if field.computed is None else (Computed(field.computed, persisted=True),)
        columns.append(Column(field.column, kind, *made, nullable=field.nullable, server_default=none))
        if field.ordering is not field:
            place = Computed(_place(field), persisted=True)
            columns.append(Column(field.ordering.column, SmallInteger(), place, nullable=field.nullable))
        if field.lookup:
            columns.append(Column(field.index_column, LargeBinary(), nullable=field.nullable))
    if owner.log:
        columns.append(Column(SEQUENCE.column, BigInteger(), Identity(always=True), nullable=False))
        columns.append(Column(ROW_ID, UUID(), nullable=False))
    if owner.sourced:
        columns.append(Column(ORIGINS, JSONB(), nullable=False, server_default=text("'{}'::jsonb")))
    return columns


def _indexes(owner: Entity, table: Table) -> None:
    if owner.log:
        Index(None, table.c[SEQUENCE.column], unique=True)
    for link in owner.stored_links.values():
        Index(None, table.c[link.column], table.c.id)
    for field in owner.fields.values():
        if field.name == "id":
            continue
        if field.alike is not None:
            counted = [
                table.c[name] == value for name, value in field.alike.among if owner.fields[name].type is not OnDays
            ]
            where = and_(*counted) if counted else None
            Index(None, *(table.c[name] for name in field.alike.fields), postgresql_where=where)
        elif field.lookup:
            Index(None, table.c[field.index_column], unique=field.unique)
        elif field.unique:
            Index(None, table.c[field.column], unique=True)
        elif field.sort:
            Index(None, table.c[field.ordering.column], table.c.id)


def derive(catalogue: Catalogue, metadata: MetaData) -> dict[str, Table]:
    """Add one table per entity to ``metadata``; return them by entity name."""
    tables: dict[str, Table] = {}
    for owner in catalogue:
        table = Table(owner.table, metadata, *_columns(owner, catalogue))
        _indexes(owner, table)
        tables[owner.name] = table
    for owner in catalogue:
        if owner.process is not None:
            append_only(tables[history_name(owner.name)])
    return tables


TABLES = derive(CATALOGUE, METADATA)
