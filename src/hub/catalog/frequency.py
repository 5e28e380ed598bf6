"""How often a data item is updated, as the data catalogue states it (Regulation on Government Data Sharing, 13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.catalog.process import days, working_days

if TYPE_CHECKING:
    from hub.catalog.process import Budget


@dataclass(frozen=True, slots=True)
class Frequency:
    """An interval of updates. ``period``: within which the next one must come; None where no time says so."""

    zh: str
    en: str
    period: Budget | None

    def __str__(self) -> str:
        """Both terms."""
        return f"{self.zh} {self.en}"


AT_ONCE: Final = Frequency("实时", "at once", None)
EACH_SYNCHRONISATION: Final = Frequency("每次同步", "with each synchronisation", None)
DAILY: Final = Frequency("每日", "daily", working_days(1))  # departments keep their files on working days
WEEKLY: Final = Frequency("每周", "weekly", days(7))
MONTHLY: Final = Frequency("每月", "monthly", days(31))
YEARLY: Final = Frequency("每年", "yearly", days(366))
