"""Who asks, and for which purpose: credentials in, ``Viewer`` out."""

from hub.auth.errors import (
    PurposeNotAgreed,
    PurposeUnknown,
    TokenMissing,
    TokenMistyped,
    TokenNotValid,
    Unauthenticated,
)
from hub.auth.issue import LIFETIME, issue_token
from hub.auth.tokens import NewToken, new_token, token_hash
from hub.auth.viewer import Viewer, authenticate, recognising, remembering

__all__ = [
    "LIFETIME",
    "NewToken",
    "PurposeNotAgreed",
    "PurposeUnknown",
    "TokenMissing",
    "TokenMistyped",
    "TokenNotValid",
    "Unauthenticated",
    "Viewer",
    "authenticate",
    "issue_token",
    "new_token",
    "recognising",
    "remembering",
    "token_hash",
]
