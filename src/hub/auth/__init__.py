"""Who asks, and for which purpose: credentials in, ``Viewer`` out."""

from hub.auth.bearer import bearers
from hub.auth.errors import (
    CertificateMissing,
    KeysUnavailable,
    PartnerSuspended,
    PurposeNotAgreed,
    PurposeUnknown,
    SubjectUnknown,
    TokenMissing,
    TokenMistyped,
    TokenNotValid,
    TokenRefused,
    Unauthenticated,
)
from hub.auth.grants import cached_grants, grants
from hub.auth.issue import LIFETIME, issue_token
from hub.auth.issuers import Issuers, load_issuers
from hub.auth.members import Identity, MemberUnfit, enroll, identity, member_token, require_in_force
from hub.auth.profile import department_code, profile
from hub.auth.tokens import NewToken, new_token, token_hash
from hub.auth.viewer import Viewer, Vouched, authenticate, cached_credentials, cached_viewers, registered

__all__ = [
    "LIFETIME",
    "CertificateMissing",
    "Identity",
    "Issuers",
    "KeysUnavailable",
    "MemberUnfit",
    "NewToken",
    "PartnerSuspended",
    "PurposeNotAgreed",
    "PurposeUnknown",
    "SubjectUnknown",
    "TokenMissing",
    "TokenMistyped",
    "TokenNotValid",
    "TokenRefused",
    "Unauthenticated",
    "Viewer",
    "Vouched",
    "authenticate",
    "bearers",
    "cached_credentials",
    "cached_grants",
    "cached_viewers",
    "department_code",
    "enroll",
    "grants",
    "identity",
    "issue_token",
    "load_issuers",
    "member_token",
    "new_token",
    "profile",
    "registered",
    "require_in_force",
    "token_hash",
]
