"""What is wrong with a criterion, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong. ``pointer``: where it stands in the JSON (RFC 6901); empty for all of it."""

    pointer: str
    message: str


class CriteriaRefused(HubError):
    """Criteria that cannot be used. ``faults``: each with its place, at least one."""

    code = "HUB-931"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{each.pointer or 'the whole'}: {each.message}" for each in faults))
        self.faults = tuple(faults)
