"""Fields that cannot be merged are found as graphql-core finds them, and in linear time."""

from __future__ import annotations

import random

import pytest
from graphql import FragmentDefinitionNode, OverlappingFieldsCanBeMergedRule, build_schema, parse, validate

from hub.query.document.merging import Merging

SCHEMA = build_schema("""
    interface Node { id: ID! }
    type Query { a(x: Int, y: Int): A node: Node list: [A!]! }
    type A implements Node { id: ID! s(x: Int): String t: String n: Int b: B c(x: Int): A l: [B] }
    type B implements Node { id: ID! s(x: Int): String t: Int n: Int a: A c: B l: [B!] }
""")
FIELDS = {
    "Query": {"a": "A", "node": "Node", "list": "A"},
    "Node": {"id": None},
    "A": {"id": None, "s": None, "t": None, "n": None, "b": "B", "c": "A", "l": "B"},
    "B": {"id": None, "s": None, "t": None, "n": None, "a": "A", "c": "B", "l": "B"},
}
ARGUMENTS = {("Query", "a"): ("x", "y"), ("A", "s"): ("x",), ("B", "s"): ("x",), ("A", "c"): ("x",)}


def look(text):
    document = parse(text)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    merging = Merging(SCHEMA, fragments)
    return merging.conflict(document.definitions[0]), merging


class Drawing:
    """Draws documents whose fields often share a key: few names, few aliases, few arguments."""

    def __init__(self, seed):
        self.random, self.fragments = random.Random(seed), {}  # noqa: S311 - draws documents, not secrets

    def document(self):
        chosen = self.selections("Query", 0)
        return f"query {chosen} " + " ".join(self.fragments.values())

    def selections(self, kind, depth):
        parts = [self.selection(kind, depth) for _ in range(self.random.randint(1, 3))]
        return "{ " + " ".join(parts) + " }"

    def selection(self, kind, depth):
        drawn = self.random.random()
        if drawn < 0.2 and depth < 6:
            on = self.random.choice(["A", "B"]) if kind == "Node" else kind
            return f"... on {on} {self.selections(on, depth + 1)}"
        if drawn < 0.3 and depth < 6:
            name = f"f{len(self.fragments)}"
            self.fragments[name] = ""
            self.fragments[name] = f"fragment {name} on {kind} {self.selections(kind, depth + 1)}"
            return f"...{name}"
        if drawn < 0.35 and (known := [n for n, text in self.fragments.items() if f" on {kind} " in text]):
            return f"...{self.random.choice(known)}"
        return self.field(kind, depth)

    def field(self, kind, depth):
        leaf = depth >= 5
        names = [name for name, below in FIELDS[kind].items() if not (leaf and below)]
        name = self.random.choice(names or ["__typename"])
        alias = self.random.choice(["", "", "k: ", "m: "])
        possible = ARGUMENTS.get((kind, name), ())
        given = [f"{one}: {self.random.randint(1, 2)}" for one in possible if self.random.random() < 0.3]
        self.random.shuffle(given)
        below = FIELDS[kind].get(name)
        inner = self.selections(below, depth + 1) if below else ""
        return f"{alias}{name}{'(' + ', '.join(given) + ')' if given else ''} {inner}"


def test_drawn_documents_conflict_where_graphql_core_says_so():
    counts = {True: 0, False: 0}
    for seed in range(500):
        text = Drawing(seed).document()
        expected = bool(validate(SCHEMA, parse(text), [OverlappingFieldsCanBeMergedRule]))
        found, _ = look(text)
        assert (found is not None) == expected, text
        counts[expected] += 1
    assert min(counts.values()) > 50


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{ a { k: s k: t } }", "'s' and 't' are different fields"),
        ("{ a(x: 1) { n } a(x: 2) { n } }", "they have differing arguments"),
        ("{ a { n } a(x: 2) { n } }", "they have differing arguments"),
        ("{ node { ... on A { t } ... on B { t } } }", "they return conflicting types String and Int"),
        ("{ node { ... on A { l { n } } ... on B { l { n } } } }", "conflicting types [an object] and [an object!]"),
        ("{ node { ... on A { k: b { x: n } } ... on B { k: c { x: s } } } }", "conflicting types Int and String"),
    ],
)
def test_a_conflict_says_why_and_where(text, why):
    found, _ = look(text)
    assert why in found.message
    assert len(found.locations) == 2


@pytest.mark.parametrize(
    "text",
    [
        "{ a(x: 1, y: 2) { n } a(y: 2, x: 1) { n } }",
        "{ node { ... on A { s(x: 1) } ... on B { s(x: 2) } } }",
        "{ node { id ... on A { id } ...f } } fragment f on Node { id }",
    ],
)
def test_what_can_be_merged_is_let_through(text):
    assert look(text)[0] is None


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_equal_fields_are_looked_at_twice_however_many_there_are(count):
    found, merging = look("{ a { " + "n " * count + "} " + "a { c { n } } " * count + "}")
    assert found is None
    assert merging.visited <= 2 * (1 + count + 3 * count)
