"""What the schema alone answers: introspection, and the data catalogue. graphql-core executes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from graphql import (
    DocumentNode,
    GraphQLBoolean,
    GraphQLString,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    get_named_type,
)
from graphql.utilities import type_from_ast

from hub.query.document.selection import collect

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from graphql import GraphQLSchema

    from hub.query.document.operation import Operation


def static_json(
    keys: Collection[str],
    operation: Operation,
    variables: Mapping[str, Any],
    schema: GraphQLSchema,
    upkeep: object,
) -> dict[str, bytes]:
    """Return the JSON of the fields of Query that have these response keys, by key.

    ``schema``: what this viewer may know of. ``variables``: coerced. ``upkeep``: how the data catalogue stands, for the
    schema's resolvers.
    """
    definition = operation.definition
    roots = collect("Query", [definition.selection_set], operation.fragments, variables)
    only = OperationDefinitionNode(
        operation=definition.operation,
        # All that static fields take. A coerced value of another type would not be coerced a second time.
        variable_definitions=tuple(
            node
            for node in definition.variable_definitions or ()
            if get_named_type(type_from_ast(schema, node.type)) in {GraphQLBoolean, GraphQLString}
        ),
        directives=(),
        selection_set=SelectionSetNode(
            selections=tuple(node for key, nodes in roots.items() if key in keys for node in nodes)
        ),
    )
    document = DocumentNode(definitions=(only, *operation.fragments.values()))
    result = execute_sync(schema, document, variable_values=dict(variables), context_value=upkeep)
    if result.errors:
        raise result.errors[0]
    return {key: orjson.dumps(value) for key, value in (result.data or {}).items()}
