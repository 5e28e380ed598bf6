"""Chance that can be had again: HUB_PROPERTY_SEED repeats a run."""

from __future__ import annotations

import os
from random import Random, SystemRandom

SEED = os.environ.get("HUB_PROPERTY_SEED") or f"{SystemRandom().getrandbits(48):x}"


def chance(what: object) -> Random:
    """Chance for one thing that is drawn."""
    return Random(f"{SEED}:{what}")  # noqa: S311 - what is drawn must be drawn again from the same seed
