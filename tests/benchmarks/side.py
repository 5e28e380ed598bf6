"""One revision's side of a comparison, run in a process of its own with that revision's source path.

The same file runs under either revision: this is all that a comparison asks of one. From `hub` it imports nothing; of
the revision's own measurements it uses `places`, `serving`, `peers` and `sync`, which know where things are there.

    side.py serve RECIPIENTS ENVIRONMENT    seeds a database and serves a hub over it until standard input ends
    side.py sync PEOPLE                     makes five departments and pulls them, twice

Prints one line of JSON when it serves, or when it is done; what stands above that line is for people.
"""

# ruff: noqa: T201 - the driver reads what is printed

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from peers import HUB_TARGET
from places import make_console, make_place, run
from serving import granian
from sync import measure


async def serve(server: Any, home: Path, recipients: int, environment: dict[str, str]) -> None:
    """Seed, serve, and say where, until the driver closes standard input or is gone."""
    place = await make_place(server, home, recipients, make_console())
    async with granian("hub", HUB_TARGET, place, environment=environment) as hub:
        print(json.dumps({"port": hub.port, "pid": hub.pid, "token": place.token}), flush=True)
        until = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(until), sys.stdin)
        await until.read()


def synchronise(people: int) -> None:
    """Pull departments that nobody has pulled, then again, with a database of its own."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        home = Path(name)
        home.chmod(0o711)  # the user nobody may have to run the server there
        print(json.dumps(asyncio.run(measure(people, home, make_console()))), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        recipients, environment = int(sys.argv[2]), json.loads(sys.argv[3])
        run(lambda server, home, _console: serve(server, home, recipients, environment))
    else:
        synchronise(int(sys.argv[2]))
