"""What is measured: three requests, each as the hub takes it and as the hand-written floor takes it.

A request does not stand still: it goes over several pages, nodes or numbers, so that no answer is measured
that a database or a cache has just given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE_SIZE = 100
RECIPIENT = """
    id category status monthlyAmount region
    person { name idNumber birthDate phone }
    household { id size address meansChecks(first: 2) { edges { node { outcome checkedAt } } } }
"""
PAGE = f"""query ($after: String) {{ recipients(first: {PAGE_SIZE}, after: $after) {{
    edges {{ node {{ {RECIPIENT} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Recipient {{ {RECIPIENT} }} }} }}"
LOOK_UP = "query ($number: String!) { person(idNumber: $number) { id name idNumber birthDate phone sex region } }"


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of request, with its variants. ``hub``: variables; ``floor``: bodies; pairwise the same."""

    name: str
    about: str
    document: str
    path: str
    hub: Sequence[dict[str, Any]]
    floor: Sequence[dict[str, Any]]


def to_hub(workload: Workload, port: int, token: str) -> list[bytes]:
    """The requests of a workload to the hub, ready to send."""
    headers = f"Authorization: Bearer {token}\r\nHub-Purpose: assistance-review\r\n"
    return [
        _post("/graphql", port, orjson.dumps({"query": workload.document, "variables": variables}), headers)
        for variables in workload.hub
    ]


def to_floor(workload: Workload, port: int) -> list[bytes]:
    """The same requests to the floor."""
    return [_post(workload.path, port, orjson.dumps(body)) for body in workload.floor]


def _post(path: str, port: int, body: bytes, headers: str = "") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/graphql-response+json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
