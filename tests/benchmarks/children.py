"""Child processes: they end when the measurement does, however that ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

STOP_SECONDS = 30.0


async def spawn(*command: str | Path, **options: Any) -> asyncio.subprocess.Process:
    """Start a child in a session of its own: Ctrl-C is for the measurement, which then ends its children in order."""
    return await asyncio.create_subprocess_exec(*command, start_new_session=True, **options)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a child; by force, with all below it, where it does not listen."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def patiently(wait: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Ask again and again until it is so, for at most ``seconds``; say whether it is."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if await wait():
                return True
        await asyncio.sleep(0.1)
    return False
