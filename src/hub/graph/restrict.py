"""The schema that one kind of viewer sees: the full one without what does not exist for that viewer.

Whatever is left out leaves no trace: what only it used (a code list, a filter) is not reached any more, and
the data catalogue lists the rest. So a denied entity and one that was never declared are the same to a client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from hub.graph import catalogue as data_catalogue
from hub.graph.objects import SUBSCRIPTION, edges_name, reachable
from hub.graph.stats import PARTS, lost_stats
from hub.graph.steps import MUTATION, steps_of
from hub.policy import STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.catalog import Catalogue, Entity
    from hub.policy import Visibility

NODE: Final = "Node"
_PARTS: Final = ("", "Edge", "Connection", "Where", "Order", "OrderField")
MemberKey = tuple[str, str]
"""A type and one of its members, both by their GraphQL names."""


def restrict(full: GraphQLSchema, catalogue: Catalogue, seen: Visibility) -> GraphQLSchema:
    """Return ``full``, which was derived from ``catalogue``, with nothing in it but what ``seen`` has.

    Takes some ten milliseconds: keep the result, by ``seen``.
    """
    absent = frozenset(_absent(catalogue, seen))
    lost = frozenset(_lost(catalogue, seen))
    made = _Rebuilding(full, absent, lost).schema()
    assert made.query_type is not None  # noqa: S101 - the full schema has one, and it is never absent
    entries = data_catalogue.entries(catalogue, seen)
    made.query_type.fields["catalogue"].resolve = data_catalogue.catalogue_resolver(entries)
    return made


def _absent(catalogue: Catalogue, seen: Visibility) -> Iterator[str]:
    """Yield the types of the entities that do not exist for the viewer, and of the ways to them."""
    for entity in catalogue:
        if entity.name not in seen.entities:
            yield from (f"{entity.name}{part}" for part in (*_PARTS, *PARTS))
        for many in entity.many.values():
            between = catalogue.joining(many)
            if between is not None and not {entity.name, many.target, between.name} <= seen.entities:
                yield from (edges_name(entity, many), edges_name(entity, many, "Connection"))


def _lost(catalogue: Catalogue, seen: Visibility) -> Iterator[MemberKey]:
    """Yield the members that the viewer has no right to, of types that exist for it."""
    for entity in reachable(catalogue):
        yield from _unread(catalogue, entity, seen)
        yield from _unasked(entity, seen)
        yield from lost_stats(entity, seen)
    for entity, step in steps_of(catalogue):
        if not seen.may(STEP, entity.name, step.name):
            yield MUTATION, step.mutation(entity.name)


def _unread(catalogue: Catalogue, entity: Entity, seen: Visibility) -> Iterator[MemberKey]:
    for item in entity.members.values():
        if item.name != "id" and not seen.may("read", entity.name, item.name):
            yield entity.name, item.graphql
    for field in entity.fields.values():
        if field.total and not seen.may("read", entity.name, field.name):
            yield f"{entity.name}Connection", field.total_name
    for many in entity.many.values():
        between = catalogue.joining(many)
        if between is not None:
            for field in between.fields.values():
                if not seen.may("read", between.name, field.name):
                    yield edges_name(entity, many), field.graphql


def _unasked(entity: Entity, seen: Visibility) -> Iterator[MemberKey]:
    for field in entity.fields.values():
        if field.name == "id":
            continue
        if not seen.may("lookup" if field.sealed else "filter", entity.name, field.name):
            yield f"{entity.name}Where", field.graphql
        if not seen.may("sort", entity.name, field.name):
            yield f"{entity.name}OrderField", field.name.upper()
    for link in entity.filter_links:
        needed = ("read",) if link.by is None else ("read", "filter")
        if not all(seen.may(action, entity.name, link.name) for action in needed):
            yield f"{entity.name}Where", link.graphql
    if entity.finder is not None and not seen.may("lookup", entity.name, entity.finder):
        yield "Query", entity.name[0].lower() + entity.name[1:]


class _Rebuilding:
    """Makes every composite type anew, because types hold each other; scalars and untouched enums are shared."""

    def __init__(self, full: GraphQLSchema, absent: frozenset[str], lost: frozenset[MemberKey]) -> None:
        # An enum without values is none, and what takes one has nothing to take.
        emptied = {
            name
            for name, named in full.type_map.items()
            if isinstance(named, GraphQLEnumType) and all((name, value) in lost for value in named.values)
        }
        self.full, self.absent, self.lost = full, absent | emptied, lost
        self.made: dict[str, Any] = {}

    def schema(self) -> GraphQLSchema:
        """Return the restricted schema; what nothing leads to any more is not in it."""
        for name, named in self.full.type_map.items():
            if name not in self.absent and not name.startswith("__"):
                self.made[name] = self._type(named)
        query = self.full.query_type
        assert query is not None  # noqa: S101 - graph always derives one
        # A node is an object that nothing but its interface may lead to.
        nodes = [
            named
            for named in self.made.values()
            if isinstance(named, GraphQLObjectType) and any(item.name == NODE for item in named.interfaces)
        ]
        mutation = self.full.mutation_type
        acts = mutation is not None and any((mutation.name, name) not in self.lost for name in mutation.fields)
        followed = self.full.subscription_type
        follows = followed is not None and any(
            get_named_type(field.type).name not in self.absent for field in followed.fields.values()
        )
        return GraphQLSchema(
            self.made[query.name],
            self.made[MUTATION] if acts else None,
            self.made[SUBSCRIPTION] if follows else None,
            types=nodes,
            directives=self.full.directives,
        )

    def _type(self, named: Any) -> Any:
        match named:
            case GraphQLObjectType() | GraphQLInterfaceType():
                return type(named)(
                    **_changed(
                        named,
                        fields=lambda: self._members(named, self._field),
                        interfaces=lambda: [self.made[item.name] for item in named.interfaces],
                    )
                )
            case GraphQLUnionType():
                return GraphQLUnionType(**_changed(named, types=lambda: [self.made[item.name] for item in named.types]))
            case GraphQLInputObjectType():
                return GraphQLInputObjectType(**_changed(named, fields=lambda: self._members(named, self._input_field)))
            case CustomGraphQLEnumType() if any((named.name, value) in self.lost for value in named.values):
                left = {name: value for name, value in named.values.items() if (named.name, name) not in self.lost}
                # Strawberry's kind of enum takes the declared class from what it is made of: here, from itself.
                return CustomGraphQLEnumType(**_changed(named, enum=named, values=left))
            case _:
                return named

    def _members(self, named: Any, make: Callable[[Any], Any]) -> dict[str, Any]:
        return {
            name: make(member)
            for name, member in named.fields.items()
            if (named.name, name) not in self.lost and get_named_type(member.type).name not in self.absent
        }

    def _field(self, field: GraphQLField) -> GraphQLField:
        arguments = {
            name: GraphQLArgument(**_changed(item, type_=self._of(item.type)))
            for name, item in field.args.items()
            if get_named_type(item.type).name not in self.absent
        }
        return GraphQLField(**_changed(field, type_=self._of(field.type), args=arguments))

    def _input_field(self, field: GraphQLInputField) -> GraphQLInputField:
        return GraphQLInputField(**_changed(field, type_=self._of(field.type)))

    def _of(self, kind: Any) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return GraphQLNonNull(self._of(kind.of_type))
        if isinstance(kind, GraphQLList):
            return GraphQLList(self._of(kind.of_type))
        return self.made[kind.name]


def _changed(made: Any, **changes: Any) -> dict[str, Any]:
    """What to make another one of, with these changes."""
    return {**made.to_kwargs(), **changes}
