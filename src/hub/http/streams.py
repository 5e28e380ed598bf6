"""Streams: subscriptions that are answered batch by batch, as long as the client stays.

The map (``hub.app.follow``) says how a batch is read; this is how one follows another. A batch is read when the client
has taken the last, so a slow one holds one batch and holds up nobody. A notification of the database wakes up all
streams of a process and says no more than that something happened; what of it a client gets is read under its rights.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

import asyncpg
import orjson
from starlette.responses import StreamingResponse

from hub import write
from hub.http.frames import FORMS
from hub.http.request import NotAcceptable, stream_type
from hub.http.response import NO_STORE
from hub.query import ENDS, CostSpent, RequestError
from hub.store.pool import FAULTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping
    from uuid import UUID

    from starlette.types import ASGIApp, Receive, Scope, Send

    from hub.errors import HubError
    from hub.http.frames import Form
    from hub.http.request import Incoming
    from hub.query import Answer, Planned
    from hub.store.pool import Pool

log = logging.getLogger(__name__)

BEAT_SECONDS: Final = 15.0
"""Between two signs of life; so long at most a stream goes on whose token was revoked."""
TURNS: Final = 4
"""Streams of a process that are at work at the same time: what wakes up a thousand must not hold up queries."""
AT_A_TIME: Final = 10
PAUSE: Final = 0.006
"""Streams that are woken together, and the seconds between: all at once would be one long turn of the event loop."""
SAME_MOMENT: Final = 0.1
"""Seconds in which a batch that was read for one stream of a viewer is as good for another."""
AFTER_FAULT: Final = 2.0
"""Seconds until the hub listens again where the database did not answer."""


class TooManyStreams(RequestError):
    """The partner, or all partners together, hold as many streams as a process bears."""

    code = "HUB-149"
    status = 429
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "60"}


@dataclass(frozen=True, slots=True)
class NewEvents:
    """What is new. ``data``: of the answer, as JSON, None where nothing is; ``position``: the cursor where it ends.

    ``more``: whether there is another batch already.
    """

    data: bytes | None
    access: Any
    position: str | None
    more: bool

    def body(self, request_id: str) -> bytes:
        """The answer."""
        shown = {"access": self.access, "requestId": request_id}
        return orjson.dumps({"data": orjson.Fragment(self.data or b"null"), "extensions": shown})


NOTHING: Final = NewEvents(None, None, None, more=False)


@dataclass(frozen=True, slots=True)
class StreamRead:
    """A batch as it was read, with what its audit record and its price need."""

    new: NewEvents
    found: Answer
    planned: Planned
    literals: bytes
    cost: int


@dataclass(slots=True)
class Streams:
    """The streams of a process. ``most``: that there may be; one partner may hold half of them."""

    most: int
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TURNS))
    closing: bool = False
    _rung: asyncio.Event = field(default_factory=asyncio.Event)
    _shared: dict[Hashable, tuple[float, asyncio.Future[StreamRead | None]]] = field(default_factory=dict)
    _held: Counter[UUID] = field(default_factory=Counter)
    _waiting: set[asyncio.Event] = field(default_factory=set)

    @contextlib.contextmanager
    def woken(self) -> Iterator[asyncio.Event]:
        """Give what is set whenever something happened."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)

    @property
    def open(self) -> int:
        """How many there are."""
        return self._held.total()

    def take(self, partner: UUID) -> None:
        """Count one more stream of a partner; ``TooManyStreams`` where that is too many."""
        if self._held[partner] >= self.most // 2 or self.open >= self.most:
            raise TooManyStreams(
                "Too many subscriptions are open. Close some, or ask for events with a query from time to time."
            )
        self._held[partner] += 1

    def give_back(self, partner: UUID) -> None:
        """Count one less."""
        self._held[partner] -= 1
        if not self._held[partner]:
            del self._held[partner]

    async def read_once(self, key: Hashable, read: Callable[[], Awaitable[StreamRead]]) -> tuple[StreamRead, bool]:
        """Read, or take what a stream of the same viewer read of the same place in the same moment; and which it was.

        ``key``: says everything that the answer depends on besides the rows. What was begun before the last
        notification is not taken: an event may have been missing then.
        """
        begun, shared = self._shared.get(key, (0.0, None))
        if (
            shared is not None
            and time.monotonic() - begun < SAME_MOMENT
            and (known := await asyncio.shield(shared)) is not None
        ):
            return known, False
        mine: asyncio.Future[StreamRead | None] = asyncio.get_running_loop().create_future()
        self._shared[key] = time.monotonic(), mine
        made = None
        try:
            made = await read()
        finally:
            mine.set_result(made)  # None: whoever waits for it reads on its own
        return made, True

    def wake(self) -> None:
        """Let all streams look for what is new."""
        self._shared.clear()
        self._rung.set()

    def close(self) -> None:
        """Let all streams end."""
        self.closing = True
        for event in self._waiting:
            event.set()

    async def pass_on(self) -> None:
        """Wake the streams, some at a time, whenever there is something new, until cancelled."""
        while True:
            await self._rung.wait()
            self._rung.clear()
            for number, event in enumerate(list(self._waiting), 1):
                event.set()
                if number % AT_A_TIME == 0:
                    await asyncio.sleep(PAUSE)

    async def listen(self, pool: Pool) -> None:
        """Wake up the streams whenever the database says that something happened, until cancelled."""
        while True:
            lost = asyncio.Event()
            try:
                async with pool.acquire() as connection:
                    connection.add_termination_listener(lambda _, lost=lost: lost.set())
                    await connection.add_listener(write.CHANNEL, lambda *_: self.wake())
                    self.wake()  # nobody listened until now
                    try:
                        await lost.wait()
                    finally:
                        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                            await connection.reset()
            except FAULTS as error:
                log.warning("the database does not tell of events (%s); the hub tries again", type(error).__name__)
            await asyncio.sleep(AFTER_FAULT)


