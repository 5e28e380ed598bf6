"""The plain reference: graphql-core executes the schema over rows in memory, one resolver call after the other.

It is written from the conventions that the schema states, without the planner: rights are asked of Cedar row by row,
lists are filtered and sorted by Python, pages are slices. It is slow, and short enough to be believed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cmp_to_key, partial
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLScalarType,
    VariableNode,
    execute_sync,
    is_specified_scalar_type,
)

from hub.catalog import SEQUENCE, Field, Link, Links, OnDays, Scalar
from hub.catalog.counting import counted
from hub.domain import CATALOGUE
from property.counting import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import asyncpg
    from graphql import DocumentNode, ExecutionResult, GraphQLResolveInfo, GraphQLSchema

    from hub.catalog import Alike, Entity
    from hub.crypto import Vault
    from property.cedar import Rights

DEFAULT_PAGE = 20
LARGEST_PAGE = 1_000
MARK = "\N{PILCROW SIGN}cursor "


class Refused(Exception):
    """What was asked may not be asked, or makes no sense."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row: values by column, sealed ones opened."""

    entity: Entity
    values: Mapping[str, Any]

    @property
    def id(self) -> UUID:
        found: UUID = self.values["id"]
        return found


Store = dict[str, dict[UUID, Row]]


async def read_all(pool: asyncpg.Pool, vault: Vault) -> Store:
    """Read every row of every entity."""
    store: Store = {}
    for entity in CATALOGUE:
        store[entity.name] = {}
        for record in await pool.fetch(f"SELECT * FROM {entity.table}"):
            values = dict(record)
            for item in entity.fields.values():
                if isinstance(item.type, Scalar) and item.type.storage == "jsonb" and values[item.column] is not None:
                    values[item.column] = orjson.loads(values[item.column])
                if item.type is OnDays:  # here all days or none, so that no test depends on the hour
                    values[item.column] = bool(values[item.column])
                if item.sealed and values[item.column] is not None:
                    assert item.group is not None
                    opened = vault.opener(entity.table, item.column, item.group)
                    values[item.column] = opened.open(values["id"].bytes, values[item.column])
            store[entity.name][values["id"]] = Row(entity, values)
        for item in entity.fields.values():
            if item.alike is not None:
                _count_alike(list(store[entity.name].values()), item.column, item.alike)
    return store


def _count_alike(rows: Sequence[Row], name: str, asked: Alike) -> None:
    """Say of each row whether so many are alike."""

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row.values[field] for field in asked.fields)

    counted = Counter(key(row) for row in rows if all(row.values[field] == value for field, value in asked.among))
    for row in rows:
        cast("dict[str, Any]", row.values)[name] = None not in key(row) and counted[key(row)] >= asked.least


# --- three-valued logic ---


