"""Why a step is not taken: what whoever asked can mend is a value, and part of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hub.errors import HubError

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepError:
    """A refusal that can be mended. ``path``: which part of the input is meant."""

    kind: ClassVar[str]
    code: ClassVar[str]
    message: str
    path: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRefused(StepError):
    """What was given does not fit, or something is missing."""

    kind: ClassVar[str] = "InputRefused"
    code: ClassVar[str] = "HUB-150"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReused(StepError):
    """The idempotency key was used before, for another input."""

    kind: ClassVar[str] = "KeyReused"
    code: ClassVar[str] = "HUB-151"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowUnknown(StepError):
    """There is no such row for this viewer: nobody learns of a row by trying a step with it."""

    kind: ClassVar[str] = "RowUnknown"
    code: ClassVar[str] = "HUB-152"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateConflict(StepError):
    """The step cannot be taken in the state that the row is in."""

    kind: ClassVar[str] = "StateConflict"
    code: ClassVar[str] = "HUB-153"
    state: str
    version: int
    by: str | None
    at: datetime
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleVersion(StepError):
    """The row has another version than the one that was expected."""

    kind: ClassVar[str] = "VersionConflict"
    code: ClassVar[str] = "HUB-154"
    version: int
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRefused(StepError):
    """A rule of the process refuses the step."""

    kind: ClassVar[str] = "StepRefused"
    code: ClassVar[str] = "HUB-155"
    article: str | None = None


class RuleRefuses(Exception):
    """Raised by a guard. ``field``: which part of the input is meant. ``article``: the text that says so."""

    def __init__(self, message: str, *, field: str | None = None, article: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.article = article


class NotAllowed(HubError):
    """The viewer may not take this step, or not with this row."""

    code = "HUB-205"
    status = 403


class RulesMissing(HubError):
    """A process is declared with rules that its file of rules does not have; the hub does not start."""

    code = "HUB-909"
