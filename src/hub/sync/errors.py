"""What synchronisation refuses as a whole. Bad rows are no errors: they go to quarantine."""

from __future__ import annotations

from hub.errors import HubError


class MappingRefused(HubError):
    """A mapping file does not fit the declarations, or the source does not fit the mapping; file and line are named."""

    code = "HUB-410"


class SyncInProgress(HubError):
    """Another run of the same source is under way."""

    code = "HUB-411"
    status = 409


class TooMuchLost(HubError):
    """A run would lose more of a table than is likely: nobody has said yet that this is right."""

    code = "HUB-413"
    status = 409


class SyncStopped(HubError):
    """The hub's own database failed in the middle of a run."""

    code = "HUB-412"
    status = 503
