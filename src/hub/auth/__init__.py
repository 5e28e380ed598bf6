"""Who asks, and for which purpose: credentials in, ``Viewer`` out."""

from hub.auth.errors import (
    PartnerSuspended,
    PurposeNotAgreed,
    PurposeUnknown,
    TokenMissing,
    TokenMistyped,
    TokenNotValid,
    Unauthenticated,
)
from hub.auth.grants import cached_grants, grants
from hub.auth.issue import LIFETIME, issue_token
from hub.auth.members import Identity, MemberUnfit, enroll, identity, member_token, require_in_force
from hub.auth.profile import department_code, profile
from hub.auth.tokens import NewToken, new_token, token_hash
from hub.auth.viewer import Viewer, authenticate, cached_credentials, cached_viewers, registered

__all__ = [
    "LIFETIME",
    "Identity",
    "MemberUnfit",
    "NewToken",
    "PartnerSuspended",
    "PurposeNotAgreed",
    "PurposeUnknown",
    "TokenMissing",
    "TokenMistyped",
    "TokenNotValid",
    "Unauthenticated",
    "Viewer",
    "authenticate",
    "cached_credentials",
    "cached_grants",
    "cached_viewers",
    "department_code",
    "enroll",
    "grants",
    "identity",
    "issue_token",
    "member_token",
    "new_token",
    "profile",
    "registered",
    "require_in_force",
    "token_hash",
]
