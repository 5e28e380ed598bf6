"""Solving in a process of its own: whatever becomes of it, the hub goes on, and nothing is half done."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

import numpy as np

from hub.matching.errors import MatchingNotInstalled, SolverFailed
from hub.matching.nights import solving
from hub.matching.nights.material import pack_instance

if TYPE_CHECKING:
    from hub.matching.instance import Instance, Ints

MODULE: Final = "hub.matching.nights.solving"
_NUMBER: Final = np.dtype("<i4")
_LONGEST: Final = 500
"""Characters of what the solver says that are passed on."""


async def solve_apart(instance: Instance, *, mebibytes: int, seconds: float) -> Ints:
    """Return the resource of each need, as ``night.solve`` does.

    The process gets the arrays and nothing else: no setting of the hub, no key. Raises ``SolverFailed`` where it takes
    longer than ``seconds``, needs more memory than ``mebibytes``, is killed or fails; ``MatchingNotInstalled``.
    """
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PG"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", MODULE, str(mebibytes), str(os.getpid()),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=settings | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            found, said = await process.communicate(pack_instance(instance))
    except TimeoutError:
        raise SolverFailed(
            f"The solver took longer than {seconds:g} seconds and was ended. Nothing was assigned. "
            "HUB_MATCHING_SECONDS gives it more."
        ) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise _failed(process.returncode, said, mebibytes)
    if len(found) != _NUMBER.itemsize * len(instance.needs):
        raise SolverFailed("The solver's answer is not one number for each need. Nothing was assigned.")
    return np.frombuffer(found, _NUMBER).astype(np.int32)


def _failed(code: int, said: bytes, mebibytes: int) -> SolverFailed | MatchingNotInstalled:
    if code == solving.NOT_INSTALLED:
        return MatchingNotInstalled("ortools")
    if code in {solving.NO_MEMORY, -signal.SIGABRT}:
        return SolverFailed(
            f"The solver needs more memory than the {mebibytes} MiB that it may use. Nothing was assigned. "
            "HUB_MATCHING_MEMORY gives it more."
        )
    if code < 0:
        return SolverFailed(
            f"The solver was ended by signal {-code} ({signal.Signals(-code).name}). Nothing was assigned: run it "
            "again. Where the system was out of memory, it ends the largest process."
        )
    if code == solving.FAILED and said.strip():
        return SolverFailed(said.decode(errors="replace").strip()[:_LONGEST])
    return SolverFailed(
        f"The solver ended unexpectedly, with code {code}. Nothing was assigned: run it again, with more memory "
        "(HUB_MATCHING_MEMORY) where it has little."
    )
