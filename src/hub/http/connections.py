"""Connections of clients: where they become too many, those on which nothing happens are closed.

The server takes connections up to a bound and then none, and it closes none that lies idle between two requests.
Whoever held as many as that would shut everybody out. So a connection is kept open for partners alone (whatever is
answered to a stranger ends it, see ``hub.app``), and before the bound is reached, idle ones go: strangers' first,
those of the address that has the most before others, and of these the one that was silent longest.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hub.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    Client = tuple[str, int]
    """Address and port."""

log = logging.getLogger(__name__)

ROOM: Final = 0.25
"""The part of the bound that is kept free for those who come."""
LOOK_SECONDS: Final = 0.25
AT_LEAST_SILENT: Final = 500
"""Milliseconds without a byte before a connection counts as idle: the request of a new one may be under way."""
_OPEN_FILES: Final = Path("/proc/self/fd")
_LAST_RECEIVED: Final = 52
"""Where ``struct tcp_info`` (tcp.h of Linux) has the milliseconds since data came in."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A connection that a client opened. ``silent``: milliseconds since it sent anything."""

    socket: socket.socket
    client: Client
    silent: int


@dataclass(slots=True)
class Connections:
    """What is known of clients' connections. ``most``: that the server takes.

    ``busy``: have a request that is being answered. ``partners``: have had one of a partner.
    """

    most: int
    busy: set[Client] = field(default_factory=set)
    partners: Cache[Client, bool] = field(init=False)

    def __post_init__(self) -> None:
        self.partners = Cache(2 * self.most)

    async def keep_room(self) -> None:
        """Close idle connections whenever there is too little room, until cancelled. Linux alone tells of them."""
        while _OPEN_FILES.is_dir():
            await asyncio.sleep(LOOK_SECONDS)
            if len(_open_files()) > self.allowed and (closed := self.make_room()):
                log.warning("%d idle connections were closed to make room for others", closed)

    @property
    def allowed(self) -> int:
        """So many connections leave room."""
        return int(self.most * (1 - ROOM))

    def make_room(self) -> int:
        """Close as many idle connections as are too many; return how many."""
        with contextlib.ExitStack() as stack:
            found = list(_inbound(stack))
            chosen = self.expendable(found)[: max(0, len(found) - self.allowed)]
            for each in chosen:
                with contextlib.suppress(OSError):
                    each.socket.shutdown(socket.SHUT_RDWR)
            return len(chosen)

    def expendable(self, found: list[Inbound]) -> list[Inbound]:
        """The idle ones of these connections, first what is missed least."""
        held = Counter(each.client[0] for each in found)
        idle = [each for each in found if each.client not in self.busy and each.silent >= AT_LEAST_SILENT]
        return sorted(idle, key=lambda each: (each.client in self.partners, -held[each.client[0]], -each.silent))


def _inbound(stack: contextlib.ExitStack) -> Iterator[Inbound]:
    """Find this process's connections to the ports that it listens on; the stack closes the descriptors made here.

    Each is looked at through a descriptor of its own: the server may close its own, and give the number to another.
    """
    sockets = [stack.enter_context(each) for number in _open_files() if (each := _opened(number)) is not None]
    ports = {each.getsockname()[1] for each in sockets if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)}
    for each in sockets:
        with contextlib.suppress(OSError):  # it has ended meanwhile, or never began
            if each.getsockname()[1] in ports:
                yield Inbound(each, _client(each.getpeername()), _silent(each))


def _open_files() -> list[int]:
    with os.scandir(_OPEN_FILES) as names:
        return [int(each.name) for each in names]


def _opened(number: int) -> socket.socket | None:
    """A socket of TCP by the number of its descriptor; None for any other file."""
    try:
        copy = os.dup(number)
    except OSError:
        return None
    try:
        found = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return None
    if found.family in {socket.AF_INET, socket.AF_INET6} and found.type == socket.SOCK_STREAM:
        return found
    found.close()
    return None


def _client(name: Any) -> Client:
    return name[0], name[1]


def _silent(connection: socket.socket) -> int:
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_RECEIVED + 4)
    milliseconds: int = struct.unpack_from("=I", told, _LAST_RECEIVED)[0]
    return milliseconds
