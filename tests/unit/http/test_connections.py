from __future__ import annotations

import asyncio
import contextlib
import socket

from hub.http import connections
from hub.http.connections import Connections, Inbound

NONE = socket.socket()


def inbound(address: str, port: int, silent: int = 10_000) -> Inbound:
    return Inbound(NONE, (address, port), silent)


def test_strangers_of_the_most_crowded_address_go_first_and_those_that_were_silent_longest():
    known = Connections(100)
    known.partners.keep(("10.0.0.3", 1), True)
    found = [
        inbound("10.0.0.3", 1, 90_000),
        inbound("10.0.0.2", 1, 80_000),
        inbound("10.0.0.1", 1, 1_000),
        inbound("10.0.0.1", 2, 2_000),
    ]
    assert [each.client for each in known.expendable(found)] == [
        ("10.0.0.1", 2),
        ("10.0.0.1", 1),
        ("10.0.0.2", 1),
        ("10.0.0.3", 1),
    ]


def test_what_is_being_answered_or_has_only_just_come_stays():
    known = Connections(100)
    known.busy.add(("10.0.0.1", 1))
    assert known.expendable([inbound("10.0.0.1", 1), inbound("10.0.0.1", 2, 499)]) == []


async def test_idle_connections_are_closed_down_to_what_leaves_room(monkeypatch):
    monkeypatch.setattr(connections, "AT_LEAST_SILENT", 0)
    accepted: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        clients = []
        for _ in range(8):
            clients.append(stack.enter_context(socket.create_connection(server.getsockname())))
            accepted.append(stack.enter_context(server.accept()[0]))
        known = Connections(8)
        known.busy.add(clients[0].getsockname()[:2])
        assert known.make_room() == 2
        closed = [each for each in clients if await ended(each)]
        assert len(closed) == 2
        assert clients[0] not in closed


async def ended(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        async with asyncio.timeout(0.05):
            return await asyncio.get_running_loop().sock_recv(client, 1) == b""
    except TimeoutError:
        return False
