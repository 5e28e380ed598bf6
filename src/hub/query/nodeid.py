"""Global ids: ``Recipient:<row id>``. Clients treat them as opaque."""

from __future__ import annotations

from uuid import UUID


def node_id(entity: str, row: UUID | str) -> str:
    """Return the global id of a row."""
    return f"{entity}:{row}"


def split(text: str) -> tuple[str, UUID]:
    """Return entity name and row id; ``ValueError`` if the text is no global id."""
    entity, _, row = text.partition(":")
    try:
        return entity, UUID(row)
    except ValueError:
        raise ValueError("must be the id of a node, as an answer gave it") from None


def row_id(text: object, entity: str) -> UUID:
    """Return the row id of a node of this entity; ``ValueError`` otherwise."""
    kind, row = split(str(text))
    if kind != entity:
        raise ValueError(f"must be the id of a {entity}")
    return row
