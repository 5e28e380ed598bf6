"""What a viewer's agreements grant it, kept until they change or the day does."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal
from weakref import WeakValueDictionary

import orjson

from hub.cache import Cache
from hub.policy import Grant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from datetime import date

    from hub.auth.viewer import Viewer
    from hub.store.agreements import Agreed

    ReadAgreed = Callable[[str, str, date], Awaitable[Sequence[Agreed]]]
    """From a partner's name, a purpose and a day to what its agreements cover then."""
    GrantedTo = Callable[[Viewer, date], Awaitable[frozenset[Grant]]]

KEPT: Final = 10_000
"""Partners' purposes whose grants are kept."""
AT_ONCE: Final = 50
"""Agreements that take no time worth a thread."""


def grants(agreed: Iterable[Agreed]) -> frozenset[Grant]:
    """What agreements cover, in as few grants as say it: equal for equal rights, however they were agreed on.

    There are no more of them than items that a provider has, and no divisions in them that lie within another one.
    """
    where: dict[tuple[str, str], set[str]] = defaultdict(set)
    closed: dict[tuple[str, Literal["suspended", "ended"]], set[str]] = defaultdict(set)
    for row in agreed:
        if row.standing == "active":
            where[row.provider, row.items].add(row.regions)
        else:
            closed[row.provider, row.standing].add(row.items)
    by_item: dict[tuple[str, str], list[frozenset[str]]] = defaultdict(list)
    for (provider, items), lists in where.items():
        regions = frozenset(outermost(code for each in lists for code in orjson.loads(each)))
        for item in set(orjson.loads(items)):
            by_item[provider, item].append(regions)
    active: dict[tuple[str, frozenset[str]], set[str]] = defaultdict(set)
    for (provider, item), parts in by_item.items():
        regions = parts[0] if len(parts) == 1 else frozenset(outermost(frozenset().union(*parts)))
        active[provider, regions].add(item)
    return frozenset(
        Grant(frozenset(items), provider, regions, "active") for (provider, regions), items in active.items()
    ) | frozenset(
        Grant(frozenset().union(*(orjson.loads(each) for each in lists)), provider, frozenset(), standing)
        for (provider, standing), lists in closed.items()
    )


def outermost(codes: Iterable[str]) -> Iterator[str]:
    """Yield the divisions that lie within none of the others."""
    last = None
    for code in sorted(set(codes)):
        if last is None or not code.startswith(last):
            last = code
            yield code


def cached_grants(read: ReadAgreed, *, most: int = KEPT) -> GrantedTo:
    """Return what gives a viewer's grants on a day; agreements are read when the partner's own have changed.

    What was read by a viewer of an earlier epoch is never given to one of a later. Who asks while they are read waits
    for that, and does not read them as well.
    """
    kept: Cache[tuple[str, str], tuple[int, date, frozenset[Grant]]] = Cache(most)
    reading: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def known(viewer: Viewer, today: date) -> frozenset[Grant] | None:
        held = kept.get((viewer.name, viewer.purpose))
        return held[2] if held is not None and held[0] >= viewer.granted_at and held[1] == today else None

    async def granted_to(viewer: Viewer, today: date) -> frozenset[Grant]:
        if (found := known(viewer, today)) is not None:
            return found
        key = viewer.name, viewer.purpose
        async with reading.setdefault(key, asyncio.Lock()):
            if (found := known(viewer, today)) is not None:
                return found
            rows = await read(viewer.name, viewer.purpose, today)
            made = grants(rows) if len(rows) <= AT_ONCE else await asyncio.to_thread(grants, rows)
            kept.keep(key, (viewer.granted_at, today, made))
            return made

    return granted_to
