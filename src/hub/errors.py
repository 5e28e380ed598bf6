"""The one base class of everything that the hub refuses or fails at.

Codes stand in bands, so that a log can be searched by kind: ``HUB-1xx`` request, ``HUB-2xx`` policy,
``HUB-3xx`` identity, ``HUB-4xx`` source, ``HUB-5xx`` crypto and audit, ``HUB-9xx`` the hub's own faults.
Each room defines its own subclasses. A message is written for the person who gets it and never
carries a protected value, a key id, SQL or a stack.
"""

from __future__ import annotations

from typing import ClassVar


class HubError(Exception):
    """What happened, where, and what to do about it.

    ``message`` is shown to the caller as it is. ``status`` is the HTTP status that an answer carrying only
    this error has.
    """

    code: ClassVar[str] = "HUB-999"
    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(HubError):
    """A setting is missing or does not fit; the hub does not start."""

    code = "HUB-901"
