"""What matching refuses, and where it fails."""

from __future__ import annotations

from hub.errors import HubError


class MatchingNotInstalled(HubError):
    """The libraries that matching needs are not installed: they are an extra."""

    code = "HUB-921"

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"Matching needs {missing}, which is not installed here. "
            "Install it with: pip install 'assistance-hub[matching]'"
        )


class InstanceUnfit(HubError):
    """What is to be matched contradicts itself; nothing was solved."""

    code = "HUB-922"


class SolverFailed(HubError):
    """The solver gave no optimum; nothing was assigned."""

    code = "HUB-923"


class RunRefused(HubError):
    """An assignment is not what its proof says: not permitted, not optimal, or of another input."""

    code = "HUB-924"


class RunUnderWay(HubError):
    """Somebody else runs a night now."""

    code = "HUB-932"

    def __init__(self) -> None:
        super().__init__("Another run of matching is under way. Wait for its end; nothing was changed.")


class SameVersion(HubError):
    """A night was run by other parameters of the same version: which of both counts, nobody could tell."""

    code = "HUB-937"


class NoSuchRun(HubError):
    """No stored run, or more than one, has an id that begins like this."""

    code = "HUB-933"


class NoSuchResource(HubError):
    """There is no such resource, or it says something else than what was to be approved."""

    code = "HUB-934"
