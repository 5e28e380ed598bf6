"""An identity provider in this process: keys that tests sign with, and a server that counts who asks for them."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import yaml
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

AUDIENCE = "https://hub.example"
SUBJECT = "li-0451"
METADATA = "/.well-known/openid-configuration"


def rsa(kid: str, **more: str) -> RSAKey:
    """A key pair for RS256 and PS256."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", **more})


def ec(kid: str, curve: str = "P-256") -> ECKey:
    """A key pair for ES256."""
    return ECKey.generate_key(curve, {"kid": kid, "use": "sig"})


def answering(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """What a site answers, unread as from a network; JSON unless it is bytes."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


def claims(issuer: str, **changes: Any) -> dict[str, Any]:
    """The claims of an access token (RFC 9068, 2.2); a change to None takes one away."""
    now = int(time.time())
    whole = {
        "iss": issuer, "sub": SUBJECT, "aud": AUDIENCE, "client_id": "records-office", "jti": f"jti-{time.time_ns()}",
        "iat": now, "exp": now + 600, **changes,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value is not None}


def signed(key: Any, given: Mapping[str, Any], algorithm: str = "RS256", **header: Any) -> str:
    """A token with this header and these claims, whatever they are."""
    whole = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid, **header}
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = 10_000
    registry.check_header = lambda _header: None  # type: ignore[method-assign] # an attacker has no such scruples
    protected = {name: value for name, value in whole.items() if value is not None}
    return jws.serialize_compact(protected, json.dumps(dict(given)).encode(), key, registry=registry)


@dataclass(slots=True)
class Authority:
    """The provider. ``keys``: that it publishes; ``asked``: paths, in turn; ``answers``: instead of its own, by path.

    An answer is a status, headers and a body. ``down``: whether it answers nobody.
    """

    url: str = ""
    keys: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    down: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """What it answers."""
        self.asked.append(path)
        if self.down:
            return 503, {}, b""
        if path in self.answers:
            return self.answers[path]
        if path == METADATA:
            return 200, {}, json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}).encode()
        if path == "/jwks":
            public = {"keys": [key.as_dict(private=False) for key in self.keys]}
            return 200, self.headers, json.dumps(public).encode()
        return 404, {}, b""

    def token(
        self, *, key: Any = None, algorithm: str = "RS256", header: Mapping[str, Any] = {}, **changes: Any
    ) -> str:
        """An access token of this provider, with changes to claims and header."""
        return signed(key or self.keys[0], claims(self.url, **changes), algorithm, **header)

    def file(self, home: Path, partner: str, **more: Any) -> Path:
        """Write an issuers.yaml that names it."""
        made = home / "issuers.yaml"
        one = {"issuer": self.url, "audience": AUDIENCE, "partner": partner, **more}
        made.write_text(
            yaml.safe_dump({"issuers": [{k: v for k, v in one.items() if v is not None}]}), encoding="utf-8"
        )
        return made


@contextmanager
def serving_keys() -> Iterator[Authority]:
    """Run a provider with one key of each kind, until the block ends."""
    made = Authority(keys=[rsa("first"), ec("second")])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = made.answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
