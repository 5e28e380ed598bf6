"""What an endpoint is told next: read by the one planner, as its partner may see it at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLObjectType, get_nullable_type

from hub.query import AccessRefused, Position, require_readable, split

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from graphql import GraphQLSchema

    from hub.policy import Principal
    from hub.query import Answer, Operation, Planned
    from hub.runtime import Runtime


@dataclass(frozen=True, slots=True)
class NextEvent:
    """The next event that an endpoint is told of. ``body``: of the message, without any value of the event's row."""

    id: UUID
    kind: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, None where nothing is, and what its audit record needs."""

    event: NextEvent | None
    operation: Operation
    planned: Planned
    found: Answer
    literals: tuple[str, ...]


def require_events(runtime: Runtime, principal: Principal, kinds: Iterable[str]) -> None:
    """Raise ``AccessRefused``, or what else the planner refuses by, where a partner may read no such events."""
    engine = runtime.engine
    operation, given = _asked(runtime, principal, 0, kinds)
    require_readable(engine.plan(operation, given, principal).plan)


async def next_event(runtime: Runtime, principal: Principal, position: int, kinds: Iterable[str]) -> Looked:
    """Read the first event behind a position that the partner may see. Raises as a query does."""
    engine = runtime.engine
    operation, given = _asked(runtime, principal, position, kinds)
    planned = engine.plan(operation, given, principal)
    require_readable(planned.plan)
    bound = engine.bind(planned, given, principal)
    fetched = await engine.fetch(planned, bound, runtime.reading)
    found = engine.reveal(planned, bound, fetched, operation, given)
    nodes = orjson.loads(orjson.dumps(found.data))["events"]["nodes"]
    return Looked(_told(nodes[0]) if nodes else None, operation, planned, found, bound.literals)


def _asked(
    runtime: Runtime, principal: Principal, position: int, kinds: Iterable[str]
) -> tuple[Operation, dict[str, Any]]:
    engine, wanted = runtime.engine, list(kinds)
    document = _document(engine.schemas.shown(principal), narrowed=bool(wanted))
    operation = engine.operation(document, None, principal)
    given = engine.variables(operation, {"kinds": wanted} if wanted else {}, principal)
    return operation, {**given, "after": Position((position,))}


def _document(schema: GraphQLSchema, *, narrowed: bool) -> str:
    """The query for the next event, with the id of its row as far as rows are shown to this viewer."""
    event = schema.type_map.get("Event")
    if not isinstance(event, GraphQLObjectType):
        raise AccessRefused("This partner may not read events for this purpose.")
    links = [name for name, item in event.fields.items() if isinstance(get_nullable_type(item.type), GraphQLObjectType)]
    narrowing = ("$kinds: [String!]", "where: { kind: { in: $kinds } }") if narrowed else ("", "")
    rows = " ".join(f"{name} {{ id }}" for name in links)
    return (
        f"query ($after: String, {narrowing[0]}) {{ events(first: 1, after: $after, {narrowing[1]}) {{"
        f" nodes {{ id at kind entity version {rows} }} }} }}"
    )


def _told(node: dict[str, Any]) -> NextEvent:
    """The message about an event: what happened when to which row, as Standard Webhooks shapes it."""
    fields = {name: node.pop(name) for name in ("id", "at", "kind", "entity", "version")}
    row = next((linked["id"] for linked in node.values() if linked is not None), None)
    data = {"id": fields["id"], "entity": fields["entity"], "row": row, "version": fields["version"]}
    body = orjson.dumps({"type": fields["kind"], "timestamp": fields["at"], "data": data})
    return NextEvent(split(fields["id"])[1], fields["kind"], body)
