"""A mix of requests as partners send it, with all that could make a server grow: documents and refusals never seen."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import documents as known
from asking import post_hub
from drawn import documents
from seed import id_number
from workload import STATUSES, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from places import Place
    from workload import Position

SIZES = (1, 5, 20, 50, 100, 200)
SHARES = {"page": 25, "node": 25, "look-up": 15, "stats": 3, "new document": 22, "refused": 10}


def requests(random: Random, place: Place, port: int, positions: Sequence[Position]) -> Iterator[tuple[str, bytes]]:
    """Requests without end, each with its kind."""
    fresh, serial = documents(random), count()
    starts = spread(positions[: max(1, len(positions) - max(SIZES))], 1_000)
    rows = [position.row for position in positions[1:]]

    def page() -> dict[str, Any]:
        return _body(known.page(random.choice(SIZES)), after=random.choice(starts).cursor)

    make: dict[str, Callable[[], dict[str, Any]]] = {
        "page": page,
        "node": lambda: _body(known.NODE, id=f"Recipient:{random.choice(rows)}"),
        "look-up": lambda: _body(known.LOOK_UP, number=id_number(random.randrange(place.recipients * 2))),
        "stats": lambda: _body(known.STATS, status=random.choice(STATUSES)),
        "new document": lambda: _body(next(fresh)),
        "refused": lambda: _refused(random, next(serial)),
    }
    kinds, weights = list(SHARES), list(SHARES.values())
    while True:
        kind = random.choices(kinds, weights)[0]
        yield kind, post_hub(port, place.token, make[kind]())


def _body(query: str, **variables: Any) -> dict[str, Any]:
    return {"query": query, "variables": variables}


def _refused(random: Random, serial: int) -> dict[str, Any]:
    """What is not GraphQL, not in the schema, over a limit, or does not fit; each of them once."""
    return random.choice(
        (
            _body(f"{{ recipients(first: {serial % 900 + 1}) {{ nodes {{ id "),
            _body(f"{{ recipients {{ nodes {{ unknown{serial} }} }} }}"),
            _body(f"{{ recipients(first: {serial + 1_001}) {{ nodes {{ id }} }} }}"),
            _body(known.NODE, id=serial, unknown=serial),
            _body(known.page(20), after=f"cursor-{serial}"),
        )
    )
