"""What a request can be refused for. Each says what was asked, what the limit is and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Sequence


class RequestError(HubError):
    """The request cannot be executed as it stands.

    ``locations`` are lines and columns (from 1) in the document, ``path`` the response keys, where known.
    """

    code: ClassVar[str] = "HUB-100"
    status: ClassVar[int] = 400

    def __init__(
        self, message: str, *, locations: Sequence[tuple[int, int]] = (), path: Sequence[str | int] = ()
    ) -> None:
        super().__init__(message)
        self.locations = tuple(locations)
        self.path = tuple(path)

    def formatted(self) -> dict[str, Any]:
        """The error as a GraphQL answer states it."""
        out: dict[str, Any] = {"message": self.message}
        if self.locations:
            out["locations"] = [{"line": line, "column": column} for line, column in self.locations]
        if self.path:
            out["path"] = list(self.path)
        out["extensions"] = {"code": self.code}
        return out


class SyntaxRefused(RequestError):
    """The document is not GraphQL."""

    code = "HUB-102"


class ValidationRefused(RequestError):
    """The document does not fit the schema."""

    code = "HUB-103"


class VariableRefused(RequestError):
    """A variable is missing or of the wrong type."""

    code = "HUB-104"


class ArgumentRefused(RequestError):
    """An argument's value does not fit."""

    code = "HUB-105"


class PageRefused(RequestError):
    """A page is larger than the bound, or asked for in two directions."""

    code = "HUB-106"


class CursorRefused(RequestError):
    """A cursor was changed, or belongs to another viewer or another query."""

    code = "HUB-107"


class LimitExceeded(RequestError):
    """The document, or what it may return, is larger than the limit."""

    code = "HUB-108"


class OperationUnknown(RequestError):
    """The document has no operation of that name, or several and none is named."""

    code = "HUB-109"


class AccessRefused(RequestError):
    """The viewer has no right to filter, sort or look up by this field."""

    code = "HUB-201"
    status = 403
