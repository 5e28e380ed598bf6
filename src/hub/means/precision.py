"""How well departments answer, and how many of their warnings a home visit confirms: by department, for administrators.

Partners count the same with ``checkQuestionStats`` and ``homeVisitStats``, where nothing that is withheld follows from
what is shown; here whole departments are shown or not, as they have enough of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import timedelta

    from hub.store.pool import Pool

# What is over: nobody waits for it any more, and it was not given up with its check.
_ANSWERS: Final = """
SELECT q.department, count(*) AS asked, count(*) FILTER (WHERE q.answered_at IS NOT NULL AND q.state <> 'REFUSED'),
  percentile_disc(0.5) WITHIN GROUP (ORDER BY q.answered_at - b.begun_at) FILTER (WHERE q.answered_at IS NOT NULL)
FROM check_question q CROSS JOIN LATERAL (
  SELECT min(h.taken_at) AS begun_at FROM household_check_step h
  WHERE h.row_id = q.household_check_id AND h.step IN ('start', 'open', 'ask_again')) b
WHERE q.state NOT IN ('WAITING', 'ASKED', 'CANCELLED') AND q.region LIKE $1 || '%'
GROUP BY q.department
"""
_WARNINGS: Final = """
SELECT department, count(*), count(*) FILTER (WHERE state = 'CONFIRMED'), count(*) FILTER (WHERE state = 'EXPLAINED'),
  count(*) FILTER (WHERE state = 'WRONG')
FROM home_visit WHERE origin IN ('REPORT', 'WATCH') AND department IS NOT NULL AND region LIKE $1 || '%'
GROUP BY department
"""


@dataclass(frozen=True, slots=True)
class Precision:
    """One department. None: too few to be shown, or none.

    ``asked``: questions that are over. ``coverage``: the share that was answered in a way that can be used.
    ``median``: from the first asking to the answer. ``warnings``: home visits that its reports caused; ``visited``: of
    them, those that were made; ``confirmed``: the share of these that found it so, and not declared.
    """

    department: str
    asked: int | None
    coverage: float | None
    median: timedelta | None
    warnings: int | None
    visited: int | None
    confirmed: float | None

    def as_json(self) -> dict[str, Any]:
        """The same for JSON; the time in seconds."""
        return {
            "department": self.department, "asked": self.asked, "coverage": self.coverage,
            "medianSeconds": None if self.median is None else round(self.median.total_seconds(), 1),
            "warnings": self.warnings, "visited": self.visited, "confirmed": self.confirmed,
        }  # fmt: skip


async def precision(pool: Pool, within: str, smallest: int) -> list[Precision]:
    """Each department that was asked, or whose reports caused a visit, in a division. ``smallest``: that is shown."""
    async with pool.acquire() as connection:
        answers = {row[0]: row for row in await connection.fetch(_ANSWERS, within)}
        warnings = {row[0]: row for row in await connection.fetch(_WARNINGS, within)}
    return [
        _shown(name, answers.get(name, (name, 0, 0, None)), warnings.get(name, (name, 0, 0, 0, 0)), smallest)
        for name in sorted(answers.keys() | warnings.keys())
    ]


def _shown(name: str, answers: Any, warnings: Any, smallest: int) -> Precision:
    _, asked, answered, median = answers
    _, warned, confirmed, explained, wrong = warnings
    visited = confirmed + explained + wrong
    covered = _enough(asked, smallest) and _enough(answered, smallest) and _enough(asked - answered, smallest)
    # Of who is shown how many were visited, how many were not must be enough as well; so with what a visit found.
    counted = _enough(warned, smallest) and _enough(visited, smallest) and _enough(warned - visited, smallest)
    found = counted and visited and _enough(confirmed, smallest) and _enough(visited - confirmed, smallest)
    return Precision(
        name,
        asked if _enough(asked, smallest) else None,
        answered / asked if covered and asked else None,
        median if answered >= smallest else None,
        warned if _enough(warned, smallest) else None,
        visited if counted else None,
        confirmed / visited if found else None,
    )


def _enough(count: int, smallest: int) -> bool:
    """Whether a count may be shown: none, or that of a group."""
    return count == 0 or count >= smallest
