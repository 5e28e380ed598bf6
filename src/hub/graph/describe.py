"""The words of the schema: every description carries both languages, class and source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.catalog import Link, Share
from hub.query.plan.cost import (
    GROUPED,
    GROUPED_BY,
    JOINED,
    LOOKED_UP,
    OPENED,
    ROW,
    STATEMENT,
    STATIC,
    TOTAL,
    TOTAL_BELOW,
)

if TYPE_CHECKING:
    from hub.catalog import Entity, Field, Links

LIST_COST = f"{STATEMENT}, and {ROW} for each row that it may hold"
LOOK_UP_COST = f"{STATEMENT + ROW}, and {LOOKED_UP:,} for each value looked up"
NODE_COST = f"{STATEMENT + ROW}"
TOTAL_COST = f"{TOTAL:,}; below another row {TOTAL_BELOW} for each"
COUNTS_COST = (
    f"{GROUPED:,}, times {GROUPED_BY} for each field grouped or filtered by: two fields, {GROUPED * GROUPED_BY**2:,}"
)
CATALOGUE_COST = f"{STATIC:,}"
"""What fields cost, in units of ``hub.query.plan.cost``: an estimate from above, known before anything runs."""
SHARES = {
    Share.UNCONDITIONAL: "unconditional",
    Share.CONDITIONAL: "conditional",
    Share.NOT_SHARED: "not shared",
}


def of_entity(entity: Entity) -> str:
    """What it is, who provides it, how it may be shared."""
    return (
        f"{terms(entity)}. Source: {entity.provider}. Updated: {entity.frequency}. "
        f"Sharing: {entity.share.value} {SHARES[entity.share]}; {entity.conditions}"
        f"{'' if entity.legal_basis is None else f'; legal basis: {entity.legal_basis}'}."
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
    cost = f" Cost: {OPENED} a row." if field.sealed else ""
    return f"{terms(field)}. Class: {', '.join(traits)}. Source: {entity.provider}.{cost}"


def of_link(link: Link | Links) -> str:
    """What it leads to and how sensitive that is."""
    cost = f"{JOINED} a row" if isinstance(link, Link) else LIST_COST
    return f"{terms(link)}. Class: {link.sensitivity.name.lower()}. Cost: {cost}."


def terms(item: Entity | Field | Link | Links) -> str:
    """The Chinese and the English term."""
    return f"{item.zh} · {item.en}".rstrip(".")
