"""How needs are weighed: ``schema/matching/parameters.yaml``. Each number is policy, and has its reason beside it."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hub.domain.codes import Urgency
from hub.settings import load_yaml

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "matching/parameters.yaml"
"""Where it stands in the schema directory."""
LARGEST: Final = 1_000_000
"""The most points that a need's class, or a floor, may be worth. Sums over a city's needs stay exact by far."""
MOST_FIT: Final = 1_000
"""The most points that the fit of a pair has (``instance.LARGEST_VALUE``)."""
MOST_ASSESSED: Final = 100
"""The most proposals that may wait for a charity that has to look first: each is somebody who is told to wait."""

Reason = Annotated[str, StringConstraints(min_length=10, max_length=1000)]
Points = Annotated[int, Field(ge=0, le=LARGEST)]


class _Stated(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason


class UrgencyPoints(_Stated):
    """What helping one need is worth, in points, by its class, beside how well the resource fits (0 to 1,000).

    ``strict``: the classes' order alone counts. As many of the most urgent are helped as can be, then as many of the
    next class; points say nothing then, and floors and fit decide among what is equal.
    """

    points: dict[str, Points]
    strict: bool = False

    @model_validator(mode="after")
    def _rise_with_urgency(self) -> Self:
        names = [each.name for each in Urgency]
        if sorted(self.points) != sorted(names):
            raise ValueError(f"must have points for each of {', '.join(names)}, and for nothing else")
        if any(self.points[low] > self.points[high] for low, high in pairwise(names)):
            raise ValueError("a more urgent need must not be worth less than a less urgent one")
        return self


class Floor(_Stated):
    """The share of each township's needs that is to be helped, if it can be.

    ``points``: what each need below it costs. A floor is soft: where it cannot be reached, or costs more than that,
    the night is not infeasible; it is below its floor there.
    """

    share: Annotated[float, Field(ge=0, le=1)]
    points: Points


class Fit(_Stated):
    """How well a resource fits a need that is eligible for it, 0 to 1,000 points.

    ``nearness``: of a resource for the need's own township; two thirds of it for its county, a third for its
    prefecture. ``waiting``: of a need that has waited ``days`` or longer; less by the day.
    """

    nearness: Annotated[int, Field(ge=0, le=MOST_FIT)]
    waiting: Annotated[int, Field(ge=0, le=MOST_FIT)]
    days: Annotated[int, Field(ge=1, le=3650)]

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.nearness + self.waiting > MOST_FIT:
            raise ValueError(f"nearness and waiting must not be more than {MOST_FIT} together")
        return self


class Proposals(_Stated):
    """How much may go out. ``most``: proposals of one night; ``per_resource``: of one resource among them.

    ``assessed``: of a resource that states no quantity because the charity has to look first, how many proposals may
    wait for its answer at once; with 0 none is proposed.
    """

    most: Annotated[int, Field(ge=0, le=LARGEST)]
    per_resource: Annotated[int, Field(ge=0, le=LARGEST)]
    assessed: Annotated[int, Field(ge=0, le=MOST_ASSESSED)] = 0


class Online(_Stated):
    """Deciding between two nights. ``futures``: drawn for the bid prices of a day. ``multiplier``: applied to them."""

    futures: Annotated[int, Field(ge=1, le=1000)]
    multiplier: Annotated[float, Field(ge=0, le=2)]


class Parameters(BaseModel):
    """All of them. ``version`` rises with each change that was approved."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Parameters of matching")

    version: Annotated[int, Field(ge=1)]
    urgency: UrgencyPoints
    floor: Floor
    fit: Fit
    proposals: Proposals
    online: Online

    @property
    def class_points(self) -> tuple[int, ...]:
        """The points of the classes, least urgent first."""
        return tuple(self.urgency.points[each.name] for each in Urgency)


def load_parameters(file: Path) -> Parameters:
    """Read the file. Raises ``SettingsError`` with file and place."""
    return load_yaml(file, Parameters)


def digest_of(file: Path) -> bytes:
    """Return SHA-256 of the file, as it stands."""
    return hashlib.sha256(file.read_bytes()).digest()
