"""The command ``hub`` as a process of its own, started in an instant.

Python takes seconds to import the hub, and the tests start hundreds of commands. So one process imports it and waits;
each command is a fork of it, with the arguments, environment, directory and files that it is given. It runs
``main`` of ``hub.cli.commands`` as the installed program does, and ends as that ends. That the installed program itself
starts is what tests/e2e/test_readme.py shows.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 1 << 17
"""Bytes of a message: arguments and environment of one command."""


class Commands:
    """The process that waits, begun with the first command."""

    def __init__(self) -> None:
        self._ours: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._one = threading.Lock()

    def end(self) -> None:
        """Have it end: nothing comes any more."""
        if self._ours is not None and self._process is not None:
            self._ours.close()
            self._process.wait()

    def ask(self, message: bytes, files: list[int]) -> None:
        """Have a command begun."""
        with self._one:
            if self._ours is None:
                self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
                file = theirs.fileno()
                self._process = subprocess.Popen(
                    [sys.executable, __file__, str(file)], pass_fds=[file], env=environment
                )
                theirs.close()
            socket.send_fds(self._ours, [message], files)


COMMANDS = Commands()
atexit.register(COMMANDS.end)


class Started:
    """A command under way: what ``subprocess.Popen`` tells of one."""

    def __init__(self, arguments: list[str], reply: socket.socket) -> None:
        self.args = arguments
        self.returncode: int | None = None
        self._reply = reply
        self._one = threading.Lock()
        self.pid = int(reply.recv(32))

    def poll(self) -> int | None:
        """The exit code, or None while it runs. Minus the signal's number where one ended it."""
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def _ended(self, timeout: float | None) -> int | None:
        with self._one:
            if self.returncode is None:
                self._reply.settimeout(timeout)
                try:
                    self.returncode = int(self._reply.recv(32))
                    self._reply.close()
                except (BlockingIOError, TimeoutError):
                    return None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def start(
    *arguments: str, env: Mapping[str, str], cwd: Any = None, stdin: Any = None, stdout: Any = None, stderr: Any = None
) -> Started:
    """Start ``hub ARGUMENTS``. Files are open ones; without, it reads nothing, and only its errors are to be seen."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with Path(os.devnull).open("r+b") as nothing, closing(theirs):
        files = [(stdin or nothing).fileno(), (stdout or nothing).fileno(), stderr.fileno() if stderr else 2]
        message = {"arguments": arguments, "environment": dict(env), "directory": str(cwd or Path.cwd())}
        COMMANDS.ask(orjson.dumps(message), [*files, theirs.fileno()])
    return Started(["hub", *arguments], ours)


def run(
    *arguments: str, env: Mapping[str, str], cwd: Any = None, stdin: str = "", timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run ``hub ARGUMENTS`` to its end, as ``subprocess.run`` does; what it prints is kept, as text."""
    with memory(stdin) as given, memory() as out, memory() as err:
        started = start(*arguments, env=env, cwd=cwd, stdin=given, stdout=out, stderr=err)
        try:
            code = started.wait(timeout)
        finally:
            started.kill()
        said = []
        for each in (out, err):
            each.seek(0)
            said.append(each.read().decode())
    return subprocess.CompletedProcess(started.args, code, *said)


def memory(text: str = "") -> Any:
    """A file that holds this text, read from its beginning."""
    file = os.fdopen(os.memfd_create("command"), "w+b")
    file.write(text.encode())
    file.seek(0)
    return file


def serve(control: socket.socket) -> None:
    """Begin a command for each message, until whoever asks is gone. Returns in the process of a command."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for a command
    while True:
        message, files, _, _ = socket.recv_fds(control, LONGEST, 4)
        if not message:
            raise SystemExit(0)
        if os.fork() == 0:
            control.close()
            if begun(orjson.loads(message), files):
                return
        for each in files:
            os.close(each)


def begun(given: Mapping[str, Any], files: list[int]) -> bool:
    """Fork the command, wait for it and end; True in the command's own process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    reply = socket.socket(fileno=files.pop())
    pid = os.fork()
    if pid == 0:
        reply.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.chdir(given["directory"])
        os.environ.clear()
        os.environ.update(given["environment"])
        sys.argv = ["hub", *given["arguments"]]
        return True
    os.closerange(0, 3)
    for file in files:
        os.close(file)
    reply.send(b"%d" % pid)
    _, status = os.waitpid(pid, 0)
    reply.send(b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


if __name__ == "__main__":
    from hub.cli.commands import main
    from hub.runtime import whole_schema

    whole_schema()  # the same for all that answer, and kept: another three seconds
    gc.freeze()  # what all commands share need not be looked through, and so copied, by each
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        serve(asked)
    main()
