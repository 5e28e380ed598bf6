"""The hub against itself: a page deep in a list against the first, and a large database against a small one."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import documents
from asking import post_hub
from peers import HUB_TARGET
from rounds import middle, ratio
from serving import granian
from workload import HUB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peers import Sides
    from places import Place
    from rounds import Runner
    from workload import Known

SIZE = 100
DEEP = 500
BOTH = {"HUB_POOL_SIZE": "6"}
"""Several hubs share the server's 60 connections; two cores have no use for more of them."""


def first_page(port: int, place: Place, cursor: str | None = None) -> list[bytes]:
    """The request for a page of recipients."""
    return [post_hub(port, place.token, {"query": documents.page(SIZE), "variables": {"after": cursor}})]


async def compare_depths(sides: Sides, known: Known, runner: Runner) -> dict[str, Any] | None:
    """The 500th page of 100 against the first; nothing where there is no such page."""
    before = (DEEP - 1) * SIZE
    if sides.place.recipients < before + SIZE:
        return None
    hub = sides.servers[HUB]
    requests = {
        "500th page": first_page(hub.port, sides.place, known.positions[before].cursor),
        "first page": first_page(hub.port, sides.place),
    }
    rounds = await runner.run("depth", dict.fromkeys(requests, hub), requests)
    deep, first = rounds.values()
    return {"pages": {name: middle(each) for name, each in rounds.items()}, "ratio": ratio(deep, first)}


async def compare_sizes(places: Sequence[Place], runner: Runner) -> list[dict[str, Any]]:
    """The first page of each database against that of the smallest, with a hub over each of them at once."""
    async with AsyncExitStack() as stack:
        servers, requests = {}, {}
        for place in places:
            name = f"{place.recipients:,}"
            hub = await stack.enter_async_context(granian(name, HUB_TARGET, place, environment=BOTH))
            servers[name], requests[name] = hub, first_page(hub.port, place)
        rounds = list((await runner.run("growth", servers, requests)).values())
    return [
        {"recipients": place.recipients, "hub": middle(each), "ratio": ratio(each, rounds[0])}
        for place, each in zip(places, rounds, strict=True)
    ]
