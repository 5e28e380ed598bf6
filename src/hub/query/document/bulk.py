"""Bulk answers: an operation on one connection becomes the operation that reads it page by page.

What is executed is a document like any other: it is validated, held within limits, planned under policy and paged
by keyset cursors as if the client had sent it. So an export sees what paging sees, by construction, and a cursor
of the one is a cursor of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from hub.query.document.selection import collect
from hub.query.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graphql import GraphQLSchema, Node

    from hub.query.document.operation import Operation

SIZE: Final = "exportPageSize"
AFTER: Final = "exportPageAfter"
PAGING: Final = ("first", "after", "last", "before")


class ExportRefused(RequestError):
    """The document does not ask for the rows of one connection."""

    code = "HUB-140"


class ExportHasLists(RequestError):
    """A table has no cells for lists."""

    code = "HUB-141"


@dataclass(frozen=True, slots=True)
class Bulk:
    """How a connection is read whole.

    ``document``: its one operation takes the variables ``SIZE`` and ``AFTER``. ``key``: the response key of the
    connection; in it ``nodes`` has the rows and ``pageInfo`` where the next page begins. ``columns``: for each leaf
    of a row the response keys that lead to it; None where a row has lists, and ``list_at`` names the first of them.
    """

    document: str
    key: str
    columns: tuple[tuple[str, ...], ...] | None
    list_at: str | None

    def table(self) -> tuple[tuple[str, ...], ...]:
        """Return the columns; ``ExportHasLists`` where there are lists."""
        if self.columns is None:
            raise ExportHasLists(
                f"{self.list_at} is a list, and a line of CSV has no place for one. Leave it out, or export NDJSON."
            )
        return self.columns


def paged(operation: Operation, variables: Mapping[str, Any], schema: GraphQLSchema) -> Bulk:
    """Return how the operation's connection is read page by page; ``ExportRefused`` where it asks for something else.

    ``variables``: coerced. ``schema``: the one that the operation was validated against.
    """
    fragments = operation.fragments
    if operation.follows:
        raise ExportRefused("An export reads what there is. Ask for a subscription at the address of queries.")
    roots = collect("Query", [operation.definition.selection_set], fragments, variables)
    query: Any = schema.query_type
    if len(roots) != 1:
        raise ExportRefused(f"An export reads one connection; the document has {len(roots)} fields on its first level.")
    [(key, found)] = roots.items()
    root, kind = found[0], getattr(query.fields.get(found[0].name.value), "type", None)
    connection: Any = _bare(kind)
    if not {"nodes", "pageInfo"} <= set(getattr(connection, "fields", ())):
        raise ExportRefused(f"An export reads a connection, which {root.name.value} is not.", path=[key])
    for argument in root.arguments or ():
        if argument.name.value in PAGING:
            raise ExportRefused(
                f"Leave out {argument.name.value}: an export reads all pages. "
                "To go on with one, send the cursor as after beside query.",
                path=[key],
            )
    rows = _rows(collect(connection.name, _sets(found), fragments, variables), connection, key, operation, variables)
    entity = _bare(connection.fields["nodes"].type)
    columns = tuple(_leaves(entity, rows, (), operation, variables))
    lists = [path for path, is_list in columns if is_list]
    return Bulk(
        _document(operation, root, rows),
        key,
        None if lists else tuple(path for path, _ in columns),
        ".".join(lists[0]) if lists else None,
    )


def _rows(
    parts: Mapping[str, list[FieldNode]], connection: Any, key: str, operation: Operation, variables: Mapping[str, Any]
) -> list[SelectionSetNode]:
    """The selections on a row, below ``nodes`` or below ``edges { node }``."""
    names = [nodes[0].name.value for nodes in parts.values()]
    inner = next(iter(parts.values()), [])
    if names == ["edges"]:
        edge: Any = _bare(connection.fields["edges"].type)
        within = collect(edge.name, _sets(inner), operation.fragments, variables)
        names = [nodes[0].name.value for nodes in within.values()]
        inner = next(iter(within.values()), [])
    if names not in (["nodes"], ["node"]):
        raise ExportRefused(
            f"Below {key}, an export takes nodes {{ … }} and nothing else; it pages and counts by itself.", path=[key]
        )
    return _sets(inner)


def _leaves(
    kind: Any,
    sets: Iterable[SelectionSetNode],
    above: tuple[str, ...],
    operation: Operation,
    variables: Mapping[str, Any],
) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Every leaf of a row with its path, and whether it is a list."""
    for key, nodes in collect(kind.name, sets, operation.fragments, variables).items():
        path = (*above, key)
        name = nodes[0].name.value
        if name == "__typename":
            yield path, False
            continue
        field = kind.fields[name].type
        target: Any = _bare(field)
        if isinstance(field.of_type if isinstance(field, GraphQLNonNull) else field, GraphQLList):
            yield path, True
        elif isinstance(target, GraphQLScalarType | GraphQLEnumType):
            yield path, False
        else:
            yield from _leaves(target, _sets(nodes), path, operation, variables)


