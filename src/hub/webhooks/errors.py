"""Why a webhook is not taken, or not sent to."""

from __future__ import annotations

from hub.errors import HubError


class WebhookUnfit(HubError):
    """A webhook could never be sent as it was given."""

    code = "HUB-330"
    status = 400


class AddressRefused(HubError):
    """The address leads where the hub does not send: into its own network, or nowhere."""

    code = "HUB-333"
    status = 400


class NameUnknown(AddressRefused):
    """The address has a name that does not lead anywhere now."""

    code = "HUB-334"