def every(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    return False if False in found else None if None in found else True


def some(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    return True if True in found else None if None in found else False


def opposite(part: bool | None) -> bool | None:  # noqa: FBT001 - a truth value is what it negates
    return None if part is None else not part


# --- order ---

Order = list[tuple[Field, bool]]
"""Fields, each with whether it is descending."""


def compare(order: Order, left: Sequence[Any], right: Sequence[Any]) -> int:
    """Absent values come last in either direction."""
    directions = [descending for _, descending in order]
    for descending, a, b in zip((*directions, directions[-1]), left, right, strict=True):
        if a == b:
            continue
        if a is None or b is None:
            return 1 if a is None else -1
        return (1 if a > b else -1) * (-1 if descending else 1)
    return 0


def keys(order: Order, row: Row, edge: Row) -> tuple[Any, ...]:
    """The values of the order's fields; of two edges to one row the edge's id decides."""
    return *(sorted_by(item, row.values[item.column]) for item, _ in order), edge.id


def sorted_by(item: Field, value: Any) -> Any:
    """What a value is sorted by: a code of an ordered list by its place in the list."""
    if value is None or item.codes is None or not item.codes.ordered:
        return value
    return list(item.codes.__members__).index(value)


def shown(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


@dataclass(slots=True)
class Reference:
    """Answers documents for one viewer. ``positions``: keys of the rows that known cursors stand at.

    ``marks``: what this answer's cursors stand for: the variables that could take them, and the keys. ``cells``: what
    its nulls and masked values are, by path.
    """

    store: Store
    rights: Rights
    positions: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    marks: list[tuple[frozenset[str], tuple[Any, ...]]] = field(default_factory=list)
    cells: dict[tuple[str | int, ...], str] = field(default_factory=dict)

    def refuse(self, name: str) -> None:
        """Refuse the document."""
        raise Refused(name)

    # --- where ---

    def fulfils(self, row: Row, where: Mapping[str, Any]) -> bool:
        return self._askable(row, where) and self._truth(row, where) is True

    def _askable(self, row: Row, where: Mapping[str, Any]) -> bool:
        """Whether the viewer may filter this row by all that the filter names, wherever in it."""
        allowed = []
        for name, below in where.items():
            if below is None:
                continue
            if name in {"and", "or"}:
                allowed += [self._askable(row, item) for item in below]
            elif name == "not":
                allowed.append(self._askable(row, below))
            else:
                allowed.append(self._may_filter(row, row.entity.members[name]))
        return all(allowed)

    def _may_filter(self, row: Row, item: Any) -> bool:
        if isinstance(item, Link):
            return self.rights.may("read", row, item.name) and (
                item.by is None or self.rights.may("filter", row, item.by)
            )
        return item.name == "id" or self.rights.may("lookup" if item.sealed else "filter", row, item.name)

    def refuse_what_may_not_be_asked(self, entity: Entity, where: Mapping[str, Any]) -> None:
        for name, below in where.items():
            if below is None:
                continue
            if name in {"and", "or", "not"}:
                for inner in [below] if name == "not" else below:
                    self.refuse_what_may_not_be_asked(entity, inner)
                continue
            item = entity.members[name]
            if isinstance(item, Link):
                target = CATALOGUE[item.target]
                if not (self.rights.ever("read", entity, item.name) and self.rights.exists(target)):
                    raise Refused(name)
                if item.by is not None and not self.rights.ever("filter", entity, item.by):
                    raise Refused(name)
                self.refuse_what_may_not_be_asked(target, below)
            elif isinstance(item, Field):
                action = "lookup" if item.sealed else "filter"
                if name != "id" and not self.rights.ever(action, entity, item.name):
                    raise Refused(name)
                for op, given in below.items():
                    if given is None or op not in item.operators:
                        raise Refused(op)

    def _truth(self, row: Row, where: Mapping[str, Any]) -> bool | None:
        parts: list[bool | None] = []
        for name, below in where.items():
            if below is None:
                continue
            if name == "and":
                parts.append(every(self._truth(row, item) for item in below))
            elif name == "or":
                parts.append(some(self._truth(row, item) for item in below))
            elif name == "not":
                parts.append(opposite(self._truth(row, below)))
            elif isinstance(item := row.entity.members[name], Link):
                linked = self._linked(row, item)
                parts.append(linked is not None and self.rights.sees(linked) and self.fulfils(linked, below))
            elif isinstance(item, Field):
                parts += [self._test(row, item, op, given) for op, given in below.items()]
        return every(parts)

    def _test(self, row: Row, item: Field, op: str, given: Any) -> bool | None:
        value = row.values[item.column]
        if op == "isNull":
            return (value is None) is given
        if op == "in" and not given:
            return False  # none of nothing, even where there is no value
        if value is None:
            return None
        if item.sealed:
            value = item.scalar.key(value)
        wanted = [self._asked(row.entity, item, each) for each in (given if isinstance(given, list) else [given])]
        match op:
            case "eq" | "in":
                return value in wanted
            case "within":
                return bool(value.startswith(wanted[0]))
            case "gt":
                return bool(value > wanted[0])
            case "gte":
                return bool(value >= wanted[0])
            case "lt":
                return bool(value < wanted[0])
            case "lte":
                return bool(value <= wanted[0])
        raise AssertionError(op)

    def _asked(self, entity: Entity, item: Field, given: Any) -> Any:
        if item.name == "id":
            kind, row = split(given)
            if kind != entity.name:
                raise Refused(given)
            return row
        if item.codes is not None:
            return name_of(item.codes, given)
        parsed = item.scalar.parse(given)
        return item.scalar.key(parsed) if item.sealed else parsed

    # --- links ---

    def _linked(self, row: Row, link: Link) -> Row | None:
        key = row.values[link.column]
        if key is None or link.by is None:
            return None if key is None else self.store[link.target].get(key)
        if link.digits is not None:
            if len(key) < link.digits:
                return None
            key = key[: link.digits]
        return next((found for found in self.store[link.target].values() if found.values[link.to] == key), None)

    def decided(self, info: GraphQLResolveInfo, kind: str) -> None:
        """Note what a null or a masked value is."""
        self.cells[tuple(info.path.as_list())] = kind

    def one(self, row: Row, link: Link, info: GraphQLResolveInfo) -> Row | None:
        if not (self.rights.may("read", row, link.name) and self.rights.exists(CATALOGUE[link.target])):
            return self.decided(info, "WITHHELD")
        found = self._linked(row, link)
        if found is None or not self.rights.sees(found):
            return self.decided(info, "ABSENT")
        return found

    def value(self, row: Row, item: Field, info: GraphQLResolveInfo) -> Any:
        if item.name == "id":
            return f"{row.entity.name}:{row.id}"
        value = row.values[item.column]
        plain = self.rights.may("read", row, item.name)
        if not plain and (item.mask is None or not self.rights.may("readMasked", row, item.name)):
            return self.decided(info, "WITHHELD")
        if value is None:
            return self.decided(info, "ABSENT")
        if plain:
            return shown(value)
        assert item.mask is not None
        self.decided(info, "MASKED")
        return item.mask(value)

    def many(self, row: Row, links: Links, info: GraphQLResolveInfo, given: Mapping[str, Any]) -> Any:
        target, joining = CATALOGUE[links.target], CATALOGUE.joining(links)
        needed = [target] if joining is None else [target, joining]
        if not (all(map(self.rights.exists, needed)) and self.rights.may("read", row, links.name)):
            return self.decided(info, "WITHHELD")
        key = row.id if links.via is None else row.values[row.entity.links[links.via].column]
        if key is None:
            return self.decided(info, "ABSENT")
        holder = joining or target
        column = holder.links[links.by].column
        held = self.rights.held(holder, column, key)
        edges = [each for each in held if self.rights.sees(each)]
        if joining is not None:
            to = joining.links[links.to or ""]
            pairs = [(self.store[target.name][edge.values[to.column]], edge) for edge in edges]
        else:
            pairs = [(each, each) for each in edges]
        pairs = [(found, edge) for found, edge in pairs if self.rights.sees(found)]
        if links.plain:
            return [found for found, _ in sorted(pairs, key=lambda pair: pair[0].id)][: links.limit]
        return self.connection(target, pairs, joining, info, given)

    # --- connections ---

    def connection(
        self,
        entity: Entity,
        pairs: Iterable[tuple[Row, Row]],
        joining: Entity | None,
        info: GraphQLResolveInfo,
        given: Mapping[str, Any],
    ) -> dict[str, Any]:
        where, order = given.get("where") or {}, self._order(entity, given.get("orderBy"))
        self.refuse_what_may_not_be_asked(entity, where)
        # The right is asked for wherever a field is named, even after the id, where it decides nothing.
        named = [name_of(None, item["field"]).lower() for item in given.get("orderBy") or []]
        sortable = [name for name in named if name != "id"]
        found = [
            (row, edge)
            for row, edge in pairs
            if self.fulfils(row, where) and all(self.rights.may("sort", row, name) for name in sortable)
        ]
        found.sort(key=cmp_to_key(lambda a, b: compare(order, keys(order, *a), keys(order, *b))))
        total = len(found)
        after, before = given.get("after"), given.get("before")
        if after is not None:
            found = [pair for pair in found if compare(order, keys(order, *pair), self._position(after)) > 0]
        if before is not None:
            found = [pair for pair in found if compare(order, keys(order, *pair), self._position(before)) < 0]
        first, last = given.get("first"), given.get("last")
        if first is not None and last is not None:
            raise Refused("first and last")
        size = DEFAULT_PAGE if first is None and last is None else first if last is None else last
        if not isinstance(size, int) or not 0 <= size <= LARGEST_PAGE:
            raise Refused("size")
        more = len(found) > size
        page = found[:size] if last is None else found[max(0, len(found) - size) :]
        variables = frozenset(
            argument.value.name.value
            for node in info.field_nodes
            for argument in node.arguments or ()
            if argument.name.value in {"after", "before"} and isinstance(argument.value, VariableNode)
        )
        cursors = [self._mark(variables, keys(order, row, edge)) for row, edge in page]
        own = [] if joining is None else [item for item in joining.fields.values() if item.name not in {"id", "region"}]
        return {
            "edges": [
                {"cursor": cursor, "node": row, **{item.graphql: partial(self.value, edge, item) for item in own}}
                for cursor, (row, edge) in zip(cursors, page, strict=True)
            ],
            "nodes": [row for row, _ in page],
            "pageInfo": {
                "hasNextPage": more if last is None else before is not None,
                "hasPreviousPage": after is not None if last is None else more,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
            "totalCount": total,
        }

    def _order(self, entity: Entity, given: Any) -> Order:
        order: Order = []
        if entity.log and not given:
            return [(SEQUENCE, False)]
        for item in given or []:
            chosen = entity.fields[name_of(None, item["field"]).lower()]
            if chosen.name != "id" and not self.rights.ever("sort", entity, chosen.name):
                raise Refused(chosen.name)
            if chosen in [known for known, _ in order]:
                raise Refused("twice")
            order.append((chosen, name_of(None, item["direction"]) == "DESC"))
        names = [item.name for item, _ in order]
        if "id" in names:
            return order[: names.index("id") + 1]
        return [*order, (entity.fields["id"], bool(order) and order[-1][1])]

    def _position(self, cursor: str) -> tuple[Any, ...]:
        if cursor not in self.positions:
            raise Refused("cursor")
        return self.positions[cursor]

    def _mark(self, variables: frozenset[str], place: tuple[Any, ...]) -> str:
        self.marks.append((variables, place))
        return f"{MARK}{len(self.marks) - 1}"

    # --- roots ---

    def root(self, entity: Entity, info: GraphQLResolveInfo, given: Mapping[str, Any]) -> Any:
        if not self.rights.exists(entity):
            return None
        rows = [row for row in self.store[entity.name].values() if self.rights.sees(row)]
        return self.connection(entity, [(row, row) for row in rows], None, info, given)

    def find(self, entity: Entity, given: Any) -> Row | None:
        item = entity.fields[entity.finder or ""]
        if not self.rights.exists(entity):
            return None
        if not self.rights.ever("lookup", entity, item.name):
            raise Refused(item.name)
        wanted = item.scalar.key(item.scalar.parse(given))
        for row in self.store[entity.name].values():
            value = row.values[item.column]
            found = value is not None and item.scalar.key(value) == wanted
            if found and self.rights.sees(row) and self.rights.may("lookup", row, item.name):
                return row
        return None

    def node(self, given: str, schema: GraphQLSchema) -> Row | None:
        kind, row_id = split(given)
        row = self.store[kind].get(row_id) if kind in schema.type_map and kind in self.store else None
        return row if row is not None and self.rights.sees(row) else None

    def execute(self, schema: GraphQLSchema, document: DocumentNode, given: Mapping[str, Any]) -> ExecutionResult:
        """Execute the document; ``schema``: one with ``resolving`` in it."""
        return execute_sync(schema, document, variable_values=dict(given), context_value=self)


def split(given: str) -> tuple[str, UUID]:
    kind, _, row = given.partition(":")
    try:
        return kind, UUID(row)
    except ValueError:
        raise Refused("id") from None


def name_of(codes: Any, given: Any) -> str:
    """The name of an enum's value, whichever way graphql-core has parsed it."""
    if isinstance(given, Enum):
        return given.name
    return next((code.name for code in codes or () if code.value == given), given)


def resolving(schema: GraphQLSchema) -> GraphQLSchema:
    """A schema of the hub's, with resolvers that ask the ``Reference`` in the context; the schema is changed."""
    for kind in schema.type_map.values():
        own = not is_specified_scalar_type(kind) and not kind.name.startswith("__")
        if own and isinstance(kind, GraphQLScalarType | GraphQLEnumType):
            kind.serialize = kind.coerce_output_value = _as_it_is  # type: ignore[method-assign]
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith(("__", "Catalogue", "Query")):
            kind.is_type_of = None
            entity = CATALOGUE.entities.get(kind.name)
            for name, item in kind.fields.items():
                item.resolve = None if entity is None else _resolver(entity.members[name])
                if kind.name.endswith("StatsSums"):
                    item.type = ANY_NUMBER
    schema.type_map["Node"].resolve_type = lambda row, _info, _kind: row.entity.name  # type: ignore[attr-defined]
    assert schema.query_type is not None
    roots = schema.query_type.fields
    roots["node"].resolve = lambda _root, info, id: info.context.node(id, info.schema)  # noqa: A006 - the argument's name
    roots["nodes"].resolve = _nodes
    for entity in CATALOGUE:
        if entity.root in roots:
            roots[entity.root].resolve = _root(entity)
        finder = entity.name[0].lower() + entity.name[1:]
        if finder in roots:
            roots[finder].resolve = _finder(entity)
        if counted(entity) in roots:
            roots[counted(entity) or ""].resolve = _counts(entity)
    return schema


ANY_NUMBER = GraphQLScalarType("AnyNumber")
"""Of sums: what is added up here has no bounds."""


def _as_it_is(value: Any) -> Any:
    return value.name if isinstance(value, Enum) else value


def _nodes(_root: Any, info: GraphQLResolveInfo, ids: list[str]) -> list[Row | None]:
    if len(ids) > LARGEST_PAGE:
        raise Refused("ids")
    return [info.context.node(each, info.schema) for each in ids]


def _root(entity: Entity) -> Callable[..., Any]:
    return lambda _root, info, **given: info.context.root(entity, info, given)


def _counts(entity: Entity) -> Callable[..., Any]:
    return lambda _root, info, **given: counts(info.context, entity, info, given)


def _finder(entity: Entity) -> Callable[..., Any]:
    return lambda _root, info, **given: info.context.find(entity, next(iter(given.values())))


def _resolver(item: Field | Link | Links) -> Callable[..., Any]:
    match item:
        case Field():
            return lambda row, info: info.context.value(row, item, info)
        case Link():
            return lambda row, info: info.context.one(row, item, info)
        case Links():
            return lambda row, info, **given: info.context.many(row, item, info, given)
