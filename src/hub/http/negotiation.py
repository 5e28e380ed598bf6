"""Which media types a client takes and sends: the headers Accept and Content-Type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hub.cache import cached

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
EVENT_STREAM: Final = "text/event-stream"
MULTIPART: Final = "multipart/mixed"
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
_WEIGHT = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_WEIGHED = re.compile(r";\s*q\s*=", re.IGNORECASE)
_HEADERS_KEPT: Final = 16_384
"""Characters of the headers whose meaning is kept."""


def _length(text: str, _meaning: object) -> int:
    return len(text) + 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """The media types that the client gets: of an answer, and of a refusal."""

    answer: str
    refusal: str


@cached(_HEADERS_KEPT, _length)
def negotiate(accept: str) -> Accepted | None:
    """Weigh an Accept header (RFC 9110, section 12.5.1); none of the media types there are fits where it is None.

    Where nothing is preferred, an answer is plain JSON, as the specification's audits want it, and a refusal is
    what can have a status of its own.
    """
    weights = {GRAPHQL_RESPONSE: (0.0, 0), JSON: (0.0, 0)}
    closest = dict.fromkeys(weights, 0)
    for item in accept.lower().split(","):
        named = item.partition(";")[0].strip()
        if (weight := _weight(item)) is None or not _utf8(item):
            continue
        for kind in weights:
            close = {kind: 3, "application/*": 2, "*/*": 1}.get(named, 0)
            if close > closest[kind]:
                closest[kind], weights[kind] = close, (weight, close)
    graphql, plain = weights[GRAPHQL_RESPONSE], weights[JSON]
    if not graphql[0] and not plain[0]:
        return None
    if graphql == plain and graphql[1] < 3:  # noqa: PLR2004 - neither is named
        return Accepted(JSON, GRAPHQL_RESPONSE)
    best = GRAPHQL_RESPONSE if graphql >= plain else JSON
    return Accepted(best, best)


@cached(_HEADERS_KEPT, _length)
def streamed(accept: str) -> str | None:
    """The media type of a stream among those that an Accept header names; None where it names neither.

    Multipart is meant where it is that of Apollo's protocol for subscriptions; other uses of it are not for streams.
    """
    named = [item for item in accept.lower().split(",") if _weight(item)]
    if any(item.partition(";")[0].strip() == EVENT_STREAM for item in named):
        return EVENT_STREAM
    if any(item.partition(";")[0].strip() == MULTIPART and "subscriptionspec" in item for item in named):
        return MULTIPART
    return None


def _weight(item: str) -> float | None:
    if not _WEIGHED.search(item):
        return 1.0
    found = _WEIGHT.search(item)
    return float(found[1]) if found else None


def _utf8(item: str) -> bool:
    found = _CHARSET.search(item)
    return found is None or found[1].lower() in {"utf-8", "utf8"}


@cached(_HEADERS_KEPT, _length)
def is_json(content_type: str) -> bool:
    """Whether a Content-Type is one, and JSON in UTF-8."""
    return "," not in content_type and content_type.partition(";")[0].strip().lower() == JSON and _utf8(content_type)
