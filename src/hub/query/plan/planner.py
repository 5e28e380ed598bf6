"""Step 3 of a query: selection × catalogue × policy → ``ReadPlan``.

The planner walks the selection once. Links to one row are joined into their parent's statement; links to
many rows become statements of their own. What the viewer may not read is left out of every statement, and
noted for ``extensions.access``.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hub.catalog import ID, Entity, Field, Link, Links, camel
from hub.catalog.counting import counted
from hub.catalog.predicate import ALWAYS, NEVER, Compare, OneOf, Predicate, conj
from hub.query.errors import AccessRefused, PageRefused
from hub.query.nodeid import split
from hub.query.plan.arguments import Const, Leaf, arguments, magnitude
from hub.query.plan.builder import Draft, Drafting, Fields, Path, keys, named
from hub.query.plan.counts import plan_stats
from hub.query.plan.rights import Rights
from hub.query.plan.tree import (
    Binder,
    Cell,
    Edges,
    Identity,
    Many,
    NodeId,
    Nodes,
    One,
    Order,
    Page,
    PageInfo,
    Param,
    Part,
    Position,
    ReadPlan,
    Root,
    Rows,
    Through,
    Total,
    TypeName,
    Value,
    Withheld,
)
from hub.query.plan.where import converter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import FieldNode, GraphQLObjectType, GraphQLSchema

    from hub.catalog import Catalogue
    from hub.crypto import Vault
    from hub.policy import Policies, Principal
    from hub.query.document.limits import Limits
    from hub.query.document.operation import Operation
    from hub.query.plan.arguments import Source, Tree


_PARAM = re.compile(r"Param\(index=(\d+)\)")


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


class _Planner(Drafting):
    # --- roots ---

    def plan(self) -> ReadPlan:
        selected = self.collect("Query", [self.operation.definition])
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
            if name == counted(entity):
                return plan_stats(self, entity, key, nodes)
            if entity.finder is not None and name == camel(entity.table):
                return self._finder(entity, key, nodes)
        return Root(key, "static", {})

    def _finder(self, entity: Entity, key: str, nodes: list[FieldNode]) -> Root:
        rows = self.rights.rows(entity)
        if rows.where == NEVER:
            self.withhold(((key, nodes[0].name.value),), rows.reason, rows.policies)
            return Root(key, "withheld", {})
        by = entity.fields[entity.finder or ""]
        decision = self.rights.may("lookup", entity, by.name)
        if decision.where == NEVER:
            raise AccessRefused(f"You may not look up {entity.name} by {by.graphql}: {decision.reason}", path=[key])
        leaf = arguments(_type(self.schema, "Query").fields[nodes[0].name.value], nodes[0], self.variables)[by.graphql]
        assert isinstance(leaf, Leaf)  # noqa: S101 - the argument is required, and validation has seen it
        where = f"{nodes[0].name.value}({by.graphql}:)"
        self.used(f"{nodes[0].name.value}.where.{by.graphql}", "LOOKED_UP")
        found = self.bind(Binder(leaf.source, converter(entity, by, self.vault), where, looks_up=True))
        asked = conj((rows.where, decision.where, Compare(by.index_column, "eq", found)))
        return Root(key, "one", {"": self._single(entity, nodes, ((key, nodes[0].name.value),), asked)})

    def _nodes(self, key: str, nodes: list[FieldNode]) -> Root:
        name = nodes[0].name.value
        argument = "id" if name == "node" else "ids"
        leaf = arguments(_type(self.schema, "Query").fields[name], nodes[0], self.variables)[argument]
        assert isinstance(leaf, Leaf)  # noqa: S101 - as in _finder
        given = leaf.value if isinstance(leaf.value, list) else [leaf.value]
        bound = self.limits.page

        def check(value: object) -> list[tuple[str, Any]]:
            asked = _split_all(value)
            if len(asked) > bound:
                raise PageRefused(f"{name} takes at most {bound} ids, and was given {len(asked)}.", path=[key])
            return asked

        ids = self.bind(Binder(leaf.source, check, f"{name}({argument}:)"))
        found: dict[str, Rows] = {}
        for kind in sorted({str(item).partition(":")[0] for item in given}):
            # A joining entity has no type of its own: its rows are edges, and no nodes.
            entity = self.catalogue.entities.get(kind) if kind in self.schema.type_map else None
            rows = self.rights.rows(entity) if entity is not None else None
            if entity is None or rows is None or rows.where == NEVER:
                continue  # as if there were no such node: nobody learns of an entity from an id
            where = f"{name}({argument}:)"
            if name == "node":
                # Not a list of one: PostgreSQL would plan it anew each time, which takes longer than to read it.
                one = self.bind(Binder(leaf.source, lambda value: _split_all(value)[0][1], where))
                wanted: Predicate = Compare("id", "eq", one)
            else:
                wanted = OneOf("id", self.bind(Binder(leaf.source, _rows_of(kind), where)))
            found[kind] = self._single(entity, nodes, ((key, name),), conj((rows.where, wanted)))
        return Root(key, "node" if name == "node" else "nodes", found, ids)

    def _single(self, entity: Entity, nodes: list[FieldNode], path: Path, where: Predicate) -> Rows:
        draft = self.open(entity, None)
        cells = self._object(draft, "t0", entity, self.collect(entity.name, nodes), path)
        position = (draft.column("t0", "id"),)
        self.close(draft, where=where, order=(), page=None, parent=None, through=None, limit=self.limits.page)
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
        if visible.where == NEVER:
            self.withhold(path, visible.reason, visible.policies)
        if NEVER in (visible.where, seen_through):
            return None
        name = nodes[0].name.value
        definition = owner.fields[name]
        given = arguments(definition, nodes[0], self.variables)
        before = len(self.binders)
        asked = self.filters.where(entity, given.get("where"), f"{named(path)}.where")
        order, sortable = self.filters.order(entity, given.get("orderBy"), f"{named(path)}.orderBy")
        if through is not None:
            # A row may be joined to its parent twice: then the joining rows' own ids tell its edges apart.
            order = (*order, Order(ID, order[-1].descending, through.alias))
        where = conj((visible.where, sortable, asked))
        values = tuple(Param(at) for at in range(before, len(self.binders)))
        kind = definition.type
        connection = getattr(kind, "name", entity.name)
        identity = Identity(_list_text(f"{connection}|{owner.name}.{name}", order, where, before), values)
        draft = self.open(entity, parent)
        if many is not None and many.plain:
            cells = self._object(draft, "t0", entity, self.collect(entity.name, nodes), path, chain)
            self.close(
                draft, where=where, order=order, page=None, parent=key, through=through, limit=many.limit
            )  # fmt: skip
            return Rows(draft.index, cells, None, (), identity)
        page = self._page(given, order, identity, path)
        chain = (*chain, page.size)
        self.sizes.append(chain)
        position = tuple(draft.column(item.alias, item.field.column) for item in order)
        parts = self._parts(draft, entity, connection, nodes, path, through, chain)
        self.close(draft, where=where, order=order, page=page, parent=key, through=through, limit=None)
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
            self.withhold(path, rows.reason, rows.policies)
        return Through("e", joining, joining.links[many.to or ""].column, rows.where), rows.where

    def _page(self, given: Mapping[str, Tree], order: tuple[Order, ...], identity: Identity, path: Path) -> Page:
        first, last = given.get("first"), given.get("last")
        if first is not None and last is not None:
            raise PageRefused("Ask for first or for last, not for both.", path=keys(path))
        backward = last is not None
        size = last if backward else first
        source: Source = size.source if isinstance(size, Leaf) else Const(self.limits.default_page)
        bound, word = self.limits.page, "last" if backward else "first"

        def check(value: object) -> int:
            if not isinstance(value, int) or not 0 <= value <= bound:
                raise PageRefused(
                    f"{word} must be between 0 and {bound}, which is the bound of a page.", path=keys(path)
                )
            return value

        return Page(
            self.bind(Binder(source, check, ".".join((*keys(path), word)))),
            magnitude(size.value if isinstance(size, Leaf) else self.limits.default_page),
            backward,
            self._position(given.get("after"), order, identity, ".".join((*keys(path), "after"))),
            self._position(given.get("before"), order, identity, ".".join((*keys(path), "before"))),
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
        draft: Draft,
        entity: Entity,
        connection: str,
        nodes: list[FieldNode],
        path: Path,
        through: Through | None,
        chain: tuple[Param, ...],
    ) -> tuple[Part, ...]:
        parts: list[Part] = []
        edge = connection.removesuffix("Connection") + "Edge"
        for key, fields in self.collect(connection, nodes).items():
            below = (*path, (key, fields[0].name.value))
            match fields[0].name.value:
                case "edges":
                    self.note_subject(draft, "t0", entity)  # even if the rows are shown by their cursors alone
                    made: list[tuple[str, Any]] = []
                    for inner, inners in self.collect(edge, fields).items():
                        match inners[0].name.value:
                            case "cursor":
                                made.append((inner, "cursor"))
                            case "node":
                                selected = self.collect(entity.name, inners)
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
                    selected = self.collect(entity.name, fields)
                    parts.append(Nodes(key, self._object(draft, "t0", entity, selected, below, chain)))
                case "pageInfo":
                    info = self.collect("PageInfo", fields)
                    parts.append(PageInfo(key, tuple((k, f[0].name.value) for k, f in info.items())))
                case "totalCount":
                    self.used(named(below), "COUNTED")
                    parts.append(Total(key, -1))
                case _:
                    parts.append(TypeName(key, connection))
        return tuple(parts)

    def _edge_field(self, draft: Draft, through: Through | None, key: str, name: str, path: Path) -> Cell:
        assert through is not None  # noqa: S101 - only edges with a joining entity have further fields
        item = through.entity.members[name]
        assert isinstance(item, Field)  # noqa: S101 - the schema puts fields alone on an edge
        self.note_subject(draft, through.alias, through.entity)
        return self._value(draft, through.alias, through.entity, item, key, path)

    def _count(
        self, draft: Draft, where: Predicate, parent: tuple[int, int] | None, key: str | None, through: Through | None
    ) -> int:
        counted = self.open(draft.entity, parent)
        self.close(counted, where=where, order=(), page=None, parent=key, through=through, limit=None, count=True)
        return counted.index

    # --- objects ---

    def _object(
        self, draft: Draft, alias: str, entity: Entity, selected: Fields, path: Path, chain: tuple[Param, ...] = ()
    ) -> tuple[Cell, ...]:
        self.note_subject(draft, alias, entity)
        return tuple(
            self._cell(draft, alias, entity, key, nodes, (*path, (key, nodes[0].name.value)), chain)
            for key, nodes in selected.items()
        )

    def _cell(
        self,
        draft: Draft,
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

    def _value(self, draft: Draft, alias: str, entity: Entity, item: Field, key: str, path: Path) -> Cell:
        if item.name == "id":
            self.show(path)
            return NodeId(key, entity.name, draft.column(alias, "id"))
        sight = self.rights.sight(entity, item)
        if sight.selected == NEVER:
            self.withhold(path, sight.reason, sight.policies)
            return Withheld(key)
        column = draft.column(alias, item.column, sight.selected)
        masked: bool | int = sight.plain == NEVER
        if masked:
            self.note(path, "MASKED" if sight.masked == ALWAYS else "CONDITIONAL", sight)
        elif sight.plain == ALWAYS:
            masked = False
            self.show(path)
        else:
            masked = draft.flag(alias, sight.plain) if sight.masked != NEVER else False
            self.note(path, "CONDITIONAL", sight)
        mask = item.mask if masked is not False else None
        return Value(key, item, entity.table, column, draft.column(alias, "id"), mask, masked)

    def _one(
        self,
        draft: Draft,
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
            self.withhold(path, refused.reason, refused.policies)
            return Withheld(key)
        if sight.plain != ALWAYS:
            self.note(path, "CONDITIONAL", sight)
        else:
            self.show(path)
        joined = draft.join(target, alias, item.column, sight.plain, rows.where)
        present = draft.column(joined, "id")
        return One(
            key, present, self._object(draft, joined, target, self.collect(target.name, nodes), path, chain)
        )  # fmt: skip

    def _many(
        self,
        draft: Draft,
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
            self.withhold(path, sight.reason, sight.policies)
            return Withheld(key)
        if sight.plain != ALWAYS:
            self.note(path, "CONDITIONAL", sight)
        else:
            self.show(path)
        held = draft.column(alias, "id" if item.via is None else entity.links[item.via].column, sight.plain)
        joining = self.catalogue.joining(item)
        holder = joining or self.catalogue[item.target]
        rows = self._connection(
            self.catalogue[item.target], nodes, path, _type(self.schema, entity.name),
            parent=(draft.index, held), key=holder.links[item.by].column, many=item, chain=chain,
        )  # fmt: skip
        return Withheld(key) if rows is None else Many(key, held, rows)


def _list_text(name: str, order: tuple[Order, ...], where: Predicate, before: int) -> str:
    """What a list is, wherever in a document it stands and whichever process answers.

    So its parameters are numbered from its own first one, and its order is told by names.
    """
    keys_of = [(item.alias, item.field.name, item.descending) for item in order]
    return f"{name}|{keys_of}|{_PARAM.sub(lambda found: f'Param({int(found[1]) - before})', repr(where))}"


def _type(schema: GraphQLSchema, name: str) -> Any:
    return schema.type_map[name]


def _split_all(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, list):
        return [split(str(value))]
    found = []
    for at, item in enumerate(value, 1):
        try:
            found.append(split(str(item)))
        except ValueError as error:
            raise ValueError(f"item {at} {error}") from None
    return found


def _rows_of(kind: str) -> Any:
    return lambda value: [row for entity, row in _split_all(value) if entity == kind]
