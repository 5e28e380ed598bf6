"""What can go wrong with a source as a whole. A single bad row is not an error but a ``Broken`` row."""

from __future__ import annotations

from typing import ClassVar

from hub.errors import HubError


class SourceError(HubError):
    """A source's run cannot go on. ``retriable``: the same run may succeed later, without a change of anything."""

    code = "HUB-400"
    retriable: ClassVar[bool] = False


class SourceUnreachable(SourceError):
    """The source cannot be opened: no such host, directory or database, or it refuses the hub."""

    code = "HUB-401"
    retriable = True


class SourceBroken(SourceError):
    """Reading stopped in the middle: a lost connection, a file that changed."""

    code = "HUB-402"
    retriable = True


class SourceShape(SourceError):
    """The source lacks a table, file or column that its mapping names."""

    code = "HUB-403"
