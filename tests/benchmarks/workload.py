"""The workloads: what each side is asked, in variants that are the same for all.

A request does not stand still: it goes over several pages, nodes or numbers, so that no answer is measured that a
database or a cache has just given.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import documents
import orjson
from asking import ask, post_hub
from seed import id_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HUB, FLOOR, GRAPHILE, PLAIN = "hub", "floor", "postgraphile", "strawberry"
NAMES = ("node", "look-up", "page-20", "page-100", "page-1000", "levels", "stats")
VARIANTS = 24
MOST_WALKED = 60_000
"""Rows among which the pages begin; the hub's cursors are sealed, so somebody must walk there to have them."""
WALK = 1_000
LEVELS_SIZE = 20
BEFORE_ALL = "00000000-0000-0000-0000-000000000000"
STATUSES = (["ACTIVE"], ["ENDED"], ["ACTIVE", "ENDED"])


@dataclass(frozen=True, slots=True)
class Position:
    """Between two rows: the hub's cursor, and the id of the row before."""

    cursor: str | None
    row: str


START = Position(None, BEFORE_ALL)


@dataclass(frozen=True, slots=True)
class Known:
    """What the requests are made of: the recipients' positions in order, and functions for PostGraphile."""

    positions: Sequence[Position]
    blind: Callable[[str], bytes]
    graphile_cursor: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of request. ``bodies``: by side, the same in the same order; ``path``: the floor's."""

    name: str
    about: str
    path: str
    bodies: Mapping[str, Sequence[dict[str, Any]]]


async def walk(recipients: int, token: str, port: int) -> list[Position]:
    """The positions after each of the first recipients, as the hub gives them."""
    found = [START]
    while len(found) <= min(recipients, MOST_WALKED):
        body = {"query": documents.CURSORS, "variables": {"first": WALK, "after": found[-1].cursor}}
        edges = (await ask(port, post_hub(port, token, body)))["recipients"]["edges"]
        if not edges:
            break
        found += [Position(edge["cursor"], edge["node"]["id"].partition(":")[2]) for edge in edges]
    return found


def cursors_like(example: str | None) -> Callable[[str], str | None]:
    """PostGraphile's cursor after any row: it names the order and the row's id, so that one shows how others are."""
    if example is None:
        return lambda _row: None
    order, *_ = orjson.loads(base64.b64decode(example))

    def cursor(row: str) -> str | None:
        return None if row == BEFORE_ALL else base64.b64encode(orjson.dumps([order, row])).decode()

    return cursor


def workloads(recipients: int, known: Known) -> list[Workload]:
    """All workloads over a database of this size."""
    return [
        node(known),
        look_up(recipients, known),
        *(page(size, known) for size in (20, 100, 1000)),
        levels(known),
        stats(),
    ]


def spread(items: Sequence[Any], count: int = VARIANTS) -> list[Any]:
    """Some of the items, evenly from the first on."""
    count = min(count, len(items))
    return [items[at * len(items) // count] for at in range(count)]


def page(size: int, known: Known) -> Workload:
    """Pages of one size."""
    bodies = paged(size, known, documents.page(size), documents.graphile_page(size))
    return Workload(f"page-{size}", f"{size} recipients, four sealed fields each", "/page", bodies)


def levels(known: Known) -> Workload:
    """Lists in lists in lists."""
    bodies = paged(LEVELS_SIZE, known, documents.LEVELS, documents.GRAPHILE_LEVELS)
    return Workload("levels", f"{LEVELS_SIZE} recipients with members, checks and findings", "/levels", bodies)


def paged(size: int, known: Known, document: str, graphile: str) -> dict[str, list[dict[str, Any]]]:
    """Requests for full pages that begin at several places, by side; the last of them may be the last of all."""
    starts = spread(known.positions[: max(1, len(known.positions) - size)])

    def asked(query: str, after: Callable[[Position], str | None]) -> list[dict[str, Any]]:
        return [{"query": query, "variables": {"after": after(start)}} for start in starts]

    return {
        HUB: asked(document, lambda start: start.cursor),
        PLAIN: asked(document, lambda start: None if start == START else start.row),
        GRAPHILE: asked(graphile, lambda start: known.graphile_cursor(start.row)),
        FLOOR: [{"after": start.row, "first": size} for start in starts],
    }


def node(known: Known) -> Workload:
    """One recipient by its id."""
    rows = [position.row for position in spread(known.positions[1:])]
    asked = [{"query": documents.NODE, "variables": {"id": f"Recipient:{row}"}} for row in rows]
    graphile = [{"query": documents.GRAPHILE_NODE, "variables": {"id": row}} for row in rows]
    bodies = {HUB: asked, PLAIN: asked, FLOOR: [{"id": row} for row in rows], GRAPHILE: graphile}
    return Workload("node", "one recipient by its id", "/node", bodies)


def look_up(recipients: int, known: Known) -> Workload:
    """One person by ID number. PostGraphile cannot make the blind index of a number: it is given it."""
    numbers = [id_number(serial) for serial in spread(range(1, recipients))]
    asked = [{"query": documents.LOOK_UP, "variables": {"number": number}} for number in numbers]
    indexes = [base64.b64encode(known.blind(number)).decode() for number in numbers]
    graphile = [{"query": documents.GRAPHILE_LOOK_UP, "variables": {"index": index}} for index in indexes]
    bodies = {HUB: asked, PLAIN: asked, FLOOR: [{"number": number} for number in numbers], GRAPHILE: graphile}
    return Workload("look-up", "one person by ID number", "/look-up", bodies)


def stats() -> Workload:
    """Counts, sums and averages by category and county; of the one status, of the other, of both."""
    asked = [{"query": documents.STATS, "variables": {"status": status}} for status in STATUSES]
    conditions = [{"status": status[0]} if len(status) == 1 else {} for status in STATUSES]
    graphile = [{"query": documents.GRAPHILE_STATS, "variables": {"condition": each}} for each in conditions]
    bodies = {HUB: asked, PLAIN: asked, FLOOR: [{"status": status} for status in STATUSES], GRAPHILE: graphile}
    return Workload("stats", "by category and county", "/stats", bodies)
