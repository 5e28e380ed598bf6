"""The program that solves a night: arrays in, an assignment out. It has no key, no database, and so much memory.

``python -m hub.matching.nights.solving MEBIBYTES PARENT``: reads an instance from its input, writes one number for each
need. The exit code says what went wrong.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from importlib.util import find_spec
from typing import Final

NOT_INSTALLED: Final = 40
NO_MEMORY: Final = 41
FAILED: Final = 42
"""Exit codes; what a failure says stands in the error output."""
_PR_SET_PDEATHSIG: Final = 1
_MEBIBYTE: Final = 1 << 20


def main(mebibytes: int, parent: int) -> int:
    """Solve, and return the exit code."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        return FAILED
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would have the night's needs in it
    # What it writes to memory, libraries not counted.
    resource.setrlimit(resource.RLIMIT_DATA, (mebibytes * _MEBIBYTE, mebibytes * _MEBIBYTE))
    if find_spec("ortools") is None:
        return NOT_INSTALLED
    try:
        from hub.matching.errors import MatchingNotInstalled, SolverFailed  # noqa: PLC0415 - within the limits
        from hub.matching.night import solve  # noqa: PLC0415 - the same
        from hub.matching.nights.material import unpack_instance  # noqa: PLC0415 - the same
    except (MemoryError, ImportError):
        return NO_MEMORY
    try:
        assigned = solve(unpack_instance(sys.stdin.buffer.read()))
    except (MemoryError, MatchingNotInstalled):  # it is installed, and there is no room to load it
        return NO_MEMORY
    except SolverFailed as wrong:
        sys.stderr.write(wrong.message)
        return FAILED
    sys.stdout.buffer.write(assigned.astype("<i4").tobytes())
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2])))
