"""What is wrong with rules, or with what they are asked."""

from __future__ import annotations

from hub.errors import HubError


class RulesRefused(HubError):
    """Rules that cannot be used: the file, the place in it, and what to do."""

    code = "HUB-940"


class NoStandard(HubError):
    """A division without a standard on a day: nothing can be said of its households, which is not the same as zero."""

    code = "HUB-941"
