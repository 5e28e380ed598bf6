"""Makes a document smaller for as long as it shows the same fault."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from graphql import DocumentNode, GraphQLSchema

PARTS = frozenset({"field", "inline_fragment", "fragment_spread", "argument", "directive", "object_field"})
ITEMS = frozenset({"values"})
_NOTHING = re.compile(r"\([\s,]*\)")


async def smallest(
    text: str, variables: dict[str, Any], schema: GraphQLSchema, fails: Callable[[str, dict[str, Any]], Awaitable[bool]]
) -> tuple[str, dict[str, Any]]:
    """Return the document without whatever can be left out of it."""
    while True:
        for smaller in _smaller(text):
            needed = {name: value for name, value in variables.items() if f"${name}:" in smaller}
            if not validate(schema, parse(smaller)) and await fails(smaller, needed):
                text, variables = smaller, needed
                break
        else:
            return text, variables


def _smaller(text: str) -> Iterator[str]:
    """The document without one of its parts, largest parts first."""
    for start, end in sorted(_places(parse(text)), key=lambda place: place[0] - place[1]):
        shorter = _NOTHING.sub("", text[:start] + text[end:])
        try:
            yield _without_unused(shorter)
        except GraphQLSyntaxError:
            continue  # an emptied selection is no document


def _places(document: DocumentNode) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []

    class Collect(Visitor):
        def enter(self, node: Any, _key: Any, _parent: Any, path: list[Any], _ancestors: Any) -> None:
            if node.kind in PARTS or ITEMS.intersection(path[-2:-1]):
                found.append((node.loc.start, node.loc.end))

    visit(document, Collect())
    return found


def _without_unused(text: str) -> str:
    """Drop fragments and variables that are declared and not used."""
    while True:
        used: set[tuple[type, str]] = set()
        declared: list[tuple[tuple[type, str], int, int]] = []

        class Collect(Visitor):
            def enter(self, node: Any, _key: Any, parent: Any, *_: Any) -> None:
                match node:
                    case FragmentSpreadNode():
                        used.add((FragmentDefinitionNode, node.name.value))  # noqa: B023 - visited at once
                    case VariableNode() if not isinstance(parent, VariableDefinitionNode):
                        used.add((VariableDefinitionNode, node.name.value))  # noqa: B023 - as above
                    case FragmentDefinitionNode():
                        declared.append(((type(node), node.name.value), node.loc.start, node.loc.end))  # noqa: B023 - as above
                    case VariableDefinitionNode():
                        name = node.variable.name.value
                        declared.append(((type(node), name), node.loc.start, node.loc.end))  # noqa: B023 - as above

        visit(parse(text), Collect())
        for name, start, end in declared:
            if name not in used:
                text = _NOTHING.sub("", text[:start] + text[end:])
                break
        else:
            return text