def batch_of(key: str, answer: bytes) -> NewEvents:
    """Take out of an answer where the batch in it ends."""
    found: dict[str, Any] = orjson.loads(answer)
    ends = found["data"][key].pop(ENDS)
    if ends["endCursor"] is None:
        return NOTHING
    data, access = orjson.dumps(found["data"]), found["extensions"]["access"]
    return NewEvents(data, access, ends["endCursor"], more=ends["hasNextPage"])


def form_for(request: Incoming) -> Form:
    """The form of stream that the client takes; ``NotAcceptable`` where it takes none."""
    kind = stream_type(request)
    if kind is None:
        raise NotAcceptable(
            "A subscription is answered by a stream: send Accept: text/event-stream, or "
            'multipart/mixed;subscriptionSpec="1.0".'
        )
    return FORMS[kind]


async def live(
    streams: Streams,
    form: Form,
    first: NewEvents,
    request_id: str,
    read: Callable[[], Awaitable[NewEvents]],
    still: Callable[[], Awaitable[object]],
    broken: Callable[[Exception], Awaitable[Mapping[str, Any]]],
) -> AsyncIterator[bytes]:
    """Give the stream. ``still``: refuses who may not go on; ``broken``: accounts for an error and says what it was."""
    yield form.begin
    batch = first
    with streams.woken() as woken:
        # Whatever happened since the first batch was read is read now.
        woken.set()
        while True:
            if batch.data is not None:
                yield form.next(batch.body(request_id))
            if not batch.more and not await _happened(woken):
                yield form.beat
            if streams.closing:
                yield form.end
                return
            try:
                if batch.more or woken.is_set():
                    woken.clear()
                    batch = await read()
                else:
                    await still()
                    batch = NOTHING
            except CostSpent as spent:
                await asyncio.sleep(float(spent.headers["Retry-After"]))
                batch = NewEvents(None, None, None, more=True)
            except Exception as error:  # noqa: BLE001 - the answer has begun: whatever it is has to be said in it
                yield form.broken(await broken(error))
                return


async def _happened(woken: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(BEAT_SECONDS):
            await woken.wait()
    except TimeoutError:
        return False
    return True


def error_of(error: HubError, request_id: str) -> Mapping[str, Any]:
    """An error as a stream states it."""
    return {"message": error.message, "extensions": {"code": error.code, "requestId": request_id}}


def held(streams: Streams, partner: UUID, form: Form, request_id: str, parts: AsyncIterator[bytes]) -> ASGIApp:
    """The response that sends the parts as the client takes them, and counts as a stream of the partner until then."""
    headers = {**NO_STORE, "Hub-Request-Id": request_id, "X-Accel-Buffering": "no"}
    response = StreamingResponse(parts, 200, headers, form.media_type)

    async def send_it(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await response(scope, receive, send)
        finally:
            streams.give_back(partner)

    return send_it
