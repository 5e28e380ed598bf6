"""Draws documents from the schema: valid ones, of every shape that the language has, about rows that exist."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type

from hub.catalog import Field, Link, Links, RegionCode
from hub.catalog.counting import counted, dimensions, groupings, measures
from hub.domain import CATALOGUE
from property.irregular import values

if TYPE_CHECKING:
    from random import Random

    from graphql import GraphQLSchema

    from hub.catalog import Entity
    from property.cedar import Rights
    from property.reference import Store

DEEPEST = 4
STATIC = (
    "catalogue { name class items { name sealed } }", "__schema { queryType { name } }",
    '__type(name: "Person") { kind name }', "catalogue { ...Entry }",
)  # fmt: skip


class Code(str):
    """The name of an enum's value: bare in a document, text in variables."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Cursors:
    """The variables that page one connection: ``first``, ``after``, ``last``, ``before``."""

    first: str
    after: str
    last: str
    before: str


@dataclass(slots=True)
class Drawn:
    """A document with its variables, and others of the same types for asking a second time.

    ``nulls``: some are null, perhaps where that is refused.
    """

    text: str
    variables: dict[str, Any]
    others: dict[str, Any]
    cursors: list[Cursors]
    nulls: bool


@dataclass(slots=True)
class Drawing:
    """Draws one document, of what there is for one viewer."""

    random: Random
    schema: GraphQLSchema
    store: Store
    rights: Rights
    declared: list[str] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)
    cursors: list[Cursors] = field(default_factory=list)
    serial: int = 0
    nulls: bool = False

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def next(self) -> int:
        self.serial += 1
        return self.serial

    # --- the document ---

    def document(self) -> Drawn:
        """Draw a query of one to three roots."""
        roots = [self.root() for _ in range(self.random.choice((1, 1, 1, 2, 3)))]
        if self.chance(0.15):
            roots = [self.wrapped("Query", roots)]
        name = f"Asked{self.variables()}" if self.declared or self.chance(0.3) else ""
        body = "{ " + " ".join(roots) + " }"
        if "...Entry" in body or any("...Entry" in text for _, text in self.fragments.values()):
            self.fragments["Entry"] = ("CatalogueEntry", "{ zh items { class } __typename }")
        parts = [f"fragment {name} on {kind} {text}" for name, (kind, text) in self.fragments.items()]
        self.random.shuffle(parts)
        text = "\n".join([f"query {name} {body}" if name else body, *parts])
        return Drawn(text, self.given, self.others, self.cursors, self.nulls)

    def variables(self) -> str:
        return f"({', '.join(self.declared)})" if self.declared else ""

    def root(self) -> str:
        name = self.random.choices(
            ("list", "node", "nodes", "find", "counts", "typename", "static"), (60, 10, 8, 10, 8, 3, 5)
        )[0]  # fmt: skip
        key = self.key("")
        match name:
            case "list":
                listed = [one for one in CATALOGUE if one.root and self.exists(one)]
                if not listed:
                    return f"{key}__typename"
                entity = self.random.choice(listed)
                return self.connection(entity, entity.root or "", f"{entity.name}Connection", 0)
            case "node":
                given = self.node_id()
                return f"{key}node(id: {self.render(given, 'ID!')}){self.directive()} {self.on_node([given])}"
            case "nodes":
                ids = [self.node_id() for _ in range(self.random.randrange(5))]
                ids += self.random.sample(ids, min(len(ids), self.random.randrange(2)))
                return f"{key}nodes(ids: {self.render(ids, '[ID!]!')}) {self.on_node(ids)}"
            case "find":
                return self.finder(key)
            case "counts":
                return self.counts(key)
            case "typename":
                return f"{key}__typename{self.directive()}"
        return self.random.choice(STATIC).join((key, ""))

    def finder(self, key: str) -> str:
        entity = self.random.choice([entity for entity in CATALOGUE if entity.finder])
        item = entity.fields[entity.finder or ""]
        if not (self.exists(entity) and self.rights.ever("lookup", entity, item.name)):
            return f"{key}__typename"
        value = self.spelt(item, self.random.choice(list(self.store[entity.name].values())).values[item.column])
        name = entity.name[0].lower() + entity.name[1:]
        return f"{key}{name}({item.graphql}: {self.render(value, 'String!')}) {self.object(entity, 1)}"

    def counts(self, key: str) -> str:
        """Counts of an entity by what it may be counted by, with what may be added up."""
        entity = self.random.choice([entity for entity in CATALOGUE if counted(entity) is not None])
        if not self.rights.counts(entity):
            return f"{key}__typename"

        def may(field: Field) -> bool:
            return self.rights.ever("aggregate", entity, field.name)

        ways = [way for way in groupings(entity) if may(way.field)]
        grouped = self.random.sample(ways, min(len(ways), self.random.choice((0, 1, 1, 2))))
        added = [field.graphql for field in measures(entity) if may(field) and self.chance(0.7)]
        numbers = ["count", *(f"{part} {{ {' '.join(added)} }}" for part in ("sum", "average") if added)]
        group = " ".join([*numbers, "suppressed", *(way.graphql for way in grouped)])
        parts = [f"groups {{ {group} }}", f"total {{ {' '.join(numbers)} }}", "smallestGroup"]
        tested = [field for field in dimensions(entity) if field.filter and may(field)]
        tested = [field for field in tested if self.rights.ever("filter", entity, field.name)]
        given = []
        if grouped and self.chance(0.8):
            given.append(f"groupBy: [{', '.join(way.enum for way in grouped)}]")
        if tested and self.chance(0.5):
            given.append(f"where: {self.render(self.counted_where(entity, tested), f'{entity.name}StatsWhere')}")
        arguments = f"({', '.join(given)})" if given else ""
        return f"{key}{counted(entity)}{arguments} {{ {' '.join(parts)} }}"

    def counted_where(self, entity: Entity, tested: list[Field]) -> dict[str, Any]:
        """A filter of counts, which always tests something: what is not tested is not counted by."""
        item = self.random.choice(tested)
        kind: Any = self.schema.type_map[f"{entity.name}StatsWhere"]
        tests: dict[str, Any] = {}
        while not tests:
            drawn = self.tests(entity, item) or {}
            tests = {op: value for op, value in drawn.items() if op in kind.fields[item.graphql].type.fields}
        if "within" in tests:
            tests["within"] = tests["within"][:9]
        one = {item.graphql: tests}
        way = self.random.random()
        if way < 0.2:
            return {"not": one}
        if way < 0.5:
            return {self.random.choice(("and", "or")): [one, self.counted_where(entity, tested)]}
        return one

    def node_id(self) -> str:
        entity = self.random.choice(list(CATALOGUE))
        if self.chance(0.08):
            return f"{self.random.choice(('Nothing', entity.name, ''))}:{UUID(int=self.random.getrandbits(128))}"
        return f"{entity.name}:{self.random.choice(list(self.store[entity.name]))}"

    def on_node(self, ids: list[str]) -> str:
        named = {text.partition(":")[0] for text in ids}
        kinds = sorted(kind for kind in named & self.schema.type_map.keys() if self.exists(CATALOGUE[kind]))
        parts = [f"... on {kind} {self.object(CATALOGUE[kind], 1)}" for kind in kinds if self.chance(0.85)]
        parts += [text for text in ("id", "__typename", f"{self.key('')}id") if self.chance(0.5)]
        self.random.shuffle(parts)
        return "{ " + " ".join(parts or ["id"]) + " }"

    # --- what there is for this viewer ---

    def exists(self, entity: Entity) -> bool:
        return self.rights.exists(entity)

    def shown(self, entity: Entity, item: Field) -> bool:
        return any(self.rights.ever(action, entity, item.name) for action in ("read", "readMasked"))

    def followed(self, entity: Entity, link: Link | Links) -> bool:
        return self.rights.ever("read", entity, link.name) and self.leads(link)

    def leads(self, link: Link | Links) -> bool:
        joining = CATALOGUE.joining(link) if isinstance(link, Links) else None
        return self.exists(CATALOGUE[link.target]) and (joining is None or self.exists(joining))

    # --- selections ---

    def key(self, name: str) -> str:
        """An alias, with its colon, or nothing."""
        if name and not self.chance(0.3):
            return ""
        return f"{self.random.choice('xyz')}{self.next()}: "

    def directive(self) -> str:
        if not self.chance(0.1):
            return ""
        named = self.random.choice(("skip", "include"))
        return f" @{named}(if: {self.render(self.chance(0.3) == (named == 'skip'), 'Boolean!')})"

    def wrapped(self, kind: str, items: list[str]) -> str:
        """Some selections, in a fragment."""
        body = "{ " + " ".join(items) + " }"
        if self.chance(0.5):
            on = self.random.choice((f" on {kind}", ""))
            return f"...{on}{self.directive()} {body}"
        name = f"Part{self.next()}"
        self.fragments[name] = (kind, body)
        return f"...{name}{self.directive()}"

    def selection(self, kind: str, items: list[str]) -> str:
        """A selection set, with some of it in fragments, and known fragments used again."""
        if len(items) > 1 and self.chance(0.3):
            at = self.random.randrange(len(items))
            items = [*items[:at], self.wrapped(kind, items[at:])]
        if kind in CATALOGUE.entities and self.chance(0.08):
            items.append("... on Node { id __typename }")
        known = [name for name, (of, _) in self.fragments.items() if of == kind]
        if known and self.chance(0.4):
            items.append(f"...{self.random.choice(known)}{self.directive()}")
        return "{ " + " ".join(items) + " }"

    def object(self, entity: Entity, depth: int) -> str:
        withheld = self.chance(0.15)
        fields = [item for item in entity.fields.values() if withheld or self.shown(entity, item)]
        links: list[Link | Links] = [*entity.links.values(), *entity.many.values()]
        links = [link for link in links if (self.leads(link) if withheld else self.followed(entity, link))]
        items = [self.scalar(self.random.choice(fields)) for _ in range(self.random.randrange(1, 5))]
        if depth < DEEPEST and links:
            followed = self.random.choices(links, k=self.random.choice((0, 0, 1, 1, 2)))
            items += [self.link(entity, link, depth) for link in followed]
        if self.chance(0.1):
            items.append(f"{self.key('__typename')}__typename")
        self.random.shuffle(items)
        return self.selection(entity.name, items)

    def scalar(self, item: Field) -> str:
        return f"{self.key(item.graphql)}{item.graphql}{self.directive()}"

    def link(self, entity: Entity, item: Link | Links, depth: int) -> str:
        target = CATALOGUE[item.target]
        if isinstance(item, Links) and not item.plain:
            kind: Any = self.schema.type_map[entity.name]
            return self.connection(target, item.graphql, kind.fields[item.graphql].type.name, depth, item)
        return f"{self.key(item.graphql)}{item.graphql}{self.directive()} {self.object(target, depth + 1)}"

    def connection(self, entity: Entity, name: str, kind: str, depth: int, many: Links | None = None) -> str:
        arguments, paged = self.arguments(entity)
        parts = []
        if self.chance(0.75) or paged:
            edge = ["cursor"] if self.chance(0.5) or paged else []
            if self.chance(0.9) or not edge:
                edge.append(f"{self.key('node')}node {self.object(entity, depth + 1)}")
            joining = None if many is None else CATALOGUE.joining(many)
            if joining is not None:
                own = [item for item in joining.fields.values() if item.name not in {"id", "region"}]
                edge += [self.scalar(item) for item in own if self.shown(joining, item) and self.chance(0.6)]
            if self.chance(0.1):
                edge.append("__typename")
            self.random.shuffle(edge)
            text = self.selection(kind.removesuffix("Connection") + "Edge", edge)
            parts.append(f"{self.key('edges')}edges{self.directive()} {text}")
        if self.chance(0.25) or not parts:
            parts.append(f"{self.key('nodes')}nodes {self.object(entity, depth + 1)}")
        if self.chance(0.5):
            info = [text for text in ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor") if self.chance(0.6)]
            info = info or ["__typename"]
            parts.append(f"{self.key('pageInfo')}pageInfo {self.selection('PageInfo', info)}")
        if self.chance(0.3):
            parts.append(f"{self.key('totalCount')}totalCount{self.directive()}")
        if self.chance(0.05):
            parts.append("__typename")
        self.random.shuffle(parts)
        key = self.key(name if not arguments else "") if self.chance(0.9) else ""
        return f"{key}{name}{arguments}{self.directive()} {self.selection(kind, parts)}"

    # --- arguments ---

    def arguments(self, entity: Entity) -> tuple[str, bool]:
        found = []
        paged = self.chance(0.3)
        if paged:
            names = [f"p{self.next()}" for _ in range(4)]
            self.declared += [f"${names[0]}: Int", f"${names[1]}: String", f"${names[2]}: Int", f"${names[3]}: String"]
            pages = Cursors(*names)
            self.cursors.append(pages)
            self.given[pages.first] = self.random.randrange(1, 6)
            found += [
                f"{word}: ${name}" for word, name in zip(("first", "after", "last", "before"), names, strict=True)
            ]
        elif self.chance(0.7):
            size = self.random.choice((0, 1, 1, 2, 2, 3, 3, 5, 8, 60 if self.chance(0.2) else 4))
            found.append(f"{self.random.choice(('first', 'first', 'last'))}: {self.render(size, 'Int')}")
            if self.chance(0.05):
                found.append("after: null")
        if self.chance(0.45):
            found.append(f"where: {self.render(self.where(entity, 0), f'{entity.name}Where')}")
        if self.chance(0.45) and (order := self.order(entity)) is not None:
            found.append(f"orderBy: {self.render(order, f'[{entity.name}Order!]')}")
        self.random.shuffle(found)
        return (f"({', '.join(found)})" if found else "", paged)

    def order(self, entity: Entity) -> Any:
        possible = [item for item in entity.fields.values() if item.sort]
        allowed = [item for item in possible if item.name == "id" or self.rights.ever("sort", entity, item.name)]
        chosen = self.random.sample(allowed, min(len(allowed), self.random.choice((0, 1, 1, 2, 3))))
        made = []
        for item in chosen:
            direction = {} if self.chance(0.3) else {"direction": Code(self.random.choice(("ASC", "DESC")))}
            made.append({"field": Code(item.name.upper()), **direction})
        return made[0] if len(made) == 1 and self.chance(0.2) else made

    def where(self, entity: Entity, depth: int) -> dict[str, Any]:
        """Draw a filter that the viewer may ask for."""
        found: dict[str, Any] = {}
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 2, 3))):
            way = self.random.random()
            if way < 0.1 and depth < 3:
                found[self.random.choice(("and", "or"))] = [
                    self.where(entity, depth + 1) for _ in range(self.random.randrange(4))
                ]
            elif way < 0.2 and depth < 3:
                found["not"] = self.where(entity, depth + 1)
            elif way < 0.35 and depth < 3 and entity.filter_links:
                link = self.random.choice(entity.filter_links)
                if self.followed(entity, link) and (link.by is None or self.rights.ever("filter", entity, link.by)):
                    found[link.graphql] = self.where(CATALOGUE[link.target], depth + 1)
            elif way < 0.38:
                found[self.random.choice(("and", "or", "not"))] = None
            else:
                item = self.random.choice([item for item in entity.fields.values() if item.operators])
                action = "lookup" if item.sealed else "filter"
                if item.name == "id" or self.rights.ever(action, entity, item.name):
                    found[item.graphql] = self.tests(entity, item)
        return found

    def tests(self, entity: Entity, item: Field) -> Any:
        if self.chance(0.04):
            return None if self.chance(0.5) else {}
        known = [row.values[item.column] for row in self.store[entity.name].values()]
        known = [value for value in known if value is not None] or list(values(item))
        chosen = self.random.sample(item.operators, self.random.choice((1, 1, 1, min(2, len(item.operators)))))
        tests: dict[str, Any] = {}
        for op in chosen:
            if op == "isNull":
                tests[op] = self.chance(0.5)
            elif op == "in":
                tests[op] = [
                    self.said(entity, item, self.random.choice(known))
                    for _ in range(self.random.choice((0, 1, 2, 3, 5)))
                ]
            else:
                value = self.said(entity, item, self.random.choice(known))
                if item.type is RegionCode and op == "within":
                    value = value[: self.random.choice([size for size in (2, 4, 6, 9, 12) if size <= len(value)])]
                tests[op] = value
        return tests

    def said(self, entity: Entity, item: Field, value: Any) -> Any:
        """A value as a client says it."""
        match value:
            case UUID():
                return f"{entity.name}:{value}"
            case Decimal():
                return float(value) if self.chance(0.2) and abs(value) < 10**6 else str(value)
            case datetime() | date():
                return value.isoformat()
            case str() if item.codes is not None:
                return Code(value)
            case str() if item.lookup:
                return self.spelt(item, value)
        return value

    def spelt(self, item: Field, value: str) -> str:
        """One of the spellings of a value that can be looked up."""
        if item.name == "id_number" and self.chance(0.3):
            return value.lower()
        return f" {value}" if self.chance(0.1) else value

    # --- values ---

    def render(self, value: Any, kind: str) -> str:
        """A value of this type, as a literal or through variables."""
        return self._render(value, self._type(kind))

    def _type(self, text: str) -> Any:
        if text.endswith("!"):
            return GraphQLNonNull(self._type(text[:-1]))
        if text.startswith("["):
            return GraphQLList(self._type(text[1:-1]))
        return self.schema.type_map[text]

    def _render(self, value: Any, kind: Any, *, defaulted: bool = False) -> str:
        if self.chance(0.15):
            return self.variable(value, kind, defaulted=defaulted)
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        if isinstance(value, dict):
            named: Any = get_named_type(kind)
            assert isinstance(named, GraphQLInputObjectType)
            parts = []
            for key, item in value.items():
                member = named.fields[key]
                has_default = member.default_value is not None and key == "direction"
                parts.append(f"{key}: {self._render(item, member.type, defaulted=has_default)}")
            if "field" in value and "direction" not in value and self.chance(0.5):
                self.declared.append(f"$v{self.next()}: OrderDirection")
                parts.append(f"direction: $v{self.serial}")
            return "{" + ", ".join(parts) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self._render(item, kind.of_type) for item in value) + "]"
        return literal(value)

    def variable(self, value: Any, kind: Any, *, defaulted: bool) -> str:
        name = f"v{self.next()}"
        way = self.random.random()
        if way < 0.2 and value is not None:
            nullable = kind.of_type if isinstance(kind, GraphQLNonNull) and self.chance(0.5) else kind
            self.declared.append(f"${name}: {nullable} = {literal(value)}")
            if self.chance(0.3):
                self.given[name] = plain(value)
            elif nullable is not kind and self.chance(0.1):
                self.nulls, self.given[name] = True, None
        else:
            nullable = kind.of_type if defaulted else kind
            self.declared.append(f"${name}: {nullable}")
            self.given[name] = plain(value)
            self.others[name] = plain(self.another(value, kind))
        return f"${name}"

    def another(self, value: Any, kind: Any) -> Any:
        """A value like this one: other codes and truth values, fewer items. A plan may depend on each."""
        while isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        named: Any = get_named_type(kind)
        match value:
            case bool():
                return not value
            case Code() if not named.name.endswith("OrderField"):
                return Code(self.random.choice(list(named.values)))
            case dict():
                return {key: self.another(item, named.fields[key].type) for key, item in value.items()}
            case list() if value:
                kept = self.random.sample(value, self.random.randrange(len(value) + 1))
                return [self.another(item, named) for item in kept]
        return value


def literal(value: Any) -> str:
    """A value as a document spells it."""
    match value:
        case Code():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{key}: {literal(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as JSON's variables have it."""
    match value:
        case Code():
            return str(value)
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value
