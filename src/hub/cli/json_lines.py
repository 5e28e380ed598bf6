"""The lines of a JSON file, by pointer: so that an error says where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator


def lines_of(text: str) -> dict[str, int]:
    """Return the line of each value by its JSON pointer (RFC 6901); nothing for what is not readable.

    JSON is YAML, whose reader knows lines.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return {}
    return {} if node is None else dict(_lines(node, ""))


def line_of(lines: dict[str, int], pointer: str) -> int | None:
    """Return the line of a pointer, or of the nearest value around it."""
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer)


def _lines(node: yaml.Node, at: str) -> Iterator[tuple[str, int]]:
    yield at, node.start_mark.line + 1
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                name = str(key.value).replace("~", "~0").replace("/", "~1")
                yield from _lines(value, f"{at}/{name}")
        case yaml.SequenceNode():
            for place, value in enumerate(node.value):
                yield from _lines(value, f"{at}/{place}")
