"""One recipient by its id, by tokens of the hub's own, by access tokens of an identity provider, and by bound ones.

All are of the same people, members of one partner, and one hub answers all sides in turn: they differ in their tokens
alone.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import yaml
from asking import post_hub
from fill import progress
from joserfc import jwt
from joserfc.jwk import RSAKey
from peers import HUB_TARGET
from places import BUREAU, keep, make_place, run
from rich.table import Table
from rounds import Runner, middle, ratio, spelled
from serving import granian
from workload import HUB, Known, cursors_like, node, walk

from hub.auth import Identity, enroll, issue_token
from hub.runtime import running
from hub.settings import Settings
from hub.store.partners import find_partner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from places import Place
    from rich.console import Console

    from hub.postgres import embedded

OWN, OIDC, BOUND = "the hub's own", "OIDC", "OIDC, bound"
AUDIENCE = "https://hub.example"
LASTS = 86_400
CERTIFICATE = os.urandom(900)
"""In the place of a client certificate of usual size: the hub compares its hash, the proxy in front has read it."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def provider(home: Path, key: RSAKey) -> Iterator[str]:
    """Serve the metadata and keys of an identity provider; give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(home))) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        metadata = home / ".well-known" / "openid-configuration"
        metadata.parent.mkdir(parents=True)
        metadata.write_text(json.dumps({"issuer": url, "jwks_uri": f"{url}/jwks"}))
        (home / "jwks").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()


async def people(place: Place, issuer: str, count: int) -> list[str]:
    """Add so many members of the bureau; return a token of the hub for each."""
    tokens = []
    async with running(Settings.load(home=place.home, database_url=place.url)) as runtime:
        partner, now = await find_partner(runtime.pool, BUREAU), datetime.now(UTC)
        for number in range(count):
            who = Identity(f"Person {number}", issuer, f"person-{number}")
            row = await enroll(runtime.pool, runtime.vault, partner, who, roles=[], regions=[], purposes=[], now=now)
            tokens.append((await issue_token(runtime.pool, BUREAU, now, member=row)).text)
    return tokens


def access_token(issuer: str, key: RSAKey, number: int, *, bound: bool) -> str:
    """The access token of one of them."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer, "sub": f"person-{number}", "aud": AUDIENCE, "client_id": "office", "jti": os.urandom(8).hex(),
        "iat": now, "exp": now + LASTS,
    }  # fmt: skip
    if bound:
        digest = base64.urlsafe_b64encode(hashlib.sha256(CERTIFICATE).digest()).decode().rstrip("=")
        claims["cnf"] = {"x5t#S256": digest}
    return jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": "one"}, claims, key, algorithms=["RS256"])


async def measure(
    server: embedded.Server, home: Path, console: Console, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """One hub, asked in turn by each kind of token."""
    place = await make_place(server, home, options.recipients, console)
    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    with provider(home / "provider", key) as issuer:
        issuers = home / "issuers.yaml"
        one = {"issuer": issuer, "audience": AUDIENCE, "partner": BUREAU}
        issuers.write_text(yaml.safe_dump({"issuers": [one]}))
        own = await people(place, issuer, options.people)
        header = f"Client-Cert: :{base64.b64encode(CERTIFICATE).decode()}:\r\n"
        tokens = {
            OWN: [(text, "") for text in own],
            OIDC: [(access_token(issuer, key, number, bound=False), "") for number in range(options.people)],
            BOUND: [(access_token(issuer, key, number, bound=True), header) for number in range(options.people)],
        }
        environment = {"HUB_ISSUERS": str(issuers), "HUB_TRUSTED_PROXIES": "127.0.0.1"}
        async with granian("hub", HUB_TARGET, place, environment=environment) as hub:
            positions = await walk(place.recipients, place.token, hub.port)
            asked = node(Known(positions, lambda _number: b"", cursors_like(None)))
            requests = {
                name: [
                    post_hub(hub.port, text, body, more)
                    for (text, more), body in zip(cycle(each), asked.bodies[HUB], strict=False)
                ]
                for name, each in tokens.items()
            }
            with progress(console) as bar:
                runner = Runner(options.seconds, options.rounds, options.connections, bar)
                rounds = await runner.run(asked.name, dict.fromkeys(requests, hub), requests)
    return [
        {
            "request": asked.name,
            "rates": {name: middle(each) for name, each in rounds.items()},
            "to own": {name: ratio(each, rounds[OWN]) for name, each in rounds.items() if name != OWN},
            "rounds": rounds,
        }
    ]  # fmt: skip


def show(results: list[dict[str, Any]], options: argparse.Namespace, console: Console) -> None:
    """Print the table."""
    table = Table(
        title=f"Requests a second, {options.people} people, {options.connections} connections, {os.cpu_count()} cores, "
        f"median of {options.rounds} rounds"
    )
    table.add_column("request")
    for name in (OWN, OIDC, BOUND):
        table.add_column(name, justify="right")
    for name in (OIDC, BOUND):
        table.add_column(f"{name} : own", justify="right")
    for each in results:
        rates = [f"{rate['rate']:,.0f}" for rate in each["rates"].values()]
        table.add_row(each["request"], *rates, *(spelled(found) for found in each["to own"].values()))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench tokens", description=__doc__)
    add = parser.add_argument
    add("--people", type=int, default=50, help="who ask in turn, each with a token of each kind (default 50)")
    add("--recipients", type=int, default=10_000, help="rows to seed (default 10000)")
    add("--seconds", type=float, default=4.0, help="of each round (default 4)")
    add("--rounds", type=int, default=5, help="of each side, alternating (default 5)")
    add("--connections", type=int, default=32, help="of the load (default 32)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()
    if min(options.people, options.recipients, options.rounds, options.connections) < 1:
        parser.error("people, recipients, rounds and connections begin above zero")

    async def work(server: embedded.Server, home: Path, console: Console) -> list[dict[str, Any]]:
        results = await measure(server, home, console, options)
        show(results, options, console)
        return results

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
