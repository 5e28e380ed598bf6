"""Asking departments about a person, each within its own limits; a fault of one is no fault of another.

for its turn → asked, in bounded time → read: whose rows, which numbers → an answer, or why there is none.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.sources.asking import databases, web
from hub.sources.asking.answer import (
    NOT_UNDERSTOOD,
    RESTING,
    TIME_OVER,
    UNREACHABLE,
    Answer,
    Unusable,
    answered,
    down,
    read_rows,
    refused,
)
from hub.sources.asking.limits import Breaker, Rate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

    from hub.sources.asking.declared import Answers, ItemAnswer

LOST: Final = (*databases.LOST, *web.LOST)


@dataclass(frozen=True, slots=True)
class _Open:
    declared: Answers
    database: databases.Database | None
    web: web.WebSource | None
    rate: Rate
    breaker: Breaker


class Asker:
    """Asks the sources that answer at once; those that answer by file are not here."""

    def __init__(self, declared: Iterable[Answers], locations: Mapping[str, str]) -> None:
        self._open = {each.source: _opened(each, locations[each.source]) for each in declared
                      if each.kind != "file" and each.source in locations}  # fmt: skip

    @property
    def sources(self) -> dict[str, int]:
        """The sources that are asked, with how many questions at once each takes."""
        return {name: each.declared.at_once for name, each in self._open.items()}

    def rests(self, source: str) -> bool:
        """Whether a source is left alone now, because it did not hear."""
        return self._open[source].breaker.rests()

    def longest(self, source: str) -> float:
        """Seconds that a question takes at most, with the wait for its turn among those asked at once."""
        declared = self._open[source].declared
        return declared.seconds + declared.at_once / declared.per_second

    def attempts(self, source: str) -> int:
        """How often a question that is not heard is asked, by rule."""
        return self._open[source].declared.attempts

    async def ask(self, source: str, id_number: str, items: Collection[str]) -> Answer:
        """Ask about one person. ``items``: in small letters, as declared. Never raises for what a source does."""
        asked = self._open[source]
        if not asked.breaker.lets():
            return down(RESTING)
        heard = False
        try:
            await asked.rate.turn()
            async with asyncio.timeout(asked.declared.seconds):
                found: list[dict[str, Any]] = []
                for item in items:
                    declared = asked.declared.items[item]
                    records = await self._records(asked, declared, item, id_number)
                    found += read_rows(item, declared, records, id_number)
            heard = True
            return answered(found)
        except Unusable as wrong:
            heard = True
            return refused(wrong.reason)
        except TimeoutError:
            return down(TIME_OVER)
        except LOST:
            return down(UNREACHABLE)
        except (ValueError, TypeError, KeyError):
            heard = True
            return refused(NOT_UNDERSTOOD)
        finally:
            asked.breaker.heard(heard)

    async def _records(
        self, asked: _Open, declared: ItemAnswer, item: str, id_number: str
    ) -> Sequence[Mapping[str, Any]]:
        if asked.database is not None:
            assert declared.select is not None  # noqa: S101 - the declaration says so
            return await asked.database.ask(declared.select, id_number)
        assert asked.web is not None  # noqa: S101 - one of both
        assert declared.path is not None  # noqa: S101 - the declaration says so
        return await asked.web.ask(
            declared.path, {asked.declared.id_field: id_number, "item": item}, asked.declared.rows
        )

    async def close(self) -> None:
        """Close what is open."""
        for each in self._open.values():
            if each.database is not None:
                await each.database.close()
            if each.web is not None:
                await each.web.close()


def _opened(declared: Answers, location: str) -> _Open:
    rate, breaker = Rate(declared.per_second), Breaker()
    if declared.kind == "http":
        return _Open(declared, None, web.WebSource(location, at_once=declared.at_once), rate, breaker)
    made = databases.database(location, seconds=declared.seconds, at_once=declared.at_once)
    return _Open(declared, made, None, rate, breaker)


@asynccontextmanager
async def asking(declared: Iterable[Answers], locations: Mapping[str, str]) -> AsyncIterator[Asker]:
    """Give an asker, whose connections are closed afterwards. ``locations``: by source, with passwords."""
    asker = Asker(declared, locations)
    try:
        yield asker
    finally:
        await asker.close()