def _document(operation: Operation, root: FieldNode, rows: Iterable[SelectionSetNode]) -> str:
    """The text of the operation that reads one page."""
    nodes = FieldNode(
        name=NameNode(value="nodes"),
        selection_set=SelectionSetNode(selections=tuple(node for each in rows for node in each.selections)),
    )
    info = parse("{ pageInfo { hasNextPage endCursor } }", no_location=True).definitions[0]
    assert isinstance(info, OperationDefinitionNode)  # noqa: S101 - written above
    paging = tuple(
        ArgumentNode(name=NameNode(value=name), value=VariableNode(name=NameNode(value=variable)))
        for name, variable in (("first", SIZE), ("after", AFTER))
    )
    read = FieldNode(
        alias=root.alias,
        name=root.name,
        arguments=(*(root.arguments or ()), *paging),
        directives=(),
        selection_set=SelectionSetNode(selections=(nodes, *info.selection_set.selections)),
    )
    return written(operation, read, {SIZE: "Int", AFTER: "String"})


def written(operation: Operation, read: FieldNode, added: Mapping[str, str]) -> str:
    """The text of an operation like this one that has the one field ``read``. ``added``: variables with their types."""
    fragments = [operation.fragments[name] for name in sorted(_used(read, operation))]
    variables = {name for part in (read, *fragments) for name in _Names.of(part, VariableNode)}
    declared = [
        node for node in operation.definition.variable_definitions or () if node.variable.name.value in variables
    ]
    declared += [
        VariableDefinitionNode(
            variable=VariableNode(name=NameNode(value=name)), type=NamedTypeNode(name=NameNode(value=kind))
        )
        for name, kind in added.items()
    ]
    definition = OperationDefinitionNode(
        operation=operation.definition.operation,
        name=operation.definition.name,
        variable_definitions=tuple(declared),
        directives=(),
        selection_set=SelectionSetNode(selections=(read,)),
    )
    return print_ast(DocumentNode(definitions=(definition, *fragments)))


def _used(node: Node, operation: Operation) -> set[str]:
    """The fragments below a node, and those below them."""
    found: set[str] = set()
    ahead = [node]
    while ahead:
        for name in _Names.of(ahead.pop(), FragmentSpreadNode) - found:
            found.add(name)
            ahead.append(operation.fragments[name])
    return found


class _Names(Visitor):
    """Gathers the names of all nodes of one kind."""

    def __init__(self, kind: type[Node]) -> None:
        super().__init__()
        self.kind: Any = kind
        self.found: set[str] = set()

    def enter(self, node: Any, *_: Any) -> None:
        if isinstance(node, self.kind):
            self.found.add(node.name.value)

    @classmethod
    def of(cls, node: Node, kind: type[Node]) -> set[str]:
        """Return the names below a node."""
        names = cls(kind)
        visit(node, names)
        return names.found


def _sets(nodes: Iterable[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set is not None]


def _bare(kind: Any) -> Any:
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return kind
