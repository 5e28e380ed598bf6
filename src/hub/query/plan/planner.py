"""Step 3 of a query: selection × catalogue × policy → ``ReadPlan``.

The planner walks the selection once. Here are the fields of the root type; ``objects`` has what rows become, ``lists``
the lists that hang on them, ``counts`` the counts. The root type is a parameter: Query, or one row of an entity, for
the selection below a change that was made to that row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hub.catalog import ID, Entity, Share, camel
from hub.catalog.counting import counted
from hub.catalog.predicate import NEVER, Compare, OneOf, Predicate, conj
from hub.query.errors import AccessRefused, PageRefused
from hub.query.nodeid import named_entity, split
from hub.query.plan.arguments import Leaf, arguments
from hub.query.plan.builder import FieldPath, NodeBuilder, PlanBuilder
from hub.query.plan.counts import plan_counts
from hub.query.plan.fields import RelayConnection
from hub.query.plan.lists import plan_list
from hub.query.plan.objects import plan_object
from hub.query.plan.parameters import Binder, RootRow
from hub.query.plan.rights import ViewerRights
from hub.query.plan.roots import (
    ConnectionRoot,
    NodesRoot,
    NullRoot,
    OneRoot,
    ReadPlan,
    Root,
    Rows,
    StaticRoot,
    TypeNameRoot,
)
from hub.query.plan.tree import NodeTable
from hub.query.plan.where import converter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import FieldNode, GraphQLSchema

    from hub.catalog import Catalogue
    from hub.crypto import Vault
    from hub.policy import Policies, Principal
    from hub.query.document.limits import Limits
    from hub.query.document.operation import Operation


@dataclass(frozen=True, slots=True)
class RowSelection:
    """A selection on one row of an entity: ``nodes``, the fields (of one response key) below which it stands.

    ``path``: where that is, as response keys and field names. The row's id is given when the plan is executed.
    """

    entity: str
    nodes: tuple[FieldNode, ...]
    path: FieldPath


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
    root: RowSelection | None = None,
    cells: bool = False,
) -> ReadPlan:
    """Compile the operation for this viewer and this shape of variables; or, with ``root``, a selection in it.

    ``cells``: the answer says of each null and each masked value what was decided.

    Raises ``RequestError`` for what may not be asked.
    """
    rights = ViewerRights(policies, principal)
    build = PlanBuilder(schema, catalogue, rights, vault, limits, operation, variables, explains_cells=cells)
    if root is None:
        selected = build.collect(operation.root_type, [operation.definition])
        roots = tuple(_guarded(build, key, nodes) for key, nodes in selected.items())
    else:
        roots = (_selected_row(build, root),)
    return ReadPlan(
        roots=roots,
        binders=tuple(build.binders),
        access=tuple(build.access.values()),
        fields=MappingProxyType(build.fields),
        policy_digest=policies.digest,
        cells=tuple(build.cells),
    )


def _guarded(build: PlanBuilder, key: str, nodes: list[FieldNode]) -> Root:
    """Plan a root; values that could be guessed by it are noted as its own."""
    first = len(build.binders)
    root = _root(build, key, nodes)
    for at, binder in enumerate(build.binders[first:], first):
        if isinstance(binder, Binder) and binder.guess is not None:
            build.binders[at] = replace(binder, root=key)
    return root


def _root(build: PlanBuilder, key: str, nodes: list[FieldNode]) -> Root:
    name = nodes[0].name.value
    match name:
        case "__typename":
            return TypeNameRoot(key, "Query")
        case "node":
            return _node(build, key, nodes)
        case "nodes":
            return _nodes(build, key, nodes)
    for entity in build.catalogue:
        if name == entity.root:
            listed = plan_list(build, entity, build.root_type, nodes, ((key, name),), plan_object)
            return ConnectionRoot(key, listed) if isinstance(listed, RelayConnection) else NullRoot(key)
        if name == counted(entity):
            return plan_counts(build, entity, key, nodes)
        if entity.finder is not None and name == camel(entity.table):
            return _found(build, entity, entity.finder, key, nodes)
    return StaticRoot(key, dated=not name.startswith("__"))


def _found(build: PlanBuilder, entity: Entity, finder: str, key: str, nodes: list[FieldNode]) -> Root:
    """Plan the look-up of one row by a protected value."""
    name = nodes[0].name.value
    visible = build.rights.rows(entity)
    if visible.where == NEVER:
        build.withhold(((key, name),), visible)
        return NullRoot(key)
    by = entity.fields[finder]
    decision = build.rights.may("lookup", entity, by.name)
    if decision.where == NEVER:
        raise AccessRefused(f"You may not look up {entity.name} by {by.graphql}: {decision.reason}", path=[key])
    leaf = _argument(build, nodes[0], by.graphql)
    build.used(f"{name}.where.{by.graphql}", "LOOKED_UP")
    guess = build.filters.guess(entity, by, decision.where, "any row")
    convert, where = converter(entity, by, build.vault), f"{name}({by.graphql}:)"
    value = build.bind(Binder(leaf.source, convert, where, looks_up=True, guess=guess))
    asked = conj((visible.where, decision.where, Compare(by.index_column, "eq", value)))
    return OneRoot(key, _rows(build, entity, nodes, ((key, name),), asked))


def _node(build: PlanBuilder, key: str, nodes: list[FieldNode]) -> Root:
    leaf, where = _argument(build, nodes[0], "id"), "node(id:)"
    build.bind(Binder(leaf.source, split_ids, where))  # what is no id is refused, whatever it would lead to
    seen = _visible(build, named_entity(str(leaf.value)))
    if seen is None:
        return NullRoot(key)
    entity, visible = seen
    # Not a list of one: PostgreSQL would plan it anew each time, which takes longer than to read it.
    one = Binder(leaf.source, lambda value: split_ids(value)[0][1], where, recorded_as=_recorded_as(entity))
    row = build.bind(one)
    asked = conj((visible, Compare("id", "eq", row)))
    return OneRoot(key, _rows(build, entity, nodes, ((key, "node"),), asked))


def _nodes(build: PlanBuilder, key: str, nodes: list[FieldNode]) -> Root:
    leaf, where, bound = _argument(build, nodes[0], "ids"), "nodes(ids:)", build.limits.page

    def check(value: object) -> list[tuple[str, Any]]:
        asked = split_ids(value)
        if len(asked) > bound:
            raise PageRefused(f"nodes takes at most {bound} ids, and was given {len(asked)}.", path=[key])
        return asked

    ids = build.bind(Binder(leaf.source, check, where))
    given = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    kinds: dict[str, Rows] = {}
    for kind in sorted({named_entity(str(item)) or "" for item in given}):
        if (seen := _visible(build, kind)) is not None:
            entity, visible = seen
            rows = build.bind(Binder(leaf.source, _rows_of(kind), where, recorded_as=_recorded_as(entity)))
            kinds[kind] = _rows(build, entity, nodes, ((key, "nodes"),), conj((visible, OneOf("id", rows))))
    return NodesRoot(key, ids, kinds)


def _recorded_as(entity: Entity) -> str | None:
    """How the audit names the ids of rows that name no person themselves, and may be about some all the same."""
    about = entity.subject is None and entity.share is not Share.UNCONDITIONAL
    return f"{entity.name}.{ID.name}" if about else None


def _selected_row(build: PlanBuilder, root: RowSelection) -> Root:
    entity, key = build.catalogue[root.entity], root.path[-1][0]
    visible = build.rights.rows(entity)
    if visible.where == NEVER:
        build.withhold(root.path, visible)
        return NullRoot(key)
    asked = conj((visible.where, Compare("id", "eq", build.bind(RootRow()))))
    return OneRoot(key, _rows(build, entity, list(root.nodes), root.path, asked))


def _rows(build: PlanBuilder, entity: Entity, nodes: list[FieldNode], path: FieldPath, asked: Predicate) -> Rows:
    build.count_node()
    table = NodeTable(entity)
    node = NodeBuilder(table, parent=None)
    made = plan_object(build, node, table, build.collect(entity.name, nodes), path)
    row_id = node.column(table, "id")
    return Rows(node.finished(asked, limit=build.limits.page), row_id, made)


def _visible(build: PlanBuilder, kind: str | None) -> tuple[Entity, Predicate] | None:
    """The entity of an id, and its rows; None as if there were no such node: nobody learns of an entity from an id."""
    # A joining entity has no type of its own: its rows are edges, and no nodes.
    entity = build.catalogue.entities.get(kind) if kind in build.schema.type_map else None
    if entity is None or (visible := build.rights.rows(entity).where) == NEVER:
        return None
    return entity, visible


def _argument(build: PlanBuilder, node: FieldNode, name: str) -> Leaf:
    leaf = arguments(build.root_type.fields[node.name.value], node, build.variables)[name]
    assert isinstance(leaf, Leaf)  # noqa: S101 - the argument is required, and validation has seen it
    return leaf


def split_ids(value: Any) -> list[tuple[str, Any]]:
    """Return entity name and row id of each id of a list, or of one; ``ValueError`` says which is none."""
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
    return lambda value: [row for entity, row in split_ids(value) if entity == kind]
