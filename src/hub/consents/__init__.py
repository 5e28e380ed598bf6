"""Consents and authorisations: what the states and steps of ``hub.domain.consents`` leave to rules, and what follows.

``rules``: what a consent must say. ``own``: what the hub does with consents itself. ``stated``: those that departments'
files state. ``watch``: what ends them when rows change.
"""

from hub.consents.own import ConsentSteps, end_of_households, keep
from hub.consents.rules import consent_rules
from hub.consents.stated import record_stated
from hub.consents.watch import watched

__all__ = ["ConsentSteps", "consent_rules", "end_of_households", "keep", "record_stated", "watched"]
