"""Means checks: what a household declared, held against what the departments report."""

from hub.means.check import Declaration, Report, check
from hub.means.run import MeansReport, run

__all__ = ["Declaration", "MeansReport", "Report", "check", "run"]
