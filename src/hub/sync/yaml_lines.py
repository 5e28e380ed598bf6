"""Reading YAML so that every value knows the line it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from hub.sync.errors import MappingRefused
from hub.sync.mapping import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

YamlPath = tuple[str | int, ...]
"""Where a value stands: the keys and places that lead there."""


def read(text: str, file: str) -> tuple[Any, dict[YamlPath, int]]:
    """Return the plain values of a YAML text, and the line of everything in it. Raises ``MappingRefused``."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MappingRefused(f"{file}, line {line}: not readable as YAML ({error.problem}).") from None
    lines: dict[YamlPath, int] = {}
    return _plain(node, (), lines, file), lines


def texts(raw: Any, path: YamlPath) -> Iterator[tuple[YamlPath, str]]:
    """Yield every text in the file with its place; columns of a template one by one."""
    match raw:
        case dict():
            for key, value in raw.items():
                if path and path[-1] == "when":
                    yield (*path, key), str(key)
                yield from texts(value, (*path, key))
        case list():
            for index, value in enumerate(raw):
                yield from texts(value, (*path, index))
        case str():
            yield path, raw
            yield from ((path, column) for column in PLACEHOLDER.findall(raw))


def _plain(node: yaml.Node | None, path: YamlPath, lines: dict[YamlPath, int], file: str) -> Any:
    """Return the plain value of a YAML node, and note the line of everything in it."""
    if node is None:
        return None
    lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case yaml.MappingNode():
            result: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                key = _scalar(key_node, file)
                if key in result:
                    raise MappingRefused(f"{file}, line {key_node.start_mark.line + 1}: {key} stands here twice.")
                lines[*path, key] = key_node.start_mark.line + 1
                result[key] = _plain(value_node, (*path, key), lines, file)
            return result
        case yaml.SequenceNode():
            return [_plain(item, (*path, index), lines, file) for index, item in enumerate(node.value)]
        case _:
            return _scalar(node, file, text_keys=False)


def _scalar(node: yaml.Node, file: str, *, text_keys: bool = True) -> Any:
    """Return a scalar; keys are always text, so that a code 1 or a word "no" stays what it is."""
    if not isinstance(node, yaml.ScalarNode):
        raise MappingRefused(f"{file}, line {node.start_mark.line + 1}: a key must be a plain word.")
    if text_keys:
        return node.value
    # YAML 1.1 takes a column named "no" for false and one named "2026-05" for a date; only these four are meant.
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:int" and node.value.isdecimal():
        return int(node.value)
    literal = node.tag == "tag:yaml.org,2002:bool" and node.value in {"true", "false"}
    return node.value == "true" if literal else node.value
