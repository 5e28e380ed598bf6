"""Who may do what with which field of which rows, decided before a row is known."""

from hub.policy.decide import Decision, Policies
from hub.policy.errors import PolicyError, PrincipalRefused
from hub.policy.grants import ALL_GRANTED, Coverage, Grant, Standing, coverages
from hub.policy.load import bundle, load
from hub.policy.principal import Principal
from hub.policy.reasons import Reason
from hub.policy.schema import ACTIONS, STEP, derive
from hub.policy.terms import Terms
from hub.policy.text import describe
from hub.policy.visibility import Visibility, cached_visibility, existing, visibility

__all__ = [
    "ACTIONS",
    "ALL_GRANTED",
    "STEP",
    "Coverage",
    "Decision",
    "Grant",
    "Policies",
    "PolicyError",
    "Principal",
    "PrincipalRefused",
    "Reason",
    "Standing",
    "Terms",
    "Visibility",
    "bundle",
    "cached_visibility",
    "coverages",
    "derive",
    "describe",
    "existing",
    "load",
    "visibility",
]  # fmt: skip
