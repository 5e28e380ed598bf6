"""Corrections: what the process of ``hub.domain.corrections`` leaves to rules, and how a synchronisation ends one.

``rules``: which value may be disputed, and whose it is. ``own``: what the hub does when a source brings another value.
"""

from hub.corrections.own import CorrectionSteps, corrected
from hub.corrections.rules import correction_rules

__all__ = ["CorrectionSteps", "corrected", "correction_rules"]
