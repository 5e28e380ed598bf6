"""Standard Webhooks: secrets, and the headers that sign a message (standardwebhooks.com, specification 1.0.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""Random bytes of a secret; the specification wants 24 to 64."""


def new_secret() -> str:
    """Make a secret, as its receiver gets it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def message_id(webhook: UUID, event: UUID) -> str:
    """Return the id of the message about an event for an endpoint: the same however often it is sent."""
    return f"msg_{hashlib.sha256(webhook.bytes + event.bytes).hexdigest()[:32]}"


def headers(message: str, at: datetime, body: bytes, keys: Sequence[str]) -> Mapping[str, str]:
    """Return the headers of an attempt at a time, signed with each of the secrets.

    Neither id nor time holds a full stop, which stands between the parts that are signed.
    """
    stamp = str(int(at.timestamp()))
    signed = b".".join((message.encode(), stamp.encode(), body))
    return {
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(key: str, signed: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
