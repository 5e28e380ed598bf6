"""Step 3 of a query: selection × catalogue × policy → ``ReadPlan``.

The planner walks the selection once. Links to one row are joined into their parent's statement; links to
many rows become statements of their own. What the viewer may not read is left out of every statement, and
noted for ``extensions.access``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hub.catalog import Entity, Field, Link, Links, camel
from hub.catalog.predicate import ALWAYS, NEVER, Compare, OneOf, Predicate, conj
from hub.query.arguments import Const, Leaf, arguments
from hub.query.errors import AccessRefused, LimitExceeded, PageRefused
from hub.query.nodeid import split
from hub.query.plan import (
    Access,
    Binder,
    Cell,
    Column,
    Edges,
    Flag,
    Identity,
    Join,
    Many,
    NodeId,
    Nodes,
    One,
    Page,
    PageInfo,
    Param,
    Part,
    Position,
    ReadPlan,
    Root,
    Rows,
    Statement,
    Through,
    Total,
    TypeName,
    Value,
    Withheld,
)
from hub.query.selection import collect
from hub.query.where import Filters, converter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import FieldNode, GraphQLObjectType, GraphQLSchema

    from hub.catalog import Catalogue
    from hub.crypto import Vault
    from hub.policy import Policies, Principal
    from hub.query.arguments import Source, Tree
    from hub.query.operation import Limits, Operation
    from hub.query.plan import Order
    from hub.query.rights import Sight

from hub.query.rights import Rights

Fields = dict[str, list["FieldNode"]]
Path = tuple[tuple[str, str], ...]
"""The way to a field: response key and field name, level by level."""


def plan(
    operation: Operation,
    variables: Mapping[str, Any],
    principal: Principal,
    *,
    schema: GraphQLSchema,
    catalogue: Catalogue,
    policies: Policies,
    vault: Vault,
    limits: Limits,
) -> ReadPlan:
    """Compile the operation for this viewer and this shape of variables.

    Raises ``RequestError`` for what may not be asked.
    """
    return _Planner(schema, catalogue, Rights(policies, principal), vault, limits, operation, variables).plan()


@dataclass(slots=True)
class _Draft:
    """A statement while its columns are collected. Equal columns are selected once."""

    entity: Entity
    index: int
    columns: list[Column | Flag] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    subjects: set[int] = field(default_factory=set)

    def column(self, alias: str, name: str, when: Predicate = ALWAYS) -> int:
        return self._place(Column(alias, name, when))

    def flag(self, alias: str, holds: Predicate) -> int:
        return self._place(Flag(alias, holds))

    def _place(self, column: Column | Flag) -> int:
        if column in self.columns:
            return self.columns.index(column)
        self.columns.append(column)
        return len(self.columns) - 1


@dataclass(slots=True)
class _Planner:
    schema: GraphQLSchema
    catalogue: Catalogue
    rights: Rights
    vault: Vault
    limits: Limits
    operation: Operation
    variables: Mapping[str, Any]
    filters: Filters = field(init=False)
    binders: list[Binder | Position] = field(default_factory=list)
    statements: list[Statement | None] = field(default_factory=list)
    parents: list[tuple[int, int] | None] = field(default_factory=list)
    sizes: list[tuple[Param, ...]] = field(default_factory=list)
    subjects: list[tuple[int, int]] = field(default_factory=list)
    access: dict[str, Access] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.filters = Filters(self.catalogue, self.rights, self.vault, self._bind)

    # --- roots ---

    def plan(self) -> ReadPlan:
        selected = self._collect("Query", [self.operation.definition])
        roots = tuple(self._root(key, nodes) for key, nodes in selected.items())
        return ReadPlan(
            roots=roots,
            statements=tuple(made for made in self.statements if made is not None),
            parents=tuple(self.parents),
            binders=tuple(self.binders),
            access=tuple(self.access.values()),
            fields=MappingProxyType(self.fields),
            subjects=tuple(self.subjects),
            sizes=tuple(self.sizes),
            static=any(root.kind == "static" for root in roots),
            policy_digest=self.rights.policies.digest,
        )

    def _root(self, key: str, nodes: list[FieldNode]) -> Root:
        name = nodes[0].name.value
        if name == "__typename":
            return Root(key, "typename", {})
        if name in {"node", "nodes"}:
            return self._nodes(key, nodes)
        for entity in self.catalogue:
            if name == entity.root:
                rows = self._connection(entity, nodes, ((key, name),), _type(self.schema, "Query"))
                return Root(key, "connection", {"": rows}) if rows else Root(key, "withheld", {})
            if entity.finder is not None and name == camel(entity.table):
                return self._finder(entity, key, nodes)
        return Root(key, "static", {})

    def _finder(self, entity: Entity, key: str, nodes: list[FieldNode]) -> Root:
        rows = self.rights.rows(entity)
        if rows.where == NEVER:
            self._withhold(((key, nodes[0].name.value),), rows.reason, rows.policies)
            return Root(key, "withheld", {})
        by = entity.fields[entity.finder or ""]
        decision = self.rights.may("lookup", entity, by.name)
        if decision.where == NEVER:
            raise AccessRefused(f"You may not look up {entity.name} by {by.graphql}: {decision.reason}", path=[key])
        leaf = arguments(_type(self.schema, "Query").fields[nodes[0].name.value], nodes[0], self.variables)[by.graphql]
        assert isinstance(leaf, Leaf)  # noqa: S101 - the argument is required, and validation has seen it
        where = f"{nodes[0].name.value}({by.graphql}:)"
        found = self._bind(Binder(leaf.source, converter(entity, by, self.vault), where, looks_up=True))
        asked = conj((rows.where, decision.where, Compare(by.index_column, "eq", found)))
        return Root(key, "one", {"": self._single(entity, nodes, ((key, nodes[0].name.value),), asked)})

    def _nodes(self, key: str, nodes: list[FieldNode]) -> Root:
        name = nodes[0].name.value
        argument = "id" if name == "node" else "ids"
        leaf = arguments(_type(self.schema, "Query").fields[name], nodes[0], self.variables)[argument]
        assert isinstance(leaf, Leaf)  # noqa: S101 - as in _finder
        given = leaf.value if isinstance(leaf.value, list) else [leaf.value]
        if len(given) > self.limits.page:
            raise PageRefused(f"{name} takes at most {self.limits.page} ids, and was given {len(given)}.", path=[key])
        ids = self._bind(Binder(leaf.source, _split_all, f"{name}({argument}:)"))
        found: dict[str, Rows] = {}
        for kind in sorted({str(item).partition(":")[0] for item in given}):
            entity = self.catalogue.entities.get(kind)
            rows = self.rights.rows(entity) if entity is not None else None
            if entity is None or rows is None or rows.where == NEVER:
                continue  # as if there were no such node: nobody learns of an entity from an id
            mine = self._bind(Binder(leaf.source, _rows_of(kind), f"{name}({argument}:)"))
            found[kind] = self._single(entity, nodes, ((key, name),), conj((rows.where, OneOf("id", mine))))
        return Root(key, "node" if name == "node" else "nodes", found, ids)

    def _single(self, entity: Entity, nodes: list[FieldNode], path: Path, where: Predicate) -> Rows:
        draft = self._open(entity, None)
        cells = self._object(draft, "t0", entity, self._collect(entity.name, nodes), path)
        position = (draft.column("t0", "id"),)
        self._close(draft, where=where, order=(), page=None, parent=None, through=None, limit=self.limits.page)
        return Rows(draft.index, cells, None, position, Identity(entity.name, ()))

    # --- lists ---

    def _connection(
        self,
        entity: Entity,
        nodes: list[FieldNode],
        path: Path,
        owner: GraphQLObjectType,
        *,
        parent: tuple[int, int] | None = None,
        key: str | None = None,
        many: Links | None = None,
        chain: tuple[Param, ...] = (),
    ) -> Rows | None:
        visible = self.rights.rows(entity)
        through, seen_through = self._through(many, path)
        if NEVER in (visible.where, seen_through):
            self._withhold(path, visible.reason, visible.policies)
            return None
        name = nodes[0].name.value
        definition = owner.fields[name]
        given = arguments(definition, nodes[0], self.variables)
        before = len(self.binders)
        asked = self.filters.where(entity, given.get("where"))
        order, sortable = self.filters.order(entity, given.get("orderBy"))
        where = conj((visible.where, sortable, asked))
        values = tuple(Param(at) for at in range(before, len(self.binders)))
        kind = definition.type
        connection = getattr(kind, "name", entity.name)
        identity = Identity(f"{connection}|{owner.name}.{name}|{order!r}|{where!r}", values)
        draft = self._open(entity, parent)
        if many is not None and many.plain:
            cells = self._object(draft, "t0", entity, self._collect(entity.name, nodes), path, chain)
            self._close(
                draft, where=where, order=order, page=None, parent=key, through=through, limit=many.limit
            )  # fmt: skip
            return Rows(draft.index, cells, None, (), identity)
        page = self._page(given, order, identity, path)
        chain = (*chain, page.size)
        self.sizes.append(chain)
        position = tuple(draft.column("t0", item.field.column) for item in order)
        parts = self._parts(draft, entity, connection, nodes, path, through, chain)
        self._close(draft, where=where, order=order, page=page, parent=key, through=through, limit=None)
        parts = tuple(
            Total(part.key, self._count(draft, where, parent, key, through)) if isinstance(part, Total) else part
            for part in parts
        )
        return Rows(draft.index, (), parts, position, identity)

    def _through(self, many: Links | None, path: Path) -> tuple[Through | None, Predicate]:
        joining = None if many is None else self.catalogue.joining(many)
        if many is None or joining is None:
            return None, ALWAYS
        rows = self.rights.rows(joining)
        if rows.where == NEVER:
            self._withhold(path, rows.reason, rows.policies)
        return Through("e", joining, joining.links[many.to or ""].column, rows.where), rows.where

    def _page(self, given: Mapping[str, Tree], order: tuple[Order, ...], identity: Identity, path: Path) -> Page:
        first, last = given.get("first"), given.get("last")
        if first is not None and last is not None:
            raise PageRefused("Ask for first or for last, not for both.", path=_keys(path))
        backward = last is not None
        size = last if backward else first
        source: Source = size.source if isinstance(size, Leaf) else Const(self.limits.default_page)
        bound, word = self.limits.page, "last" if backward else "first"

        def check(value: object) -> int:
            if not isinstance(value, int) or not 0 <= value <= bound:
                raise PageRefused(
                    f"{word} must be between 0 and {bound}, which is the bound of a page.", path=_keys(path)
                )
            return value

        return Page(
            self._bind(Binder(source, check, ".".join((*_keys(path), word)))),
            backward,
            self._position(given.get("after"), order, identity, ".".join((*_keys(path), "after"))),
            self._position(given.get("before"), order, identity, ".".join((*_keys(path), "before"))),
        )

    def _position(
        self, tree: Tree, order: tuple[Order, ...], identity: Identity, where: str
    ) -> tuple[Param, ...] | None:
        if not isinstance(tree, Leaf):
            return None
        params = []
        for at, key in enumerate(order):
            self.binders.append(Position(tree.source, at, key.field, identity, where))
            params.append(Param(len(self.binders) - 1))
        return tuple(params)

    def _parts(
        self,
        draft: _Draft,
        entity: Entity,
        connection: str,
        nodes: list[FieldNode],
        path: Path,
        through: Through | None,
        chain: tuple[Param, ...],
    ) -> tuple[Part, ...]:
        parts: list[Part] = []
        edge = connection.removesuffix("Connection") + "Edge"
        for key, fields in self._collect(connection, nodes).items():
            below = (*path, (key, fields[0].name.value))
            match fields[0].name.value:
                case "edges":
                    made: list[tuple[str, Any]] = []
                    for inner, inners in self._collect(edge, fields).items():
                        match inners[0].name.value:
                            case "cursor":
                                made.append((inner, "cursor"))
                            case "node":
                                selected = self._collect(entity.name, inners)
                                cells = self._object(draft, "t0", entity, selected, (*below, (inner, "node")), chain)
                                made.append((inner, One(inner, draft.column("t0", "id"), cells)))
                            case "__typename":
                                made.append((inner, TypeName(inner, edge)))
                            case name:
                                made.append(
                                    (inner, self._edge_field(draft, through, inner, name, (*below, (inner, name))))
                                )
                    parts.append(Edges(key, tuple(made)))
                case "nodes":
                    selected = self._collect(entity.name, fields)
                    parts.append(Nodes(key, self._object(draft, "t0", entity, selected, below, chain)))
                case "pageInfo":
                    info = self._collect("PageInfo", fields)
                    parts.append(PageInfo(key, tuple((k, f[0].name.value) for k, f in info.items())))
                case "totalCount":
                    parts.append(Total(key, -1))
                case _:
                    parts.append(TypeName(key, connection))
        return tuple(parts)

    def _edge_field(self, draft: _Draft, through: Through | None, key: str, name: str, path: Path) -> Cell:
        assert through is not None  # noqa: S101 - only edges with a joining entity have further fields
        item = through.entity.members[name]
        assert isinstance(item, Field)  # noqa: S101 - the schema puts fields alone on an edge
        return self._value(draft, through.alias, through.entity, item, key, path)

    def _count(
        self, draft: _Draft, where: Predicate, parent: tuple[int, int] | None, key: str | None, through: Through | None
    ) -> int:
        counted = self._open(draft.entity, parent)
        self._close(counted, where=where, order=(), page=None, parent=key, through=through, limit=None, count=True)
        return counted.index

    # --- objects ---

    def _object(
        self, draft: _Draft, alias: str, entity: Entity, selected: Fields, path: Path, chain: tuple[Param, ...] = ()
    ) -> tuple[Cell, ...]:
        self._note_subject(draft, alias, entity)
        return tuple(
            self._cell(draft, alias, entity, key, nodes, (*path, (key, nodes[0].name.value)), chain)
            for key, nodes in selected.items()
        )

    def _cell(
        self,
        draft: _Draft,
        alias: str,
        entity: Entity,
        key: str,
        nodes: list[FieldNode],
        path: Path,
        chain: tuple[Param, ...],
    ) -> Cell:
        name = nodes[0].name.value
        if name == "__typename":
            return TypeName(key, entity.name)
        match entity.members[name]:
            case Field() as item:
                return self._value(draft, alias, entity, item, key, path)
            case Link() as item:
                return self._one(draft, alias, entity, item, key, nodes, path, chain)
            case Links() as item:
                return self._many(draft, alias, entity, item, key, nodes, path, chain)

    def _value(self, draft: _Draft, alias: str, entity: Entity, item: Field, key: str, path: Path) -> Cell:
        if item.name == "id":
            self.fields[_named(path)] = "PLAIN"
            return NodeId(key, entity.name, draft.column(alias, "id"))
        sight = self.rights.sight(entity, item)
        if sight.selected == NEVER:
            self._withhold(path, sight.reason, sight.policies)
            return Withheld(key)
        column = draft.column(alias, item.column, sight.selected)
        masked: bool | int = sight.plain == NEVER
        if masked:
            self._note(path, "MASKED" if sight.masked == ALWAYS else "CONDITIONAL", sight)
        elif sight.plain == ALWAYS:
            masked = False
            self.fields[_named(path)] = "PLAIN"
        else:
            masked = draft.flag(alias, sight.plain) if sight.masked != NEVER else False
            self._note(path, "CONDITIONAL", sight)
        mask = item.mask if masked is not False else None
        return Value(key, item, entity.table, column, draft.column(alias, "id"), mask, masked)

    def _one(
        self,
        draft: _Draft,
        alias: str,
        entity: Entity,
        item: Link,
        key: str,
        nodes: list[FieldNode],
        path: Path,
        chain: tuple[Param, ...],
    ) -> Cell:
        target = self.catalogue[item.target]
        sight, rows = self.rights.sight(entity, item), self.rights.rows(target)
        if NEVER in (sight.plain, rows.where):
            refused = sight if sight.plain == NEVER else rows
            self._withhold(path, refused.reason, refused.policies)
            return Withheld(key)
        if sight.plain != ALWAYS:
            self._note(path, "CONDITIONAL", sight)
        else:
            self.fields[_named(path)] = "PLAIN"
        joined = f"t{len(draft.joins) + 1}"
        draft.joins.append(Join(joined, target, alias, item.column, sight.plain, rows.where))
        present = draft.column(joined, "id")
        return One(
            key, present, self._object(draft, joined, target, self._collect(target.name, nodes), path, chain)
        )  # fmt: skip

    def _many(
        self,
        draft: _Draft,
        alias: str,
        entity: Entity,
        item: Links,
        key: str,
        nodes: list[FieldNode],
        path: Path,
        chain: tuple[Param, ...],
    ) -> Cell:
        sight = self.rights.sight(entity, item)
        if sight.plain == NEVER:
            self._withhold(path, sight.reason, sight.policies)
            return Withheld(key)
        if sight.plain != ALWAYS:
            self._note(path, "CONDITIONAL", sight)
        else:
            self.fields[_named(path)] = "PLAIN"
        held = draft.column(alias, "id" if item.via is None else entity.links[item.via].column, sight.plain)
        joining = self.catalogue.joining(item)
        holder = joining or self.catalogue[item.target]
        rows = self._connection(
            self.catalogue[item.target], nodes, path, _type(self.schema, entity.name),
            parent=(draft.index, held), key=holder.links[item.by].column, many=item, chain=chain,
        )  # fmt: skip
        return Withheld(key) if rows is None else Many(key, held, rows)

    # --- bookkeeping ---

    def _collect(self, type_name: str, nodes: Sequence[Any]) -> Fields:
        sets = [node.selection_set for node in nodes]
        return collect(type_name, sets, self.operation.fragments, self.variables)

    def _bind(self, binder: Binder) -> Param:
        self.binders.append(binder)
        return Param(len(self.binders) - 1)

    def _open(self, entity: Entity, parent: tuple[int, int] | None) -> _Draft:
        if len(self.statements) >= STATEMENTS:
            raise LimitExceeded(f"The query needs more than {STATEMENTS} statements, which is the limit.")
        self.statements.append(None)
        self.parents.append(parent)
        return _Draft(entity, len(self.statements) - 1)

    def _close(self, draft: _Draft, **parts: Any) -> None:
        self.statements[draft.index] = Statement(
            entity=draft.entity, alias="t0", columns=tuple(draft.columns), joins=tuple(draft.joins), **parts
        )

    def _note_subject(self, draft: _Draft, alias: str, entity: Entity) -> None:
        """Have the ids of the people concerned read along, for the audit record."""
        if entity.subject is None:
            return
        name = "id" if entity.subject == entity.name else entity.links[entity.subject].column
        place = (draft.index, draft.column(alias, name))
        if place not in self.subjects:
            self.subjects.append(place)

    def _note(self, path: Path, decision: Any, sight: Sight) -> None:
        text = ".".join(_keys(path))
        self.fields[_named(path)] = decision
        self.access[text] = Access(text, decision, sight.reason, sight.policies)

    def _withhold(self, path: Path, reason: str, policies: tuple[str, ...]) -> None:
        text = ".".join(_keys(path))
        self.fields[_named(path)] = "WITHHELD"
        self.access[text] = Access(text, "WITHHELD", reason, policies)


STATEMENTS = 64
"""More round trips than any sensible document needs."""


def _type(schema: GraphQLSchema, name: str) -> Any:
    return schema.type_map[name]


def _keys(path: Path) -> tuple[str, ...]:
    """The way as the client wrote it."""
    return tuple(key for key, _ in path)


def _named(path: Path) -> str:
    """The way by the schema's names, for the audit: an alias is the client's text and might hold a value."""
    return ".".join(name for _, name in path)


def _split_all(value: Any) -> list[tuple[str, Any]]:
    return [split(str(item)) for item in (value if isinstance(value, list) else [value])]


def _rows_of(kind: str) -> Any:
    return lambda value: [row for entity, row in _split_all(value) if entity == kind]
