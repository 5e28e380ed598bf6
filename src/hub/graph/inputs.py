"""What a client may ask: filters, orders and the arguments of a connection."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from hub.catalog import Scalar
from hub.catalog.scalars import CODE_OPERATORS
from hub.graph import describe
from hub.graph.scalars import type_name
from hub.graph.shapes import Argument, TypeMember

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.catalog import Entity, Field
    from hub.catalog.scalars import Operator
    from hub.graph.shapes import Types

MEANING: Final[Mapping[Operator, str]] = {
    "eq": "Equals this.",
    "in": "Equals one of these.",
    "within": "Is this division or lies in it: 2305 has 230502 and 230502001 within.",
    "gt": "Greater or later than this.",
    "gte": "Greater or later than this, or equal.",
    "lt": "Less or earlier than this.",
    "lte": "Less or earlier than this, or equal.",
    "isNull": "Has no value (true) or has one (false).",
}


class OrderDirection(Enum):
    """Direction of an order."""

    ASC = "asc"
    DESC = "desc"


def add_filters(types: Types, entities: Iterable[Entity]) -> None:
    """Add one operator input for each type of value that can be filtered, and one for look-ups.

    An input has every operator of its type, so that it does not change when a field is declared; what a
    field itself cannot be asked (isNull where there is always a value), the planner refuses.
    """
    operators: dict[str, tuple[Operator, ...]] = {
        type_name(field): field.type.operators if isinstance(field.type, Scalar) else CODE_OPERATORS
        for entity in entities
        for field in entity.fields.values()
        if field.operators and not field.sealed
    }
    for value, possible in operators.items():
        members = [TypeMember(op, _operand(op, value), MEANING[op]) for op in possible]
        types.input(f"{value}Filter", f"Tests of a value of type {value}; all that are given must hold.", members)
    types.input(
        "LookupFilter",
        "Finds a sealed value by its exact, normalised form. A right of its own, counted for each viewer.",
        [TypeMember("eq", "String", MEANING["eq"]), TypeMember("in", "[String!]", MEANING["in"])],
    )


def _operand(operator: Operator, value: str) -> str:
    return {"in": f"[{value}!]", "isNull": "Boolean"}.get(operator, value)


def filter_name(field: Field) -> str:
    """The operator input of a field that can be filtered or looked up."""
    return "LookupFilter" if field.sealed else f"{type_name(field)}Filter"


def add_where(types: Types, entity: Entity) -> None:
    """Add ``<Entity>Where``: its fields that can be filtered, its links to one, and and/or/not."""
    name = f"{entity.name}Where"
    members = [
        TypeMember(field.graphql, filter_name(field), describe.terms(field) + ".")
        for field in entity.fields.values()
        if field.operators
    ]
    members += [
        TypeMember(
            link.graphql, f"{link.target}Where", f"{describe.terms(link)}: the row that it leads to fulfils this."
        )
        for link in entity.filter_links
    ]
    members += [
        TypeMember("and", f"[{name}!]", "All of these hold."),
        TypeMember("or", f"[{name}!]", "At least one of these holds."),
        TypeMember("not", name, "This does not hold."),
    ]
    types.input(name, f"{describe.terms(entity)}: which rows. All that is given must hold.", members)


def add_directions(types: Types) -> None:
    """Add the enum of directions."""
    types.enum(
        OrderDirection,
        "OrderDirection",
        "Direction of an order.",
        {"ASC": "升序 · Ascending", "DESC": "降序 · Descending"},
    )


def add_order(types: Types, entity: Entity) -> None:
    """Add ``<Entity>Order`` and the enum of fields that it can name: a field's name in capitals."""
    sortable = {field.name.upper(): field for field in entity.fields.values() if field.sort}
    fields = f"{entity.name}OrderField"
    # The functional form of Enum: which fields can be sorted is data.
    members = Enum(fields, {name: field.name for name, field in sortable.items()})  # type: ignore[misc]
    types.enum(
        members,
        fields,
        f"{describe.terms(entity)}: what rows can be ordered by.",
        {name: describe.terms(field) for name, field in sortable.items()},
    )
    types.input(
        f"{entity.name}Order",
        f"{describe.terms(entity)}: one criterion of an order.",
        [
            TypeMember("field", f"{fields}!", "What to order by."),
            TypeMember("direction", "OrderDirection!", "Ascending unless told otherwise.", default=OrderDirection.ASC),
        ],
    )


def connection_arguments(target: Entity) -> tuple[Argument, ...]:
    """The arguments of a connection to ``target``."""
    return (
        Argument(
            "first",
            "Int",
            "How many rows from the front: 20 unless given, at most 1,000 unless configured. Not together with last.",
        ),
        Argument(
            "after",
            "String",
            "Only what follows this cursor, which is for the same viewer, purpose, where and orderBy only.",
        ),
        Argument("last", "Int", "How many rows from the end, in place of first."),
        Argument("before", "String", "Only what precedes this cursor."),
        Argument("where", f"{target.name}Where", "Which rows."),
        Argument("orderBy", f"[{target.name}Order!]", "In which order; absent values come last, the id breaks ties."),
    )
