"""The words of the schema: every description carries both languages, class and source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.catalog import Share

if TYPE_CHECKING:
    from hub.catalog import Entity, Field, Link, Links

SHARES = {
    Share.UNCONDITIONAL: "unconditional",
    Share.CONDITIONAL: "conditional",
    Share.NOT_SHARED: "not shared",
}


def of_entity(entity: Entity) -> str:
    """What it is, who provides it, how it may be shared."""
    return (
        f"{terms(entity)}. Source: {entity.provider}. Updated: {entity.frequency}. "
        f"Sharing: {entity.share.value} {SHARES[entity.share]}; {entity.conditions}."
    )


def of_field(entity: Entity, field: Field) -> str:
    """What it means, how sensitive it is, whether it is sealed and how it may be found, and its source."""
    traits = [field.sensitivity.name.lower()]
    if field.sealed:
        traits.append("sealed")
    if field.lookup:
        traits.append("found by exact value")
    if field.mask is not None:
        traits.append("can be shown masked")
    return f"{terms(field)}. Class: {', '.join(traits)}. Source: {entity.provider}."


def of_link(link: Link | Links) -> str:
    """What it leads to and how sensitive that is."""
    return f"{terms(link)}. Class: {link.sensitivity.name.lower()}."


def terms(item: Entity | Field | Link | Links) -> str:
    """The Chinese and the English term."""
    return f"{item.zh} · {item.en}".rstrip(".")
