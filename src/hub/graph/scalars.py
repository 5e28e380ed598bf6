"""GraphQL scalars and enums, from the scalars and code lists of the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import strawberry
from graphql import GraphQLError, value_from_ast_untyped

from hub.catalog import Scalar
from hub.graph.shapes import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from graphql import ValueNode
    from strawberry.types.scalar import ScalarDefinition

    from hub.catalog import CodeList, Entity, Field
    from hub.graph.shapes import Types


def add_scalars(
    types: Types, entities: Iterable[Entity], others: Iterable[Scalar] = ()
) -> dict[object, ScalarDefinition]:
    """Add ``others`` and every scalar of the fields that GraphQL does not have itself; return Strawberry's map."""
    of_fields = (field.type for entity in entities for field in entity.fields.values())
    found = {
        scalar.name: scalar
        for scalar in (*others, *of_fields)
        if isinstance(scalar, Scalar) and scalar.name not in BUILT_IN
    }
    definitions: dict[object, ScalarDefinition] = {}
    for name, declared in found.items():
        types.names[name] = marker = type(name, (), {})
        definitions[marker] = strawberry.scalar(
            name=name,
            description=declared.description,
            serialize=_written,
            parse_value=_parser(declared),
            parse_literal=_literal_parser(declared),
        )
    return definitions


def _parser(declared: Scalar) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        return _parse(declared, value, None)

    return parse


def _literal_parser(declared: Scalar) -> Callable[[ValueNode, dict[str, Any] | None], Any]:
    def parse(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        return _parse(declared, value_from_ast_untyped(node, variables), node)

    return parse


def _parse(declared: Scalar, value: Any, node: ValueNode | None) -> Any:
    try:
        return declared.parse(value)
    except ValueError as error:
        # graphql-core passes a GraphQLError on as it is; to any other error it would add the value that was sent.
        raise GraphQLError(f"{declared.name} {error}.", node) from None


def _written(value: Any) -> str:
    """Text as the hub has written it: graphql-core writes no value of a row."""
    if not isinstance(value, str):
        raise TypeError("values are written by the hub, not by graphql-core")
    return value


def add_code_lists(types: Types, entities: Iterable[Entity]) -> None:
    """Add an enum for every code list that a field has."""
    for entity in entities:
        for field in entity.fields.values():
            if field.codes is not None and field.codes.__name__ not in types:
                add_code_list(types, field.codes)


def add_code_list(types: Types, codes: type[CodeList]) -> None:
    """Add an enum with both terms of every code."""
    summary = (codes.__doc__ or codes.__name__).strip().splitlines()[0]
    if codes.ordered:
        summary += " In rising order, which is also the order of rows that are sorted by it."
    types.enum(codes, codes.__name__, summary, {item.name: f"{item.zh} · {item.en}" for item in codes})


def type_name(field: Field) -> str:
    """The GraphQL type of a field's values."""
    return field.type.name if isinstance(field.type, Scalar) else field.type.__name__
