"""The declarations. Everything that the hub holds is named here, and nowhere else."""

from hub.catalog import build
from hub.domain import assistance, charity, means, people, regions, sharing

__all__ = ["CATALOGUE", "assistance", "charity", "means", "people", "regions", "sharing"]

CATALOGUE = build()
