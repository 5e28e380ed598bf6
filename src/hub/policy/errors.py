"""What the policy room refuses."""

from __future__ import annotations

from hub.errors import HubError


class PolicyError(HubError):
    """The policies cannot be used as they are; the hub does not start. The message names file and policy."""

    code = "HUB-210"


class PrincipalRefused(HubError):
    """What is known of a viewer does not fit the policies; nothing is decided for such a viewer."""

    code = "HUB-202"
    status = 403
