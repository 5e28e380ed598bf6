"""Proposals: what the process of ``hub.domain.proposals`` leaves to rules, and what the hub does with them itself.

``rules``: who may take what, under which lock. ``holds``: what a resource has left. ``own``: how a run of matching
proposes, and what a consent that is over does to proposals.
"""

from hub.proposals.contacts import dispose_by
from hub.proposals.own import ProposalSteps, keep, propose
from hub.proposals.rules import proposal_rules

__all__ = ["ProposalSteps", "dispose_by", "keep", "proposal_rules", "propose"]
