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


class CursorOutdated(RequestError):
    """A cursor was made by a version of the hub that told lists apart in another way."""

    code = "HUB-135"


class LimitExceeded(RequestError):
    """The document, or what it may return, is larger than the limit."""

    code = "HUB-108"


class StatementTimeout(RequestError):
    """A statement of the query took longer than it may, and was ended."""

    code = "HUB-115"


class PlaceTooOld(RequestError):
    """Events that followed the place from which the client goes on are no longer kept."""

    code = "HUB-161"
    status = 410

    def __init__(self) -> None:
        super().__init__(
            "What happened after this place is no longer kept in full. Read how the rows that you follow stand now, "
            "then go on from the newest event: events(last: 1) { pageInfo { endCursor } }."
        )


class AnswerTooLarge(RequestError):
    """The answer has more bytes than it may; nothing of it was sent."""

    code = "HUB-116"


class DocumentTooLong(LimitExceeded):
    """The document has more characters than it may."""

    code = "HUB-120"


class TooManyTokens(LimitExceeded):
    """The document has more tokens than it may."""

    code = "HUB-121"


class TooManyDefinitions(LimitExceeded):
    """The document has more operations and fragments than it may."""

    code = "HUB-122"


class TooDeep(LimitExceeded):
    """The document has more levels than it may."""

    code = "HUB-123"


class TooManyFields(LimitExceeded):
    """The document selects more fields than it may."""

    code = "HUB-124"


class TooManyRootFields(LimitExceeded):
    """The document has more fields on its first level than it may."""

    code = "HUB-125"


class TooManyAliases(LimitExceeded):
    """The document has more aliases than it may."""

    code = "HUB-126"


class TooManyDirectives(LimitExceeded):
    """The document has more directives than it may."""

    code = "HUB-127"


class ValuesTooDeep(LimitExceeded):
    """An argument or a variable is nested deeper than it may be."""

    code = "HUB-128"


class TooManyValues(LimitExceeded):
    """The variables have more objects and lists than they may."""

    code = "HUB-129"


class TooManyStatements(LimitExceeded):
    """The query needs more statements than it may."""

    code = "HUB-130"


class TooManyRows(LimitExceeded):
    """The query may return more rows of one kind than it may."""

    code = "HUB-131"


class TooCostly(LimitExceeded):
    """The query may cost more than one query may."""

    code = "HUB-132"


class TooManyGroups(LimitExceeded):
    """The counts have more groups than they may."""

    code = "HUB-133"


class TooManyTests(LimitExceeded):
    """The filters have more tests than a plan may."""

    code = "HUB-134"


class OperationUnknown(RequestError):
    """The document has no operation of that name, or several and none is named."""

    code = "HUB-109"


class LookupInStep(RequestError):
    """What is selected below a step would look up a protected value."""

    code = "HUB-148"


class SeveralSteps(RequestError):
    """A mutation or subscription has not one plain field, or a step selects its row twice."""

    code = "HUB-147"


class AccessRefused(RequestError):
    """The viewer has no right to filter, sort, look up or count by this field."""

    code = "HUB-201"
    status = 403
