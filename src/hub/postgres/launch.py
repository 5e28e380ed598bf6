"""Run one program as a child that ends with the hub and is never root.

Executed as a script between the hub and PostgreSQL, because three things must happen after the fork and
before PostgreSQL starts, and Python's ``preexec_fn`` is not safe once a program has threads:

1. take another identity where the hub is root (PostgreSQL refuses root),
2. ask the kernel for a signal at the hub's death; only after 1, since a change of identity clears the wish,
3. make sure that the hub is still alive, for one that died before 2 will not be reported any more.

The kernel reports the death of the *thread* that forked: start servers from a thread that lasts.
"""

from __future__ import annotations

# Imported here and not where needed: nobody may be unable to read the directory that Python is in.
import ctypes
import os
import pwd
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import signal

Identity = Literal["same", "mapped", "nobody"]
"""``same``: as the hub. ``mapped``: in a user namespace where the hub's user has a number that is not 0 (the
files stay the hub's). ``nobody``: as the user nobody, for kernels that forbid namespaces; needs root."""

REFUSED = 126
"""Exit status when the program could not be started; the reason is on standard error."""

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


def command(identity: Identity, death_signal: signal.Signals, program: list[str]) -> list[str]:
    """Give the command line that runs ``program`` as a child of the calling process."""
    # -I -S: no environment, no site directory; the launcher takes 15 ms and cannot be diverted.
    return [
        sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(death_signal)), identity, *program
    ]  # fmt: skip


def stand_in() -> tuple[int, int]:
    """Give user and group number of nobody.

    The number must have an entry in the user database even inside a namespace: initdb looks its user up.
    """
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        entry = next(other for other in pwd.getpwall() if other.pw_uid != 0)
    return entry.pw_uid, entry.pw_gid


def is_known(user: int) -> bool:
    """Say whether this user number has an entry in the user database."""
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _libc_call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _enter_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    inner_user, inner_group = stand_in()
    _libc_call("unshare", _CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{inner_user} {user} 1")
    _write("/proc/self/gid_map", f"{inner_group} {group} 1")


def _become_nobody() -> None:
    user, group = stand_in()
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def main(arguments: list[str]) -> None:
    """Become the program of ``arguments``: the hub's pid, signal number, identity, program, its arguments."""
    parent, death_signal, identity, *program = arguments
    try:
        if identity == "mapped":
            _enter_namespace()
        elif identity == "nobody":
            _become_nobody()
        _libc_call("prctl", _PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != int(parent):
            raise ProcessLookupError("the hub ended before its server started")
        os.execv(program[0], program)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"could not start {program[0]}: {error}\n")
        raise SystemExit(REFUSED) from None


if __name__ == "__main__":
    main(sys.argv[1:])
