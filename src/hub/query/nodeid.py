"""Global ids: ``Recipient:<row id>``. Clients treat them as opaque."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncpg.pgproto.pgproto import UUID  # the driver's own, read ten times as fast as Python's

if TYPE_CHECKING:
    import uuid


def node_id(entity: str, row: uuid.UUID | str) -> str:
    """Return the global id of a row."""
    return f"{entity}:{row}"


def named_entity(text: str) -> str | None:
    """Return the entity that a text names if it is a global id; None for a text that is none by its form."""
    entity, colon, _ = text.partition(":")
    return entity if colon else None


def split(text: str) -> tuple[str, uuid.UUID]:
    """Return entity name and row id; ``ValueError`` if the text is no global id."""
    entity, _, row = text.partition(":")
    try:
        return entity, UUID(row)
    except ValueError:
        raise ValueError("must be the id of a node, as an answer gave it") from None


def row_id(text: object, entity: str) -> uuid.UUID:
    """Return the row id of a node of this entity; ``ValueError`` otherwise."""
    kind, row = split(str(text))
    if kind != entity:
        raise ValueError(f"must be the id of a {entity}")
    return row
