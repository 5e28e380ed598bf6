"""A subscription becomes the operation that reads its next batch: what the client asked for, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    ArgumentNode,
    FieldNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    parse,
)
from graphql.utilities import value_from_ast_untyped

from hub.query.document.bulk import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.query.document.operation import Operation

POSITION: Final = "hubStreamAfter"
ENDS: Final = "hubStreamPage"
"""The variable that says behind which cursor a batch begins, and the response key of where it ends."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How a connection is followed.

    ``document``: its one operation reads a batch behind the cursor in the variable ``POSITION``. ``key``: the
    response key of the connection, which has ``ENDS`` beside what was asked for. ``after``: where the client begins.
    """

    document: str
    key: str
    after: str | None


def followed(operation: Operation, variables: Mapping[str, Any]) -> Followed:
    """Return how the subscription's connection is read batch by batch. ``variables``: coerced."""
    [root] = operation.definition.selection_set.selections
    assert isinstance(root, FieldNode) and root.selection_set is not None  # noqa: S101, PT018 - validation saw to it
    ends = parse(f"{{ {ENDS}: pageInfo {{ hasNextPage endCursor }} }}", no_location=True).definitions[0]
    assert isinstance(ends, OperationDefinitionNode)  # noqa: S101 - written above
    given = {argument.name.value: argument for argument in root.arguments or ()}
    begins = given.pop("after", None)
    position = ArgumentNode(name=NameNode(value="after"), value=VariableNode(name=NameNode(value=POSITION)))
    read = FieldNode(
        alias=root.alias,
        name=root.name,
        arguments=(*given.values(), position),
        directives=(),
        selection_set=SelectionSetNode(selections=(*root.selection_set.selections, *ends.selection_set.selections)),
    )
    return Followed(
        written(operation, read, {POSITION: "String"}),
        root.alias.value if root.alias else root.name.value,
        None if begins is None else _text(begins.value, variables),
    )


def _text(value: ValueNode, variables: Mapping[str, Any]) -> str | None:
    found = value_from_ast_untyped(value, dict(variables))
    return found if isinstance(found, str) else None
