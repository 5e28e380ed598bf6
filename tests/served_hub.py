"""``hub serve`` as an administrator starts it, for tests that end it or bring it to its bounds."""

from __future__ import annotations

import signal
import socket
import time

import httpx

from commands import start


class serving:  # noqa: N801 - reads as what it does
    """``hub serve`` on a free port, for a while."""

    def __init__(self, environment, *arguments):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.command = ["serve", "--port", str(self.port), *arguments]
        self.environment = environment
        self.meanwhile = lambda: None
        """What happens while the hub starts."""

    def __enter__(self):
        self.process = start(*self.command, env=self.environment)
        self.meanwhile()
        url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 240
        while True:
            try:
                if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                    return url
            except httpx.HTTPError:
                assert self.process.poll() is None, "hub serve ended"
                assert time.monotonic() < deadline, "hub serve does not answer"
            time.sleep(0.2)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def ask(url, token):
    return httpx.post(
        f"{url}/graphql",
        json={"query": "{ regions(first: 1) { totalCount } }"},
        headers={"Authorization": f"Bearer {token}", "Hub-Purpose": "assistance-review"},
    )
