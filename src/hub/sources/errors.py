"""What can go wrong with a source as a whole. A single bad row is not an error but a ``Broken`` row."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

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


def place(url: str) -> str:
    """Return host, port and database of a source's URL, and never its password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}{f':{parts.port}' if parts.port else ''}{parts.path}"


_REASONS = {
    "InvalidPasswordError": "refuses the user name or the password.",
    "InvalidAuthorizationSpecificationError": "refuses the user name or the password.",
    "InvalidCatalogNameError": "has no such database.",
    "UndefinedTableError": "does not exist.",
    "InsufficientPrivilegeError": "may not be read by this user.",
    "ConnectionRefusedError": "refuses the connection: does it run there?",
    "gaierror": "cannot be found by that name.",
    "TimeoutError": "does not answer in time.",
}
_MARIADB_REASONS = {
    1044: "has no such database for this user.",
    1045: "refuses the user name or the password.",
    1049: "has no such database.",
    1142: "may not be read by this user.",
    1146: "does not exist.",
    2003: "refuses the connection: does it run there?",
}


def refusal(error: BaseException) -> str:
    """Say in plain words why a server or a table cannot be used. The driver's own text may quote what was sent."""
    number = error.args[0] if error.args else None
    if type(error).__name__ in _REASONS:
        return _REASONS[type(error).__name__]
    if isinstance(number, int) and number in _MARIADB_REASONS:
        return _MARIADB_REASONS[number]
    return f"cannot be used ({type(error).__name__})."
